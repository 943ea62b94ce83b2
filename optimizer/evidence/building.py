"""Which packages only the build needed, and which steps used them: for people who want one stage."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from optimizer.evidence.owners import Owner
from optimizer.evidence.packages import Manager, Packages, build_only
from optimizer.evidence.stage import BuiltStage
from optimizer.evidence.tree import Kind

_MADE = (".a", ".o", ".so", ".node", ".class", ".jar", ".war")
"""Endings of what compilers and linkers write."""

_ELF = b"\x7fELF"


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


def build_packages(built: BuiltStage) -> BuildPackages | None:
    """What a built stage shows; None where the database cannot be read."""
    owners = built.owners
    packages = owners.packages
    if packages.manager is Manager.NONE or packages.unreadable:
        return None
    needed = packages.closure(built.needs.packages | built.needs.wanted)
    before = {packages.owner[path] for path in packages.owner if path not in owners.step_of}
    tools = frozenset(
        name
        for name, package in packages.by_name.items()
        if name not in before | needed and not package.automatic and build_only(package)
    )
    return BuildPackages(packages, needed, tools, _compiling(built))


def _compiling(built: BuiltStage) -> frozenset[str]:
    owners = built.owners
    steps = {
        index
        for path, index in owners.step_of.items()
        if owners.steps[index].runs and _is_made(built, path) and owners.of(path) in (Owner.OWN, Owner.PYTHON)
    }
    return frozenset(owners.steps[index].text for index in steps)


def _is_made(built: BuiltStage, path: str) -> bool:
    node = built.owners.root.nodes[path]
    if node.kind is not Kind.FILE or not node.size:
        return False
    name = posixpath.basename(path)
    if name.endswith(_MADE) or ".so." in name:
        return True
    return bool(node.mode & 0o111) and built.owners.root.read(path, len(_ELF)) == _ELF
