"""The trace: what a builder does, stage by stage, with the way it is written taken out.

A RUN becomes shell sessions. Each RUN starts a fresh shell; inside one RUN, commands joined by `&&` count as sessions
of their own wherever the first leaves nothing behind for the second, since then one RUN and two do the same. `( … )`
around a list makes a session of its own too. So `RUN a` + `RUN b` and `RUN a && b` have one trace, `RUN cd x` +
`RUN make` and `RUN cd x && make` have two.

errexit is the trap here: `set -e` has no effect to the left of `&&` and `||`, even inside `( )` (POSIX.1-2017, XCU,
special built-in `set`, option `-e`), so a list that is more than one and-list is never taken apart if it relies on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

from optimizer.containerfile.nodes import (
    Add,
    Copy,
    ExecForm,
    Instruction,
    Run,
    ShellForm,
    Word,
    Workdir,
)
from optimizer.containerfile.stages import stages
from optimizer.containerfile.words import variables
from optimizer.facts import Facts
from optimizer.facts.scripts import Scripts
from optimizer.facts.states import State, States
from optimizer.shell.dialect import interpreter
from optimizer.shell.effects import leaks, sets_errexit
from optimizer.shell.nodes import Group, GroupKind, Item, Joint, List, Script
from optimizer.shell.query import has_opaque
from optimizer.text import Span


@dataclass(frozen=True, slots=True)
class Setting:
    """Under what a command runs: all that the file says about it."""

    environment: frozenset[tuple[str, str]]
    user: str | None
    workdir: str
    shell: tuple[str, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """Commands that share one shell, as they are written. `heredocs` are the bodies given to a RUN."""

    setting: Setting
    commands: tuple[str, ...]
    heredocs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transfer:
    """A COPY or ADD: keyword, flags, sources and destination as written, and the working directory in force."""

    keyword: str
    flags: tuple[str, ...]
    paths: tuple[str, ...]
    workdir: str
    heredocs: tuple[str, ...]
    scope: frozenset[tuple[str, str]]
    """The variables that its words use, with their values."""


@dataclass(frozen=True, slots=True)
class Directory:
    """A WORKDIR, which creates its directory."""

    path: str


Step = Session | Transfer | Directory


@dataclass(frozen=True, slots=True)
class StageTrace:
    """One stage: its FROM as written, what it does in order, and the instructions that only set configuration."""

    base: str
    steps: tuple[Step, ...]
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The whole file. `preamble` are the ARGs before the first FROM."""

    preamble: tuple[str, ...]
    stages: tuple[StageTrace, ...]

    @classmethod
    def derive(cls, facts: Facts) -> Self:
        """Take the trace of every stage."""
        found = stages(facts.file)
        return cls(
            tuple(arg.logical.text for arg in found.global_args),
            tuple(
                StageTrace(
                    stage.from_.logical.text,
                    tuple(step for each in stage.instructions for step in _steps(each, facts)),
                    tuple(_configures(each) for each in stage.instructions if not isinstance(each, _DOES)),
                )
                for stage in found.stages
            ),
        )


_DOES = Run | Copy | Add | Workdir


def _configures(instruction: Instruction) -> str:
    return f"{instruction.keyword.upper()} {instruction.logical.text}"


def _steps(instruction: Instruction, facts: Facts) -> Iterator[Step]:
    match instruction:
        case Run():
            yield from _sessions(instruction, facts)
        case Copy() | Add():
            state = facts[States].at(instruction)
            words = (*instruction.sources, instruction.destination)
            yield Transfer(
                instruction.keyword.upper(),
                tuple(flag.span.of(facts.file.text) for flag in instruction.flags),
                tuple(word.raw for word in words),
                state.workdir,
                tuple(heredoc.text for heredoc in instruction.heredocs),
                _used(words, state, facts.file.escape),
            )
        case Workdir(path=word):
            state = facts[States].at(instruction)
            yield Directory(state.path(state.value(word, facts.file.escape) or word.raw))
        case _:
            return


def _used(words: Sequence[Word], state: State, escape: str) -> frozenset[tuple[str, str]]:
    names = {name for word in words for name in variables(word.raw, escape)}
    return frozenset(pair for pair in _environment(state) if pair[0] in names)


def _environment(state: State) -> frozenset[tuple[str, str]]:
    return frozenset({**state.args, **state.env}.items())


def _sessions(run: Run, facts: Facts) -> Iterator[Session]:
    state = facts[States].at(run)
    flags = tuple(flag.span.of(facts.file.text) for flag in run.flags)
    setting = Setting(_environment(state), state.user, state.workdir, state.shell, flags)
    script = facts[Scripts].of(run)
    match run.command:
        case ExecForm(argv=argv):
            yield Session(setting, ("json", *argv))
        case ShellForm(body=body) if script is None or has_opaque(script):
            yield Session(setting, (body.text.strip(),), tuple(heredoc.text for heredoc in run.heredocs))
        case ShellForm():
            assert script is not None
            errexit = interpreter(state.shell).errexit
            for commands in _kept_sessions(script, errexit=errexit):
                yield Session(setting, commands)


@lru_cache(maxsize=512)
def _kept_sessions(script: Script, *, errexit: bool) -> tuple[tuple[str, ...], ...]:
    return tuple(sessions(script, script.body, errexit=errexit))


def sessions(script: Script, body: List, *, errexit: bool) -> Iterator[tuple[str, ...]]:
    """Take a list apart into sessions; each is the commands that share a shell, as written."""
    items = body.items
    separators = [at for at, item in enumerate(items[:-1]) if item.joint is not Joint.AND]
    first = separators[-1] + 1 if separators else 0
    current: list[Item] = []
    for at, item in enumerate(items):
        last = at == len(items) - 1
        alone = _alone(script, item, last=last) if not current and at >= first else None
        if alone is not None and (last or not _needs_errexit(script, alone, errexit=errexit)):
            yield from sessions(script, alone, errexit=errexit)
            continue
        current.append(item)
        if last or (
            at >= first
            and not leaks(_part(script, current))
            and not _needs_errexit(script, _list(current), errexit=errexit)
        ):
            yield _commands(script, current)
            current = []


def _alone(script: Script, item: Item, *, last: bool) -> List | None:
    """The list inside a group that is a whole pipeline and runs as if it stood in a RUN of its own. A semicolon behind
    the last command of all changes nothing."""
    ends = (Joint.AND, Joint.END, Joint.SEMICOLON) if last else (Joint.AND, Joint.END)
    if item.pipeline.negated or item.joint not in ends:
        return None
    match item.pipeline.commands:
        case (Group(kind=GroupKind.SUBSHELL, redirections=(), body=body),):
            return body
        case (Group(kind=GroupKind.BRACE, redirections=(), body=body),) if not leaks(_only(script, body)):
            return body
        case _:
            return None


def _needs_errexit(script: Script, body: List, *, errexit: bool) -> bool:
    one_and_list = all(item.joint is Joint.AND for item in body.items[:-1])
    return not one_and_list and (errexit or sets_errexit(_only(script, body)))


def _list(items: list[Item]) -> List:
    return List(tuple(items), Span(items[0].pipeline.span.start, items[-1].pipeline.span.end))


def _part(script: Script, items: list[Item]) -> Script:
    return _only(script, _list(items))


def _only(script: Script, body: List) -> Script:
    """The script without all that stands outside one of its lists; a comment can only end the whole."""
    inside = tuple(each for each in script.substitutions if body.span.contains(each.span))
    return replace(script, body=body, comments=(), substitutions=inside)


def _commands(script: Script, items: list[Item]) -> tuple[str, ...]:
    """One text for each command of the and-list at the end, and one for all that stands before it."""
    found: list[str] = []
    start = items[0].pipeline.span.start
    first = max((at for at, item in enumerate(items[:-1]) if item.joint is not Joint.AND), default=-1) + 1
    for at, (item, after) in enumerate(zip(items, [*items[1:], None], strict=True)):
        if at < first and after is not None:
            continue
        found.append(script.text[start : item.pipeline.span.end])
        if after is not None:
            start = after.pipeline.span.start
    return tuple(found)
