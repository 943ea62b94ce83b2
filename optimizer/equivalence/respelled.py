"""Whether two stages differ only in how they are written: settings elsewhere, WORKDIR for `cd`, CMD without a shell."""

from __future__ import annotations

import json
import posixpath
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from optimizer.facts.trace import Directory, Session, Step, sessions
from optimizer.shell.dialect import interpreter
from optimizer.shell.nodes import Simple
from optimizer.shell.query import plain_words
from optimizer.shell.reader import read


def swapped(old: Sequence[str], new: Sequence[str]) -> str | None:
    """What is wrong with another order of settings: one that sets a name stays where it stood to all that have it."""
    if Counter(old) != Counter(new):
        return "its configuration differs"
    setting = [each for each in old if each.startswith(("ARG ", "ENV ", "LABEL "))]
    for name in {name for each in setting for name in _assigned(each)}:
        if [each for each in old if _holds(each, name)] != [each for each in new if _holds(each, name)]:
            return f"`{name}` is set or used in another order"
    return None


def _holds(setting: str, name: str) -> bool:
    """Whether a name stands in a setting as a whole; that of a label may hold dots and hyphens."""
    inside = "_" if name.isidentifier() else "_.-"
    pieces = setting.split(name)
    return any(
        not (left[-1:].isalnum() or left[-1:] in [*inside] or right[:1].isalnum() or right[:1] in [*inside])
        for left, right in pairwise(pieces)
    )


def _assigned(setting: str) -> Iterator[str]:
    """The names that an ARG, ENV or LABEL may set."""
    keyword, _, rest = setting.partition(" ")
    first, *others = rest.split()
    yield first.partition("=")[0]
    if keyword != "ARG" or "=" in rest:
        yield from (word.partition("=")[0] for word in others if "=" in word)


def respelled(settings: Sequence[str]) -> list[str]:
    """Settings with CMD in one form."""
    return [_respelled(setting) for setting in settings]


def _respelled(setting: str) -> str:
    """A setting, CMD in JSON form where a shell would start one program with known words."""
    keyword, _, text = setting.partition(" ")
    found = plain_words(read(text)) if keyword == "CMD" and not text.startswith("[") else None
    return setting if found is None else f"CMD {json.dumps(list(found), ensure_ascii=False)}"


def entered(old: Sequence[Step], new: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """The steps of both sides with WORKDIR for `cd`, so that what is left is equal if nothing else differs. A directory
    that a command of the old steps entered is there already, so a WORKDIR makes nothing; the last one counts anyway."""
    there = {path for step in old if isinstance(step, Session) and (path := _first_directory(step)) is not None}

    def told(steps: Sequence[Step]) -> list[Step]:
        kept = [step for step in _changed(steps) if not (isinstance(step, Directory) and step.path in there)]
        return [*kept, *[step for step in steps if isinstance(step, Directory)][-1:]]

    return told(old), told(new)


def _changed(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps, each session that begins with `cd` taken for sessions of their own in that directory."""
    for step in steps:
        path = _first_directory(step) if isinstance(step, Session) else None
        if path is None or not isinstance(step, Session):
            yield step
            continue
        script = read(" && ".join(step.commands[1:]))
        setting = replace(step.setting, workdir=path)
        errexit = interpreter(setting.shell).errexit
        inner = [Session(setting, texts) for texts in sessions(script, script.body, errexit=errexit)]
        yield from _changed(inner)


def _first_directory(session: Session) -> str | None:
    """The directory that a session enters before it does anything else, None if it does not."""
    if len(session.commands) < 2 or session.heredocs:
        return None
    match [item.pipeline.commands for item in read(session.commands[0]).body.items]:
        case [(Simple(assignments=(), words=(program, target), redirections=()),)] if program.literal == "cd":
            return target.literal and posixpath.normpath(posixpath.join(session.setting.workdir, target.literal))
        case _:
            return None


def uncluttered(old: Sequence[Step], new: Sequence[Step]) -> Iterator[Step]:
    """The old steps, with the environment of the new ones where that only lacks what a step does not name."""
    for at, step in enumerate(old):
        other = new[at] if at < len(new) else None
        match step, other:
            case Session(setting=setting, commands=texts, heredocs=bodies), Session(setting=less):
                lacking = {name for name, _ in setting.environment - less.environment}
                quiet = not any(name in text for name in lacking for text in (*texts, *bodies))
                fewer = less.environment <= setting.environment and quiet
                yield replace(step, setting=replace(setting, environment=less.environment)) if fewer else step
            case _:
                yield step
