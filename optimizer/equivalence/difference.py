"""The first difference between two sequences of steps, in words."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.facts.trace import Session, Step


def differing(old: Sequence[Step], new: Sequence[Step]) -> str | None:
    """The first step that is not as it was, None if all are."""
    for left, right in zip(old, new, strict=False):
        if left != right:
            return f"`{shown(left)}` became `{shown(right)}`"
    if len(old) > len(new):
        return f"`{shown(old[len(new)])}` is gone"
    if len(new) > len(old):
        return f"`{shown(new[len(old)])}` is new"
    return None


def shown(step: Step) -> str:
    """A step in few words."""
    match step:
        case Session(commands=texts):
            return " && ".join(texts)[:120]
        case _:
            return str(step)[:120]
