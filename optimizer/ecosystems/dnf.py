"""DNF, YUM and microdnf: Fedora, RHEL, CentOS, Rocky, Alma, UBI, Amazon Linux."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.trimming import Brings, Records, Trim
from optimizer.ecosystems.uninstalling import Uninstall
from optimizer.ecosystems.verbs import ADDING, Verb, words

_VALUED = words(
    "-c --config --installroot --releasever --enablerepo --disablerepo --repo --repoid --setopt -x --exclude "
    "--excludepkgs --disableplugin --enableplugin --disableexcludes --forcearch --comment -d --debuglevel -e "
    "--errorlevel --rpmverbosity --repofrompath --downloaddir --destdir -R --randomwait --advisory --advisories --bz "
    "--bzs --cve --cves --sec-severity --secseverity --color"
)

_INSTALL = words("install in localinstall reinstall groupinstall builddep build-dep install-n install-na")
_KEEP = "--setopt=keepcache=1"
"""dnf.conf(5): packages are deleted after a successful transaction unless `keepcache` is set."""
_YUM = words("centos:5 centos:6 centos:7 amazonlinux:1 amazonlinux:2 oraclelinux:7")
_DNF4 = words(
    "rockylinux almalinux centos:8 centos:stream8 centos:stream9 oraclelinux:8 oraclelinux:9 amazonlinux:2023 ubi8 "
    "ubi9 " + " ".join(f"fedora:{version}" for version in range(22, 41))
)
_DNF5 = words("fedora:latest fedora:rawhide " + " ".join(f"fedora:{version}" for version in range(41, 51)))
"""Fedora 41 has dnf 5 as `dnf` (Fedora change "Switch to DNF 5")."""

_WEAK = Trim(
    Brings.RECOMMENDED,
    "--setopt=install_weak_deps=False",
    programs=words("dnf dnf5 microdnf yum"),
    verbs=words("install in localinstall"),
    avoided_by=words(
        "--setopt=install_weak_deps=False --setopt=install_weak_deps=false --setopt=install_weak_deps=0 "
        "--setopt=install_weak_deps=no"
    ),
    wanted_by=words("--setopt=install_weak_deps=True --setopt=install_weak_deps=1"),
    setting="install_weak_deps",
    places=("/etc/dnf/dnf.conf", "/etc/yum.conf", "/etc/dnf/libdnf5.conf.d"),
    idle_with=words("--downloadonly --assumeno -h --help --installroot"),
    records=Records.RPM,
    removes=("/etc/systemd/system", "/var/log/dnf*", "/var/log/hawkey.log"),
    changes=(
        *("/var/lib/rpm", "/usr/lib/sysimage/rpm", "/var/lib/dnf", "/usr/lib/sysimage/libdnf5"),
        *("/etc/alternatives", "/var/lib/alternatives", "/var/log/dnf*", "/var/log/hawkey.log"),
    ),
    adds=("/etc/alternatives", "/var/lib/alternatives"),
    shortens=("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/shells"),
    source="dnf.conf(5), install_weak_deps; dnf5.conf(5); microdnf(8), --setopt",
)
"""Documentation stays away already: the official images set `tsflags=nodocs` (dnf.conf(5))."""

DNF = Ecosystem(
    name="dnf",
    programs=(
        Program(
            words("dnf dnf5 microdnf yum tdnf"),
            (
                Action(("makecache", "check-update", "check-upgrade"), Verb.UPDATE),
                Action(tuple(sorted(_INSTALL)), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("group install", "groups install", "module install"), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(
                    (
                        *("update", "upgrade", "up", "distro-sync", "dsync", "update-minimal", "upgrade-minimal"),
                        *("downgrade", "swap", "group upgrade"),
                    ),
                    Verb.UPGRADE,
                    operands=Operands.PACKAGES,
                ),
                Action(
                    ("remove", "rm", "erase", "autoremove", "groupremove", "group remove"),
                    Verb.REMOVE,
                    operands=Operands.PACKAGES,
                ),
                Action(("clean all",), Verb.CLEAN, cleans=frozenset({"dnf cache"})),
                Action(("download",), Verb.DOWNLOAD, operands=Operands.PACKAGES),
                Action(
                    ("list", "info", "search", "provides", "whatprovides", "repoquery", "repolist", "grouplist"),
                    Verb.QUERY,
                ),
                Action(("clean", "config-manager", "copr", "module", "mark", "versionlock", "history"), Verb.OTHER),
            ),
            _VALUED,
        ),
        Program(frozenset({"yum-config-manager"}), (), bare=Action(("config-manager",), Verb.OTHER)),
        Program(frozenset({"yum-builddep"}), (), _VALUED, bare=Action((), Verb.INSTALL, operands=Operands.PACKAGES)),
        Program(frozenset({"yumdownloader"}), (), _VALUED, bare=Action((), Verb.DOWNLOAD, operands=Operands.PACKAGES)),
    ),
    caches=(
        Cache(
            "dnf cache",
            ("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5", "/var/cache/tdnf"),
            filled_by=ADDING | {Verb.UPDATE, Verb.DOWNLOAD},
            mounts=(
                CacheMount("/var/cache/yum", Sharing.LOCKED, programs=words("microdnf"), kept_with=_KEEP),
                CacheMount("/var/cache/tdnf", Sharing.LOCKED, programs=words("tdnf"), kept_with=_KEEP),
                CacheMount("/var/cache/yum", Sharing.LOCKED, programs=words("yum"), images=_YUM, kept_with=_KEEP),
                CacheMount("/var/cache/libdnf5", Sharing.LOCKED, programs=words("dnf5"), kept_with=_KEEP),
                CacheMount(
                    "/var/cache/libdnf5", Sharing.LOCKED, programs=words("dnf yum"), images=_DNF5, kept_with=_KEEP
                ),
                CacheMount("/var/cache/dnf", Sharing.LOCKED, programs=words("dnf yum"), images=_DNF4, kept_with=_KEEP),
            ),
            purge=Purge(
                "{program} clean all",
                Means.SYSTEM,
                touched=("/var/log/dnf*", "/var/log/hawkey.log"),
                instead=(("yumdownloader", "yum"), ("yum-builddep", "yum")),
            ),
            needed_with=words("-C --cacheonly"),
            unfilled_with=words("-C --cacheonly"),
            moved_with=words("--installroot"),
            moved_in=("cachedir=",),
            only_one=True,
        ),
    ),
    uninstall=Uninstall(
        programs=frozenset({"dnf"}),
        verbs=frozenset({"install"}),
        remove="dnf remove -y {names}",
        keep="dnf mark install {names}",
        keeping=frozenset({"dnf mark"}),
        idle_with=words("--downloadonly --installroot"),
        records=Records.RPM,
        source="dnf(8), remove, mark; dnf.conf(5), clean_requirements_on_remove",
    ),
    trims=(_WEAK,),
    sources=(
        "dnf(8)",
        "microdnf, pull request 73: cachedir",
        "dnf5(8)",
        "dnf5-clean(8)",
        "yum(8)",
        "microdnf(8)",
        "dnf.conf(5)",
    ),
    environment=words("DNF_VAR_* DNF0 http_proxy https_proxy"),
)
