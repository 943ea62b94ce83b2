"""Whether steps stand in another order only where nobody minds: transfers behind what runs, and among each other."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from optimizer.containerfile.words import BadSubstitution, expand
from optimizer.equivalence.difference import differing, shown
from optimizer.facts.trace import Step, Transfer


def reordered(old: Sequence[Step], new: Sequence[Step]) -> str | None:
    """What is wrong with another order, None if nothing is.

    What runs keeps its order, and so do the transfers among each other. A transfer may only move down, behind steps
    that run: its pass declares that these read and write nothing of it. Parts of what it brings may be copied before,
    to the same places, since it brings them again.
    """
    runs = [[step for step in steps if not isinstance(step, Transfer)] for steps in (old, new)]
    if found := differing(*runs):
        return found
    wanted = [(_placed(step), passed) for step, passed in _transfers(old)]
    at = 0
    for step, passed in _transfers(new):
        if at < len(wanted) and _placed(step) == wanted[at][0]:
            if passed < wanted[at][1]:
                return f"`{shown(step)}` comes earlier"
            at += 1
        elif not any(_is_part(_placed(step), whole) for whole, before in wanted[at:] if before <= passed):
            return f"`{shown(step)}` is new"
    return f"`{shown(wanted[at][0])}` is gone" if at < len(wanted) else None


def resorted(old: Sequence[Step], new: Sequence[Step]) -> str | None:
    """What is wrong with another order of neighbouring transfers, None if nothing is: all of them are there, between
    the same steps that run, and those that changed places bring nothing to the same place."""
    runs = [[step for step in steps if not isinstance(step, Transfer)] for steps in (old, new)]
    if found := differing(*runs):
        return found
    before, after = list(_transfers(old)), list(_transfers(new))
    if Counter(before) != Counter(after):
        return "what is copied differs, or when"
    place = {step: at for at, step in enumerate(after)}
    if len(place) < len(after) and before != after:
        return "what is copied twice changed places"
    for at, first in enumerate(before):
        for second in before[at + 1 :]:
            if place[second] < place[first] and not are_apart(first[0], second[0]):
                return f"`{shown(first[0])}` and `{shown(second[0])}` changed places"
    return None


def are_apart(one: Transfer, other: Transfer) -> bool:
    """Whether two transfers bring nothing to the same place, nor to a place that the other one makes."""
    places = []
    for transfer in (one, other):
        if "$" in transfer.paths[-1] or transfer.flags != one.flags:
            return False
        places.append(posixpath.join(transfer.workdir, transfer.paths[-1]))
    first, second = (posixpath.normpath(place) for place in places)
    tops = tuple(f"{place.rstrip('/')}/" for place in (first, second))
    return first.startswith("/") and first != second and not (first.startswith(tops[1]) or second.startswith(tops[0]))


def _transfers(steps: Sequence[Step]) -> Iterator[tuple[Transfer, int]]:
    """The transfers, each with the number of steps before it that run."""
    passed = 0
    for step in steps:
        if isinstance(step, Transfer):
            yield step, passed
        else:
            passed += 1


def _placed(transfer: Transfer) -> Transfer:
    """A transfer without the working directory where that does not matter."""
    try:
        target = expand(transfer.paths[-1], dict(transfer.scope))
    except BadSubstitution:
        return transfer
    return replace(transfer, workdir="") if target.startswith("/") else transfer


def _in_context(source: str) -> str:
    """A source as COPY resolves it: never above the context."""
    return posixpath.normpath(f"/{source}").lstrip("/") or "."


def _is_part(part: Transfer, whole: Transfer) -> bool:
    """Whether a COPY brings files of a directory that another one brings too, to where that one brings them."""
    if len(whole.paths) != 2 or "--from" in " ".join(whole.flags):
        return False
    if (part.keyword, part.flags, part.workdir, part.scope) != (whole.keyword, whole.flags, whole.workdir, whole.scope):
        return False
    *sources, place = part.paths
    top, target = _in_context(whole.paths[0]), posixpath.normpath(whole.paths[1])
    for source in map(_in_context, sources):
        if top != "." and not source.startswith(f"{top}/"):
            return False
        final = posixpath.join(target, posixpath.relpath(source, top))
        inside = place.endswith("/") and posixpath.normpath(posixpath.join(place, posixpath.basename(source)))
        if posixpath.normpath(final) not in (inside, posixpath.normpath(place)):
            return False
    return not part.heredocs and not any(set(source) & set("*?[\\$") or source.startswith("..") for source in sources)
