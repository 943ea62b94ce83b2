"""How packages of an operating system are installed in a layer of their own, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from optimizer.ecosystems.model import Invocation, Verb, words
from optimizer.ecosystems.trimming import Brings, Records


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
        words("-t --virtual -p --root -X --repository --arch -s --simulate"),
        "apk-add(8)",
    ),
)


def installer(records: Records) -> Installer | None:
    """Who installs where these records are kept; None if nobody is known to."""
    return next((each for each in INSTALLERS if each.records is records), None)
