"""Figures of a built image: bytes, layers, seconds, and what each instruction costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from optimizer.containers.model import Built, CompressedSize, Image, Step
from optimizer.proof.model import InstructionCost, Measure


def measure(image: Image, built: Built, compressed: CompressedSize, earlier: Sequence[Sequence[Step]] = ()) -> Measure:
    """Put the figures together.

    A candidate takes the first steps of its stages from the layers that `earlier` builds, a moment ago, made: they
    count with the time that they took there, as they would take it again in an empty store.
    """
    steps = built.steps
    for first in earlier:
        steps = tuple(_as_it_ran(built.steps, steps, first))
    return Measure(
        unpacked=image.size,
        compressed=compressed.bytes,
        sampled=compressed.sampled,
        layers=len(image.layers),
        build_seconds=sum(step.seconds for step in steps if not step.cached),
        rebuild_seconds=None,
        cached=sum(step.cached for step in steps),
        instructions=costs(image, steps),
    )


def _as_it_ran(steps: Sequence[Step], known: Sequence[Step], first: Sequence[Step]) -> Iterator[Step]:
    """The steps as they are `known`; those of a stage's beginning that came from the cache as they ran when they were
    `first` built."""
    begins = [place for place, step in enumerate(steps) if _keyword(step) == "FROM"]
    begin = max(begins, key=lambda place: _alike(steps[place:], first), default=0)
    alike = _alike(steps[begin:], first)
    for number, so_far in enumerate(known, -begin):
        ran = first[number] if 0 <= number < alike and so_far.cached and not first[number].cached else None
        yield so_far if ran is None else replace(so_far, seconds=ran.seconds, cached=False)


def _alike(steps: Sequence[Step], first: Sequence[Step]) -> int:
    """How many steps begin alike."""
    pairs = list(zip(steps, first, strict=False))
    return next((count for count, (one, other) in enumerate(pairs) if not _is_alike(one, other)), len(pairs))


def _is_alike(one: Step, other: Step) -> bool:
    """Whether two steps do the same: what a stage is called makes no difference."""
    return one.text == other.text or (_keyword(one) == "FROM" and _unnamed(one) == _unnamed(other))


def _unnamed(step: Step) -> list[str]:
    words = step.text.split()
    return words[:-2] if words[-2:-1] in (["AS"], ["as"]) else words


def costs(image: Image, steps: Sequence[Step]) -> tuple[InstructionCost, ...]:
    """What each step costs. The last stage's steps are the last entries of the image's history, one each; FROM of the
    last stage stands for all that lies below them, steps of other stages ship nothing."""
    first = max((place for place, step in enumerate(steps) if _keyword(step) == "FROM"), default=0)
    own = steps[first + 1 :]
    sizes = _sizes(image)
    base, added = sizes[: len(sizes) - len(own)], sizes[len(sizes) - len(own) :]
    shipped = [sum(base), *added] if len(sizes) >= len(own) else [image.size, *(0 for _ in own)]
    bytes_of = [*(0 for _ in steps[:first]), *shipped]
    return tuple(
        InstructionCost(step.text, size, 0.0 if step.cached else step.seconds)
        for step, size in zip(steps, bytes_of, strict=True)
    )


def _keyword(step: Step) -> str:
    return step.text.split(None, 1)[0].upper() if step.text.strip() else ""


def _sizes(image: Image) -> list[int]:
    """The size of each entry of the history: entries that are not empty have the layers in order."""
    layers = iter(image.layers)
    sizes: list[int] = []
    for entry in image.history:
        layer = None if entry.empty else next(layers, None)
        sizes.append(0 if layer is None else layer.size)
    return sizes
