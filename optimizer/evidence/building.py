"""Which packages only the build needed, and which steps used them: for people who want one stage.

`evidence.tools` finds out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from optimizer.evidence.packages import Packages


@dataclass(frozen=True, slots=True)
class BuildPackages:
    """True of the image that was built, and so of every text that makes the same application.

    `needed` are packages without which something that is started lacks a file, with all that they depend on; `tools`
    were asked for by a step, serve building only and are not needed. `compiling` are the texts of the steps that wrote
    machine code: a step that reads the same did the same.
    """

    packages: Packages
    needed: frozenset[str]
    tools: frozenset[str]
    compiling: frozenset[str]

    def taken(self, names: Iterable[str]) -> frozenset[str]:
        """Everything that goes when these are removed with what was only installed for them, `kept` counted as asked
        for. Too many rather than too few: what packages only recommend is not looked at."""
        gone = frozenset(names)
        by_name = self.packages.by_name
        asked = {name for name, package in by_name.items() if not package.automatic} - gone
        stays = self.packages.closure({*asked, *self.kept(gone)})
        return frozenset(name for name in by_name if name in gone or name not in stays)

    def kept(self, names: Iterable[str]) -> tuple[str, ...]:
        """The packages that must be asked for by name, so that removing these leaves all that is needed: sorted, and
        none that another of them brings along."""
        by_name = self.packages.by_name
        asked = {name for name, package in by_name.items() if not package.automatic} - frozenset(names)
        return self.packages.fewest(self.needed - self.packages.closure(asked))

    def size(self, names: Iterable[str]) -> int:
        """Bytes that these take, as the database says."""
        return sum(self.packages.by_name[name].size for name in names if name in self.packages.by_name)
