"""Remove files in the layer that made them. Page: `golden/clean_where_made/README.md`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import unique

from optimizer.containerfile.mounts import mounts
from optimizer.containerfile.nodes import Containerfile, Run, ShellForm
from optimizer.ecosystems import transfers
from optimizer.evidence.layers import Layers
from optimizer.facts import Facts
from optimizer.facts.layout import Layout
from optimizer.facts.scripts import Scripts
from optimizer.facts.shipping import Shipping
from optimizer.facts.states import States
from optimizer.passes import _made_files as files
from optimizer.passes._cleanup_place import Obstacle, after_item, at_end, edit
from optimizer.passes._cleanup_waste import covers
from optimizer.passes._idle_cleanup import useless, whole
from optimizer.passes._joining import joining
from optimizer.passes._made_and_removed import Pair, can_join, makes_use, only_unpacked, pairs_of
from optimizer.passes._made_files import Fetched
from optimizer.passes.base import rewrite
from optimizer.proposal import (
    IDENTICAL,
    Contract,
    Declined,
    Finding,
    PathPattern,
    Proposal,
    Refusal,
    Safety,
    TraceRelation,
)
from optimizer.text import Edit, cut, insert

_NAME = "clean_where_made"


@unique
class Why(Refusal):
    """Why a file or a removal stays where it is."""

    BUILDER_STAGE = "the stage does not ship, and its layers serve the build cache"
    APART = "what makes the file and what uses it cannot be joined"
    MIXED = "what removes the file does or removes other things too, and cannot be joined with what makes it"
    USED_LATER = "a later step names the file"
    ELSEWHERE = "it lies on a mount or in a volume, whose contents do not enter a layer"
    DIRECTORY = "in which directory it lies, seen from the end of the RUN, is not certain"
    PLACE = "nothing can be added at the end of the RUN without changing what it does"


@rewrite(weakest=Safety.NEEDS_PROOF, refuses=Why)
def clean_where_made(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Remove what a build only passes through in the layer that makes it."""
    removed: set[tuple[int, str]] = set()
    for stage in facts[Shipping].stages:
        runs = [each for each in stage.instructions if isinstance(each, Run)]
        idle = {run.span.start: safety for run in runs if (safety := useless(run, facts)) is not None}
        plans: list[_Plan] = []
        for run in runs:
            pairs = tuple(pairs_of(run, runs, facts)) if run.span.start not in idle else ()
            uses = [each for each in runs if any(makes_use(each, pair.made, facts) for pair in pairs)]
            for pair in pairs:
                removed.add((pair.maker.span.start, pair.made))
                found = _bring_together(pair, [*uses, *(other.maker for other in pairs)], facts)
                if isinstance(found, Declined):
                    yield found
                else:
                    plans.append(found)
        planned = {each.span.start for plan in plans for each in plan.chain}
        yield from (_carried_out(group, facts) for group in _grouped(plans))
        for run in runs:
            if run.span.start in idle and run.span.start not in planned:
                yield _drop(run, idle[run.span.start], facts)
            yield from _left(run, removed, facts)


# A RUN that empties what is empty


def _drop(run: Run, safety: Safety, facts: Facts) -> Proposal:
    where = "in the layers that filled them" if safety is Safety.SAFE else "before, as it seems"
    reason = f"the caches that it empties were emptied {where}; a layer of its own frees nothing"
    edits = (cut(whole(run, facts.file)),)
    contract = Contract(TraceRelation.CLEANS)
    return Proposal(_NAME, run.span, "drop a RUN that finds nothing to clean", reason, edits, safety, contract)


# A file that one RUN makes and a later one removes


@dataclass(frozen=True, slots=True)
class _Plan:
    """RUNs to join (one: nothing to join), and the edits that move a removal to the end of the last of them."""

    made: str
    chain: tuple[Run, ...]
    moves: tuple[Edit, ...] = ()


def _bring_together(pair: Pair, related: Sequence[Run], facts: Facts) -> _Plan | Declined:
    """How the removal comes to where the file is made and used; or why it does not."""
    maker, run, made = pair.maker, pair.run, pair.made
    if maker not in facts[Shipping]:
        return Declined(_NAME, run.span, Why.BUILDER_STAGE, made)
    if _elsewhere(maker, made, facts):
        return Declined(_NAME, run.span, Why.ELSEWHERE, made)
    stage = facts[Shipping].stages.stage_of(run)
    assert stage is not None
    between = [each for each in stage.instructions if maker.span.start < each.span.start < run.span.start]
    users = [each for each in between if makes_use(each, made, facts)]
    if all(each in users or each in related for each in between) and can_join((maker, *between, run), facts):
        return _Plan(made, tuple(each for each in (maker, *between, run) if isinstance(each, Run)))
    last = between.index(users[-1]) + 1 if users else 0
    used = (maker, *between[:last])
    if not can_join(used, facts):
        return Declined(_NAME, run.span, Why.APART, made)
    script = facts[Scripts].of(run)
    alone = len(files.places(run, facts)) == 1 and script is not None and len(script.body.items) == 1
    exact = [pair.place.key(path) for path in transfers.removes(pair.place.words) or ()] == [made]
    if not alone or not exact or run.flags:
        return Declined(_NAME, run.span, Why.MIXED, made)
    return _move(pair, tuple(each for each in used if isinstance(each, Run)), facts)


def _move(pair: Pair, chain: tuple[Run, ...], facts: Facts) -> _Plan | Declined:
    """The removal at the end of the RUN that uses the file last, joined with the one that makes it."""
    last = chain[-1]
    fixed = transfers.bare(pair.place.words[-1]).startswith("/")
    if (not fixed and files.end(last, facts) != pair.place.directory) or "$" in pair.made or pair.made.startswith("~"):
        return Declined(_NAME, pair.run.span, Why.DIRECTORY, pair.made)
    command = " ".join(word.raw for word in pair.place.simple.words)
    added = _added(last, command, facts)
    if added is not None and len(chain) > 1 and added.replacement.lstrip().startswith("&&"):
        added = insert(added.span.start, facts[Layout].of(chain[0], facts.file.text).joint() + command)
    if added is None:
        return Declined(_NAME, pair.run.span, Why.PLACE, pair.made)
    return _Plan(pair.made, chain, (added, cut(whole(pair.run, facts.file))))


def _grouped(plans: Sequence[_Plan]) -> Iterator[Sequence[_Plan]]:
    """Plans that share a RUN are one change."""
    groups: list[list[_Plan]] = []
    for plan in sorted(plans, key=lambda plan: plan.chain[0].span.start):
        if groups and any(plan.chain[0].span.start <= other.chain[-1].span.start for other in groups[-1]):
            groups[-1].append(plan)
        else:
            groups.append([plan])
    return iter(groups)


def _carried_out(group: Sequence[_Plan], facts: Facts) -> Proposal:
    runs = {run.span.start: run for plan in group for run in plan.chain}
    chain = [runs[start] for start in sorted(runs)]
    layers = facts.known(Layers)
    saves = sum(layers.rewritten(facts.file, one, chain[-1]) for one in chain[:-1]) if layers is not None else 0
    moves = tuple(dict.fromkeys(edit for plan in group for edit in plan.moves))
    names = ", ".join(dict.fromkeys(posixpath.basename(plan.made) for plan in group))
    return Proposal(
        _NAME,
        chain[0].span,
        f"remove {names} in the layer that makes it",
        "what one layer makes and a later one removes ships all the same",
        (*joining(chain, facts), *moves),
        Safety.NEEDS_PROOF if moves else Safety.SAFE,
        Contract(TraceRelation.TIDIES) if moves else IDENTICAL,
        saves=saves or None,
    )


def _added(run: Run, command: str, facts: Facts, item: int | None = None) -> Edit | None:
    """The command at the end of a RUN, or behind one of its commands; None if it cannot stand there."""
    script = facts[Scripts].of(run)
    if script is None or not isinstance(run.command, ShellForm):
        return None
    place = at_end(run, script, facts) if item is None else after_item(run, script, item, facts)
    return None if isinstance(place, Obstacle) else edit(run, script, place, command, facts)


def _elsewhere(run: Run, path: str, facts: Facts) -> bool:
    """Whether the path lies on a mount of the RUN or in a volume."""
    targets = [mount.target or "" for mount in mounts(run)]
    return any("$" in target or covers(target, path) for target in [*targets, *facts[States].at(run).volumes])


# A file that was only unpacked


def _left(run: Run, removed: set[tuple[int, str]], facts: Facts) -> Iterator[Finding]:
    """Files that a RUN fetches, unpacks and leaves."""
    at_the_end: list[Fetched] = []
    for each in files.fetched(run, facts):
        if (run.span.start, each.key) in removed or not only_unpacked(run, each, facts):
            continue
        why = _why_kept(run, each, facts)
        if why is not None:
            yield Declined(_NAME, run.span, why, each.key)
        elif _seen_from_end(run, each, facts) is not None:
            at_the_end.append(each)
        else:
            yield _behind_last_use(run, each, facts)
    if at_the_end:
        written = [_seen_from_end(run, each, facts) or "" for each in at_the_end]
        yield _remove(run, at_the_end, dict.fromkeys(written), facts)


def _behind_last_use(run: Run, each: Fetched, facts: Facts) -> Finding:
    """The file is known by the same name where it is used last, though not from the end."""
    uses = [place for place in files.places(run, facts) if files.names(place.words, each.key)]
    if uses[-1].directory is None or uses[-1].directory != each.by.directory:
        return Declined(_NAME, run.span, Why.DIRECTORY, each.key)
    return _remove(run, [each], {_quoted(each.written): None}, facts, uses[-1].item)


def _remove(
    run: Run, gone: Sequence[Fetched], written: Iterable[str], facts: Facts, item: int | None = None
) -> Finding:
    sudo = "sudo " if any("sudo" in each.by.wrappers for each in gone) else ""
    added = _added(run, f"{sudo}rm {' '.join(written)}", facts, item)
    if added is None:
        return Declined(_NAME, run.span, Why.PLACE, gone[0].key)
    names = ", ".join(dict.fromkeys(posixpath.basename(each.key) for each in gone))
    return Proposal(
        _NAME,
        run.span,
        f"remove {names} once it is unpacked",
        "what was unpacked ships twice, as the archive and as its contents",
        (added,),
        Safety.NEEDS_PROOF,
        Contract(TraceRelation.TIDIES, removed=frozenset(_pattern(each.key) for each in gone)),
    )


def _why_kept(run: Run, each: Fetched, facts: Facts) -> Why | None:
    if run not in facts[Shipping]:
        return Why.BUILDER_STAGE
    if _elsewhere(run, each.key, facts):
        return Why.ELSEWHERE
    name = posixpath.basename(each.key)
    later = (other for other in facts.file.instructions if other.span.start > run.span.start)
    return Why.USED_LATER if any(name in other.logical.text for other in later) else None


def _seen_from_end(run: Run, each: Fetched, facts: Facts) -> str | None:
    """How the end of a RUN names the file; None if that is not certain."""
    directory = files.end(run, facts)
    written = each.written if directory is not None and directory == each.by.directory else each.key
    return None if written is each.key and not written.startswith("/") else _quoted(written)


def _quoted(path: str) -> str:
    return path if all(sign.isalnum() or sign in "/._-+~:@%,=" for sign in path) else f'"{path}"'


def _pattern(key: str) -> PathPattern:
    """The image paths that a key may mean: a variable may be anything, and so is the base image's own directory."""
    pieces: list[str] = []
    for at, piece in enumerate(key.split("$")):
        if at == 0:
            pieces.append(piece)
        elif piece.startswith("{"):
            pieces.append(f"*{piece.partition('}')[2]}")
        else:
            pieces.append("*" + piece.lstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"))
    glob = "".join(pieces)
    return PathPattern(glob if glob.startswith("/") else f"/**/{glob.lstrip('~/')}")
