"""DNF, YUM and microdnf: Fedora, RHEL, CentOS, Rocky, Alma, UBI, Amazon Linux."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.verbs import ADDING, Verb, words

_VALUED = words(
    "-c --config --installroot --releasever --enablerepo --disablerepo --repo --repoid --setopt -x --exclude "
    "--excludepkgs --disableplugin --enableplugin --disableexcludes --forcearch --comment -d --debuglevel -e "
    "--errorlevel --rpmverbosity --repofrompath --downloaddir --destdir -R --randomwait --advisory --advisories --bz "
    "--bzs --cve --cves --sec-severity --secseverity --color"
)

_INSTALL = words("install localinstall reinstall groupinstall builddep build-dep install-n install-na")

DNF = Ecosystem(
    name="dnf",
    programs=(
        Program(
            words("dnf dnf5 microdnf yum"),
            (
                Action(("makecache", "check-update", "check-upgrade"), Verb.UPDATE),
                Action(tuple(sorted(_INSTALL)), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("group install", "module install"), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(
                    ("update", "upgrade", "distro-sync", "update-minimal", "upgrade-minimal", "downgrade", "swap"),
                    Verb.UPGRADE,
                    operands=Operands.PACKAGES,
                ),
                Action(("remove", "erase", "autoremove", "groupremove"), Verb.REMOVE, operands=Operands.PACKAGES),
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
        Program(frozenset({"yum-builddep"}), (), _VALUED, bare=Action(("builddep",), Verb.OTHER)),
    ),
    caches=(
        Cache(
            "dnf cache",
            ("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"),
            filled_by=ADDING | {Verb.UPDATE, Verb.DOWNLOAD},
            mount=CacheMount("/var/cache", Sharing.LOCKED),
            purge=Purge("{program} clean all", Means.SYSTEM, touched=("/var/log/dnf*", "/var/log/hawkey.log")),
            needed_with=words("-C --cacheonly"),
            unfilled_with=words("-C --cacheonly"),
            moved_with=words("--installroot"),
            only_one=True,
        ),
    ),
    sources=("dnf(8)", "dnf5(8)", "dnf5-clean(8)", "yum(8)", "microdnf(8)", "dnf.conf(5)"),
    environment=words("DNF_VAR_* DNF0 http_proxy https_proxy"),
)
