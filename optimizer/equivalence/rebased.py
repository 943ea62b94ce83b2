"""Whether steps are the same but for packages: installs that name more of them, RUNs that do nothing but install."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from optimizer import ecosystems
from optimizer.ecosystems.installing import INSTALLERS
from optimizer.ecosystems.verbs import Verb
from optimizer.facts.trace import Session, Step
from optimizer.shell.nodes import Simple, Word
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read

_INSTALLING = frozenset({Verb.UPDATE, Verb.INSTALL})
_MANAGERS = frozenset(each.ecosystem for each in INSTALLERS)


def with_packages(old: Sequence[Step], new: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """The steps of both sides without the packages that the new ones have beyond the old ones: what is left is equal
    if nothing else differs."""
    kept: list[Step] = []
    at = 0
    for step in new:
        known = old[at] if at < len(old) else None
        if step == known or not _only_installs(step):
            same = names_more(known, step)
            kept.append(known if same and known is not None else step)
            at += 1
        elif names_more(known, step) and known is not None:
            kept.append(known)
            at += 1
    return list(old), kept


def names_more(old: Step | None, new: Step) -> bool:
    """Whether a step is another one whose installs name more packages."""
    match old, new:
        case Session(commands=before), Session(commands=after) if len(before) == len(after):
            same = replace(new, commands=before) == old
            return same and all(_shorter(two, one) for one, two in zip(before, after, strict=True) if one != two)
        case _:
            return False


def _shorter(new: str, old: str) -> bool:
    """Whether the new text, without some operands of its installs, is the old one but for blanks."""
    mine, theirs = list(commands(read(new))), list(commands(read(old)))
    return len(mine) == len(theirs) and all(
        _has_all(tuple(one.words), tuple(two.words), _operands(one)) for one, two in zip(mine, theirs, strict=True)
    )


def _has_all(new: tuple[Word, ...], old: tuple[Word, ...], free: frozenset[int]) -> bool:
    """Whether `old` is `new` without some of the words that may be left out, in order."""
    rest = iter(word.raw for word in old)
    wanted = next(rest, None)
    for index, word in enumerate(new):
        if word.raw == wanted:
            wanted = next(rest, None)
        elif index not in free:
            return False
    return wanted is None


def _operands(command: Simple) -> frozenset[int]:
    """Where the packages of an install stand among the words of a command."""
    own = unwrap(command).words
    found = ecosystems.called(own)
    if found is None or found[1].ecosystem.name not in _MANAGERS or found[1].verb is not Verb.INSTALL:
        return frozenset()
    places = {word.span.start: index for index, word in enumerate(command.words)}
    return frozenset(
        places[found[0][index].span.start] for index in found[1].operands if found[0][index].span.start in places
    )


def _only_installs(step: Step) -> bool:
    match step:
        case Session(commands=texts, heredocs=()):
            return all(_installs(each) for text in texts for each in _commands(text))
        case _:
            return False


def _commands(text: str) -> Iterator[Simple]:
    return commands(read(text))


def _installs(command: Simple) -> bool:
    """Whether a command refreshes lists, installs packages or empties caches, or makes a directory for it."""
    wrapped = unwrap(command)
    found = ecosystems.called(wrapped.words)
    if found is not None and found[1].ecosystem.name in _MANAGERS and found[1].verb in _INSTALLING:
        return True
    return ecosystems.purges(command) or wrapped.program == "mkdir"
