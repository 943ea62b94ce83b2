"""What was seen of a running image, and whether two sides were seen doing the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from optimizer.proof.model import CheckKind


class Precision(Enum):
    """How a value is compared."""

    EXACT = "equal, or equal to one of the values that the original gave"
    TEXT = "equal but for the lines in which the original's own answers differ (tokens, dates, names of hosts)"


@dataclass(frozen=True, slots=True)
class Facet:
    """One thing that was seen, once or several times."""

    name: str
    samples: tuple[bytes, ...]
    precision: Precision = Precision.EXACT


@dataclass(frozen=True, slots=True)
class Observation:
    """One check on one image. `passed` is false for what is no success by itself: a crash, a 5xx answer, silence.
    `note` says what was seen in a few words and never holds an answer."""

    kind: CheckKind
    name: str
    passed: bool
    facets: tuple[Facet, ...] = ()
    note: str = ""

    @property
    def key(self) -> tuple[CheckKind, str]:
        """What makes two observations the same check."""
        return self.kind, self.name


def joined(runs: Iterable[Sequence[Observation]]) -> tuple[Observation, ...]:
    """Several looks at one image as one: it passed what it passed each time, and every sample is kept."""
    found: dict[tuple[CheckKind, str], Observation] = {}
    for run in runs:
        for seen in run:
            known = found.get(seen.key)
            found[seen.key] = seen if known is None else _both(known, seen)
    return tuple(found.values())


def _both(one: Observation, other: Observation) -> Observation:
    later = {facet.name: facet for facet in other.facets}
    facets = tuple(
        replace(facet, samples=facet.samples + later[facet.name].samples) if facet.name in later else facet
        for facet in one.facets
    )
    return replace(one, passed=one.passed and other.passed, facets=facets)


def difference(original: Observation, candidate: Observation) -> str:
    """In what the candidate behaves differently, empty if in nothing. Only names of facets are told, no content."""
    if original.passed and not candidate.passed:
        return candidate.note or "fails"
    seen = {facet.name: facet for facet in candidate.facets}
    unequal = [
        facet.name
        for facet in original.facets
        if facet.name not in seen or not _fits(facet, seen[facet.name].samples[0])
    ]
    return f"another {' and '.join(unequal)}" if unequal else ""


def _fits(facet: Facet, value: bytes) -> bool:
    samples = set(facet.samples)
    if value in samples:
        return True
    if facet.precision is Precision.EXACT or len(samples) == 1:
        return False
    shortest, longest = min(map(len, samples)), max(map(len, samples))
    if not shortest // 2 <= len(value) <= longest * 2:
        return False
    lines = [sample.splitlines() for sample in samples]
    if len({len(each) for each in lines}) > 1:
        return True  # not even the number of lines is always the same: only the length can be compared
    own = value.splitlines()
    return len(own) == len(lines[0]) and all(
        line in column or len(column) > 1
        for line, column in zip(own, (set(column) for column in zip(*lines, strict=True)), strict=True)
    )
