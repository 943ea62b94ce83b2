"""Say WORKDIR where RUNs begin with the same `cd`. Page: `golden/workdir_for_cd/README.md`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import unique

from optimizer.containerfile.mounts import mounts
from optimizer.containerfile.nodes import (
    Containerfile,
    Instruction,
    PartKind,
    Run,
    ShellForm,
    Workdir,
)
from optimizer.containerfile.stages import Stage, stages
from optimizer.containerfile.words import variables
from optimizer.facts import Facts
from optimizer.facts.scripts import Scripts
from optimizer.facts.states import State, States
from optimizer.passes._moving import blank, moved
from optimizer.passes._settings import SETTINGS
from optimizer.passes.base import rewrite
from optimizer.proposal import Contract, Declined, Finding, Proposal, Refusal, Safety, TraceRelation
from optimizer.shell.nodes import Pipeline, Simple, Word
from optimizer.shell.query import and_list
from optimizer.text import Edit, Span, cut, insert

_NAME = "workdir_for_cd"


@unique
class Why(Refusal):
    """Why a `cd` stays."""

    SHELL = "the RUN is more than one list of commands joined by &&, or `cd` is all of it"
    PATH = "the directory is not known before the build"
    MOUNT = "a mount is given by a path that starts at the working directory"
    COMMENT = "a comment stands between `cd` and the next command"
    AFTER = "what follows, or the image itself, would work in another directory"
    FEW = "a WORKDIR for a single RUN would only add a line"


@dataclass(frozen=True, slots=True)
class _Entered:
    """A RUN that first of all changes into a directory: the path as written, the absolute path, and what to cut."""

    run: Run
    written: str
    path: str
    lead: Span


@rewrite(weakest=Safety.SAFE, refuses=Why, codes=("DL3003",))
def workdir_for_cd(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Say WORKDIR once where RUNs begin with the same `cd`."""
    for stage in stages(file):
        group: list[_Entered] = []
        for instruction in stage.instructions:
            if isinstance(instruction, SETTINGS):
                continue
            entered = _entered(instruction, facts) if isinstance(instruction, Run) else None
            if group and not (isinstance(entered, _Entered) and entered.path == group[0].path):
                yield _judged(group, stage, facts)
                group = []
            match entered:
                case _Entered():
                    group.append(entered)
                case Why():
                    yield Declined(_NAME, instruction.span, entered)
                case None:
                    continue
        if group:
            yield _judged(group, stage, facts)


def _entered(run: Run, facts: Facts) -> _Entered | Why | None:
    """How a RUN enters a directory; None if it does not begin with `cd`."""
    script = facts[Scripts].of(run)
    first = script.body.items[0].pipeline if script is not None and script.body.items else None
    target = None if first is None else _target(first)
    if script is None or target is None:
        return None
    found = and_list(script)
    if found is None or len(found) < 2 or script.comments:
        return Why.SHELL
    state = facts[States].at(run)
    path = _absolute(target.literal, state)
    if path is None or "CDPATH" in state.env.keys() | state.args.keys():
        return Why.PATH
    if any(not (mount.target or "/").startswith("/") for mount in mounts(run)):
        return Why.MOUNT
    assert isinstance(run.command, ShellForm)
    logical = run.command.body
    lead = Span(logical.source(found[0].span).start, logical.source(found[1].span).start)
    if any(part.kind is PartKind.COMMENT and lead.contains(part.span) for part in run.parts):
        return Why.COMMENT
    return _Entered(run, target.raw, path, lead)


def _target(pipeline: Pipeline) -> Word | None:
    match pipeline.commands:
        case (Simple(assignments=(), words=(program, target), redirections=()),) if program.literal == "cd":
            return target
        case _:
            return None


def _absolute(value: str | None, state: State) -> str | None:
    if not value or value.startswith(("-", "~")):
        return None
    path = state.path(value)
    return path if path.startswith("/") and not set(value) & set(" \t'\"\\$") else None


def _judged(group: Sequence[_Entered], stage: Stage, facts: Facts) -> Finding:
    first = group[0]
    state = facts[States].at(first.run)
    cuts = tuple(cut(each.lead) for each in group)
    if state.workdir == first.path:
        return _proposal(group, cuts, "the working directory is that one already")
    behind = _behind(group, stage)
    after = behind[0] if behind else None
    if isinstance(after, Workdir) and _is_absolute(after, facts) and posixpath.normpath(after.path.raw) == first.path:
        span = moved(after, facts.file.text)
        text, newline = span.of(facts.file.text), facts.file.newline
        if not text.endswith("\n"):  # the last line: the one before it ends the file now
            text, span = text + newline, Span(span.start - len(newline), span.end)
        edits = (_above(first.run, text, facts), *cuts, cut(span))
        return _proposal(group, edits, "the file makes it the working directory a moment later anyway")
    after = next((each for each in behind if not _enters(each, facts)), None)
    if not isinstance(after, Workdir) or not _is_absolute(after, facts):
        return Declined(_NAME, first.run.span, Why.AFTER)
    if len(group) < 2:
        return Declined(_NAME, first.run.span, Why.FEW)
    keyword = "workdir" if first.run.keyword.islower() else "WORKDIR"
    written = first.written if first.written.startswith("/") else first.path
    line = f"{keyword} {written}{facts.file.newline}"
    return _proposal(group, (_above(first.run, line, facts), *cuts), "said once, it holds for all of them")


def _behind(group: Sequence[_Entered], stage: Stage) -> tuple[Instruction, ...]:
    """What stands behind the RUNs, without settings."""
    rest = stage.instructions[stage.instructions.index(group[-1].run) + 1 :]
    return tuple(each for each in rest if not isinstance(each, SETTINGS))


def _enters(instruction: Instruction, facts: Facts) -> bool:
    """Whether it is a RUN that enters another directory by an absolute path, wherever it starts."""
    entered = _entered(instruction, facts) if isinstance(instruction, Run) else None
    return isinstance(entered, _Entered) and entered.written.startswith("/")


def _is_absolute(instruction: Workdir, facts: Facts) -> bool:
    raw = instruction.path.raw
    return raw.startswith("/") and not variables(raw, facts.file.escape) and not set(raw) & set("\"'\\")


def _above(run: Run, text: str, facts: Facts) -> Edit:
    """Above a RUN and its comments, below the blank lines before them."""
    return insert(run.leading.start + len(blank(run.leading.of(facts.file.text))), text)


def _proposal(group: Sequence[_Entered], edits: tuple[Edit, ...], reason: str) -> Proposal:
    return Proposal(
        _NAME,
        group[0].run.span,
        f"say WORKDIR {group[0].written} instead of cd",
        reason,
        edits,
        Safety.SAFE,
        Contract(TraceRelation.ENTERED),
    )
