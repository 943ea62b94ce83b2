"""Finds the packages that only the build of a stage needed, and the steps that used them."""

from __future__ import annotations

import posixpath

from optimizer.evidence.building import BuildPackages
from optimizer.evidence.owners import Owner
from optimizer.evidence.packages import Manager, build_only
from optimizer.evidence.stage import BuiltStage
from optimizer.evidence.tree import Kind

_MADE = (".a", ".o", ".so", ".node", ".class", ".jar", ".war")
"""Endings of what compilers and linkers write."""

_ELF = b"\x7fELF"


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
