"""Static equivalence: does the text after a step do what the text before did, as far as its contracts allow?

Both traces are compared stage by stage. What a contract permits is taken away first; anything else that differs is a
bug of the pass that proposed it. This check needs no builder and runs on every change.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from optimizer import ecosystems
from optimizer.ecosystems import transfers
from optimizer.equivalence import linking, uninstalling
from optimizer.equivalence.difference import differing
from optimizer.equivalence.order import reordered, resorted
from optimizer.equivalence.rebased import with_packages
from optimizer.equivalence.respelled import entered, respelled, swapped, uncluttered
from optimizer.facts.trace import Session, StageTrace, Step, Trace, Transfer
from optimizer.proposal import TraceRelation
from optimizer.shell.dialect import interpreter
from optimizer.shell.effects import sets_errexit
from optimizer.shell.nodes import Item, Joint, Simple, Word
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
            return differing(list(_cleaned(old.steps)), list(_cleaned(new.steps)))
        case TraceRelation.TIDIES:
            if old.settings != new.settings:
                return "its configuration differs"
            if lost := _deleted(old.steps) - _deleted(new.steps):
                return f"`{next(iter(lost))}` is deleted no more"
            return differing(list(_cleaned(old.steps, _tidies)), list(_cleaned(new.steps, _tidies)))
        case TraceRelation.TRIMS:
            if old.settings != new.settings:
                return "its configuration differs"
            if lost := _trims(old.steps) - _trims(new.steps):
                return f"`{next(iter(lost))}` is gone"
            return differing(list(_untrimmed(old.steps)), list(_untrimmed(new.steps)))
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


def _cleans(item: Item) -> bool:
    match item.pipeline.commands:
        case (Simple() as command,):
            return ecosystems.purges(command)
        case _:
            return False


def _tidies(item: Item) -> bool:
    """Whether it empties caches, or removes anything."""
    match item.pipeline.commands:
        case (Simple() as command,):
            return ecosystems.purges(command) or transfers.removes(unwrap(command).words) is not None
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


def _cleaned(steps: Sequence[Step], cleans: Callable[[Item], bool] = _cleans) -> Iterator[Step]:
    """The steps without deletions of caches, or what `cleans` says, and without the flags that avoid them."""
    for step in steps:
        match step:
            case Session(setting=setting, commands=texts, heredocs=()):
                errexit = interpreter(setting.shell).errexit
                text = " && ".join(texts)  # whole, since what stands left of && decides whether errexit holds
                if not _only_cleans(text, cleans):
                    yield Session(setting, (_without_cleanup(text, cleans, errexit=errexit),))
            case _:
                yield step


def _only_cleans(text: str, cleans: Callable[[Item], bool]) -> bool:
    script = read(text)
    return len(script.body.items) == 1 and cleans(script.body.items[0])


def _without_cleanup(text: str, cleans: Callable[[Item], bool], *, errexit: bool) -> str:
    """The text without the flags that avoid caches, and without commands that only empty them where leaving them out
    changes neither what runs nor the exit status."""
    script = read(text)
    items = script.body.items
    errexit = errexit or sets_errexit(script)
    cuts = [span for command in commands(script) for span in _flags(command, 0)]
    for at, item in enumerate(items[1:], start=1):
        if cleans(item) and _may_go(items, at, errexit=errexit):
            cuts.append(Span(items[at - 1].pipeline.span.end, item.pipeline.span.end))
    kept: list[str] = []
    done = 0
    for span in sorted(cuts):
        if span.start >= done:
            kept.append(text[done : span.start].rstrip(" \t"))
            done = span.end
    kept.append(text[done:])
    return "".join(kept)


def _may_go(items: Sequence[Item], at: int, *, errexit: bool) -> bool:
    """Whether the list does the same without the item at `at`, which only cleans.

    Joined by `&&` it must not end a list under errexit, which stops no shell to the left of `&&`; joined by `;` its own
    status must not stand for that of what failed before it.
    """
    before, after = items[at - 1].joint, items[at].joint
    previous = items[at - 1].pipeline
    sequence = (Joint.SEMICOLON, Joint.NEWLINE)
    last = at == len(items) - 1
    if before is Joint.AND:
        plain = all(isinstance(command, Simple) for command in previous.commands)
        return after is Joint.AND or (last and (plain or not errexit)) or (after in sequence and not errexit)
    if before not in sequence:
        return False
    alone = at < 2 or items[at - 2].joint not in (Joint.AND, Joint.OR)
    return (after in sequence and not last) or (errexit and alone and not previous.negated)


def _flags(command: Simple, offset: int) -> Iterator[Span]:
    """Where the flags that avoid a cache stand, in `sh -c` strings too."""
    for words, shift in _calls(command, offset):
        for word in ecosystems.avoiding_words(words):
            yield word.span.shift(shift)


def _calls(command: Simple, offset: int) -> Iterator[tuple[Sequence[Word], int]]:
    """The words of a command without its wrappers, those of `sh -c` strings too, and what to add to their spans."""
    wrapped = unwrap(command)
    yield wrapped.words, offset
    nested = wrapped.nested
    if nested is not None and nested.offset is not None:
        for inner in commands(nested.script):
            yield from _calls(inner, offset + nested.offset)


def _trims(steps: Sequence[Step]) -> Counter[str]:
    """Every word that makes an install bring less."""
    return Counter(
        word.raw
        for step in steps
        if isinstance(step, Session)
        for text in step.commands
        for command in commands(read(text))
        for words, _ in _calls(command, 0)
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


def _without_trims(text: str) -> str:
    found: dict[Span, str] = {}
    for command in commands(read(text)):
        for words, shift in _calls(command, 0):
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
