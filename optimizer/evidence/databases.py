"""Which database of packages a root file system has, and what package managers write about themselves."""

from __future__ import annotations

from types import MappingProxyType

from optimizer.containers.rpm_database import DATABASES as RPM
from optimizer.evidence import apk, dpkg, rpm
from optimizer.evidence.packages import Manager, Packages
from optimizer.evidence.tree import Root

RECORDS = (
    "/var/lib/dpkg",
    "/var/lib/apt",
    "/var/cache",
    "/var/log",
    "/lib/apk",
    "/usr/lib/apk",
    "/etc/apk",
    "/var/lib/rpm",
    "/usr/lib/sysimage",
    "/var/lib/dnf",
    "/var/lib/zypp",
)
"""What package managers record of an installation; another set of packages leaves other records."""

ACCOUNTS = tuple(
    f"/etc/{name}{backup}"
    for name in ("passwd", "group", "shadow", "gshadow", "subuid", "subgid")
    for backup in ("", "-")
)

STATE = (*RECORDS, "/etc/ld.so.cache", "/etc/alternatives", "/etc/.pwd.lock", *ACCOUNTS)
"""Records, and the files of accounts: a stage that installs the same packages and makes the same accounts writes them
anew."""

WRITTEN = ("/var/lib/dpkg/status", *apk.DATABASES, *RPM)
"""Every database: a step that writes one installs packages."""


def read_packages(root: Root) -> Packages:
    """Read whichever database the root file system has."""
    if dpkg.is_there(root):
        return dpkg.read_dpkg(root)
    if apk.is_there(root):
        return apk.read_apk(root)
    if rpm.is_there(root):
        return rpm.read_rpm(root)
    return Packages(Manager.NONE, MappingProxyType({}), MappingProxyType({}))
