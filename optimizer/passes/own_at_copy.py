"""Give ownership and modes at the COPY. Page: `golden/own_at_copy/README.md`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import unique

from optimizer.containerfile.nodes import Add, Containerfile, Copy, Instruction, Part, PartKind, Run, ShellForm
from optimizer.containerfile.stages import Stage
from optimizer.context import normal
from optimizer.facts import Facts
from optimizer.facts.scripts import Scripts
from optimizer.facts.shipping import Shipping
from optimizer.facts.states import States
from optimizer.passes._copied_places import brings, destination, file, has_workdir, written
from optimizer.passes._ownership import Change, changes
from optimizer.passes._places import is_below, is_shared
from optimizer.passes.base import rewrite
from optimizer.proposal import Contract, Declined, Finding, Proposal, Refusal, Safety, TraceRelation
from optimizer.shell.query import and_list, has_opaque
from optimizer.text import Edit, Span, cut, insert

_NAME = "own_at_copy"

_MODE_OF_DIRECTORIES = "755"
"""What builders give to directories that a COPY creates, whatever `--chmod` says."""


@unique
class Why(Refusal):
    """Why a `chown` or `chmod` stays where it is."""

    BUILDER_STAGE = "the stage does not ship, so nothing is stored twice"
    NOT_FIRST = "commands before it in the same RUN may change what it touches, or make its owner"
    RUN_BETWEEN = "a RUN stands between the COPY and it"
    WRITTEN = "something else may have written to the path before"
    NOT_CREATED = "the path is only a part of what the COPY brings, or holds more than that"
    ADD = "an ADD brings it, which may unpack archives"
    FLAG = "the COPY says already whose it is, or stands for itself (--link)"
    GROUP = "owner or group of what another stage holds stay as they are there"
    MODE = "only three octal digits mean the same to chmod and to every builder"
    OWNER = "the owner depends on the image or on the shell"
    AGAIN = "a later command of the same RUN changes all of it again"
    SEVERAL = "it names several paths"
    PATH = "a path in it depends on the image, the shell or a variable"
    UNUSUAL = "it is more than a plain chown or chmod in a list joined by &&"
    VOLUME = "the path lies in a volume, whose contents do not outlive a RUN"


@dataclass(frozen=True, slots=True)
class _Fold:
    """One command, the path it names and the COPYs that bring what is there. `existed`: the directory was there before
    them, so the command must still say whose the directory itself is."""

    change: Change
    copies: tuple[Copy, ...]
    existed: bool


@rewrite(weakest=Safety.NEEDS_PROOF, refuses=Why)
def own_at_copy(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Give ownership and modes where files are copied, so they are not stored twice."""
    shipping = facts[Shipping]
    for stage in shipping.stages:
        for at, instruction in enumerate(stage.instructions):
            if isinstance(instruction, Run):
                yield from _findings(instruction, stage, at, facts)


def _findings(run: Run, stage: Stage, at: int, facts: Facts) -> Iterator[Finding]:
    script = facts[Scripts].of(run)
    if script is None or has_opaque(script):
        return
    state = facts[States].at(run)
    found = dict(changes(script, {**state.args, **state.env}))
    folds: dict[int, _Fold] = {}
    for index, change in found.items():
        fold = _fold(run, change, stage, at, facts)
        if isinstance(fold, _Fold) and and_list(script) is None:
            fold = Why.UNUSUAL
        if isinstance(fold, _Fold):
            fold = _in_its_place(index, fold, found, run, facts)
        if isinstance(fold, _Fold):
            folds[index] = fold
        elif fold is not None:
            yield Declined(_NAME, run.span, fold)
    if folds:
        yield from _offer(run, stage, at, folds, facts)


def _in_its_place(index: int, fold: _Fold, found: Mapping[int, Change], run: Run, facts: Facts) -> _Fold | Why:
    """The same, if no other command of the RUN has to do with its files."""
    before = [found.get(each) for each in range(index)]
    if any(each is None or not _is_apart(each, fold.change, run, facts) for each in before):
        return Why.NOT_FIRST
    after = [change for each, change in found.items() if each > index and change.recursive is not None]
    same = [each for each in after if each.program != "chmod" and fold.change.program == "chown"]
    return fold if all(_is_apart(each, fold.change, run, facts) for each in same) else Why.AGAIN


def _is_apart(one: Change, other: Change, run: Run, facts: Facts) -> bool:
    """Whether two commands may be carried out in any order: they change other things, or other paths."""
    if {one.program, other.program} == {"chown", "chmod"}:
        return True
    if None in one.paths or None in other.paths:
        return False
    state = facts[States].at(run)
    pairs = [(state.path(left or ""), state.path(right or "")) for left in one.paths for right in other.paths]
    return not any(is_below(left, right) or is_below(right, left) for left, right in pairs)


def _fold(run: Run, change: Change, stage: Stage, at: int, facts: Facts) -> _Fold | Why | None:
    """What becomes of one command; None if no COPY of the stage has to do with it."""
    if None in change.paths:
        recursive = change.recursive is not None
        return Why.PATH if recursive and any(isinstance(each, Copy) for each in stage.instructions[:at]) else None
    state = facts[States].at(run)
    paths = [state.path(path) for path in change.paths if path is not None]
    before = stage.instructions[:at]
    transfers = [each for each in before if isinstance(each, Copy | Add)]
    bringing = [each for each in transfers if any(brings(each, path, facts) for path in paths)]
    if not bringing:
        return None
    if len(paths) != 1:
        return Why.SEVERAL
    path = paths[0]
    if not path.startswith("/"):
        return Why.PATH
    exact = change.recursive is None
    if exact and not any(file(each, facts) == path for each in bringing):
        return None
    if reason := _why_not(run, change, path, stage, at, bringing, facts):
        return reason
    copies = tuple(each for each in bringing if isinstance(each, Copy))
    existed = not exact and (has_workdir(path, stage, at, facts) or not _spares_directories(change))
    return _Fold(change, copies, existed)


def _why_not(
    run: Run, change: Change, path: str, stage: Stage, at: int, bringing: Sequence[Copy | Add], facts: Facts
) -> Why | None:
    if run not in facts[Shipping]:
        return Why.BUILDER_STAGE
    if not change.plain or run.flags:
        return Why.UNUSUAL
    if change.value is None:
        return Why.MODE if change.program == "chmod" else Why.OWNER
    if any(isinstance(each, Add) for each in bringing):
        return Why.ADD
    if any(each.flag(change.program) or each.flag("link") for each in bringing):
        return Why.FLAG
    if change.filled and any(each.flag("from") for each in bringing):
        return Why.GROUP
    if change.recursive is None:
        if len(bringing) > 1 or len(bringing[0].sources) > 1:
            return Why.NOT_CREATED
    elif is_shared(path) or any(not is_below(destination(each, facts) or "", path) for each in bringing):
        return Why.NOT_CREATED
    if not _spares_directories(change) and any(destination(each, facts) != path for each in bringing):
        return Why.MODE
    state = facts[States].at(run)
    if any(is_below(path, volume) or is_below(volume, path) for volume in state.volumes):
        return Why.VOLUME
    first = stage.instructions.index(bringing[0])
    between = [each for each in stage.instructions[first:at] if isinstance(each, Run)]
    if not all(_only_changes(each, change, run, facts) for each in between):
        return Why.RUN_BETWEEN
    return Why.WRITTEN if written(path, stage, first, at, facts) else None


def _only_changes(other: Run, change: Change, run: Run, facts: Facts) -> bool:
    """Whether a RUN before this one does nothing but change owners and modes, of something else."""
    script, state = facts[Scripts].of(other), facts[States].at(other)
    found = {} if script is None else dict(changes(script, {**state.args, **state.env}))
    same = state.workdir == facts[States].at(run).workdir
    return (
        script is not None
        and same
        and len(found) == len(script.body.items)
        and all(each.plain and _is_apart(each, change, run, facts) for each in found.values())
    )


def _spares_directories(change: Change) -> bool:
    """Whether it does not matter that `--chmod` leaves the directories alone that the COPY itself creates."""
    return change.program == "chown" or change.recursive is None or (change.value or "")[-3:] == _MODE_OF_DIRECTORIES


def _offer(run: Run, stage: Stage, at: int, folds: Mapping[int, _Fold], facts: Facts) -> Iterator[Finding]:
    copies = [
        each for each in stage.instructions if any(each is copy for fold in folds.values() for copy in fold.copies)
    ]
    flags = [
        insert(_after_flags(copy), "".join(f" {fold.change.flag}" for fold in folds.values() if copy in fold.copies))
        for copy in copies
    ]
    saves = sum(_bytes(copy, facts) for copy in copies if isinstance(copy, Copy))
    following = stage.instructions[at + 1] if at + 1 < len(stage.instructions) else None
    kept = {index: replace(fold, existed=fold.change.recursive is not None) for index, fold in folds.items()}
    offers: list[Proposal] = []
    for choice in (folds, kept):
        edits = _without(run, choice, following, facts)
        if edits is None:
            yield Declined(_NAME, run.span, Why.UNUSUAL)
            return
        programs = dict.fromkeys(fold.change.program for fold in folds.values())
        offers.append(
            Proposal(
                _NAME,
                run.span,
                f"say {' and '.join(f'--{program}' for program in programs)} at the COPY",
                "a RUN that changes the owner or mode of files stores all of them a second time",
                (*flags, *edits),
                Safety.NEEDS_PROOF,
                Contract(TraceRelation.OWNED),
                saves=saves or None,
            )
        )
    first, second = offers
    yield first if first.edits == second.edits else replace(first, alternatives=(second,))


def _after_flags(copy: Instruction) -> int:
    return copy.flags[-1].span.end if copy.flags else copy.span.start + len(copy.keyword)


def _bytes(copy: Copy, facts: Facts) -> int:
    if facts.context is None or copy.flag("from") is not None:
        return 0
    return sum(facts.context.size(normal(word.raw)) for word in copy.sources if normal(word.raw))


def _without(run: Run, folds: Mapping[int, _Fold], following: Instruction | None, facts: Facts) -> list[Edit] | None:
    """The RUN without the commands that are told to the COPY, all of it if nothing is left; None if comments or
    quoting stand in the way."""
    script = facts[Scripts].of(run)
    assert script is not None and isinstance(run.command, ShellForm)
    items = script.body.items
    body = run.command.body
    if script.comments:
        return None
    gone = {index for index, fold in folds.items() if not fold.existed}
    if len(gone) == len(items):
        return [cut(_block(run, following, facts.file.text))]
    last = next(index for index in reversed(range(len(items))) if index not in gone)
    edits: list[Edit] = []
    for index, fold in folds.items():
        place = items[index].pipeline.span
        if index not in gone and fold.change.recursive is not None:
            edits.append(_not_recursive(body.source(fold.change.recursive.span), fold.change.recursive.raw))
        elif index < last:
            edits.append(cut(body.source(Span(place.start, items[index + 1].pipeline.span.start))))
        else:
            edits.append(cut(body.source(Span(items[index - 1].pipeline.span.end, place.end))))
    touched = [edit.span for edit in edits]
    return None if any(_comment(part) and span.touches(part.span) for part in run.parts for span in touched) else edits


def _comment(part: Part) -> bool:
    return part.kind is not PartKind.TEXT


def _not_recursive(place: Span, raw: str) -> Edit:
    """Take the option away, with the blank behind it."""
    if raw in ("-R", "--recursive"):
        return cut(Span(place.start, place.end + 1))
    return Edit(place, raw.replace("R", ""))


def _block(run: Run, following: Instruction | None, text: str) -> Span:
    """The RUN with the comments that stand directly above it; blank lines above these go if others follow."""
    lines = run.leading.of(text).splitlines(keepends=True)
    while lines and lines[-1].strip():
        lines.pop()
    if following is None or following.leading.of(text)[:2].strip(" \t\r").startswith("\n"):
        while lines and not lines[-1].strip():
            lines.pop()
    return Span(run.leading.start + len("".join(lines)), run.block.end)
