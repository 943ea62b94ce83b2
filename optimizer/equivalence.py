"""Static equivalence: does the text after a step do what the text before did, as far as its contracts allow?

Both traces are compared stage by stage. What a contract permits is taken away first; anything else that differs is a
bug of the pass that proposed it. This check needs no builder and runs on every change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from optimizer import ecosystems
from optimizer.facts.trace import Session, StageTrace, Step, Trace
from optimizer.proposal import TraceRelation
from optimizer.shell.nodes import Word
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read


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
    if old.base != new.base:
        return "its FROM differs"
    match relation:
        case TraceRelation.REORDERED:
            if Counter(old.settings) != Counter(new.settings):
                return "its configuration differs"
            same = Counter(_cleaned(old.steps)) == Counter(_cleaned(new.steps))
            return None if same else "it does not run the same commands"
        case TraceRelation.CLEANS:
            if old.settings != new.settings:
                return "its configuration differs"
            return _differing(list(_cleaned(old.steps)), list(_cleaned(new.steps)))
        case _:
            if old.settings != new.settings:
                return "its configuration differs"
            return _differing(list(old.steps), list(new.steps))


def _differing(old: Sequence[Step], new: Sequence[Step]) -> str | None:
    for left, right in zip(old, new, strict=False):
        if left != right:
            return f"`{_shown(left)}` became `{_shown(right)}`"
    if len(old) > len(new):
        return f"`{_shown(old[len(new)])}` is gone"
    if len(new) > len(old):
        return f"`{_shown(new[len(old)])}` is new"
    return None


def _shown(step: Step) -> str:
    match step:
        case Session(commands=texts):
            return " && ".join(texts)[:120]
        case _:
            return str(step)[:120]


def _cleaned(steps: Sequence[Step]) -> Iterator[Step]:
    """The steps without deletions of caches and without the flags that avoid them."""
    for step in steps:
        match step:
            case Session(setting=setting, commands=texts, heredocs=()):
                kept = tuple(_without_flags(text) for text in texts if not _only_cleans(text))
                if kept:
                    yield Session(setting, kept)
            case _:
                yield step


def _only_cleans(text: str) -> bool:
    script = read(text)
    found = list(commands(script))
    return len(found) == 1 and len(script.body.items) == 1 and ecosystems.purges(found[0])


def _without_flags(text: str) -> str:
    """The text with every flag taken out that an ecosystem declares as one that avoids a cache."""
    script = read(text)
    cuts: list[Word] = []
    for command in commands(script):
        wrapped = unwrap(command)
        cuts.extend(ecosystems.avoiding_words(wrapped.words))
    kept: list[str] = []
    done = 0
    for word in sorted(cuts, key=lambda word: word.span):
        kept.append(text[done : word.span.start].rstrip(" \t"))
        done = word.span.end
    kept.append(text[done:])
    return "".join(kept)
