"""ZYpp: openSUSE and SUSE Linux Enterprise."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.trimming import Brings, Records, Trim
from optimizer.ecosystems.verbs import ADDING, Verb, words

# `-C` is left out: before the verb it is `--cache-dir`, behind it `--capability`, which has no value.
_VALUED = words(
    "-c --config --userdata -D --reposd-dir --cache-dir --raw-cache-dir --solv-cache-dir --pkg-cache-dir -R --root "
    "--installroot -p --plus-repo --plus-content --table-style --releasever -r --repo --from --type --download"
)

_RECOMMENDS = Trim(
    Brings.RECOMMENDED,
    "--no-recommends",
    programs=words("zypper"),
    verbs=words("install in"),
    avoided_by=words("--no-recommends"),
    wanted_by=words("--recommends"),
    setting="solver.onlyrequires",
    places=("/etc/zypp/zypp.conf", "/etc/zypp/zypp.conf.d"),
    idle_with=words("--dry-run --download-only -d -h --help"),
    records=Records.RPM,
    removes=("/etc/systemd/system", "/var/log/zypp", "/var/log/zypper.log"),
    changes=(
        *("/var/lib/rpm", "/usr/lib/sysimage/rpm", "/var/lib/zypp", "/var/log/zypp", "/var/log/zypper.log"),
        *("/etc/alternatives", "/var/lib/alternatives"),
    ),
    adds=("/etc/alternatives", "/var/lib/alternatives"),
    shortens=("/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/shells"),
    source="zypper(8), install, --no-recommends; zypp.conf(5), solver.onlyRequires",
)

ZYPPER = Ecosystem(
    name="zypper",
    programs=(
        Program(
            frozenset({"zypper"}),
            (
                Action(("refresh", "ref", "refresh-services", "refs"), Verb.UPDATE),
                Action(
                    ("install", "in", "install-new-recommends", "inr", "source-install", "si"),
                    Verb.INSTALL,
                    operands=Operands.PACKAGES,
                ),
                Action(("update", "up", "patch", "dist-upgrade", "dup"), Verb.UPGRADE, operands=Operands.PACKAGES),
                Action(("remove", "rm"), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(
                    ("clean", "cc"),
                    Verb.CLEAN,
                    cleans=frozenset({"zypper cache"}),
                    only_with=words("-a --all"),
                ),
                Action(("download",), Verb.DOWNLOAD, operands=Operands.PACKAGES),
                Action(
                    ("search", "se", "info", "if", "list-updates", "lu", "what-provides", "wp", "repos", "lr"),
                    Verb.QUERY,
                ),
                Action(("addrepo", "ar", "removerepo", "rr", "modifyrepo", "mr", "addlock"), Verb.OTHER),
            ),
            _VALUED,
        ),
    ),
    caches=(
        Cache(
            "zypper cache",
            ("/var/cache/zypp",),
            filled_by=ADDING | {Verb.UPDATE, Verb.DOWNLOAD},
            mounts=(CacheMount("/var/cache/zypp", Sharing.LOCKED),),
            purge=Purge("{program} clean --all", Means.SYSTEM, touched=("/var/log/zypper.log", "/var/log/zypp")),
            needed_with=words("--no-refresh"),
            unfilled_with=words("--dry-run"),
            moved_with=words("--cache-dir --pkg-cache-dir --raw-cache-dir --solv-cache-dir -R --root --installroot"),
        ),
    ),
    trims=(_RECOMMENDS,),
    sources=("zypper(8)",),
    environment=words("ZYPP_* ZYPPER_*"),
)
