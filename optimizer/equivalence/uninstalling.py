"""Whether only the packages of a build come and go at other places: the relation UNINSTALLS.

Calls of the system's package manager may stand further down than before, past copies and settings that it does not
read, and packages may be removed at the end. All else must be the same, in the same order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from optimizer import ecosystems
from optimizer.facts.trace import Session, Step
from optimizer.shell.nodes import Item, Simple
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read


@dataclass(frozen=True, slots=True)
class _Install:
    """A session that only calls the package manager: by whom, under which flags, and behind how many other steps."""

    text: str
    user: str | None
    shell: tuple[str, ...]
    flags: tuple[str, ...]


def problem(old: Sequence[Step], new: Sequence[Step]) -> str | None:
    """What goes beyond the relation, as a sentence; None if nothing does."""
    before, after = list(_rest(old)), list(_rest(new))
    if before != after:
        left = next((one for one, other in zip(before, after, strict=False) if one != other), None)
        return f"`{_shown(left or (before + after)[-1])}` is not the same"
    if lost := Counter(_removals(old)) - Counter(_removals(new)):
        return f"`{next(iter(lost))}` is gone"
    was, now = list(_installs(old)), list(_installs(new))
    if [install for install, _ in was] != [install for install, _ in now]:
        return "other packages are installed"
    if any(late < early for (_, early), (_, late) in zip(was, now, strict=True)):
        return "packages are installed earlier"
    return None


def _removals(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, Session):
            text = " && ".join(step.commands)
            yield from (
                item.pipeline.span.of(text) for item in read(text).body.items if _is(item, ecosystems.uninstalls)
            )


def _shown(step: Step) -> str:
    return " && ".join(step.commands)[:120] if isinstance(step, Session) else str(step)[:120]


def _rest(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps that do more than install, without what removes packages."""
    for step in steps:
        match step:
            case Session(heredocs=()):
                text = without_removals(" && ".join(step.commands))
                if text and not _only_installs(text):
                    yield replace(step, commands=(text,))
            case _:
                yield step


def _installs(steps: Sequence[Step]) -> Iterator[tuple[_Install, int]]:
    """The others, each with the number of steps before it that do more."""
    passed = 0
    for step in steps:
        text = without_removals(" && ".join(step.commands)) if isinstance(step, Session) and not step.heredocs else None
        if isinstance(step, Session) and text == "":
            continue
        if isinstance(step, Session) and text is not None and _only_installs(text):
            setting = step.setting
            yield _Install(_ungrouped(text), setting.user, setting.shell, setting.flags), passed
        else:
            passed += 1


def _only_installs(text: str) -> bool:
    items = read(text).body.items
    return bool(items) and all(_is(item, ecosystems.installs_system_packages) or _purges(item) for item in items)


def _purges(item: Item) -> bool:
    return _is(item, ecosystems.purges)


def _is(item: Item, asks: Callable[[Simple], bool]) -> bool:
    match item.pipeline.commands:
        case (Simple() as command,):
            return asks(command)
        case _:
            return False


def without_removals(text: str) -> str:
    """A command line without the commands that remove packages or say which stay; empty if nothing is left."""
    kept = [item for item in read(text).body.items if not _is(item, ecosystems.uninstalls)]
    pieces: list[str] = []
    for item in kept:
        pieces += [item.pipeline.span.of(text), f" {item.joint.value} "]
    return "".join(pieces[:-1])


def _ungrouped(text: str) -> str:
    """A command line without the options that put packages under one name."""
    for command in reversed(list(commands(read(text)))):
        for word in reversed(ecosystems.grouping_words(unwrap(command).words)):
            text = text[: word.span.start].rstrip(" ") + text[word.span.end :]
    return text
