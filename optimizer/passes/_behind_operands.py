"""Where a call takes one more operand: behind its last one, set off as that one is."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.containerfile.nodes import ShellForm
from optimizer.facts import Facts
from optimizer.facts.steps import Step
from optimizer.passes._behind_verb import word_of
from optimizer.text import Edit, Span, insert


def behind_operands(call: Step, names: Iterable[str], facts: Facts) -> tuple[Edit, ...]:
    """One insertion for each name; none if the call has no operand, or quoting hides where it stands."""
    made = call.invocation
    last = word_of(call, made.operands[-1]) if made is not None and made.operands else None
    if made is None or last is None or not isinstance(call.run.command, ShellForm):
        return ()
    text = facts.file.text
    before = word_of(call, made.operands[-1] - 1)
    between = " " if before is None else Span(before.end, last.start).of(text)
    if between.strip(" \t\r\n" + facts.file.escape):
        between = " "
    return tuple(insert(last.end, f"{between}{name}") for name in names)
