"""What a project's manifest and lock file say of an install: read from the context, where a COPY puts them."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from optimizer.containerfile.ignorefile import BadPattern, Dialect, UnmodelledPattern, in_force, kept
from optimizer.containerfile.nodes import Cmd, Entrypoint, ExecForm, Healthcheck, Instruction, Run, ShellForm
from optimizer.containerfile.stages import Stage
from optimizer.ecosystems import called
from optimizer.ecosystems.model import Invocation
from optimizer.ecosystems.trimming import STARTERS, Manifest, Notation, requirement_name
from optimizer.ecosystems.utilities import HARMLESS
from optimizer.ecosystems.verbs import ADDING, Verb
from optimizer.facts import Facts
from optimizer.facts.copies import Copies
from optimizer.facts.scripts import Scripts
from optimizer.facts.shipping import Shipping
from optimizer.facts.states import States
from optimizer.facts.steps import Step
from optimizer.passes._cleanup_later import steps_of
from optimizer.shell.nodes import Simple, Word
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read

Table = Mapping[str, object]


def lineage(stage: Stage, facts: Facts) -> Iterator[Stage]:
    """A stage and the stages of this file that it is built on."""
    found: Stage | None = stage
    while found is not None:
        yield found
        found = facts[Shipping].stages.base(found)


def before(instruction: Instruction, facts: Facts) -> Iterator[Instruction]:
    """What the image went through before this instruction, as far as this file tells; nearest first."""
    stage = facts[Shipping].stages.stage_of(instruction)
    if stage is not None:
        for each in lineage(stage, facts):
            for earlier in reversed(each.instructions):
                if earlier.span.start < instruction.span.start:
                    yield earlier


def after(run: Run, facts: Facts) -> Iterator[Instruction]:
    """What follows a RUN in its stage and in the stages built on it."""
    stages = facts[Shipping].stages
    own = stages.stage_of(run)
    if own is None:
        return
    yield from (each for each in own.instructions if each.span.start > run.span.start)
    for stage in stages:
        if stage is not own and any(each is own for each in lineage(stage, facts)):
            yield from stage.instructions


def directory(call: Step, facts: Facts) -> str | None:
    """Where a call runs, as `State.workdir` is given; None if its RUN changes to a place that is not certain."""
    where = facts[States].at(call.run).workdir
    script = facts[Scripts].of(call.run)
    if script is None:
        return None
    for step in steps_of(call.run, facts):
        if step is call:
            return where
        if step.words and step.words[0].literal in ("cd", "pushd", "popd"):
            alone = step.item is not None and _is_simple(script.body.items[step.item].pipeline.commands)
            target = step.words[1].literal if len(step.words) == 2 else None
            if not alone or target is None or step.words[0].literal == "popd":
                return None
            where = posixpath.normpath(posixpath.join(where, target))
    return None


def _is_simple(found: tuple[object, ...]) -> bool:
    return len(found) == 1 and isinstance(found[0], Simple)


def copied(path: str, before_: Instruction, facts: Facts) -> str | None:
    """The context path of the file that an earlier COPY puts at an image path; None if none is known to."""
    if facts.context is None:
        return None
    path = posixpath.normpath(path)
    earlier = {each.span.start for each in before(before_, facts)}
    name = posixpath.basename(path)
    candidates = [entry.path for entry in facts.context.entries() if posixpath.basename(entry.path) == name]
    for taken in reversed(facts[Copies].taken):
        if taken.instruction.span.start in earlier:
            for candidate in candidates:
                place = taken.image_path(candidate)
                if place is not None and posixpath.normpath(place) == path and _is_sent(candidate, facts):
                    return candidate
    return None


def _is_sent(path: str, facts: Facts) -> bool:
    assert facts.context is not None
    ignore = in_force(facts.context, facts.path)
    parts = path.split("/")
    try:
        return ignore is None or path in kept(
            ["/".join(parts[:count]) for count in range(1, len(parts) + 1)], ignore.text, Dialect.BUILDAH
        )
    except (BadPattern, UnmodelledPattern):
        return False


@dataclass(frozen=True, slots=True)
class Project:
    """A manifest that was found. `path` is its context path, `where` the directory in the image."""

    table: Table
    path: str
    where: str
    manifest: Manifest

    def names(self, groups: tuple[str, ...]) -> frozenset[str]:
        """The dependencies in these groups."""
        found = (each for group in groups for each in _values(self.table, tuple(group.split("."))))
        return frozenset(name for each in found for name in _names(each, self.manifest.notation))

    def scripts(self) -> Mapping[str, str]:
        """The commands that it names."""
        found = {} if self.manifest.scripts is None else table_of(self.table, self.manifest.scripts)
        return {name: text if isinstance(text, str) else "" for name, text in found.items()}

    def runs_hooks(self, call: Invocation) -> bool:
        """Whether an install runs commands of the project."""
        return bool(frozenset(self.scripts()) & self.manifest.hooks) and not call.has(self.manifest.unhooked_with)


def project(call: Step, manifest: Manifest, facts: Facts) -> Project | None:
    """The manifest that a call reads, if a COPY brings it from the context and it stands for itself."""
    where = directory(call, facts)
    if where is None:
        return None
    path = copied(posixpath.join(where, manifest.file), call.run, facts)
    table = None if path is None else _read(path, manifest.notation, facts)
    if path is None or table is None or any(True for _ in _values(table, tuple(manifest.members.split(".")))):
        return None
    return Project(table, path, where, manifest)


def lies_beside(found: Project, names: tuple[str, ...], facts: Facts) -> bool:
    """Whether the context holds one of these files beside the manifest."""
    top = posixpath.dirname(found.path)
    return facts.context is not None and any(facts.context.get(posixpath.join(top, name)) for name in names)


def _read(path: str, notation: Notation, facts: Facts) -> Table | None:
    if notation is Notation.JSON:
        return read_json(path, facts)
    import tomllib

    data = facts.context.read(path) if facts.context is not None else None
    try:
        return None if data is None else tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return None


def read_json(path: str, facts: Facts) -> Table | None:
    data = facts.context.read(path) if facts.context is not None else None
    if data is None:
        return None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return cast(Table, found) if isinstance(found, dict) else None


def table_of(table: Table, name: str) -> Table:
    found = table.get(name)
    return cast(Table, found) if isinstance(found, dict) else {}


def _values(value: object, keys: tuple[str, ...]) -> Iterator[object]:
    """What lies where these keys lead; `*` is any key."""
    if not keys:
        yield value
    elif isinstance(value, dict):
        inner = value.values() if keys[0] == "*" else [value[keys[0]]] if keys[0] in value else ()
        for each in inner:
            yield from _values(each, keys[1:])


def _names(value: object, notation: Notation) -> Iterator[str]:
    written = value if isinstance(value, dict | list) else ()
    for name in (each for each in written if isinstance(each, str)):
        yield name if notation is Notation.JSON else requirement_name(name)


def builds_later(call: Step, facts: Facts) -> bool:
    """Whether anything after a call may run the project's own tools: what follows is not known, or builds."""
    steps = steps_of(call.run, facts)
    at = next(at for at, step in enumerate(steps) if step is call)
    rest = [*steps[at + 1 :], *(step for each in after(call.run, facts) for step in steps_of(each, facts))]
    return any(not step.known or (step.invocation and step.invocation.verb is Verb.BUILD) for step in rest)


def starts_with_development(found: Project, run: Run, facts: Facts) -> bool:
    """Whether what a container starts may be a development dependency: it is named as one, or is neither a known
    utility, nor the language's own program, nor named like a dependency that stays."""
    manifest = found.manifest
    stays = found.names(manifest.production)
    goes = found.names(manifest.development) - stays
    # Without a command of its own the file starts what the base image says.
    texts = [text for each in after(run, facts) for text in _started(each)]
    kept = stays | _installed_by_name(facts)
    return any(_needs(words, found, goes, kept, 4) for words in texts)


def _installed_by_name(facts: Facts) -> frozenset[str]:
    """What command lines of the file install by name, without versions."""
    return frozenset(
        step.words[index].raw.partition("@")[0]
        for run in facts.file.instructions
        if isinstance(run, Run)
        for step in steps_of(run, facts)
        if step.invocation is not None and step.invocation.verb in ADDING
        for index in step.invocation.operands
    )


def _started(instruction: Instruction) -> Iterator[tuple[Word, ...]]:
    if isinstance(instruction, Cmd | Entrypoint | Healthcheck):
        match instruction.command:
            case ExecForm(argv=argv):
                yield _words(argv)
            case ShellForm(body=body):
                yield from (unwrap(simple).words for simple in commands(read(body.text)))
            case None:
                return


def _words(argv: tuple[str, ...]) -> tuple[Word, ...]:
    simple = next(commands(read(" ".join(f"'{word}'" for word in argv))), None) if argv else None
    return () if simple is None else unwrap(simple).words


def _needs(words: tuple[Word, ...], found: Project, goes: frozenset[str], stays: frozenset[str], depth: int) -> bool:
    values = [word.literal or word.raw for word in words]
    if not values:
        return False
    if any(value == name or value.startswith(f"{name}/") for value in values for name in goes):
        return True
    call = called(words)
    if call is not None:
        script = _script(call[1].action.names, values, found.manifest)
        if script is None:
            return call[1].verb is Verb.BUILD
        texts = [text for name, text in found.scripts().items() if name in (f"pre{script}", script, f"post{script}")]
        inner = [unwrap(simple).words for text in texts for simple in commands(read(text))]
        return depth == 0 or any(_needs(each, found, goes, stays, depth - 1) for each in inner)
    name = posixpath.basename(values[0])
    known = name in HARMLESS or name in STARTERS or "/" in values[0]
    return not known and not any(name == each or name.startswith(f"{each}-") for each in stays)


def _script(names: tuple[str, ...], values: list[str], manifest: Manifest) -> str | None:
    """The entry of the manifest that a call runs."""
    for at, value in enumerate(values[1:], start=1):
        if value in manifest.run:
            return next((each for each in values[at + 1 :] if not each.startswith("-")), None)
        if value in manifest.run_own:
            return value
    return None


def base_major(run: Run, image: str, facts: Facts) -> int | None:
    """The major version in the tag of the official image that a RUN's stage is built on; None if it is another image
    or a tag without one."""
    stages = facts[Shipping].stages
    stage = stages.stage_of(run)
    if stage is None:
        return None
    *_, root = lineage(stage, facts)
    reference = stages.expanded(root.from_.image.raw).partition("@")[0]
    path, _, tag = reference.rpartition(":")
    digits = tag.partition("-")[0].partition(".")[0]
    return int(digits) if path.rpartition("/")[2] == image and digits.isdecimal() else None
