"""How packages that only a build needs are taken away again by the command line that installed them, as data.

Nothing here knows a particular tool; the values stand with the other facts of their ecosystem.
"""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.ecosystems.trimming import Records


@dataclass(frozen=True, slots=True)
class Group:
    """An option by which an install puts its packages under one name, to be removed by that name."""

    spellings: frozenset[str]
    flag: str
    """What is written behind the verb."""
    name: str
    """The name that the flag gives."""


@dataclass(frozen=True, slots=True)
class Uninstall:
    """How to remove packages, and with them what was only installed for them. `{names}` stands for the packages."""

    programs: frozenset[str]
    verbs: frozenset[str]
    """Installs that it undoes."""
    remove: str
    keep: str
    """The command after which packages count as asked for by name, so that the removal leaves them."""
    keeping: frozenset[str]
    """The words with which that command begins."""
    source: str
    group: Group | None = None
    idle_with: frozenset[str] = frozenset()
    """Options with which nothing is installed, or not into this system."""
    records: Records | None = None
    """Where the installed packages are recorded; None if no judge can read it."""
    leaves: tuple[str, ...] = ()
    """Paths that may appear, change or go beyond the packages' own: what scripts of packages write, logs, records."""
    shortens: tuple[str, ...] = ()
    """Text files that may lose whole lines."""

    def removal(self, names: tuple[str, ...]) -> str:
        """The command that removes these."""
        return self.remove.replace("{names}", " ".join(names))

    def keeper(self, names: tuple[str, ...]) -> str:
        """The command that keeps these."""
        return self.keep.replace("{names}", " ".join(names))
