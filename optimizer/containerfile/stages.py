"""The stages of a Containerfile and how they refer to each other, from the text alone.

Names are compared without regard to case, a number counts FROMs from 0, and only an *earlier* stage can be meant;
anything else is an image or a named context (Dockerfile reference, "FROM", "COPY --from", "RUN --mount").
A reference that holds a variable is first expanded with the defaults of the ARGs before the first FROM, as the builder
does for FROM; one that stays unknown makes `needed` keep every earlier stage.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from optimizer.containerfile.mounts import mounts
from optimizer.containerfile.nodes import Add, Arg, Containerfile, Copy, From, Instruction, Onbuild, Run, Unknown
from optimizer.containerfile.words import BadSubstitution, expand, is_literal


@dataclass(frozen=True, slots=True)
class Stage:
    """One FROM and what follows it."""

    index: int
    name: str | None
    """The alias as written."""
    from_: From
    instructions: tuple[Instruction, ...]
    """All that follows FROM, up to the next one."""

    def until(self, last: Instruction) -> Stage:
        """What of it is built once that instruction is."""
        return replace(self, instructions=self.instructions[: self.instructions.index(last) + 1])

    def body(self) -> tuple[Instruction, ...]:
        """FROM and all that follows it."""
        return (self.from_, *self.instructions)


@dataclass(frozen=True, slots=True)
class Reference:
    """A place that names a stage, an image or a named context."""

    text: str
    """As written."""
    instruction: Instruction


@dataclass(frozen=True, slots=True)
class Stages:
    """All stages, in order."""

    stages: tuple[Stage, ...]
    global_args: tuple[Arg, ...]
    """ARGs before the first FROM: seen by FROM lines, and by stages that declare them again."""
    escape: str
    readable: bool
    """False if a FROM cannot be read: the stages are then not what a builder would see."""
    defaults: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Values of `global_args` where nothing is given on the command line."""

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    def __len__(self) -> int:
        return len(self.stages)

    @property
    def last(self) -> Stage | None:
        """The stage that is built when no target is named."""
        return self.stages[-1] if self.stages else None

    def resolve(self, reference: str, before: int) -> Stage | None:
        """The stage that `reference` means when it stands in stage number `before`; None for images and contexts."""
        wanted = self.expanded(reference).lower()
        for stage in reversed(self.stages[:before]):
            if stage.name is not None and stage.name.lower() == wanted:
                return stage
        return next((stage for stage in self.stages[:before] if str(stage.index) == wanted), None)

    def base(self, stage: Stage) -> Stage | None:
        """The stage that `stage` is built on. FROM takes names only, never numbers."""
        wanted = self.expanded(stage.from_.image.raw).lower()
        named = (other for other in reversed(self.stages[: stage.index]) if other.name is not None)
        return next((other for other in named if other.name is not None and other.name.lower() == wanted), None)

    def stage_of(self, instruction: Instruction) -> Stage | None:
        """The stage in which an instruction of this file stands; None before the first FROM."""
        starts = [stage.from_.span.start for stage in self.stages]
        index = bisect_right(starts, instruction.span.start) - 1
        return self.stages[index] if index >= 0 else None

    def target(self, name: str | None) -> Stage | None:
        """The stage that `--target` means, by name or number; the last one for None."""
        return self.last if name is None else self.resolve(name, len(self.stages))

    def depends_on(self, stage: Stage) -> frozenset[int]:
        """Numbers of the stages that `stage` uses directly; all earlier ones if a reference cannot be known."""
        used: set[int] = set()
        base = self.base(stage)
        if base is not None:
            used.add(base.index)
        elif not self._known(stage.from_.image.raw):
            return frozenset(range(stage.index))
        for reference in references(stage):
            if not self._known(reference.text):
                return frozenset(range(stage.index))
            found = self.resolve(reference.text, stage.index)
            if found is not None:
                used.add(found.index)
        return frozenset(used)

    def needed(self, target: str | None) -> frozenset[int]:
        """Numbers of the stages that are built for `target` (None: the last). Empty if there is no such stage."""
        wanted = self.target(target)
        if wanted is None:
            return frozenset()
        todo, done = [wanted.index], set[int]()
        while todo:
            index = todo.pop()
            if index not in done:
                done.add(index)
                todo.extend(self.depends_on(self.stages[index]))
        return frozenset(done)

    def expanded(self, reference: str) -> str:
        """A reference with the defaults of the global ARGs put in; as written if it is malformed."""
        try:
            return expand(reference, self.defaults, self.escape)
        except BadSubstitution:
            return reference

    def _known(self, reference: str) -> bool:
        """Whether the reference is the same on every command line."""
        return is_literal(reference, self.escape)


def stages(file: Containerfile) -> Stages:
    """The stages of `file`. Never raises; `readable` tells whether they can be relied upon."""
    found: list[Stage] = []
    head: From | None = None
    body: list[Instruction] = []
    global_args: list[Arg] = []
    readable = True
    for instruction in file.instructions:
        if isinstance(instruction, Unknown) and instruction.keyword.upper() == "FROM":
            readable = False
        if isinstance(instruction, From):
            if head is not None:
                found.append(_stage(len(found), head, body))
            head, body = instruction, []
        elif head is not None:
            body.append(instruction)
        elif isinstance(instruction, Arg):
            global_args.append(instruction)
    if head is not None:
        found.append(_stage(len(found), head, body))
    defaults = MappingProxyType(_defaults(global_args, file.escape))
    return Stages(tuple(found), tuple(global_args), file.escape, readable, defaults)


def references(stage: Stage) -> Iterator[Reference]:
    """What `COPY --from`, `ADD --from` and `RUN --mount=from=` of a stage name, those of its ONBUILDs too."""
    for instruction in stage.instructions:
        actual = instruction.inner if isinstance(instruction, Onbuild) else instruction
        if isinstance(actual, Copy | Add):
            source = actual.flag("from")
            if source is not None and source.value is not None:
                yield Reference(source.value, instruction)
        elif isinstance(actual, Run):
            for mount in mounts(actual):
                if mount.from_ is not None:
                    yield Reference(mount.from_, instruction)


def _stage(index: int, head: From, body: list[Instruction]) -> Stage:
    return Stage(index, head.alias.raw if head.alias is not None else None, head, tuple(body))


def _defaults(arguments: list[Arg], escape: str) -> dict[str, str]:
    """Defaults in order: a later one may use those before it."""
    values: dict[str, str] = {}
    for argument in arguments:
        for pair in argument.pairs:
            if pair.value is not None:
                try:
                    values[pair.key.raw] = expand(pair.value.raw, values, escape)
                except BadSubstitution:
                    values.pop(pair.key.raw, None)
    return values
