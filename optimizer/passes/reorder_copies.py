"""Copy what an installation reads before it, and everything else behind. Page: `golden/reorder_copies/README.md`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from optimizer.containerfile.nodes import Containerfile, Copy, Workdir
from optimizer.containerfile.stages import Stage, stages
from optimizer.context import Kind, MemoryContext
from optimizer.facts import Facts
from optimizer.facts.copies import Copies, Taken
from optimizer.facts.states import States
from optimizer.passes._moving import blank, moved
from optimizer.passes._moving_copies import Scan, Why, scan_from
from optimizer.passes._places import is_below
from optimizer.passes.base import rewrite
from optimizer.proposal import Contract, Declined, Finding, Proposal, Safety, TraceRelation
from optimizer.text import Edit, cut, insert

_NAME = "reorder_copies"

_MOST = 8
"""COPY lines that may stand before an installation."""


@rewrite(weakest=Safety.NEEDS_PROOF, refuses=Why)
def reorder_copies(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Copy what an installation reads before it, and the sources behind."""
    if not any(isinstance(each, Copy) for each in file.instructions):
        return
    broad = {each.instruction.span.start: each for each in facts[Copies].taken if _is_broad(each)}
    for stage in stages(file):
        end = 0
        moving: set[int] = set()
        for at, instruction in enumerate(stage.instructions):
            start = instruction.span.start
            if at >= end and start in broad and start not in moving and isinstance(instruction, Copy):
                scan = scan_from(stage, at, broad, facts)
                end = at + 1 if scan.passed else (scan.later or scan.end)
                if scan.copies and scan.passed:
                    moving.update(copy.instruction.span.start for copy in scan.copies)
                    many = sum(len(list(_lines(scan, reads, facts))) for _, _, reads in scan.groups()) > _MOST
                    yield Declined(_NAME, instruction.span, Why.MANY) if many else _proposal(scan, stage, facts)
                elif scan.stop is not None:
                    yield Declined(_NAME, instruction.span, scan.stop)


def _is_broad(taken: Taken) -> bool:
    """Whether it copies one whole directory of the context."""
    path = taken.sources[0].path
    return len(taken.sources) == 1 and not taken.sources[0].wild and (not path or path in taken.directories)


def _proposal(scan: Scan, stage: Stage, facts: Facts) -> Proposal:
    text, newline = facts.file.text, facts.file.newline
    last = scan.passed[-1]
    spans = [moved(each.instruction, text) for each in scan.copies]
    edits: list[Edit] = [cut(span) for span in spans]
    for copy, at, reads in scan.groups():
        first = scan.passed[at]
        above = blank(first.leading.of(text))
        lines = "".join(f"{line}{newline}" for line in _lines(scan, reads, facts))
        if not above and at == scan.behind[copy]:
            lines = blank(spans[copy].of(text)) + lines
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


def _lines(scan: Scan, reads: set[tuple[int, str]], facts: Facts) -> Iterator[str]:
    """A COPY for the files of each directory, and one for each directory, that are read; manifests first."""
    context = facts.context or MemoryContext()
    groups: dict[tuple[int, str], list[str]] = {}
    whole = {path for _, path in reads if (entry := context.get(path)) and entry.kind is Kind.DIRECTORY}
    for number, path in sorted(reads, key=lambda each: (each[1] in whole, _by_depth(each[1]), each[0])):
        groups.setdefault((number, path if path in whole else posixpath.dirname(path)), []).append(path)
    for (number, directory), paths in groups.items():
        taken = scan.copies[number]
        copy = taken.instruction
        flags = [flag.span.of(facts.file.text) for flag in copy.flags]
        below = posixpath.relpath(directory or ".", taken.sources[0].path or ".")
        top = copy.destination.raw.rstrip("/")
        destination = f"{top}/" if below == "." else f"{top}/{below}/"
        yield " ".join([copy.keyword, *flags, *paths, destination])
