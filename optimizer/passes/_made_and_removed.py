"""RUNs that make a file which a later RUN removes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from optimizer.containerfile.nodes import Instruction, Run
from optimizer.ecosystems import purges, transfers
from optimizer.evidence.layers import Layers
from optimizer.facts import Facts
from optimizer.facts.scripts import Scripts
from optimizer.passes import _made_files as files
from optimizer.passes._cleanup_later import steps_of
from optimizer.passes._made_files import Fetched, Place
from optimizer.passes.merge_runs import why_apart
from optimizer.policy import MergePolicy
from optimizer.shell.nodes import For
from optimizer.shell.query import commands, every_command, unwrap

WORTH = 500_000
"""Bytes that a removal known from evidence must free: below this, an extra layer costs less than a lost cache step."""


_TAKES_AWAY = frozenset({"rm", "unlink", "mv", "find", "shred"})
"""Programs after which a file is not where it was."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A RUN that makes a file, the file, and the command of a later RUN that removes it."""

    maker: Run
    made: str
    run: Run
    place: Place


def pairs_of(run: Run, runs: Sequence[Run], facts: Facts) -> Iterator[Pair]:
    """What a RUN removes that earlier ones make."""
    for place in files.places(run, facts):
        removed = transfers.removes(place.words)
        if removed is not None and not purges(place.simple):
            for maker in runs:
                if maker.span.start < run.span.start:
                    for made in _makes(maker, place, removed, run, facts):
                        yield Pair(maker, made, run, place)


def _makes(maker: Run, place: Place, removed: Sequence[str], run: Run, facts: Facts) -> Iterator[str]:
    for each in files.fetched(maker, facts):
        named = any(place.key(path) == each.key for path in removed)
        covered = any(files.surely_covers(place, path, each.key) for path in removed)
        # A pattern or a directory above it does without the file: it is better removed where it was unpacked.
        if named or (covered and not only_unpacked(maker, each, facts)):
            later = (other for other in files.places(maker, facts) if other.item > each.by.item)
            if not any(files.removes(other, each.key) for other in later):
                yield each.key
    layers = facts.known(Layers)
    change = layers.of(facts.file, maker) if layers is not None else None
    if layers is not None and change is not None and layers.rewritten(facts.file, maker, run) >= WORTH:
        keys = [place.key(path) for path in removed]
        yield from islice((path for path in change.written if any(_holds(key, path) for key in keys)), 1)


def _holds(key: str | None, path: str) -> bool:
    return key is not None and (path == key or path.startswith(f"{key}/"))


def makes_use(instruction: Instruction, made: str, facts: Facts) -> bool:
    """Whether an instruction names the file, or a pattern or directory that holds it."""
    if isinstance(instruction, Run):
        script = facts[Scripts].of(instruction)
        loops = [each.words for each in every_command(script) if isinstance(each, For)] if script is not None else []
        words = [*loops, *(step.words for step in steps_of(instruction, facts))]
        return any(files.names(each, made) for each in words)
    return posixpath.basename(made) in instruction.logical.text


def can_join(chain: Sequence[Instruction], facts: Facts) -> bool:
    """Whether these are RUNs only, and may become one."""
    runs = [each for each in chain if isinstance(each, Run)]
    if len(runs) < len(chain) or (len(runs) > 1 and facts.policy.merge is MergePolicy.NEVER):
        return False
    return all(why_apart(first, second, facts) is None for first, second in pairwise(runs))


def only_unpacked(run: Run, each: Fetched, facts: Facts) -> bool:
    """Whether a later command unpacks the file and none takes it away."""
    script = facts[Scripts].of(run)
    assert script is not None
    later = [place for place in files.places(run, facts) if place.item > each.by.item]
    if not any(files.unpacks(place, each.key) for place in later):
        return False
    begun = script.body.items[each.by.item].pipeline.span.end
    for simple in commands(script):
        words = unwrap(simple).words
        if simple.span.start < begun or not words:
            continue
        loose = Place(0, simple, words, (), None)
        if words[0].literal in _TAKES_AWAY and (files.removes(loose, each.key) or files.names(words, each.key)):
            return False
    return not any(files.removes(place, each.key) for place in later)
