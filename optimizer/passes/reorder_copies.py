"""Copy what an installation reads before it, and everything else behind. Page: `golden/reorder_copies/README.md`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import unique

from optimizer.containerfile.nodes import (
    Add,
    Arg,
    Cmd,
    Containerfile,
    Copy,
    Entrypoint,
    Env,
    Expose,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Run,
    Stopsignal,
    User,
    Workdir,
)
from optimizer.containerfile.stages import Stage, stages
from optimizer.containerfile.words import variables
from optimizer.context import Kind, MemoryContext
from optimizer.ecosystems.verbs import ADDING
from optimizer.facts import Facts
from optimizer.facts.copies import Copies, Taken
from optimizer.facts.invocations import Invocations
from optimizer.facts.manifest import Obstacle
from optimizer.facts.states import States
from optimizer.passes._arrival import arrives
from optimizer.passes._moving import blank, fetches, moved
from optimizer.passes._places import is_below, is_shared
from optimizer.passes._reading import Unclear, reading
from optimizer.passes.base import rewrite
from optimizer.proposal import Contract, Declined, Finding, Proposal, Refusal, Safety, TraceRelation
from optimizer.text import Edit, cut, insert

_NAME = "reorder_copies"

_SETTINGS = (Arg, Cmd, Entrypoint, Env, Expose, Healthcheck, Label, Maintainer, Stopsignal, User)
"""What a COPY may pass: it neither reads nor writes files."""

_MOST = 8
"""COPY lines that may stand before an installation."""

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/@+")


@unique
class Why(Refusal):
    """Why sources stay before an installation."""

    PROJECT_CODE = "the installation runs the project's own code"
    LOCAL = "the installation brings something from a directory of the project"
    UNREADABLE = "what the installation reads cannot be told from its manifests"
    MISSING = "a file that the installation reads is not in the context, or is ignored"
    COMMAND = "another command beside the installation may read what is copied"
    WRITTEN = "the context holds what the installation writes, so a later COPY would replace it"
    DESTINATION = "it is copied to where others have files, or to a directory that is not known"
    FLAG = "the COPY has a flag that means something else for single files"
    MANY = "it would take more COPY lines than anybody wants to read"
    BETWEEN = "an instruction between the COPY and the installation depends on their order"


_OF_OBSTACLE = {
    Obstacle.PROJECT_CODE: Why.PROJECT_CODE,
    Obstacle.LOCAL: Why.LOCAL,
    Obstacle.UNREADABLE: Why.UNREADABLE,
    Obstacle.MISSING: Why.MISSING,
}


@dataclass(slots=True)
class _Scan:
    """What lies behind a COPY, as far as it may be moved: the COPYs that go with it, the RUNs that they pass, the first
    of these that reads some of `files` (context paths), and why it goes no further."""

    copies: list[Taken]
    passed: list[Run]
    first: Run | None
    files: set[str]
    certain: bool
    stop: Why | None
    end: int


@rewrite(weakest=Safety.NEEDS_PROOF, refuses=Why)
def reorder_copies(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Copy what an installation reads before it, and the sources behind."""
    if not any(isinstance(each, Copy) for each in file.instructions):
        return
    broad = {each.instruction.span.start: each for each in facts[Copies].taken if _is_broad(each)}
    for stage in stages(file):
        end = 0
        for at, instruction in enumerate(stage.instructions):
            if at >= end and instruction.span.start in broad and isinstance(instruction, Copy):
                scan = _paying(_scan(stage, at, broad, facts), facts)
                end = scan.end
                if scan.copies and scan.passed:
                    many = len(list(_lines(scan, facts))) > _MOST
                    yield Declined(_NAME, instruction.span, Why.MANY) if many else _proposal(scan, stage, facts)
                elif scan.stop is not None:
                    yield Declined(_NAME, instruction.span, scan.stop)


def _is_broad(taken: Taken) -> bool:
    """Whether it copies one whole directory of the context."""
    path = taken.sources[0].path
    return len(taken.sources) == 1 and not taken.sources[0].wild and (not path or path in taken.directories)


def _scan(stage: Stage, at: int, broad: Mapping[int, Taken], facts: Facts) -> _Scan:
    scan = _Scan([], [], None, set(), True, None, at)
    for index, instruction in enumerate(stage.instructions[at:], at):
        scan.end = index
        taken = broad.get(instruction.span.start)
        if isinstance(instruction, Copy) and taken is not None and not scan.passed:
            scan.stop = _unfit(instruction, taken, facts)
            if scan.stop is not None:
                later = any(_installs(each, facts) for each in stage.instructions[index:])
                scan.stop = scan.stop if later else None
                scan.end = index + 1
                return scan
            scan.copies.append(taken)
        elif isinstance(instruction, Run):
            outcome = _read(instruction, scan, facts)
            if outcome is not None:
                scan.stop = _blamed(outcome, stage.instructions[index:], facts) if not scan.passed else None
                return scan
        elif not _passable(instruction, scan, facts):
            scan.stop = _blamed(Why.BETWEEN, stage.instructions[index:], facts) if not scan.passed else None
            scan.end = max(index, at + 1)
            return scan
    scan.end = len(stage.instructions)
    return scan


def _paying(scan: _Scan, facts: Facts) -> _Scan:
    """The same without the last RUNs if they fetch nothing: to pass those is not worth a change."""
    fetching = [index for index, run in enumerate(scan.passed) if fetches(run, facts)]
    scan.passed = scan.passed[: fetching[-1] + 1] if fetching else []
    return scan


def _blamed(reason: Why, rest: Sequence[Instruction], facts: Facts) -> Why | None:
    """The reason if it is the installation's own, another one if that comes later, none if there is no installation."""
    if not any(_installs(each, facts) for each in rest):
        return None
    return reason if _installs(rest[0], facts) else Why.BETWEEN


def _installs(instruction: Instruction, facts: Facts) -> bool:
    return isinstance(instruction, Run) and any(call.verb in ADDING for call in facts[Invocations].calls(instruction))


def _passable(instruction: Instruction, scan: _Scan, facts: Facts) -> bool:
    """Whether the COPYs do the same behind an instruction that is neither RUN nor COPY."""
    copies = [each.instruction for each in scan.copies]
    match instruction:
        case Workdir():
            return all(_is_absolute(copy, facts) and not copy.flags for copy in copies)
        case Arg() | Env():
            used = (
                text for copy in copies for text in (copy.destination.raw, *(each.value or "" for each in copy.flags))
            )
            return not any(variables(text, facts.file.escape) for text in used)
        case _:
            return isinstance(instruction, _SETTINGS)


def _is_absolute(copy: Copy | Add, facts: Facts) -> bool:
    value = facts[States].at(copy).value(copy.destination, facts.file.escape)
    return value is not None and value.startswith("/")


def _unfit(copy: Copy, taken: Taken, facts: Facts) -> Why | None:
    """What keeps a COPY from being moved at all."""
    if any(flag.name not in ("chown", "chmod") for flag in copy.flags):
        return Why.FLAG
    place = taken.destination
    if place is None or not place.startswith("/") or is_shared(place):
        return Why.DESTINATION
    if any(is_below(place, each) or is_below(each, place) for each in facts[States].at(copy).volumes):
        return Why.DESTINATION
    return None if set(copy.destination.raw) <= _PLAIN | set("${}") else Why.DESTINATION


def _read(run: Run, scan: _Scan, facts: Facts) -> Why | None:
    """Take a RUN into the scan; why not, if it cannot be passed."""
    places = tuple(copy.destination or "" for copy in scan.copies)
    context = facts.context or MemoryContext()
    outcome = reading(run, places, lambda path: _source(path, scan.copies), context, facts)
    if isinstance(outcome, Unclear):
        return Why.COMMAND if outcome.obstacle is None else _OF_OBSTACLE[outcome.obstacle]
    found = outcome.inputs
    taken = all(any(copy.takes(path) for copy in scan.copies) for path in found.files)
    if not taken or not all(arrives(path, facts) for path in found.files):
        return Why.MISSING
    if any(set(path) - _PLAIN for path in found.files):
        return Why.UNREADABLE
    if any(context.get(path) is not None and arrives(path, facts) for path in found.writes - found.files):
        return Why.WRITTEN
    if found.files and scan.first is None:
        scan.first = run
    scan.files |= found.files
    scan.certain = scan.certain and found.certain
    scan.passed.append(run)
    return None


def _source(path: str, copies: Sequence[Taken]) -> str | None:
    """The context path that comes to lie at a path of the image."""
    for copy in reversed(copies):
        if is_below(path, copy.destination or ""):
            rest = path[len(copy.destination or "") :].lstrip("/")
            return posixpath.normpath(posixpath.join(copy.sources[0].path, rest)) if rest else copy.sources[0].path
    return None


def _proposal(scan: _Scan, stage: Stage, facts: Facts) -> Proposal:
    text, newline = facts.file.text, facts.file.newline
    first, last = scan.first, scan.passed[-1]
    spans = [moved(each.instruction, text) for each in scan.copies]
    edits: list[Edit] = [cut(span) for span in spans]
    if first is not None:
        above = blank(first.leading.of(text))
        if not above and first is scan.passed[0]:
            lines = blank(spans[0].of(text)) + "".join(f"{line}{newline}" for line in _lines(scan, facts))
        else:
            lines = "".join(f"{line}{newline}" for line in _lines(scan, facts))
        edits.append(insert(first.leading.start + len(above), lines))
    blocks = "".join(span.of(text) for span in spans)
    if not last.block.of(text).endswith("\n"):
        blocks = newline + blocks.rstrip("\r\n")
    edits.append(insert(last.block.end, blocks))
    made = all(_is_made(each, stage, facts) for each in scan.copies)
    return Proposal(
        _NAME,
        scan.copies[0].instruction.span,
        "copy the sources behind the installation",
        "an edit of the sources no longer reinstalls the packages",
        tuple(edits),
        Safety.SAFE if scan.certain and made else Safety.NEEDS_PROOF,
        Contract(TraceRelation.REORDERED),
    )


def _is_made(taken: Taken, stage: Stage, facts: Facts) -> bool:
    """Whether a WORKDIR above the COPY made the directory, so that what comes first does not decide about its mode."""
    place = taken.destination or ""
    return any(
        isinstance(each, Workdir)
        and is_below(
            facts[States].at(each).path(facts[States].at(each).value(each.path, facts.file.escape) or ""), place
        )
        for each in stage.instructions
        if each.span.start < taken.instruction.span.start
    )


def _by_depth(path: str) -> tuple[int, str, int, str]:
    """Files above directories below them, a manifest before its lock file, whose name is longer."""
    directory, name = posixpath.split(path)
    return path.count("/"), directory, len(name), name


def _lines(scan: _Scan, facts: Facts) -> Iterator[str]:
    """A COPY for the files of each directory, and one for each directory, that are read; manifests first."""
    context = facts.context or MemoryContext()
    groups: dict[tuple[int, str], list[str]] = {}
    whole = {path for path in scan.files if (entry := context.get(path)) and entry.kind is Kind.DIRECTORY}
    for path in sorted(scan.files, key=lambda each: (each in whole, _by_depth(each))):
        number = next(index for index in reversed(range(len(scan.copies))) if scan.copies[index].takes(path))
        groups.setdefault((number, path if path in whole else posixpath.dirname(path)), []).append(path)
    for (number, directory), paths in groups.items():
        taken = scan.copies[number]
        copy = taken.instruction
        flags = [flag.span.of(facts.file.text) for flag in copy.flags]
        below = posixpath.relpath(directory or ".", taken.sources[0].path or ".")
        top = copy.destination.raw.rstrip("/")
        destination = f"{top}/" if below == "." else f"{top}/{below}/"
        yield " ".join([copy.keyword, *flags, *paths, destination])
