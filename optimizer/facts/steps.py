"""The simple commands of a RUN in the order in which they run, and what is known of each.

Wrappers (`sudo`, `env`, full paths, `sh -c '…'`, `xargs`) are seen through. What a script of the project does is not
known; `Step.known` is False for such a command, and a careful reader assumes the worst of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from types import MappingProxyType

from optimizer.containerfile.nodes import Run, ShellForm
from optimizer.ecosystems import called, emptied
from optimizer.ecosystems.caches import Cache
from optimizer.ecosystems.model import Ecosystem, Invocation
from optimizer.ecosystems.utilities import HARMLESS
from optimizer.ecosystems.verbs import ADDING, Verb
from optimizer.facts.states import State
from optimizer.shell.dialect import interpreter, program
from optimizer.shell.nodes import (
    Case,
    Command,
    For,
    Function,
    Group,
    If,
    Joint,
    List,
    Loop,
    Opaque,
    Script,
    Simple,
    Word,
)
from optimizer.shell.query import Nested, Wrapped, unwrap
from optimizer.shell.reader import read
from optimizer.text import Span


class Reach(Enum):
    """Whether a command runs whenever its RUN does."""

    ALWAYS = "it runs, unless something before it fails"
    SOMETIMES = "it runs under a condition, in a loop, in a function or after `||`"


@dataclass(frozen=True, slots=True)
class Step:
    """One simple command of a RUN.

    Spans of `words` are places in the logical body of the RUN once `offset` is added; None if quoting hides them.
    `item` is the index of the top-level item of the script in which it stands, None for commands in substitutions.
    """

    run: Run
    words: tuple[Word, ...]
    offset: int | None
    item: int | None
    reach: Reach
    wrappers: tuple[str, ...]
    prefix: str
    """The wrappers as written before the call itself, `sudo -E`."""
    environment: Mapping[str, str | None]
    user: str | None
    invocation: Invocation | None
    empties: tuple[tuple[Ecosystem, Cache], ...]
    known: bool
    """Whether it is certain what it does with package managers: nothing, or what `invocation` says."""

    def place(self, index: int) -> Span | None:
        """Where a word of the call stands in the logical body."""
        return None if self.offset is None else self.words[index].span.shift(self.offset)

    @property
    def replaces_itself(self) -> bool:
        """Whether it installs another version of the very program that is called (`pip install --upgrade pip`)."""
        call = self.invocation
        if call is None or call.verb not in ADDING:
            return False
        operands = (self.words[index] for index in call.operands)
        return any(_package(word.literal or word.raw) in call.program.names for word in operands)

    def mentions(self, text: str) -> bool:
        """Whether any word holds this text."""
        return any(text in word.raw for word in self.words)


def _package(operand: str) -> str:
    """The name in `pip>=24`, `npm@10`, `pip[extra]`."""
    for sign in "=<>!~@[;":
        operand = operand.partition(sign)[0]
    return operand.strip()


def parts(run: Run, state: State) -> Iterator[Step]:
    """What can be told of a RUN with here-documents: the steps of its command line and of every body, as shell."""
    if isinstance(run.command, ShellForm):
        dialect = interpreter(state.shell).dialect
        for text in (run.command.body.text, *(heredoc.text for heredoc in run.heredocs)):
            yield from (replace(step, offset=None) for step in steps(run, read(text, dialect), state))


def steps(run: Run, script: Script, state: State) -> Iterator[Step]:
    """The simple commands of a script, `sh -c` strings opened, in the order in which they run: a substitution before
    the command whose word it is."""
    start = _Place(run, state.user, MappingProxyType({**state.args, **state.env}), Reach.ALWAYS, 0, None, ())
    found: list[_Placed] = []
    for index, item in enumerate(script.body.items):
        before = script.body.items[index - 1].joint if index else Joint.AND
        reach = Reach.SOMETIMES if before is Joint.OR else Reach.ALWAYS
        for command in item.pipeline.commands:
            found.extend(_command(command, replace(start, item=index, reach=reach)))
    for body in script.substitutions:
        found.extend(_list(body, replace(start, reach=Reach.SOMETIMES)))
    return _in_order(found)


_Placed = tuple[int, Step]
"""Where a command ends in its script, and the step."""


def _in_order(found: list[_Placed]) -> Iterator[Step]:
    return (step for _, step in sorted(found, key=lambda placed: placed[0]))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk stands."""

    run: Run
    user: str | None
    environment: Mapping[str, str | None]
    reach: Reach
    offset: int | None
    item: int | None
    wrappers: tuple[str, ...]

    def sometimes(self) -> _Place:
        return replace(self, reach=Reach.SOMETIMES)


def _list(body: List, place: _Place) -> Iterator[_Placed]:
    before = Joint.AND
    for item in body.items:
        inner = place.sometimes() if before is Joint.OR else place
        for command in item.pipeline.commands:
            yield from _command(command, inner)
        before = item.joint


def _command(command: Command, place: _Place) -> Iterator[_Placed]:
    match command:
        case Simple():
            yield from ((command.span.end, step) for step in _simple(command, place))
        case Group(body=body):
            yield from _list(body, place)
        case If(branches=branches, otherwise=otherwise):
            for condition, body in branches:
                yield from _list(condition, place)
                yield from _list(body, place.sometimes())
            if otherwise is not None:
                yield from _list(otherwise, place.sometimes())
        case Loop(condition=condition, body=body):
            yield from _list(condition, place)
            yield from _list(body, place.sometimes())
        case For(body=body):
            yield from _list(body, place.sometimes())
        case Case(arms=arms):
            for arm in arms:
                yield from _list(arm.body, place.sometimes())
        case Function(body=body):
            yield from _command(body, place.sometimes())
        case Opaque():
            yield command.span.end, _step(place, _NOTHING, "")


def _simple(simple: Simple, place: _Place) -> Iterator[Step]:
    wrapped = unwrap(simple)
    environment = dict(place.environment)
    for assignment in simple.assignments:
        environment[assignment.name] = assignment.value.literal
    for word in wrapped.environment:
        name, _, value = (word.literal or word.raw).partition("=")
        environment[name] = value if word.literal is not None else None
    place = replace(
        place,
        environment=MappingProxyType(environment),
        user="root" if "sudo" in wrapped.wrappers else place.user,
        wrappers=place.wrappers + wrapped.wrappers,
    )
    if wrapped.nested is not None:
        yield from _nested(wrapped.nested, place)
        return
    own = len(simple.words) - len(wrapped.words)
    prefix = " ".join(word.raw for word in simple.words[:own])
    yield _step(place, _told(wrapped), prefix)


def _nested(nested: Nested, place: _Place) -> Iterator[Step]:
    offset = None if nested.offset is None or place.offset is None else place.offset + nested.offset
    inside = replace(place, offset=offset)
    found = list(_list(nested.script.body, inside))
    for body in nested.script.substitutions:
        found.extend(_list(body, inside.sometimes()))
    return _in_order(found)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a command tells wherever it stands; see `Step`."""

    words: tuple[Word, ...]
    invocation: Invocation | None
    empties: tuple[tuple[Ecosystem, Cache], ...]
    known: bool


_NOTHING = _Told((), None, (), known=False)


@lru_cache(maxsize=8192)  # most commands stay as they are while a file is rewritten
def _told(wrapped: Wrapped) -> _Told:
    call = called(wrapped.words) if wrapped.words else None
    empties = emptied(wrapped.words)
    if call is None:
        return _Told(wrapped.words, None, empties, _is_known(wrapped))
    return _Told(*call, empties, _is_known_call(call[1]))


def _step(place: _Place, told: _Told, prefix: str) -> Step:
    return Step(
        place.run,
        told.words,
        place.offset,
        place.item,
        place.reach,
        place.wrappers,
        prefix,
        place.environment,
        place.user,
        told.invocation,
        told.empties,
        told.known,
    )


def _is_known(wrapped: Wrapped) -> bool:
    """Whether a command that is no call of a package manager is certain not to be one."""
    if not wrapped.words:
        return True
    name = wrapped.words[0].literal
    if name is None or wrapped.program not in HARMLESS or _starts_another(wrapped):
        return False
    directory = name.rpartition("/")[0]
    return directory in ("", "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin")


def _starts_another(wrapped: Wrapped) -> bool:
    """Whether a utility starts a program that is not certain to be a utility too."""
    literals = [word.literal for word in wrapped.words]
    match wrapped.program:
        case "find":
            started = [literals[at + 1 :][:1] for at, word in enumerate(literals) if word in _FIND_STARTS]
            return any(not each or each[0] is None or program(each[0]) not in HARMLESS for each in started)
        case "env":
            return len(literals) > 1  # an option that `unwrap` does not know
        case "awk" | "gawk" | "mawk":
            return any("system(" in word.raw or "getline" in word.raw for word in wrapped.words)
        case _:
            return False


_FIND_STARTS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
"""find(1): each is followed by a command."""


def _is_known_call(call: Invocation) -> bool:
    """Whether a call does what its verb says and no more: not the project's own scripts, no unknown subcommand."""
    return call.verb is not Verb.BUILD and (call.verb is not Verb.OTHER or bool(call.action.names))


def exec_steps(run: Run, argv: tuple[str, ...], state: State) -> Iterator[Step]:
    """A RUN in JSON form: its words have no place in a shell text."""
    environment = MappingProxyType({**state.args, **state.env})
    place = _Place(run, state.user, environment, Reach.ALWAYS, None, None, ())
    words = tuple(Word(word, Span(0, 0), word) for word in argv)
    return _simple(Simple((), words, (), Span(0, 0)), place)
