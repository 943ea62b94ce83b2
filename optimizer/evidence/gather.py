"""Reads the built original once and hands the passes what it shows."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from optimizer.containerfile.nodes import Add, Containerfile, Copy, Instruction, Run
from optimizer.containerfile.parser import parse
from optimizer.containerfile.stages import Stage, Stages, stages
from optimizer.containers.model import Image, ImageId, LayerChange
from optimizer.containers.model import Step as Finished
from optimizer.ecosystems.catalogue import Reference, line_of, slimmer
from optimizer.evidence import accounts
from optimizer.evidence.bases import Bases, Smaller, SmallerBases, Unfit
from optimizer.evidence.build_needs import build_needs
from optimizer.evidence.building import BuildPackages
from optimizer.evidence.choice import more_careful, smallest_first
from optimizer.evidence.databases import read_packages
from optimizer.evidence.elf import take_over
from optimizer.evidence.entrypoint import Command
from optimizer.evidence.foresight import as_built, configured, foreseen, last_install, named_by
from optimizer.evidence.images import Images
from optimizer.evidence.layers import Layers, layers_of
from optimizer.evidence.mentions import Mentions
from optimizer.evidence.owners import Owners, Step
from optimizer.evidence.programs import Programs, programs
from optimizer.evidence.rebased import Rebase
from optimizer.evidence.recommended import Recommended, recommended
from optimizer.evidence.runtime import Runtime, installer_of, release
from optimizer.evidence.split import Care, Obstacle, Split
from optimizer.evidence.stage import BuiltStage
from optimizer.evidence.tools import build_packages
from optimizer.facts import Facts
from optimizer.facts.states import State, States
from optimizer.policy import RuntimeBase


@dataclass(frozen=True)
class Gathering:
    """All that can be known of one Containerfile: `text` is what is built, `target` the stage asked for, `extra`
    commands that others start in the image, `runtime_base` what may be tried as base of a runtime stage.

    Raises MissingTool and EngineError from the engine."""

    images: Images
    text: str
    target: str | None = None
    extra: tuple[Command, ...] = ()
    runtime_base: RuntimeBase = RuntimeBase.OFFICIAL
    _earlier: list[Owners] = field(default_factory=list)

    def foreseen(self, mentioned: Mentions | None = None) -> Split | None:
        """What the runtime stage will probably begin with, told from its base image before anything is built;
        `mentioned` is what files of the project name. None if nothing is foreseen, or more can be told later."""
        look = self._early
        base = None if look is None else look.base
        if look is None or base is None:
            return None
        self.images.engine.layer_changes(base.image.id)  # the engine reads each layer once, and now is time for it
        if look.last_install is not None:
            return None
        return look.foreseen(as_built(base, self.extra), base, mentioned)

    def foreseen_after(
        self, step: Finished, over: Callable[[], bool], mentioned: Mentions | None = None
    ) -> Split | None:
        """The same, told from what a step of the original's build left. Nothing is foreseen once that build is
        `over`."""
        look = self._early
        base = None if look is None else look.base
        if look is None or base is None or step.image is None or over():
            return None
        last = look.last_install
        if last is None or step.number != _NUMBER_OF_FROM + 1 + look.stage.instructions.index(last):
            return None
        image = self.images.engine.image(step.image)
        done = replace(look, stage=look.stage.until(last))
        built = done.built(image, self.images.engine.layer_changes(image.id), base)
        return None if isinstance(built, _Unknown) or over() else look.foreseen(built, base, mentioned)

    @cached_property
    def _early(self) -> _Look | None:
        return self._look()

    def _look(self) -> _Look | None:
        """None for a file without the stage that is asked for. What names of images mean is asked anew: a build pulls
        what was not here."""
        file = parse(self.text)
        found = stages(file)
        stage = found.target(self.target)
        if stage is None:
            return None
        return _Look(self.images, file, found, stage, self.extra, self.runtime_base, self._earlier)

    def of(self, built: ImageId) -> tuple[Layers | Split | SmallerBases | Programs | BuildPackages | Recommended, ...]:
        """What the built original shows: its layers, how it could be split, on which smaller base it could stand, what
        its programs hold for debuggers, which packages only its build needs or others only recommend."""
        look = self._look()
        if look is None:
            return ()
        engine = self.images.engine
        changes = engine.layer_changes(built)
        layers = layers_of(look.file, tuple(_shipped(look.stages, look.stage)), changes)
        image = engine.image(built)
        original = look.original(image, changes)
        linked = look.programs(image, original, layers)
        bases = SmallerBases(self.text, lambda: look.bases(image, original))
        known = (layers, look.split(image, original), bases, linked, look.recommended(original))
        packages = None if isinstance(original, _Unknown) else build_packages(original.built)
        return known if packages is None else (*known, packages)


_NUMBER_OF_FROM = 1
"""Of the steps of a build with one stage."""


def _shipped(found: Stages, stage: Stage) -> Iterator[Instruction]:
    base = found.base(stage)
    if base is not None:
        yield from _shipped(found, base)
    yield from stage.instructions


@dataclass(frozen=True, slots=True)
class _Unknown:
    """Why nothing is known."""

    obstacle: Obstacle
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Original:
    """What was built, and its base image."""

    built: BuiltStage
    base: Runtime


@dataclass(frozen=True)
class _Look:
    images: Images
    file: Containerfile
    stages: Stages
    stage: Stage
    extra: tuple[Command, ...]
    runtime_base: RuntimeBase
    earlier: list[Owners]
    """Of what was looked at before: most files are the same."""

    @property
    def _making(self) -> tuple[Run | Copy | Add, ...]:
        return tuple(each for each in self.stage.instructions if isinstance(each, Run | Copy | Add))

    @cached_property
    def base(self) -> Runtime | None:
        """What the stage stands on, by the name that FROM gives it; None if that is not here, or another stage."""
        reference = self.stages.expanded(self.stage.from_.image.raw)
        found = None if self.stages.base(self.stage) is not None else self.images.engine.find(reference)
        return None if found is None else self.images.runtime(reference, self.images.engine.image(found))

    @cached_property
    def facts(self) -> Facts:
        """What holds at each instruction."""
        return Facts(self.file)

    @cached_property
    def last_install(self) -> Run | None:
        """The step after which the most can be told early."""
        installer = None if self.base is None or self.stage.index else installer_of(self.base)
        return None if installer is None else last_install(self.facts, self.stage, installer)

    def original(self, image: Image, changes: Sequence[LayerChange]) -> _Original | _Unknown:
        """Mount the image and its base and read both."""
        base = self.base
        if base is None:
            return _Unknown(Obstacle.BASE, self.stages.expanded(self.stage.from_.image.raw))
        built = self.built(image, changes, base)
        if isinstance(built, _Unknown):
            return built
        if not built.entry.programs or any("/" in name for name in built.entry.unknown):
            return _Unknown(Obstacle.ENTRY, ", ".join(built.entry.unknown))
        return _Original(built, base)

    def built(self, image: Image, changes: Sequence[LayerChange], base: Runtime) -> BuiltStage | _Unknown:
        """Mount the image and read it."""
        below = base.image.layers
        # With `--build-arg` FROM may have meant another image than its defaults name, and names move.
        if [each.diff_id for each in image.layers[: len(below)]] != [each.diff_id for each in below]:
            return _Unknown(Obstacle.BASE, f"not built on the {base.name} that is here")
        own = changes[len(below) :]
        if len(own) not in (len(self._making), len(self._making) + 1):  # a WORKDIR at the end may make one of its own
            return _Unknown(Obstacle.ATTRIBUTION)
        states = self.facts[States]
        steps = [
            Step(each.logical.text, isinstance(each, Run), change, _workdir(base.image, at), isinstance(each, Add))
            for each, at, change in zip(self._making, map(states.at, self._making), own, strict=False)
        ]
        root = self.images.built_on(base.root, image.id, own)
        packages = read_packages(root)
        if packages.unreadable:
            return _Unknown(Obstacle.DATABASE, packages.unreadable)
        owners = Owners(root, base.root, packages, steps, image.config.env)
        for earlier in (each for each in self.earlier if each.base is base.root):
            take_over(earlier.root, root, partial(_same, earlier, owners))
        return BuiltStage(owners, image.config, self.extra)

    def foreseen(self, built: BuiltStage, base: Runtime, mentioned: Mentions | None) -> Split | None:
        """What the runtime stage will probably begin with, as far as so much is `built`."""
        self.earlier.append(built.owners)
        whole = replace(built, config=configured(built.config, self.stage), mentioned=mentioned)
        return foreseen(self.facts, self.stage, whole, base, self.images, self.runtime_base)

    def split(self, image: Image, original: _Original | _Unknown) -> Split:
        """How a runtime stage could look."""
        if isinstance(original, _Unknown):
            config = image.config
            return Split(self.file.text, image.size, config, config, original.obstacle, original.detail)
        built = original.built
        runtimes = tuple(self._runtimes(original))
        found = smallest_first(built, runtimes)
        made, groups = built.accounts
        users, group_names = accounts.numbers(built.owners.root)
        return Split(
            self.file.text,
            image.size,
            image.config,
            original.base.image.config,
            candidates=found,
            careful=lambda: tuple(more_careful(built, runtimes, found)),
            accounts=made,
            joined=built.joined,
            groups=groups,
            python=built.python,
            names=users,
            group_names=group_names,
        )

    def bases(self, image: Image, original: _Original | _Unknown) -> Bases:
        """On which smaller images the stage could stand as it is."""
        if isinstance(original, _Unknown):
            return Bases(image.size, original.obstacle, original.detail)
        found: list[Smaller] = []
        unfit: list[Unfit] = []
        base, root = original.base, original.built.owners.root
        sought = slimmer(Reference.of(base.name), release(root)[1])
        others = [each for each in self.images.here(base, root, sought) if each.image.size < base.image.size]
        if others:
            # Here all sources stay, so what they name is needed too.
            built = replace(original.built, care=Care.SOURCES)
            build = build_needs(built, base.packages, base.image.config.workdir, self._making, self.facts)
            rebase = Rebase(built, base, self.stage, image, build)
            for other in others:
                ways, why_not = rebase.on(other)
                found += ways
                unfit += [] if why_not is None else [why_not]
        triggers = bool(base.image.config.onbuild)
        found.sort(key=lambda each: each.size)
        return Bases(image.size, triggers=triggers, candidates=tuple(found), unfit=tuple(unfit), sought=sought)

    def recommended(self, original: _Original | _Unknown) -> Recommended:
        """What came only because something else recommends it."""
        if isinstance(original, _Unknown):
            return Recommended()
        installer = installer_of(original.base)
        runs = [each for each in self.file.instructions if isinstance(each, Run)]
        named = () if installer is None else named_by(self.facts, runs, installer)
        # All sources stay, so what they name is needed too.
        built = replace(original.built, care=Care.SOURCES)
        return recommended(built.owners.packages, original.base.packages, named, built.needs.packages)

    def programs(self, image: Image, original: _Original | _Unknown, layers: Layers) -> Programs:
        """What the programs of the image hold that only debuggers read."""
        root = self.images.root(image.id)
        packages = read_packages(root) if isinstance(original, _Unknown) else original.built.owners.packages
        kept = None if isinstance(original, _Unknown) else frozenset(original.built.kept)
        return programs(root, packages, self.file, layers, image.config, kept)

    def _runtimes(self, original: _Original) -> Iterator[Runtime]:
        """What the runtime stage could stand on."""
        line = line_of(Reference.of(original.base.name))
        runs = line is not None and line.interpreter and original.built.needs.entry.runs(line.interpreter)
        root, choice = original.built.owners.root, self.runtime_base
        return self.images.counterparts(original.base, root, choice, interpreter=bool(runs))


def _same(earlier: Owners, owners: Owners, path: str) -> bool:
    return earlier.step_of.get(path) == owners.step_of.get(path)


def _workdir(base: Image, state: State) -> str:
    return posixpath.join("/", base.config.workdir, state.workdir)
