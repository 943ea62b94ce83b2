"""Declare what changes with every build where it is first wanted. Page: `golden/defer_settings/README.md`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import unique

from optimizer.containerfile.nodes import Arg, Containerfile, Env, Instruction, Label, Pair, Run
from optimizer.containerfile.stages import Stage, stages
from optimizer.containerfile.words import variables
from optimizer.ecosystems.utilities import INDIFFERENT
from optimizer.ecosystems.verbs import words
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.facts.scripts import Scripts
from optimizer.passes._moving import blank, fetches, moved
from optimizer.passes.base import rewrite
from optimizer.proposal import Contract, Declined, Finding, Proposal, Refusal, Safety, TraceRelation
from optimizer.shell.nodes import Word
from optimizer.shell.query import has_opaque
from optimizer.text import cut, insert

_NAME = "defer_settings"

_PER_BUILD = words(
    "BUILD_DATE BUILD_TIME BUILD_TIMESTAMP BUILD_DATETIME BUILDTIME BUILDDATE BUILD_ID BUILD_NUMBER BUILD_NUM BUILD_REF"
    " BUILD_SHA BUILD_COMMIT BUILD_REVISION BUILD_URL CREATED CREATED_AT TIMESTAMP"
    " VCS_REF VCS_REVISION VCS_COMMIT COMMIT COMMIT_ID COMMIT_SHA COMMIT_HASH COMMIT_REF COMMIT_DATE SHORT_SHA"
    " GIT_COMMIT GIT_COMMIT_SHA GIT_COMMIT_HASH GIT_SHA GIT_SHA1 GIT_HASH GIT_REV GIT_REVISION GIT_REF GIT_DESCRIBE"
    " GIT_DATE GIT_BRANCH GITHUB_SHA GITHUB_REF GITHUB_RUN_ID GITHUB_RUN_NUMBER CI_COMMIT_SHA CI_COMMIT_SHORT_SHA"
    " CI_COMMIT_REF_NAME CI_COMMIT_TAG CI_PIPELINE_ID CI_JOB_ID CIRCLE_SHA1 SOURCE_COMMIT SOURCE_BRANCH DRONE_COMMIT"
    " BITBUCKET_COMMIT REVISION APP_REVISION APP_COMMIT APP_BUILD IMAGE_REVISION IMAGE_CREATED"
)
"""Arguments to which every build gives another value, by the names in use: label-schema.org and the OCI image
annotations for dates and revisions, and the variables that CI services document (GitHub, GitLab, CircleCI, Docker Hub,
Drone, Bitbucket). Names that say a cache shall be broken there (CACHEBUST) are left out on purpose."""

_Setting = Arg | Env | Label


@unique
class Why(Refusal):
    """Why a setting stays before an installation."""

    USED = "the installation uses it, or something before the installation does"
    COMMAND = "a command between it and the installation may look at it"
    ORDER = "a name that it sets or uses gets another value in between"


@dataclass(frozen=True, slots=True)
class _Group:
    """Settings that have to stay together, in order, because the later ones use the earlier ones."""

    members: tuple[_Setting, ...]

    @property
    def sets(self) -> frozenset[str]:
        """Variables that they set."""
        return frozenset(name for each in self.members if not isinstance(each, Label) for name in _sets(each))

    def uses(self, escape: str) -> frozenset[str]:
        """Variables that they use."""
        return frozenset(name for each in self.members for name in _uses(each, escape))


@dataclass(frozen=True, slots=True)
class _Way:
    """How far down a group may go: the last RUN worth passing, whether all that is passed looks at nothing for certain,
    and why it goes no further."""

    last: Run | None
    certain: bool
    stop: Why | None
    blocked: bool
    """Whether a RUN that would be worth passing comes after the stop."""


@rewrite(weakest=Safety.NEEDS_PROOF, refuses=Why)
def defer_settings(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Declare what changes with every build behind the installations that do not use it."""
    for stage in stages(file):
        for group in _groups(stage, file.escape):
            way = _way(group, stage, facts)
            if way.last is not None:
                yield _proposal(group, way.last, way, facts)
            elif way.stop is not None and way.blocked:
                yield Declined(_NAME, group.members[0].span, way.stop)


def _groups(stage: Stage, escape: str) -> Iterator[_Group]:
    """Arguments of each build with what uses them, directly or not; those that share a user are one group."""
    found: list[_Group] = []
    for instruction in stage.instructions:
        if not isinstance(instruction, Arg | Env | Label):
            continue
        used = _uses(instruction, escape)
        joined = [group for group in found if group.sets & used]
        fresh = isinstance(instruction, Arg) and all(pair.key.raw.upper() in _PER_BUILD for pair in instruction.pairs)
        if not joined and not fresh:
            continue
        members = [member for group in joined for member in group.members]
        found = [group for group in found if group not in joined]
        found.append(_Group((*sorted(members, key=lambda each: each.span.start), instruction)))
    return iter(sorted(found, key=lambda group: group.members[0].span.start))


def _sets(setting: _Setting) -> frozenset[str]:
    return frozenset(pair.key.raw for pair in setting.pairs)


def _uses(setting: _Setting, escape: str) -> frozenset[str]:
    return frozenset(name for pair in setting.pairs for text in _texts(pair) for name in variables(text, escape))


def _texts(pair: Pair) -> Iterator[str]:
    yield pair.key.raw
    if pair.value is not None:
        yield pair.value.raw


def _way(group: _Group, stage: Stage, facts: Facts) -> _Way:
    way = _Way(None, True, None, False)
    certain = True
    start = stage.instructions.index(group.members[0]) + 1
    for at, instruction in enumerate(stage.instructions[start:], start):
        if instruction in group.members:
            continue
        stop = _stop(instruction, group, facts)
        if stop is not None:
            rest = stage.instructions[at:]
            blocked = any(isinstance(each, Run) and fetches(each, facts) for each in rest)
            return replace(way, stop=stop, blocked=blocked)
        if isinstance(instruction, Run):
            certain = certain and _looks_at_nothing(instruction, facts)
            # What was declared between two installations goes behind the second one only with what stands above it.
            if fetches(instruction, facts):
                way = replace(way, last=instruction, certain=certain)
    return way


def _stop(instruction: Instruction, group: _Group, facts: Facts) -> Why | None:
    """What keeps a group from passing an instruction."""
    escape = facts.file.escape
    match instruction:
        case Run():
            text = facts.file.text[instruction.span.start : instruction.span.end]
            if any(name in text for name in group.sets):
                return Why.USED
            return None if _is_told(instruction, facts) else Why.COMMAND
        case Arg() | Env():
            touched = group.sets | group.uses(escape)
            return Why.ORDER if _sets(instruction) & touched else None
        case Label():
            keys = {name for each in group.members if isinstance(each, Label) for name in _sets(each)}
            return Why.ORDER if _sets(instruction) & keys else None
        case _:
            return Why.USED if variables(instruction.logical.text, escape) & group.sets else None


def _is_told(run: Run, facts: Facts) -> bool:
    """Whether a RUN is calls of package managers and commands that look at no variable but their own."""
    script = facts[Scripts].of(run)
    if script is None or has_opaque(script) or run.heredocs:
        return False
    return all(
        step.invocation is not None or (step.known and _program(step.words) in INDIFFERENT)
        for step in facts[Invocations].of(run)
    )


def _program(found: Sequence[Word]) -> str:
    return posixpath.basename(found[0].literal or "") if found else ":"


def _looks_at_nothing(run: Run, facts: Facts) -> bool:
    """Whether no call in a RUN starts code that a project or a package of a language brings."""
    return not any(call.ecosystem.manifests for call in facts[Invocations].calls(run))


def _proposal(group: _Group, last: Run, way: _Way, facts: Facts) -> Proposal:
    text, newline = facts.file.text, facts.file.newline
    going = [each for each in group.members if each.span.start < last.span.start]
    spans = [moved(each, text) for each in going]
    block = "".join(_ended(span.of(text), newline) for span in spans)
    above = blank(last.leading.of(text))
    if above and not blank(block):
        block = newline + block
    ended = last.block.of(text).endswith("\n")
    lines = block if ended else newline + block.rstrip("\r\n")
    names = ", ".join(sorted(group.sets & {name for each in going for name in _sets(each)}))
    return Proposal(
        _NAME,
        going[0].span,
        f"declare {names} behind the installation",
        "each build gives it another value, and a builder runs all RUNs below an ARG or ENV that changed again",
        (*(cut(span) for span in spans), insert(last.block.end, lines)),
        Safety.SAFE if way.certain else Safety.NEEDS_PROOF,
        Contract(TraceRelation.DEFERRED),
    )


def _ended(text: str, newline: str) -> str:
    return text if text.endswith("\n") else text + newline
