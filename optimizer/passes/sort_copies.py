"""Copy what seldom changes first. Page: `golden/sort_copies/README.md`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import unique

from optimizer.containerfile.nodes import Containerfile, Copy, Instruction
from optimizer.containerfile.stages import stages
from optimizer.containerfile.words import variables
from optimizer.context import Context
from optimizer.facts import Facts
from optimizer.facts.churn import Churn
from optimizer.facts.copies import Copies, Taken
from optimizer.passes._moving import moved
from optimizer.passes._places import is_below
from optimizer.passes.base import rewrite
from optimizer.proposal import Contract, Declined, Finding, Proposal, Refusal, Safety, TraceRelation
from optimizer.text import cut, insert

_NAME = "sort_copies"

_WORTH = 1_000_000
"""Bytes that must no longer be copied and sent again when what changes often changes."""

_OFTEN = 10
_TIMES = 5
"""What changes often changed this many times at least, and this many times as often as what is copied behind it."""


@unique
class Why(Refusal):
    """Why COPYs keep their order."""

    OVERLAP = "one of them brings files to where the other does, or to a place that is not known"
    FLAGS = "their flags differ, and the first of them makes directories for both"


@rewrite(weakest=Safety.SAFE, refuses=Why)
def sort_copies(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Copy what seldom changes before what often does, by the history of the repository."""
    taken = {each.instruction.span.start: each for each in facts[Copies].taken}
    for stage in stages(file):
        chain: list[Taken] = []
        for instruction in (*stage.instructions, None):
            found = None if instruction is None else taken.get(instruction.span.start)
            if found is not None and isinstance(instruction, Copy):
                chain.append(found)
            else:
                yield from _sorted(chain, facts)
                chain = []


def _sorted(chain: Sequence[Taken], facts: Facts) -> Iterator[Finding]:
    """One proposal for each COPY that changes often and stands above bytes that do not."""
    context = facts.context
    if context is None or len(chain) < 2 or not any(_size(each, context) >= _WORTH for each in chain[1:]):
        return
    churn = facts[Churn]
    for at, often in enumerate(chain[:-1]):
        if churn.of(often) < _OFTEN:
            continue
        last, reason = None, None
        for other in chain[at + 1 :]:
            if churn.of(other) * _TIMES > churn.of(often):
                break
            reason = _why_not(often, other, facts)
            if reason is not None:
                break
            last = other
        behind = chain[at + 1 : chain.index(last) + 1] if last is not None else ()
        bytes_ = sum(_size(each, context) for each in behind)
        if last is not None and bytes_ >= _WORTH:
            yield _proposal(often, last, bytes_, facts)
        elif reason is not None:
            yield Declined(_NAME, often.instruction.span, reason)


def _why_not(one: Taken, other: Taken, facts: Facts) -> Why | None:
    places = one.destination, other.destination
    raw = one.instruction.destination.raw + other.instruction.destination.raw
    first, second = (place or "" for place in places)
    if not (first.startswith("/") and second.startswith("/")) or variables(raw, facts.file.escape):
        return Why.OVERLAP
    if is_below(first, second) or is_below(second, first):
        return Why.OVERLAP
    text = facts.file.text
    flags = [[flag.span.of(text) for flag in each.instruction.flags] for each in (one, other)]
    return None if flags[0] == flags[1] else Why.FLAGS


def _size(taken: Taken, context: Context) -> int:
    return sum(context.size(path) if path else sum(entry.size for entry in context.entries()) for path in taken.found)


def _proposal(often: Taken, last: Taken, bytes_: int, facts: Facts) -> Proposal:
    text, newline = facts.file.text, facts.file.newline
    span = moved(often.instruction, text)
    block = span.of(text)
    end: Instruction = last.instruction
    if not end.block.of(text).endswith("\n"):
        block = newline + block.removesuffix(newline)
    return Proposal(
        _NAME,
        often.instruction.span,
        "copy what often changes last",
        f"its changes no longer renew {bytes_ / 1e6:.1f} MB that are copied behind it",
        (cut(span), insert(end.block.end, block)),
        Safety.SAFE,
        Contract(TraceRelation.SORTED),
    )
