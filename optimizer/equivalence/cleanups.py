"""Steps without the commands and flags that only keep caches empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from optimizer import ecosystems
from optimizer.ecosystems import transfers
from optimizer.facts.trace import Session, Step
from optimizer.shell.dialect import interpreter
from optimizer.shell.effects import sets_errexit
from optimizer.shell.nodes import Item, Joint, Simple, Word
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read
from optimizer.text import Span


def cleans(item: Item) -> bool:
    match item.pipeline.commands:
        case (Simple() as command,):
            return ecosystems.purges(command)
        case _:
            return False


def tidies(item: Item) -> bool:
    """Whether it empties caches, or removes anything."""
    match item.pipeline.commands:
        case (Simple() as command,):
            return ecosystems.purges(command) or transfers.removes(unwrap(command).words) is not None
        case _:
            return False


def cleaned(steps: Sequence[Step], cleans: Callable[[Item], bool] = cleans) -> Iterator[Step]:
    """The steps without deletions of caches, or what `cleans` says, and without the flags that avoid them."""
    for step in steps:
        match step:
            case Session(setting=setting, commands=texts, heredocs=()):
                errexit = interpreter(setting.shell).errexit
                text = " && ".join(texts)  # whole, since what stands left of && decides whether errexit holds
                if not only_cleans(text, cleans):
                    yield Session(setting, (without_cleanup(text, cleans, errexit=errexit),))
            case _:
                yield step


def only_cleans(text: str, cleans: Callable[[Item], bool]) -> bool:
    script = read(text)
    return len(script.body.items) == 1 and cleans(script.body.items[0])


def without_cleanup(text: str, cleans: Callable[[Item], bool], *, errexit: bool) -> str:
    """The text without the flags that avoid caches, and without commands that only empty them where leaving them out
    changes neither what runs nor the exit status."""
    script = read(text)
    items = script.body.items
    errexit = errexit or sets_errexit(script)
    cuts = [span for command in commands(script) for span in _flags(command, 0)]
    for at, item in enumerate(items[1:], start=1):
        if cleans(item) and may_go(items, at, errexit=errexit):
            cuts.append(Span(items[at - 1].pipeline.span.end, item.pipeline.span.end))
    kept: list[str] = []
    done = 0
    for span in sorted(cuts):
        if span.start >= done:
            kept.append(text[done : span.start].rstrip(" \t"))
            done = span.end
    kept.append(text[done:])
    return "".join(kept)


def may_go(items: Sequence[Item], at: int, *, errexit: bool) -> bool:
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
    for words, shift in calls(command, offset):
        for word in ecosystems.avoiding_words(words):
            yield word.span.shift(shift)


def calls(command: Simple, offset: int) -> Iterator[tuple[Sequence[Word], int]]:
    """The words of a command without its wrappers, those of `sh -c` strings too, and what to add to their spans."""
    wrapped = unwrap(command)
    yield wrapped.words, offset
    nested = wrapped.nested
    if nested is not None and nested.offset is not None:
        for inner in commands(nested.script):
            yield from calls(inner, offset + nested.offset)
