"""Where in a RUN a cleanup goes, and how it is joined so that nothing else changes.

The rules follow POSIX.1-2017, XCU, 2.9.3 (`&&` and `||` bind equally and to the left; the status of a list is that of
its last command) and the special built-in `set` (errexit has no effect to the left of `&&`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from optimizer.containerfile.nodes import Containerfile, PartKind, Run, ShellForm
from optimizer.facts import Facts
from optimizer.facts.layout import Layout, indent_of
from optimizer.facts.states import States
from optimizer.shell.dialect import interpreter
from optimizer.shell.effects import sets_errexit
from optimizer.shell.nodes import Item, Joint, Script, Simple
from optimizer.shell.query import has_opaque
from optimizer.text import Edit, Span, insert


class Obstacle(Enum):
    """Why nothing can be put there."""

    OPAQUE = "opaque"
    COMMENT = "comment"
    BACKGROUND = "background"
    EXIT = "exit"
    ERREXIT = "errexit"
    CONDITIONAL = "conditional"


class Operator(Enum):
    """What joins the cleanup to what stands before it."""

    AND = "&&"
    SEQUENCE = ";"


@dataclass(frozen=True, slots=True)
class Place:
    """After which top-level item of a script the cleanup goes, and with which operator."""

    item: int
    operator: Operator


def at_end(run: Run, script: Script, facts: Facts) -> Place | Obstacle:
    """The place behind everything."""
    return after_item(run, script, len(script.body.items) - 1, facts)


def after_item(run: Run, script: Script, at: int, facts: Facts) -> Place | Obstacle:
    """The place behind one top-level item."""
    if has_opaque(script):
        return Obstacle.OPAQUE
    if _comment_goes_on(run, script):
        return Obstacle.COMMENT
    items = script.body.items
    if items[at].joint is Joint.BACKGROUND:
        return Obstacle.BACKGROUND
    if items[at].joint is Joint.OR:
        return Obstacle.CONDITIONAL
    if any(_ends_shell(items, index) for index in range(_list_start(items, at), at + 1)):
        return Obstacle.EXIT
    state = errexit(run, script, facts)
    if state is Errexit.OFF:
        return Place(at, Operator.AND)
    if state is Errexit.UNSURE:
        return Obstacle.ERREXIT
    return _undererrexit(items, at)


def _undererrexit(items: tuple[Item, ...], at: int) -> Place | Obstacle:
    """With errexit on, what stands to the left of `&&` no longer stops the shell."""
    pipeline = items[at].pipeline
    plain = not pipeline.negated and all(isinstance(command, Simple) for command in pipeline.commands)
    goes_on = items[at].joint is Joint.AND
    is_last = at == len(items) - 1
    if goes_on:
        return Place(at, Operator.AND)  # it stood to the left of && before
    if _list_start(items, at) == at:
        return Place(at, Operator.SEQUENCE) if not pipeline.negated else Obstacle.ERREXIT
    if is_last and plain:
        return Place(at, Operator.AND)
    return Obstacle.ERREXIT


def _list_start(items: tuple[Item, ...], at: int) -> int:
    """The first item of the and-or list in which `at` stands."""
    while at > 0 and items[at - 1].joint in (Joint.AND, Joint.OR):
        at -= 1
    return at


def _ends_shell(items: tuple[Item, ...], at: int) -> bool:
    """Whether this item ends the shell whenever it runs, and runs whenever the list does."""
    if at > 0 and items[at - 1].joint is Joint.OR:
        return False
    commands = items[at].pipeline.commands
    if len(commands) != 1 or not isinstance(commands[0], Simple) or not commands[0].words:
        return False
    return commands[0].words[0].literal in ("exit", "exec", "return")


class Errexit(Enum):
    """Whether the shell stops at the first command that fails."""

    OFF = "off"
    ON = "on"
    UNSURE = "unsure"


def errexit(run: Run, script: Script, facts: Facts) -> Errexit:
    """Whether a script runs under errexit."""
    if interpreter(facts[States].at(run).shell).errexit:
        return Errexit.ON
    if not sets_errexit(script):
        return Errexit.OFF
    # Only a `set` that stands first is certain to hold for all that follows.
    first = script.body.items[0].pipeline.commands[0]
    is_set = isinstance(first, Simple) and bool(first.words) and first.words[0].literal == "set"
    turned_off = any(
        isinstance(command, Simple)
        and command.words[:1]
        and command.words[0].literal == "set"
        and any(word.raw.startswith("+") for word in command.words[1:])
        for item in script.body.items
        for command in item.pipeline.commands
    )
    return Errexit.ON if is_set and not turned_off else Errexit.UNSURE


def _comment_goes_on(run: Run, script: Script) -> bool:
    """Whether a `#` in the command line swallows further physical lines."""
    assert isinstance(run.command, ShellForm)
    return any(
        not any(part.span.contains(run.command.body.source(comment.span)) for part in run.parts)
        for comment in script.comments
    )


def edit(run: Run, script: Script, place: Place, command: str, facts: Facts) -> Edit:
    """The insertion, written as its neighbours are."""
    assert isinstance(run.command, ShellForm)
    end = script.body.items[place.item].pipeline.span.end
    at = run.command.body.source(Span(0, end)).end
    return insert(at, _joint(run, script, place, facts) + command)


def _joint(run: Run, script: Script, place: Place, facts: Facts) -> str:
    file = facts.file
    lines = [part for part in run.parts if part.kind is PartKind.TEXT]
    if len(lines) < 2:
        return " && " if place.operator is Operator.AND else "; "
    layout = facts[Layout].of(run, file.text)
    indent = _indent(run, script, file) or layout.indent
    layout = Layout(layout.operator, indent, layout.newline, layout.escape)
    if place.operator is Operator.AND:
        return layout.joint()
    return f"; {layout.escape}{layout.newline}{layout.indent}"


def _indent(run: Run, script: Script, file: Containerfile) -> str | None:
    """The indentation of the last line that begins with a command or its operator; None if there is none."""
    assert isinstance(run.command, ShellForm)
    body = run.command.body
    starts = {body.at(item.operator.start) for item in script.body.items if len(item.operator)}
    starts |= {body.at(item.pipeline.span.start) for item in script.body.items}
    found = None
    for part in run.parts[1:]:
        if part.kind is PartKind.TEXT:
            blank = indent_of(part.span.of(file.text))
            if part.span.start + len(blank) in starts:
                found = blank
    return found
