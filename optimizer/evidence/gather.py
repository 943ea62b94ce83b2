"""Reads the built original once and hands the passes what it shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from optimizer.containerfile.nodes import Add, Containerfile, Copy, Instruction, Run
from optimizer.containerfile.parser import parse
from optimizer.containerfile.stages import Stage, Stages, stages
from optimizer.containers.model import Engine, Image, ImageId, LayerChange
from optimizer.ecosystems.catalogue import Reference, distribution, line_of, runtimes
from optimizer.evidence import accounts, candidates
from optimizer.evidence.candidates import Runtime
from optimizer.evidence.entrypoint import Command
from optimizer.evidence.layers import Layers, layers_of
from optimizer.evidence.owners import Owners, Step
from optimizer.evidence.packages import Manager, read_packages
from optimizer.evidence.split import Candidate, Obstacle, PythonWay, Split
from optimizer.evidence.stage import BuiltStage
from optimizer.evidence.tree import Root


def gather(
    engine: Engine, text: str, built: ImageId, target: str | None = None, extra: tuple[Command, ...] = ()
) -> tuple[Layers | Split, ...]:
    """Everything that can be known of a built original: its layers, and how it could be split.

    `text` is what was built, `target` the stage asked for, `extra` commands that others start in the image. Raises
    MissingTool and EngineError from the engine.
    """
    file = parse(text)
    found = stages(file)
    stage = found.target(target)
    if stage is None:
        return ()
    changes = engine.layer_changes(built)
    layers = layers_of(file, tuple(_shipped(found, stage)), changes)
    with ExitStack() as mounts:
        return layers, _Splitting(engine, file, found, stage, mounts, extra).split(engine.image(built), changes)


def _shipped(found: Stages, stage: Stage) -> Iterator[Instruction]:
    base = found.base(stage)
    if base is not None:
        yield from _shipped(found, base)
    yield from stage.instructions


@dataclass(frozen=True, slots=True)
class _Splitting:
    engine: Engine
    file: Containerfile
    stages: Stages
    stage: Stage
    mounts: ExitStack
    extra: tuple[Command, ...]

    def split(self, image: Image, changes: Sequence[LayerChange]) -> Split:
        reference = self.stages.expanded(self.stage.from_.image.raw)
        base_id = None if self.stages.base(self.stage) is not None else self.engine.find(reference)
        if base_id is None:
            return self._refused(image, Obstacle.BASE, reference)
        base = self.engine.image(base_id)
        making = [each for each in self.stage.instructions if isinstance(each, Run | Copy | Add)]
        own = changes[len(base.layers) :]
        if len(own) not in (len(making), len(making) + 1):  # a WORKDIR at the end may make a layer of its own
            return self._refused(image, Obstacle.ATTRIBUTION)
        steps = [
            Step(each.logical.text, isinstance(each, Run), change) for each, change in zip(making, own, strict=False)
        ]
        root = self._mounted(image.id)
        packages = read_packages(root)
        if packages.manager is Manager.RPM:
            return self._refused(image, Obstacle.DATABASE)
        owners = Owners(root, self._mounted(base_id), packages, steps)
        built = BuiltStage(owners, image.config, self.extra)
        if not built.entry.programs or any("/" in name for name in built.entry.unknown):
            return self._refused(image, Obstacle.ENTRY, ", ".join(built.entry.unknown))
        made, groups = built.accounts
        users, group_names = accounts.numbers(root)
        return Split(
            self.file.text,
            image.size,
            image.config,
            base.config,
            candidates=tuple(self._candidates(built, reference, base)),
            accounts=made,
            groups=groups,
            python=built.python,
            names=users,
            group_names=group_names,
        )

    def _refused(self, image: Image, obstacle: Obstacle, detail: str = "") -> Split:
        return Split(self.file.text, image.size, image.config, image.config, obstacle, detail)

    def _mounted(self, image: ImageId) -> Root:
        return Root(self.mounts.enter_context(self.engine.rootfs(image)))

    def _candidates(self, built: BuiltStage, reference: str, base: Image) -> Iterator[Candidate]:
        """Smallest first; of one base, the way that leaves its own files alone comes first."""
        found: list[Candidate] = []
        if (nothing := candidates.on_nothing(built)) is not None:
            found.append(nothing)
        # Tried next where the judge misses a file that looks like a source and is none.
        careful = replace(built, keeps_sources=True) if built.leaves_behind else None
        for runtime in self._runtimes(built, reference, base):
            ways = [PythonWay.NONE]
            if built.distributions:
                ways = [PythonWay.IN_PLACE] if built.python is None else [PythonWay.VENV, PythonWay.IN_PLACE]
            found.extend(each for way in ways if (each := candidates.on(built, runtime, way)) is not None)
            if careful is not None and (each := candidates.on(careful, runtime, ways[-1])) is not None:
                found.append(each)
        return iter(sorted(found, key=lambda each: each.size))

    def _runtimes(self, built: BuiltStage, reference: str, base: Image) -> Iterator[Runtime]:
        """Counterparts of the base image that are here and of the same release, and the base itself."""
        named = Reference.of(reference)
        line = line_of(named)
        identifier, name, number = candidates.release(built.owners.root)
        names = list(runtimes(named, name))
        needs_interpreter = line is not None and line.interpreter and built.needs.entry.runs(line.interpreter)
        if not needs_interpreter and (plain := distribution(identifier, name, number)) is not None:
            names.append(plain)
        for each in names:
            image = None if each == reference else self.engine.find(each)
            if image is None:
                continue
            root = self._mounted(image)
            if candidates.same_release(root, built.owners.root):
                yield candidates.of_image(each, self.engine.image(image), root)
        yield candidates.of_image(reference, base, built.owners.base)
