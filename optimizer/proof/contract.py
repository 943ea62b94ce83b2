"""Contracts as the judge reads them: one for a whole candidate, and which paths it covers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import reduce

from optimizer.proposal import IDENTICAL, Contract, PathPattern, TraceRelation


def merge(contracts: Iterable[Contract]) -> Contract:
    """The contract of a candidate that carries several proposals: each may change what it asked for."""
    return reduce(_both, contracts, IDENTICAL)


def _both(one: Contract, other: Contract) -> Contract:
    return Contract(
        trace=_weaker(one.trace, other.trace),
        removed=one.removed | other.removed,
        changed=one.changed | other.changed,
        added=one.added | other.added,
        packages_removed=one.packages_removed | other.packages_removed,
        ignored=one.ignored | other.ignored,
        environment=one.environment | other.environment,
        unset=one.unset | other.unset,
        shortened=one.shortened | other.shortened,
        unnamed=one.unnamed | other.unnamed,
        commands=one.commands | other.commands,
    )


def _weaker(one: TraceRelation, other: TraceRelation) -> TraceRelation:
    """What holds for two changes together; two different relations leave only the built images to tell."""
    if one is other or other is TraceRelation.EQUAL:
        return one
    return other if one is TraceRelation.EQUAL else TraceRelation.OPEN


def above(path: str) -> Iterator[str]:
    """The path itself and every directory above it, nearest first; the root is not named."""
    while path:
        yield path
        path = path.rpartition("/")[0]


class Cover:
    """Which absolute paths a set of patterns covers. `*` stops at `/`, `**` does not, every other character stands for
    itself; a pattern that names a directory covers all below it."""

    __slots__ = ("_globs", "_literal")

    def __init__(self, patterns: Iterable[PathPattern]) -> None:
        globs = [pattern.glob.rstrip("/") for pattern in patterns]
        self._literal = frozenset(glob for glob in globs if "*" not in glob)
        wild = sorted(_regular(glob) for glob in globs if "*" in glob)
        self._globs = re.compile("|".join(wild), re.DOTALL) if wild else None

    def __contains__(self, path: str) -> bool:
        """Whether `path` (absolute) is covered."""
        if any(part in self._literal for part in above(path)) or "" in self._literal:
            return True
        return self._globs is not None and self._globs.fullmatch(path) is not None


def _regular(glob: str) -> str:
    pieces: list[str] = []
    at = 0
    while at < len(glob):
        if glob.startswith("**/", at) and (at == 0 or glob[at - 1] == "/"):
            pieces.append("(?:.*/)?")
            at += 3
        elif glob.startswith("**", at):
            pieces.append(".*")
            at += 2
        elif glob[at] == "*":
            pieces.append("[^/]*")
            at += 1
        else:
            pieces.append(re.escape(glob[at]))
            at += 1
    return f"{''.join(pieces)}(?:/.*)?"
