"""Where a COPY or ADD puts files, and what else is or was there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from optimizer.containerfile.nodes import Add, Copy, Instruction, Run, Workdir
from optimizer.containerfile.stages import Stage
from optimizer.containerfile.words import variables
from optimizer.context import Kind, normal
from optimizer.facts import Facts
from optimizer.facts.scripts import Scripts
from optimizer.facts.shipping import Shipping
from optimizer.facts.states import States
from optimizer.passes._ownership import path_of
from optimizer.passes._places import is_below
from optimizer.shell.query import commands


def brings(transfer: Copy | Add, path: str, facts: Facts) -> bool:
    """Whether it may bring something to the path: it copies into it, above it, or to where is not known."""
    place = destination(transfer, facts)
    return place is not None and (is_below(place, path) or is_below(path, place))


def destination(transfer: Copy | Add, facts: Facts) -> str | None:
    """Where it copies to, absolute; None if a variable that the file does not set, or the base image, decides."""
    state = facts[States].at(transfer)
    word = transfer.destination
    if not variables(word.raw, facts.file.escape) <= {*state.args, *state.env}:
        return None
    value = state.value(word, facts.file.escape)
    found = None if value is None else state.path(value)
    return found if found is not None and found.startswith("/") else None


def file(transfer: Copy | Add, facts: Facts) -> str | None:
    """The path of the one file that it brings; None if that is not one, or it is not known to be a file."""
    place = destination(transfer, facts)
    source = transfer.sources[0].raw
    if place is None or len(transfer.sources) != 1 or source.startswith("<<") or set(source) & set("*?[$'\"\\"):
        return None
    entry = facts.context.get(normal(source)) if facts.context and not transfer.flag("from") else None
    name = posixpath.basename(source)
    if entry.kind is not Kind.FILE if entry is not None else not posixpath.splitext(name)[1]:
        return None
    into = transfer.destination.raw.endswith("/") or transfer.destination.raw in (".", "./")
    return posixpath.join(place, name) if into or place == facts[States].at(transfer).workdir else place


def has_workdir(path: str, stage: Stage, at: int, facts: Facts) -> bool:
    """Whether a WORKDIR above the RUN made the directory, here or in a stage that this one is built on."""
    return any(isinstance(each, Workdir) and _workdir(each, facts) == path for each in _history(stage, at, facts))


def written(path: str, stage: Stage, first: int, at: int, facts: Facts) -> bool:
    """Whether anything but the COPYs may have put something below the path."""
    for each in _history(stage, first, facts):
        match each:
            case Run() if _mentions(each, path, facts):
                return True
            case Workdir() if _strictly_below(_workdir(each, facts), path):
                return True
            case Copy() | Add() if brings(each, path, facts):
                return True
            case _:
                continue
    return any(
        isinstance(each, Workdir) and _strictly_below(_workdir(each, facts), path)
        for each in stage.instructions[first:at]
    )


def _mentions(run: Run, path: str, facts: Facts) -> bool:
    """Whether a RUN names the path, or works in it."""
    state = facts[States].at(run)
    script = facts[Scripts].of(run)
    if path in run.span.of(facts.file.text) or is_below(state.workdir, path) or script is None:
        return True
    known = {**state.args, **state.env}
    for command in commands(script):
        for word in (*command.words, *(each.target for each in command.redirections)):
            value = path_of(word, known)
            if value is None and "$" in word.raw and posixpath.basename(path) in word.raw:
                return True
            if value is not None and (path in value or is_below(state.path(value), path)):
                return True
    return False


def _history(stage: Stage, before: int, facts: Facts) -> Iterator[Instruction]:
    """All that was done before an instruction of a stage, in the stages of this file that it is built on too."""
    base = facts[Shipping].stages.base(stage)
    if base is not None:
        yield from _history(base, len(base.instructions), facts)
    yield from stage.instructions[:before]


def _workdir(workdir: Workdir, facts: Facts) -> str:
    state = facts[States].at(workdir)
    return state.path(state.value(workdir.path, facts.file.escape) or workdir.path.raw)


def _strictly_below(path: str, parent: str) -> bool:
    return path != parent and is_below(path, parent)
