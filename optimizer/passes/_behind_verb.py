"""Where an option is safe from being taken for an operand or another option's value: directly behind the verb."""

from __future__ import annotations

from optimizer.containerfile.nodes import Run, ShellForm
from optimizer.facts.steps import Step
from optimizer.text import Edit, Span, insert


def behind_verb(call: Step, option: str) -> Edit | None:
    """The insertion; None if the call has no verb, or quoting hides where it stands."""
    span = verb_of(call)
    return None if span is None else insert(span.end, f" {option}")


def verb_of(call: Step) -> Span | None:
    """Where the verb's last word stands in the Containerfile."""
    return None if call.invocation is None else word_of(call, call.invocation.verb_index)


def word_of(call: Step, index: int | None) -> Span | None:
    """Where a word of a call stands in the Containerfile."""
    if index is None or not isinstance(call.run, Run) or not isinstance(call.run.command, ShellForm):
        return None
    place = call.place(index)
    return None if place is None else call.run.command.body.source(place)
