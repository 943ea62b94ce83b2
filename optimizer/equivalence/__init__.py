"""Static equivalence: does the text after a step do what the text before did, as far as its contracts allow?

Both traces are compared stage by stage. What a contract permits is taken away first; anything else that differs is a
bug of the pass that proposed it. This check needs no builder and runs on every change.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from optimizer import ecosystems
from optimizer.ecosystems import transfers
from optimizer.equivalence import linking, uninstalling
from optimizer.equivalence.cleanups import calls, cleaned, tidies
from optimizer.equivalence.difference import differing
from optimizer.equivalence.mounts import mounted
from optimizer.equivalence.order import reordered, resorted
from optimizer.equivalence.rebased import names_more, with_packages
from optimizer.equivalence.respelled import entered, respelled, swapped, uncluttered
from optimizer.facts.trace import Session, StageTrace, Step, Trace, Transfer
from optimizer.proposal import TraceRelation
from optimizer.shell.nodes import Simple
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read
from optimizer.text import Span


def problem(before: Trace, after: Trace, relation: TraceRelation) -> str | None:
    """What in `after` goes beyond `relation`, as a sentence; None when nothing does."""
    if relation is TraceRelation.OPEN or relation is TraceRelation.RESTAGED:
        return None
    if before.preamble != after.preamble:
        return "the arguments before the first FROM differ"
    if len(before.stages) != len(after.stages):
        return f"{len(before.stages)} stages became {len(after.stages)}"
    for number, (old, new) in enumerate(zip(before.stages, after.stages, strict=True)):
        if found := _stage(old, new, relation):
            return f"stage {number}: {found}"
    return None


def _stage(old: StageTrace, new: StageTrace, relation: TraceRelation) -> str | None:
    if old.base != new.base and relation is not TraceRelation.REBASED:
        return "its FROM differs"
    match relation:
        case TraceRelation.REBASED:
            if old.settings != new.settings:
                return "its configuration differs"
            return differing(*with_packages(old.steps, new.steps))
        case TraceRelation.REORDERED:
            if Counter(old.settings) != Counter(new.settings):
                return "its configuration differs"
            return reordered(old.steps, new.steps)
        case TraceRelation.SORTED:
            if old.settings != new.settings:
                return "its configuration differs"
            return resorted(old.steps, new.steps)
        case TraceRelation.DEFERRED:
            return swapped(old.settings, new.settings) or differing(
                list(uncluttered(old.steps, new.steps)), list(new.steps)
            )
        case TraceRelation.ENTERED:
            if old.settings != new.settings:
                return "its configuration differs"
            return differing(*entered(old.steps, new.steps))
        case TraceRelation.RESPELLED:
            if respelled(old.settings) != respelled(new.settings):
                return "its configuration differs"
            return differing(list(old.steps), list(new.steps))
        case TraceRelation.CLEANS:
            if old.settings != new.settings:
                return "its configuration differs"
            return differing(list(cleaned(old.steps)), list(cleaned(new.steps)))
        case TraceRelation.MOUNTS:
            if old.settings != new.settings:
                return "its configuration differs"
            return mounted(old.steps, new.steps)
        case TraceRelation.TIDIES:
            if old.settings != new.settings:
                return "its configuration differs"
            if lost := _deleted(old.steps) - _deleted(new.steps):
                return f"`{next(iter(lost))}` is deleted no more"
            return differing(list(cleaned(old.steps, tidies)), list(cleaned(new.steps, tidies)))
        case TraceRelation.TRIMS:
            if old.settings != new.settings:
                return "its configuration differs"
            if lost := _trims(old.steps) - _trims(new.steps):
                return f"`{next(iter(lost))}` is gone"
            return differing(*_named_again(old.steps, new.steps))
        case TraceRelation.LINKS:
            if old.settings != new.settings:
                return "its configuration differs"
            return linking.problem(old.steps, new.steps)
        case TraceRelation.UNINSTALLS:
            if old.settings != new.settings:
                return "its configuration differs"
            return uninstalling.problem(old.steps, new.steps)
        case TraceRelation.OWNED:
            if old.settings != new.settings:
                return "its configuration differs"
            return differing(list(_disowned(old.steps)), list(_disowned(new.steps)))
        case TraceRelation.COPIED:
            if old.settings != new.settings:
                return "its configuration differs"
            return differing(list(_copied(old.steps, new.steps)), list(new.steps))
        case _:
            if old.settings != new.settings:
                return "its configuration differs"
            return differing(list(old.steps), list(new.steps))


_ADDS_MORE = ("checksum", "keep-git-dir", "unpack")
"""Flags that only ADD has."""


def _copied(old: Sequence[Step], new: Sequence[Step]) -> Iterator[Step]:
    """The old steps, with COPY for each ADD where that stands in the new ones and the ADD fetches nothing."""
    for at, step in enumerate(old):
        match step:
            case Transfer(keyword="ADD", flags=flags, paths=(*sources, _)) if (
                at < len(new)
                and new[at] == replace(step, keyword="COPY")
                and not any("://" in source for source in sources)
                and not any(flag.lstrip("-").startswith(_ADDS_MORE) for flag in flags)
            ):
                yield new[at]
            case _:
                yield step


_OWNING = ("chown", "chmod")


def _disowned(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps without commands and flags that give owners and modes."""
    for step in steps:
        match step:
            case Session(setting=setting, commands=texts, heredocs=()):
                kept = tuple(text for text in texts if not _only_owns(text))
                if kept:
                    yield Session(setting, kept)
            case Transfer(keyword="COPY", flags=flags):
                owning = tuple(f"--{name}=" for name in _OWNING)
                yield replace(step, flags=tuple(flag for flag in flags if not flag.startswith(owning)))
            case _:
                yield step


def _only_owns(text: str) -> bool:
    script = read(text)
    match [item.pipeline.commands for item in script.body.items]:
        case [(Simple(redirections=()) as command,)]:
            return not script.substitutions and unwrap(command).program in _OWNING
        case _:
            return False


def _deleted(steps: Sequence[Step]) -> Counter[str]:
    """The last names of all that is removed, but for caches."""
    return Counter(
        posixpath.basename(path)
        for step in steps
        if isinstance(step, Session)
        for text in step.commands
        for command in commands(read(text))
        if not ecosystems.purges(command)
        for path in transfers.removes(unwrap(command).words) or ()
    )


def _trims(steps: Sequence[Step]) -> Counter[str]:
    """Every word that makes an install bring less."""
    return Counter(
        word.raw
        for step in steps
        if isinstance(step, Session)
        for text in step.commands
        for command in commands(read(text))
        for words, _ in calls(command, 0)
        for word in ecosystems.trimming_words(words)
    )


def _untrimmed(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps without the words that make installs bring less, all installs held to their lock files."""
    for step in steps:
        match step:
            case Session(commands=texts, heredocs=()):
                yield replace(step, commands=tuple(_without_trims(text) for text in texts))
            case _:
                yield step


def _named_again(old: Sequence[Step], new: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """Both sides untrimmed, the new one without packages that an install names only since it brings less."""
    before, after = list(_untrimmed(old)), list(_untrimmed(new))
    if len(before) == len(after):
        for at, (one, two) in enumerate(zip(before, after, strict=True)):
            if _trims([new[at]]) - _trims([old[at]]) and names_more(one, two):
                after[at] = one
    return before, after


def _without_trims(text: str) -> str:
    found: dict[Span, str] = {}
    for command in commands(read(text)):
        for words, shift in calls(command, 0):
            for word in ecosystems.trimming_words(words):
                found[word.span.shift(shift)] = ""
            if (strict := ecosystems.strict_verb(words)) is not None:
                found[strict[0].span.shift(shift)] = strict[1]
    kept: list[str] = []
    done = 0
    for span, replacement in sorted(found.items()):
        before = text[done : span.start]
        kept.append(before + replacement if replacement else before.rstrip(" \t"))
        done = span.end
    kept.append(text[done:])
    return "".join(kept)
