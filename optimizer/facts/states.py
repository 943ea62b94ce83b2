"""What is in force at each instruction: environment, arguments, user, working directory, shell, volumes.

Only what the file itself says is known; what the base image brings stays unknown and is written as absent. Scoping
follows the Dockerfile reference, sections "ARG" and "ENV": ARGs before the first FROM are visible to FROM only, unless
declared again; ENV wins over ARG; a stage that starts FROM another inherits its environment but not its ARGs.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Self

from optimizer.containerfile.nodes import (
    Arg,
    Containerfile,
    Env,
    ExecForm,
    Instruction,
    Pair,
    Shell,
    User,
    Volume,
    Word,
    Workdir,
)
from optimizer.containerfile.stages import Stage, stages
from optimizer.containerfile.words import BadSubstitution, expand
from optimizer.facts import Facts

DEFAULT_SHELL = ("/bin/sh", "-c")
WINDOWS_SHELL = ("cmd", "/S", "/C")
"""Default of Windows images (Dockerfile reference, "SHELL"). Only their files set another escape character."""


@dataclass(frozen=True, slots=True)
class State:
    """What holds just before an instruction. `user` None: whatever the base image sets. `workdir` is absolute, or
    relative to the base image's working directory, whose own value is not known. `shell_known` is False while the
    shell is the base image's own."""

    stage: int
    env: Mapping[str, str]
    args: Mapping[str, str]
    user: str | None
    workdir: str
    shell: tuple[str, ...]
    volumes: frozenset[str]

    def value(self, word: Word, escape: str) -> str | None:
        """What a word means here; None when a variable in it is malformed."""
        try:
            return expand(word.raw, {**self.args, **self.env}, escape)
        except BadSubstitution:
            return None

    def path(self, path: str) -> str:
        """An image path as this working directory makes it."""
        return posixpath.normpath(posixpath.join(self.workdir, path)) if self.workdir or path else ""


@dataclass(frozen=True, slots=True)
class States:
    """The state before every instruction of the file, and at the end of every stage."""

    before: Mapping[int, State]
    at_end: tuple[State, ...]

    @classmethod
    def derive(cls, facts: Facts) -> Self:
        """Walk the stages in order."""
        return cls(*_walk(facts.file, dict(facts.policy.build_args)))

    def at(self, instruction: Instruction) -> State:
        """The state just before an instruction that stands in a stage."""
        return self.before[instruction.span.start]


def _walk(file: Containerfile, given: Mapping[str, str]) -> tuple[Mapping[int, State], tuple[State, ...]]:
    found = stages(file)
    outer: dict[str, str] = {}
    for arg in found.global_args:
        for pair in arg.pairs:
            _declare(outer, pair, outer, {}, given, file.escape)
    before: dict[int, State] = {}
    ends: list[State] = []
    for stage in found.stages:
        state = _first(stage, found.base(stage), ends, file.escape)
        before[stage.from_.span.start] = replace(state, args=MappingProxyType(dict(outer)))
        for instruction in stage.instructions:
            before[instruction.span.start] = state
            state = _after(instruction, state, outer, given, file.escape)
        ends.append(state)
    return MappingProxyType(before), tuple(ends)


def _first(stage: Stage, parent: Stage | None, ends: list[State], escape: str) -> State:
    if parent is not None:
        return replace(ends[parent.index], stage=stage.index, args=MappingProxyType({}))
    nothing: Mapping[str, str] = MappingProxyType({})
    shell = DEFAULT_SHELL if escape == "\\" else WINDOWS_SHELL
    return State(stage.index, nothing, nothing, None, "", shell, frozenset())


def _after(
    instruction: Instruction, state: State, outer: Mapping[str, str], given: Mapping[str, str], escape: str
) -> State:
    match instruction:
        case Env(pairs=pairs):
            # All pairs of one ENV are expanded with the environment as it was before the instruction.
            scope = {**state.args, **state.env}
            env = dict(state.env)
            for key, value in _values(pairs, scope, escape):
                env[key] = value
            return replace(state, env=MappingProxyType(env))
        case Arg(pairs=pairs):
            args = dict(state.args)
            for pair in pairs:
                _declare(args, pair, {**args, **state.env}, outer, given, escape)
            return replace(state, args=MappingProxyType(args))
        case User(user=word):
            return replace(state, user=state.value(word, escape))
        case Workdir(path=word):
            path = state.value(word, escape)
            return state if path is None else replace(state, workdir=state.path(path))
        case Shell(command=ExecForm(argv=argv)):
            return replace(state, shell=argv)
        case Volume(paths=paths):
            new = (state.value(each, escape) for each in paths)
            return replace(state, volumes=state.volumes | {volume for volume in new if volume})
        case _:
            return state


def _values(pairs: tuple[Pair, ...], scope: Mapping[str, str], escape: str) -> Iterator[tuple[str, str]]:
    for pair in pairs:
        if pair.value is None:
            continue
        try:
            yield expand(pair.key.raw, scope, escape), expand(pair.value.raw, scope, escape)
        except BadSubstitution:
            continue


def _declare(
    args: dict[str, str],
    pair: Pair,
    scope: Mapping[str, str],
    outer: Mapping[str, str],
    given: Mapping[str, str],
    escape: str,
) -> None:
    name = pair.key.raw
    if name in given:
        args[name] = given[name]
    elif pair.value is not None:
        try:
            args[name] = expand(pair.value.raw, scope, escape)
        except BadSubstitution:
            args.pop(name, None)
    elif name in outer:
        args[name] = outer[name]
