"""How packages of an operating system are installed in a layer of their own, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from optimizer.ecosystems.model import Invocation
from optimizer.ecosystems.trimming import Brings, Records
from optimizer.ecosystems.verbs import Verb, words


@dataclass(frozen=True, slots=True)
class Installer:
    """The manager that keeps `records`. Commands are joined by `&&`; empty ones are not needed."""

    records: Records
    ecosystem: str
    """The name of its value in the registry."""
    refresh: str
    install: str
    """Brings what is named and what that needs, and no more."""
    tidy: str
    programs: tuple[str, ...]
    """Paths of the tool: it is there if one of them is."""
    elsewhere: frozenset[str]
    """Options with which an install brings packages of another release, for a time, or not at all."""
    source: str

    def commands(self, packages: Iterable[str], before: Iterable[str] = ()) -> tuple[str, ...]:
        """Install these packages and leave nothing else; `before` are directories that their scripts expect."""
        made = f"mkdir -p {' '.join(before)}" if before else ""
        install = f"{self.install} {' '.join(packages)}"
        return tuple(each for each in (made, self.refresh, install, self.tidy) if each)

    def suits(self, call: Invocation) -> bool:
        """Whether packages can be added to this call: it is an install for good that brings no recommended ones."""
        ours = call.ecosystem.name == self.ecosystem and call.verb is Verb.INSTALL
        return ours and not call.has(self.elsewhere) and not brings_recommended(call)


def package_name(operand: str) -> str:
    """A package's name without version, release and architecture."""
    for mark in ("=", "/", ":"):
        operand = operand.partition(mark)[0]
    return operand


def brings_recommended(call: Invocation) -> bool:
    """Whether an install brings, by its own words, what its packages only recommend."""
    trims = [each for each in call.ecosystem.trims if each.brings is Brings.RECOMMENDED and call.name in each.programs]
    written = {each.name if each.value is None else f"{each.name}={each.value}" for each in call.options}
    return any(not written & each.avoided_by for each in trims)


INSTALLERS: tuple[Installer, ...] = (
    Installer(
        Records.DPKG,
        "apt",
        "apt-get update",
        "apt-get install -y --no-install-recommends",
        "rm -rf /var/lib/apt/lists/*",
        ("/usr/bin/apt-get",),
        words(
            "-t --target-release --default-release -a --host-architecture -d --download-only -s --simulate --dry-run"
        ),
        "apt-get(8)",
    ),
    Installer(
        Records.APK,
        "apk",
        "",
        "apk add --no-cache",
        "",
        ("/sbin/apk", "/usr/bin/apk"),
        words("-t --virtual -p --root -X --repository --arch -s --simulate"),
        "apk-add(8)",
    ),
    *(
        Installer(
            Records.RPM,
            "dnf",
            "",
            f"{program} install -y --nodocs --setopt=install_weak_deps=False",
            f"{program} clean all",
            (f"/usr/bin/{program}",),
            words("--installroot --releasever --enablerepo --disablerepo --repo --repoid --downloadonly --assumeno"),
            "dnf(8), microdnf(8); dnf.conf(5), install_weak_deps",
        )
        for program in ("dnf", "microdnf")
    ),
    Installer(
        Records.RPM,
        "zypper",
        "",
        "zypper --non-interactive install --no-recommends",
        "zypper clean --all",
        ("/usr/bin/zypper",),
        words("-r --repo --from -d --download-only -D --dry-run"),
        "zypper(8)",
    ),
)


def installer(records: Records, has: Callable[[str], bool] | None = None) -> Installer | None:
    """Who installs where these records are kept, and where `has` says which programs are there; None if nobody."""
    found = (each for each in INSTALLERS if each.records is records)
    return next((each for each in found if has is None or any(map(has, each.programs))), None)
