"""The candidates of one built stage on all images that it could stand on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from optimizer.evidence import candidates
from optimizer.evidence.runtime import Runtime
from optimizer.evidence.split import Candidate, Care
from optimizer.evidence.stage import BuiltStage


def smallest_first(built: BuiltStage, runtimes: Sequence[Runtime]) -> tuple[Candidate, ...]:
    """What is known to be needed, on each; of one image, the way that leaves its own files alone comes first."""
    nothing = candidates.on_nothing(built)
    found = [candidates.on(built, runtime, way) for runtime, way in product(runtimes, built.ways)]
    return tuple(sorted((each for each in (nothing, *found) if each is not None), key=lambda each: each.size))


def more_careful(built: BuiltStage, runtimes: Sequence[Runtime], known: Sequence[Candidate]) -> Iterator[Candidate]:
    """For where the judge misses something: more, on the image of the smallest one that is `known`."""
    named = {runtime.name: runtime for runtime in runtimes}
    smallest = [named[each.image] for each in known if each.image in named][:1]
    found = list(known)
    for runtime, care in product(smallest, (Care.SOURCES, Care.TOOLS)):
        each = candidates.on(replace(built, care=care), runtime, built.ways[-1])
        if each is not None and all(_ships_more(each, other) for other in found):
            found.append(each)
            yield each


def _ships_more(careful: Candidate, other: Candidate) -> bool:
    """Whether a careful candidate differs from one on the same base at all."""
    return careful.image != other.image or (
        careful.shipment.kept > other.shipment.kept or set(careful.packages) != set(other.packages)
    )
