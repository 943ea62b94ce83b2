"""Questions that passes ask of a command line that has been read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from optimizer.shell.nodes import (
    Case,
    Command,
    For,
    Function,
    Group,
    If,
    Item,
    Joint,
    List,
    Loop,
    Opaque,
    Pipeline,
    Redirection,
    Script,
    Simple,
)
from optimizer.shell.wrappers import Nested, Wrapped, unwrap

__all__ = [
    "Nested",
    "Wrapped",
    "and_list",
    "argv",
    "commands",
    "every_command",
    "has_opaque",
    "lists",
    "plain_words",
    "redirections",
    "top_level",
    "unwrap",
]


def every_command(script: Script) -> Iterator[Command]:
    """Every command wherever it stands, the inner ones and those in substitutions too, in source order."""
    return iter(_every_command(script))


@lru_cache(maxsize=512)
def _every_command(script: Script) -> tuple[Command, ...]:
    found = list(_walk(script.body))
    for body in script.substitutions:
        found.extend(_walk(body))
    if script.substitutions:
        found.sort(key=lambda command: command.span.start)  # stable: an outer command stays before its first inner one
    return tuple(found)


def commands(script: Script) -> Iterator[Simple]:
    """Every simple command wherever it stands, substitutions included, in source order."""
    return (command for command in every_command(script) if isinstance(command, Simple))


def lists(script: Script) -> Iterator[List]:
    """Every list wherever it stands: the script's own, those in compound commands and in substitutions."""
    yield script.body
    yield from script.substitutions
    for command in every_command(script):
        yield from _bodies(command)


def top_level(script: Script) -> tuple[Item, ...]:
    """The items that the shell runs one after another, groups not opened."""
    return script.body.items


def and_list(script: Script) -> tuple[Pipeline, ...] | None:
    """The pipelines of `a && b && c` if the whole script is that one list and nothing in it is opaque, else None."""
    items = script.body.items
    if not items or items[-1].joint is not Joint.END or has_opaque(script):
        return None
    if any(item.joint is not Joint.AND for item in items[:-1]):
        return None
    return tuple(item.pipeline for item in items)


def certain(script: Script) -> Iterator[Simple]:
    """The commands of `a && b && c`, which all ran and succeeded if the script did: those with nothing but words."""
    for pipeline in and_list(script) or ():
        match pipeline:
            case Pipeline(commands=(Simple(assignments=(), redirections=()) as simple,), negated=False):
                yield simple
            case _:
                continue


def has_opaque(script: Script) -> bool:
    """Whether any part of it, however deep, could not be read."""
    return any(isinstance(command, Opaque) for command in every_command(script))


def redirections(command: Command) -> tuple[Redirection, ...]:
    """The redirections of a command itself, not those of commands inside it."""
    match command:
        case Function() | Opaque():
            return ()
        case _:
            return command.redirections


def argv(simple: Simple) -> tuple[str | None, ...]:
    """The values of the words after quote removal; None where an expansion decides."""
    return tuple(word.literal for word in simple.words)


def plain_words(script: Script) -> tuple[str, ...] | None:
    """What a shell would start if it is one program whose words are all known and the shell does nothing else: no
    assignment, redirection, expansion or comment. `exec` before it counts as nothing. Else None."""
    if script.substitutions or script.comments or len(script.body.items) != 1:
        return None
    match script.body.items[0]:
        case Item(joint=Joint.END, pipeline=Pipeline(negated=False, commands=(Simple() as simple,))):
            found = tuple(word.literal for word in simple.words if word.literal is not None)
            if simple.assignments or simple.redirections or len(found) != len(simple.words):
                return None
            return found[1:] if found[:1] == ("exec",) and not "".join(found[1:2]).startswith("-") else found
        case _:
            return None


def _walk(body: List) -> Iterator[Command]:
    for item in body.items:
        for command in item.pipeline.commands:
            yield from _with_inner(command)


def _with_inner(command: Command) -> Iterator[Command]:
    yield command
    match command:
        case Simple() | Opaque():
            return
        case Function(body=body):
            yield from _with_inner(body)
        case _:
            for inner in _bodies(command):
                yield from _walk(inner)


def _bodies(command: Command) -> Iterator[List]:
    """The lists directly inside a compound command, in source order; a function's are those of its body command."""
    match command:
        case Group(body=body) | For(body=body):
            yield body
        case If(branches=branches, otherwise=otherwise):
            for condition, body in branches:
                yield condition
                yield body
            if otherwise is not None:
                yield otherwise
        case Loop(condition=condition, body=body):
            yield condition
            yield body
        case Case(arms=arms):
            for arm in arms:
                yield arm.body
        case Simple() | Opaque() | Function():
            return
