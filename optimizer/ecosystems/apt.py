"""APT: Debian, Ubuntu and what is built on them."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.trimming import Brings, Records, Trim
from optimizer.ecosystems.uninstalling import Uninstall
from optimizer.ecosystems.verbs import Verb, words

_VALUED = words(
    "-o --option -c --config-file -t --target-release --default-release -a --host-architecture --with-source "
    "--error-on -e -P --build-profiles --color"
)

_ACTIONS = (
    Action(("update",), Verb.UPDATE),
    Action(("install", "reinstall", "satisfy", "build-dep"), Verb.INSTALL, operands=Operands.PACKAGES),
    Action(("upgrade", "dist-upgrade", "full-upgrade", "dselect-upgrade"), Verb.UPGRADE, operands=Operands.PACKAGES),
    Action(("remove", "purge", "autoremove", "auto-remove", "autopurge"), Verb.REMOVE, operands=Operands.PACKAGES),
    Action(("clean",), Verb.CLEAN, cleans=frozenset({"apt archives"})),
    Action(("dist-clean", "distclean"), Verb.CLEAN, cleans=frozenset({"apt lists", "apt archives"})),
    Action(("autoclean", "auto-clean"), Verb.OTHER),
    Action(("source", "download", "changelog"), Verb.DOWNLOAD, operands=Operands.PACKAGES),
    Action(
        ("list", "search", "show", "showsrc", "policy", "madison", "depends", "rdepends", "check", "indextargets"),
        Verb.QUERY,
    ),
    Action(("edit-sources",), Verb.OTHER),
)

_APTITUDE = (
    Action(("update",), Verb.UPDATE),
    Action(("install", "reinstall", "build-dep"), Verb.INSTALL, operands=Operands.PACKAGES),
    Action(("upgrade", "safe-upgrade", "full-upgrade", "dist-upgrade"), Verb.UPGRADE, operands=Operands.PACKAGES),
    Action(("remove", "purge"), Verb.REMOVE, operands=Operands.PACKAGES),
    Action(("clean",), Verb.CLEAN, cleans=frozenset({"apt archives"})),
    Action(("download", "changelog"), Verb.DOWNLOAD, operands=Operands.PACKAGES),
    Action(("search", "show", "versions", "why", "why-not"), Verb.QUERY),
)

_LISTS = Cache(
    "apt lists",
    ("/var/lib/apt/lists",),
    filled_by=frozenset({Verb.UPDATE}),
    # Beside it, in /var/lib/apt, stands which packages were installed by hand: that is no cache.
    mounts=(CacheMount("/var/lib/apt/lists", Sharing.LOCKED),),
    purge=Purge("rm -rf /var/lib/apt/lists/*", Means.REMOVES),
    needed_by=frozenset({Verb.INSTALL, Verb.UPGRADE, Verb.DOWNLOAD, Verb.QUERY}),
    # apt.conf(5), "Directories": where the lists lie, and from which sources they are refreshed.
    moved_in=("Dir::State",),
    narrowed_in=("Dir::",),
    also_emptied_by=("/var/lib/apt/lists/*_*", "/var/lib/apt/lists/*_dists_*"),
)
"""sources.list(5) and apt-get(8), FILES: `Dir::State::Lists`. An install reads them; only `update` writes them."""

_ARCHIVES = Cache(
    "apt archives",
    ("/var/cache/apt",),
    filled_by=frozenset({Verb.INSTALL, Verb.UPGRADE}),
    mounts=(
        CacheMount(
            "/var/cache/apt",
            Sharing.LOCKED,
            programs=words("apt-get aptitude"),
            kept_with="-o Dir::Cache::Archives=kept/",
        ),
        CacheMount(
            "/var/cache/apt",
            Sharing.LOCKED,
            programs=words("apt"),
            kept_with="-o Dir::Cache::Archives=kept/ -o APT::Keep-Downloaded-Packages=true",
        ),
    ),
    purge=Purge("{program} clean", Means.SYSTEM),
    unfilled_with=words("--simulate -s --dry-run --print-uris"),
    moved_in=("Dir::Cache",),
    also_emptied_by=("/var/cache/apt/archives", "/var/cache/apt/archives/*", "/var/cache/apt/archives/*.deb"),
    emptied_by_base="/etc/apt/apt.conf.d/docker-clean",
)
"""apt-get(8), FILES: `Dir::Cache::Archives`; what else lies in `Dir::Cache` is made again from the lists (apt.conf(5)).

The official images' `docker-clean` removes `/var/cache/apt/archives/*.deb` after every call (debuerreotype,
`scripts/debuerreotype-minimizing-config`), and apt(8) what it has fetched itself: a mount that shall keep packages
gives them another directory beside that one, so that the image keeps its configuration."""

_RECOMMENDS = "apt::install-recommends"
_CONFIGURATION = ("/etc/apt/apt.conf", "/etc/apt/apt.conf.d")
_INSTALLS_NOTHING = words(
    "-s --simulate --just-print --dry-run --recon --no-act -d --download-only --print-uris --help -h"
)
_SHOWN_ONLINE_ONLY = frozenset({"ca-certificates"})
"""Without it every connection by TLS fails, and nothing else does."""
_WRITTEN_BY_SCRIPTS = (
    *("/var/lib/systemd/deb-systemd-helper-enabled", "/var/lib/systemd/deb-systemd-user-helper-enabled"),
    *("/etc/systemd/system", "/etc/rc*.d", "/etc/init.d", "/var/lib/ucf", "/etc/networks"),
    *("/var/log/alternatives.log", "/var/log/fontconfig.log"),
)
"""Links and records of services, logs, networks(5) (deb-systemd-helper(1p), update-rc.d(8), ucf(1))."""
_ALTERNATIVES = ("/etc/alternatives", "/var/lib/dpkg/alternatives")
"""update-alternatives(1), FILES: another program takes the place of one that stays away."""
_GIVEN = ("/etc/ssl/private",)
"""A directory of one package that another, only recommended one gives to a group of its own (ssl-cert, `postinst`)."""
_ACCOUNTS = ("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/shells")
"""Accounts that belong to a package are made when it is configured (Debian Policy, 9.2.2)."""

_TRIMS = (
    Trim(
        Brings.RECOMMENDED,
        "--no-install-recommends",
        programs=frozenset({"apt-get", "apt"}),
        verbs=frozenset({"install"}),
        avoided_by=words("--no-install-recommends --install-recommends=false --install-recommends=no"),
        wanted_by=words("--install-recommends --install-recommends=true --install-recommends=yes"),
        setting=_RECOMMENDS,
        places=_CONFIGURATION,
        idle_with=_INSTALLS_NOTHING,
        records=Records.DPKG,
        unseen=_SHOWN_ONLINE_ONLY,
        removes=_WRITTEN_BY_SCRIPTS,
        changes=(*_ALTERNATIVES, *_GIVEN),
        adds=_ALTERNATIVES,
        shortens=_ACCOUNTS,
        source="apt-get(8), --no-install-recommends; apt.conf(5), APT::Install-Recommends",
    ),
    Trim(
        Brings.RECOMMENDED,
        "--without-recommends",
        programs=frozenset({"aptitude"}),
        verbs=frozenset({"install"}),
        avoided_by=words("--without-recommends -R --no-install-recommends"),
        wanted_by=words("--with-recommends -r"),
        setting=_RECOMMENDS,
        places=_CONFIGURATION,
        idle_with=_INSTALLS_NOTHING,
        records=Records.DPKG,
        unseen=_SHOWN_ONLINE_ONLY,
        removes=_WRITTEN_BY_SCRIPTS,
        changes=(*_ALTERNATIVES, *_GIVEN),
        adds=_ALTERNATIVES,
        shortens=_ACCOUNTS,
        source="aptitude(8), -R, --without-recommends",
    ),
)

# Whatever apt does, it makes the directory `auxfiles` beside the lists (apt, `apt-pkg/init.cc`, `Dir::State::lists`).
_UNINSTALL = Uninstall(
    programs=frozenset({"apt-get", "apt"}),
    verbs=frozenset({"install"}),
    remove="apt-get purge -y --auto-remove {names}",
    keep="apt-mark manual {names}",
    keeping=frozenset({"apt-mark"}),
    idle_with=_INSTALLS_NOTHING,
    records=Records.DPKG,
    leaves=(*_WRITTEN_BY_SCRIPTS, *_ALTERNATIVES, "/var/lib/apt/lists/auxfiles"),
    shortens=_ACCOUNTS,
    source="apt-get(8), purge, --auto-remove; apt-mark(8), manual",
)

APT = Ecosystem(
    name="apt",
    programs=(
        Program(frozenset({"apt-get", "apt"}), _ACTIONS, _VALUED),
        Program(
            frozenset({"aptitude"}),
            _APTITUDE,
            words("-o -t --target-release --default-release -F -O -w --log-file"),
        ),
        Program(frozenset({"apt-cache", "apt-file"}), (), bare=Action((), Verb.QUERY)),
        Program(
            frozenset({"add-apt-repository", "apt-add-repository"}),
            (),
            # Newer versions end with an update of the lists, older ones and Debian's do not (add-apt-repository(1)).
            bare=Action((), Verb.UPDATE, certain=False),
        ),
        Program(
            frozenset({"tasksel", "gdebi", "mk-build-deps", "rosdep"}),
            (),
            bare=Action((), Verb.INSTALL, operands=Operands.PACKAGES),
        ),
    ),
    caches=(_LISTS, _ARCHIVES),
    trims=_TRIMS,
    uninstall=_UNINSTALL,
    sources=(
        *("apt-get(8)", "apt(8)", "aptitude(8)", "sources.list(5)", "apt.conf(5)", "apt-mark(8)"),
        "add-apt-repository(1)",
    ),
    environment=frozenset({"APT_CONFIG", "DEBIAN_FRONTEND", "http_proxy", "https_proxy", "ftp_proxy", "no_proxy"}),
)
