"""Which stages' layers end up in the image that is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from optimizer.containerfile.nodes import Instruction
from optimizer.containerfile.stages import Stages, stages
from optimizer.facts import Facts


@dataclass(frozen=True, slots=True)
class Shipping:
    """The target stage and the stages it starts FROM: their layers ship. Others only lend files to COPY --from.

    A file whose target is unknown to it ships nothing, since it does not build.
    """

    stages: Stages
    ships: frozenset[int]
    target: int | None

    @classmethod
    def derive(cls, facts: Facts) -> Self:
        """Follow FROM from the target stage (the last one by default) up to its base image."""
        found = stages(facts.file)
        stage = found.target(facts.policy.target)
        target = None if stage is None else stage.index
        ships: set[int] = set()
        while stage is not None:
            ships.add(stage.index)
            stage = found.base(stage)
        return cls(found, frozenset(ships), target)

    def base_image(self, instruction: Instruction) -> str:
        """The image that the instruction's stage is built on in the end, without its registry; empty if unknown."""
        return self.base_reference(instruction).partition("@")[0].rpartition("/")[2]

    def base_reference(self, instruction: Instruction) -> str:
        """The image that the instruction's stage is built on in the end, as FROM names it; empty if unknown."""
        stage = self.stages.stage_of(instruction)
        while stage is not None and (base := self.stages.base(stage)) is not None:
            stage = base
        return "" if stage is None else self.stages.expanded(stage.from_.image.raw)

    def __contains__(self, instruction: Instruction) -> bool:
        stage = self.stages.stage_of(instruction)
        return stage is not None and stage.index in self.ships
