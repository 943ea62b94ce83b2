"""Packages that came only because others recommend them, and those of them that the image needs all the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from optimizer.ecosystems.trimming import Records
from optimizer.evidence.packages import Packages


@dataclass(frozen=True, slots=True)
class Recommended:
    """Read by `trim_installs`. `brought` are the packages that no command line names and nothing named depends on;
    `needed` those of them that own what the image runs, without any that another of them brings along."""

    records: Records | None = None
    brought: frozenset[str] = frozenset()
    needed: tuple[str, ...] = ()


def recommended(packages: Packages, base: Packages, named: Iterable[str], needed: Iterable[str]) -> Recommended:
    """Which packages of a built image only recommendations brought. `base` are those of its base image, `named` those
    that its installs name, `needed` those that own a file of the closure."""
    asked = packages.closure({*named, *base.by_name})
    brought = frozenset(packages.by_name.keys() - asked)
    return Recommended(packages.manager.records, brought, packages.fewest(brought & frozenset(needed)))
