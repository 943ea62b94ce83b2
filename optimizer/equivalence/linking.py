"""Whether only debug information stays away: the relation LINKS.

Builds may be told to leave it out by the options and variables that their ecosystem declares, and strip(1) may take it
away. All else must be the same, in the same order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from optimizer import ecosystems
from optimizer.ecosystems.linking import Linking
from optimizer.ecosystems.model import Option
from optimizer.facts.trace import Session, Step
from optimizer.shell.nodes import Item, Simple, Word
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read
from optimizer.text import Edit, Span, apply


def problem(old: Sequence[Step], new: Sequence[Step]) -> str | None:
    """What goes beyond the relation, as a sentence; None if nothing does."""
    before, after = list(_linked(old)), list(_linked(new))
    for one, other in zip(before, after, strict=False):
        if one != other:
            return f"`{_shown(one)}` became `{_shown(other)}`"
    if len(before) != len(after):
        return f"`{_shown((before + after)[-1])}` is gone or new"
    lost = Counter(_strips(old)) - Counter(_strips(new))
    return f"`{next(iter(lost))}` is gone" if lost else None


def _shown(step: Step) -> str:
    return " && ".join(step.commands)[:120] if isinstance(step, Session) else str(step)[:120]


def _linked(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        match step:
            case Session(heredocs=()):
                text = _plain(" && ".join(step.commands))
                if text:
                    yield replace(step, commands=(text,))
            case _:
                yield step


def _plain(text: str) -> str:
    """A command line without declared options, variables and calls of strip(1)."""
    cuts = [edit for command in commands(read(text)) for edit in _edits(command)]
    text = apply(text, cuts)
    pieces: list[str] = []
    for item in read(text).body.items:
        if not _is_strip(item):
            pieces += [" ".join(item.pipeline.span.of(text).split()), f" {item.joint.value} "]
    return "".join(pieces[:-1])


def _edits(command: Simple) -> Iterator[Edit]:
    wrapped = unwrap(command)
    found = ecosystems.called(wrapped.words)
    linking = None if found is None else found[1].ecosystem.linking
    if found is None or linking is None:
        return
    words, call = found
    settings = {*linking.variables, *([linking.static] if linking.static else [])}
    for assignment in command.assignments:
        if (assignment.name, assignment.value.literal) in settings:
            yield Edit(assignment.span, "")
    for word in wrapped.environment:
        name, _, value = (word.literal or "").partition("=")
        if (name, value) in settings:
            yield Edit(word.span, "")
    for option in call.options:
        yield from _option(option, words, linking)


def _option(option: Option, words: Sequence[Word], linking: Linking) -> Iterator[Edit]:
    linker = linking.linker
    if linker is None or option.name != linker.option or option.value is None or option.value_index is None:
        return
    kept = [word for word in option.value.split() if word not in linker.words]
    first, last = words[option.index].span, words[option.value_index].span
    yield Edit(Span(first.start, last.end), f"{option.name}={'_'.join(kept)}" if kept else "")


def _is_strip(item: Item) -> bool:
    match item.pipeline.commands:
        case (Simple() as command,):
            return unwrap(command).program == "strip"
        case _:
            return False


def _strips(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, Session):
            text = " && ".join(step.commands)
            yield from (item.pipeline.span.of(text) for item in read(text).body.items if _is_strip(item))
