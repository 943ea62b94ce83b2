"""What differs between two built images and is neither noise nor allowed: configuration, packages, paths.

Shares no reasoning with the passes that made the change: everything is read from the images.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from optimizer.containers.model import Engine
from optimizer.containers.stop import Stop
from optimizer.proof import accounts, config, dependencies, imports, ldcache, linking, packages
from optimizer.proof.allowance import Allowance, described
from optimizer.proof.compare import Contents, Delta, compare
from optimizer.proof.elf import DynamicFiles
from optimizer.proof.model import Difference, DifferenceKind
from optimizer.proof.noise import Learned, Noise
from optimizer.proof.packages import Drift, Manager, Package, PackageChanges
from optimizer.proof.renumbered import without_renumbered
from optimizer.proof.rootfs import Tree
from optimizer.proof.usercheck import Side
from optimizer.proposal import Contract, Records

_SHOWN = 200
"""Differences told one by one."""

_WITH_DATABASE = (Manager.DPKG, Manager.APK, Manager.RPM)
"""Managers whose record of a package is not a path of its own, so that names decide."""

_RECORDS = {
    Manager.DPKG: Records.DPKG,
    Manager.APK: Records.APK,
    Manager.RPM: Records.RPM,
    Manager.PYTHON: Records.PYTHON,
    Manager.NODE: Records.NODE,
}
"""What contracts call the records of a manager."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found. `certain` differences hold whatever another build of the original may teach; `real` are the
    paths that no noise rule explains, `deltas` those of them that the contract does not allow either; `compared`
    counts the paths that were looked at."""

    certain: tuple[Difference, ...]
    drifted: tuple[Drift, ...]
    deltas: tuple[Delta, ...]
    real: tuple[Delta, ...]
    compared: int

    @property
    def clean(self) -> bool:
        """Whether nothing is left that differs."""
        return not (self.certain or self.drifted or self.deltas)

    def after(self, learned: Learned, candidate: Tree) -> Findings:
        """The findings that a second build of the original does not excuse."""
        return replace(self, deltas=learned.without(self.deltas, candidate), real=learned.without(self.real, candidate))

    def differences(self) -> tuple[Difference, ...]:
        """Everything, as it is reported."""
        found = [*self.certain, *map(_drift, self.drifted)]
        found += [Difference(kind, path, detail) for kind, path, detail in described(self.deltas)]
        if len(found) > _SHOWN:
            more = len(found) - _SHOWN
            found[_SHOWN:] = [Difference(DifferenceKind.CHANGED, f"{more:,} more paths", "not listed")]
        return tuple(found)


def look(before: Side, after: Side, contract: Contract, context: Path, contents: Contents | None = None) -> Findings:
    """Compare what lies in two images, as far as `contents` does not tell it yet. Nothing is run."""
    changes = packages.changes(packages.installed(before.tree), packages.installed(after.tree))
    compared = without_renumbered(compare(before.tree, after.tree, contents), before.tree, after.tree, after.config)
    real = Noise().without(compared, before.tree, after.tree)
    gone = packages.owned(before.tree, _may_go(changes, contract, before.tree, after.tree))
    allowance = Allowance(contract, before.tree, context, gone, after.tree)
    deltas = allowance.without(real)
    certain = (
        *config.differences(before.config, after.config, contract),
        *accounts.differences(before.tree, after.tree, after.config),
        *_package_differences(changes, contract, allowance, {delta.path for delta in deltas}),
        *(dependencies.differences(before.tree, after.tree) if changes.removed or changes.drifted else ()),
    )
    return Findings(certain, changes.drifted, deltas, real, len(before.tree.nodes.keys() | after.tree.nodes.keys()))


def behave(
    engine: Engine, before: Side, after: Side, real: Sequence[Delta], dynamic: DynamicFiles
) -> tuple[Difference, ...]:
    """What the image's own loader and interpreter say; they are asked only where something they use was touched."""
    installed = packages.installed(before.tree), packages.installed(after.tree)
    stop = Stop()
    with ThreadPoolExecutor(1) as beside:
        imported = beside.submit(imports.differences, engine, before, after, real, installed, stop)
        try:
            cached = ldcache.differences(before.tree, after.tree)
            linked = linking.differences(engine, before, after, real, dynamic)
            return (*cached, *linked) or imported.result()
        finally:
            stop.now()


def _may_go(changes: PackageChanges, contract: Contract, before: Tree, after: Tree) -> tuple[Package, ...]:
    """The packages that may go. One whose record is a path of its own may lie twice, and go once."""
    twice = (
        package
        for package in (packages.installed(before) if contract.unnamed else ())
        if not _by_name(package) and package.record not in after.nodes
    )
    return tuple(package for package in (*changes.removed, *twice) if _lacks_rightly(package, contract))


def _lacks_rightly(package: Package, contract: Contract) -> bool:
    return contract.may_lack(_RECORDS[package.manager], package.name)


def _package_differences(
    changes: PackageChanges, contract: Contract, allowance: Allowance, refused: set[str]
) -> Iterator[Difference]:
    for package in changes.removed:
        allowed = package.record in allowance.removed if _by_name(package) else package.record not in refused
        if not _lacks_rightly(package, contract) and not allowed:
            yield _package(package, "is not installed any more")
    for package in changes.added:
        allowed = package.record in allowance.added if _by_name(package) else package.record not in refused
        if not allowed:
            yield _package(package, "was not installed before")


def _by_name(package: Package) -> bool:
    return package.manager in _WITH_DATABASE


def _package(package: Package, detail: str) -> Difference:
    what = f"{package.manager.value} {package.name} {package.version}"
    return Difference(DifferenceKind.PACKAGE, what, detail)


def _drift(drift: Drift) -> Difference:
    versions = " → ".join(", ".join(sorted(side)) for side in (drift.before, drift.after))
    return Difference(DifferenceKind.PACKAGE, f"{drift.manager.value} {drift.name}", f"another version: {versions}")
