"""Which bytes each instruction's layer holds, from the built original."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from optimizer.containerfile.nodes import Add, Containerfile, Copy, Instruction, Run

if TYPE_CHECKING:
    from optimizer.containers.model import LayerChange


@dataclass(frozen=True, slots=True)
class Layers:
    """The layer that each RUN, COPY and ADD of the shipped stages made.

    True of one text only: once the file was changed, its layers are no longer those that were built.
    """

    text: str
    by_start: Mapping[int, LayerChange]

    def of(self, file: Containerfile, instruction: Instruction) -> LayerChange | None:
        """The layer of an instruction; None if it made none, is not in the image, or the file is another."""
        return self.by_start.get(instruction.span.start) if file.text == self.text else None

    def rewritten(self, file: Containerfile, first: Instruction, second: Instruction) -> int:
        """Bytes that `second` removes or writes again of what `first` wrote: they ship twice, or for nothing."""
        early, late = self.of(file, first), self.of(file, second)
        if early is None or late is None:
            return 0
        gone = tuple(path.rstrip("/") + "/" for path in late.removed)
        return sum(
            size
            for path, size in early.written.items()
            if path in late.written or path in late.removed or path.startswith(gone)
        )


def layers_of(file: Containerfile, shipped: Sequence[Instruction], changes: Sequence[LayerChange]) -> Layers:
    """Give each instruction of `shipped` (in build order) its layer out of `changes` (oldest first).

    With `--layers` buildah commits one layer for every RUN, COPY and ADD and none for the rest, on top of those of the
    base image, whose number follows. Nothing is attributed where an instruction could be missing.
    """
    making = [each for each in shipped if isinstance(each, Run | Copy | Add)]
    if len(making) > len(changes):
        return Layers(file.text, MappingProxyType({}))
    own = changes[len(changes) - len(making) :]
    return Layers(
        file.text,
        MappingProxyType({each.span.start: change for each, change in zip(making, own, strict=True)}),
    )
