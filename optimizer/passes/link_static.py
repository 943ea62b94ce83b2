"""Leave out of programs what only debuggers read. Page: `golden/link_static/README.md`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import unique

from optimizer import ecosystems
from optimizer.containerfile.mounts import MountKind, mounts
from optimizer.containerfile.nodes import Cmd, Containerfile, Entrypoint, Run
from optimizer.ecosystems.linking import Linking
from optimizer.ecosystems.model import Ecosystem
from optimizer.evidence.programs import Language, Program, Programs, total
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.facts.scripts import Scripts
from optimizer.facts.shipping import Shipping
from optimizer.facts.steps import Step
from optimizer.passes._cleanup_place import Obstacle, after_item, edit
from optimizer.passes._linker_options import Obstacle as LinkerObstacle
from optimizer.passes._linker_options import is_too_old, linking_edits, told_otherwise
from optimizer.passes.base import rewrite
from optimizer.proposal import (
    Contract,
    Declined,
    Finding,
    PathPattern,
    Proposal,
    Refusal,
    Safety,
    TraceRelation,
)
from optimizer.text import Edit, insert

_NAME = "link_static"

_WORTH = 500_000
"""Bytes that must go: for less, nobody wants to miss them in a debugger."""

_MOST = 8
"""Files that a command line names at most."""

_DEBUGGERS = frozenset({"dlv", "gdb", "gdbserver", "lldb", "lldb-server", "perf", "valgrind", "rr", "uftrace"})


@unique
class Why(Refusal):
    """Why a program keeps its debug information."""

    NO_GAIN = "what only debuggers read takes too little to be worth it"
    MAKEFILE = "what links the program is not in this file, but in a script or Makefile"
    COMPUTED = "options for the linker are computed, or set where others would hide them"
    QUOTED = "the command stands in quotes, or behind a program that decides on its environment"
    USES_C = "it calls C, or the file asks for cgo: it is not linked statically"
    WANTED = "the file asks for debug information"
    DEBUGGER = "the container starts a debugger or a profiler"
    COPIED = "it is copied as it is, and what made it is not in a stage that ships"
    NO_STRIP = "there is no strip(1) beside it"
    MANY = "too many files would have to be named"
    PLACE = "nothing can be added behind the command that makes it"


@rewrite(weakest=Safety.NEEDS_PROOF, refuses=Why)
def link_static(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Link without debug information, and Go programs that call no C without libraries too."""
    evidence = facts.known(Programs)
    if evidence is None or not evidence.found:
        return
    stages = facts[Shipping].stages.stages
    if not stages:
        return
    where = stages[facts[Shipping].target or 0].from_.span
    names = ", ".join(each.path for each in evidence.found[:3])
    if total(evidence.found) < _WORTH:
        yield Declined(_NAME, where, Why.NO_GAIN, names)
        return
    if any(_starts_debugger(each) for each in file.instructions if isinstance(each, Cmd | Entrypoint)):
        yield Declined(_NAME, where, Why.DEBUGGER, names)
        return
    left: list[Program] = []
    for language in Language:
        mine = [each for each in evidence.found if each.language is language]
        linking = ecosystems.named(language.value).linking if language.value else None
        if mine and linking is not None and not is_too_old(linking, evidence, facts):
            calls = [step for run in _runs(facts) for step in facts[Invocations].of(run) if _links(step, linking)]
            if calls:
                yield from _told(calls, mine, linking, evidence, facts)
            elif language is not Language.GO:
                left += mine  # built without the tool that could be told
            else:
                yield Declined(_NAME, where, Why.MAKEFILE, ", ".join(each.path for each in mine))
        elif language is not Language.GO:
            left += mine
    yield from _stripped(left, evidence, facts)


def _starts_debugger(instruction: Cmd | Entrypoint) -> bool:
    text = instruction.logical.text
    for sign in "[]\",'":
        text = text.replace(sign, " ")
    return any(posixpath.basename(word) in _DEBUGGERS for word in text.split())


# Builds that can leave it out by themselves


def _told(
    calls: Sequence[Step], mine: Sequence[Program], linking: Linking, evidence: Programs, facts: Facts
) -> Iterator[Finding]:
    why = told_otherwise(calls, linking, facts)
    if why is not None:
        yield Declined(_NAME, calls[0].run.span, Why[why.name], ", ".join(each.path for each in mine))
        return
    # Without C some packages are compiled anew and fill a cache: where that ships, only the linker is told.
    ships = any(_ships_cache(call, facts) for call in calls)
    static = linking.static if not ships and any(not each.static for each in mine) else None
    if static is not None and (any(each.calls_c for each in mine) or _asks_for_c(calls, static, evidence)):
        yield Declined(_NAME, calls[0].run.span, Why.USES_C, ", ".join(each.path for each in mine if each.calls_c))
        static = None
    proposals: list[Proposal] = []
    for setting in dict.fromkeys((static, None)):
        found = [linking_edits(call, linking, setting, facts) for call in calls]
        obstacle = next((each for each in found if isinstance(each, LinkerObstacle)), None)
        if obstacle is not None:
            yield Declined(_NAME, calls[0].run.span, Why[obstacle.name])
            return
        edits = tuple(edit for each in found if not isinstance(each, LinkerObstacle) for edit in each)
        if edits and not any(each.edits == edits for each in proposals):
            proposals.append(_proposal(calls[0].run, "link without debug information", mine, edits, calls[0]))
    if proposals:
        yield replace(proposals[0], alternatives=tuple(proposals[1:]))


def _ships_cache(call: Step, facts: Facts) -> bool:
    """Whether what a build keeps for the next one stays in a layer that ships."""
    if call.run not in facts[Shipping] or any(mount.kind is MountKind.CACHE for mount in mounts(call.run)):
        return False
    emptied = {cache for step in facts[Invocations].of(call.run) for _, cache in step.empties}
    made = call.invocation
    assert made is not None
    return any(made.fills(cache) and cache not in emptied for cache in made.ecosystem.caches)


def _links(step: Step, linking: Linking) -> bool:
    call = step.invocation
    if call is None or call.ecosystem.linking is not linking or call.verb_index is None:
        return False
    operands = [step.words[index].raw for index in call.operands]
    if linking.remote is not None and any(linking.remote in operand for operand in operands):
        return False
    known = call.name in linking.programs and step.words[call.verb_index].literal in linking.verbs
    return known and (not linking.only_with or call.has(linking.only_with))


def _asks_for_c(calls: Sequence[Step], static: tuple[str, str], evidence: Programs) -> bool:
    name, value = static
    given = [call.environment.get(name, evidence.environment.get(name, value)) for call in calls]
    return any(each != value for each in given)


def _proposal(
    run: Run, title: str, mine: Sequence[Program], edits: tuple[Edit, ...], call: Step | None = None
) -> Proposal:
    """`call` is one of those that build anew: what they keep for the next build is another then."""
    kept = frozenset() if call is None or call.invocation is None else _kept(call.invocation.ecosystem)
    saves = total(mine)
    names = ", ".join(each.path for each in mine[:3]) + (f" and {len(mine) - 3} more" if len(mine) > 3 else "")
    return Proposal(
        _NAME,
        run.span,
        title,
        f"{saves / 1e6:.1f} MB of {names} are read by debuggers only",
        edits,
        Safety.NEEDS_PROOF,
        Contract(
            TraceRelation.LINKS,
            changed=frozenset(PathPattern(each.path) for each in mine) | kept,
            removed=kept,
            added=kept,
        ),
        saves=saves,
    )


def _kept(ecosystem: Ecosystem) -> frozenset[PathPattern]:
    """Where a tool keeps what it made for the next time: in caches, and below the working directory."""
    caches = (path.replace("~", "/**") for cache in ecosystem.caches for path in cache.paths)
    return frozenset(map(PathPattern, (*caches, *(f"/**/{path}" for path in ecosystem.writes))))


def _runs(facts: Facts) -> Iterator[Run]:
    return (each for stage in facts[Shipping].stages for each in stage.instructions if isinstance(each, Run))


# Programs that strip(1) makes smaller


@dataclass(frozen=True, slots=True)
class _Maker:
    """A RUN that holds the command line of the original which made a program, and the item that ends it there."""

    run: Run
    item: int


def _stripped(left: Sequence[Program], evidence: Programs, facts: Facts) -> Iterator[Finding]:
    makers: dict[int, tuple[_Maker, list[Program]]] = {}
    copied: list[Program] = []
    for program in left:
        maker = _maker(program, facts)
        if maker is None:
            copied.append(program)
        elif not _is_stripped(program, maker.run, facts):
            makers.setdefault(maker.run.span.start, (maker, []))[1].append(program)
    if total(copied) >= _WORTH:
        stages = facts[Shipping].stages.stages
        where = stages[facts[Shipping].target or 0].from_.span
        yield Declined(_NAME, where, Why.COPIED, ", ".join(each.path for each in copied[:3]))
    for maker, mine in makers.values():
        if total(mine) >= _WORTH:
            yield _strip(maker, mine, evidence, facts)


def _maker(program: Program, facts: Facts) -> _Maker | None:
    for run in _runs(facts):
        script = facts[Scripts].of(run)
        at = script.text.find(program.made_by) if script is not None and program.made_by else -1
        if script is not None and at >= 0:
            end = at + len(program.made_by)
            items = [number for number, item in enumerate(script.body.items) if item.pipeline.span.end <= end]
            return _Maker(run, items[-1]) if items else None
    return None


def _is_stripped(program: Program, run: Run, facts: Facts) -> bool:
    later = (each for each in _runs(facts) if each.span.start >= run.span.start)
    steps = (step for each in later for step in facts[Invocations].of(each))
    return any(step.words and step.words[0].literal == "strip" and step.mentions(program.path) for step in steps)


def _strip(maker: _Maker, mine: Sequence[Program], evidence: Programs, facts: Facts) -> Finding:
    run = maker.run
    names = ", ".join(each.path for each in mine[:3])
    if not evidence.has_strip:
        return Declined(_NAME, run.span, Why.NO_STRIP, names)
    if len(mine) > _MOST or any(not _is_plain(each.path) for each in mine):
        return Declined(_NAME, run.span, Why.MANY, names)
    command = f"strip --strip-unneeded {' '.join(each.path for each in mine)}"
    if run in facts[Shipping]:
        script = facts[Scripts].of(run)
        assert script is not None
        place = after_item(run, script, maker.item, facts)
        if isinstance(place, Obstacle):
            return Declined(_NAME, run.span, Why.PLACE, names)
        added = edit(run, script, place, command, facts)
    else:
        # In a stage that does not ship a layer costs nothing, and what made the program stays in the build cache.
        text = facts.file.text
        end = text.find("\n", run.span.end - 1)
        newline = facts.file.newline
        added = insert(end + 1, f"RUN {command}{newline}") if end >= 0 else insert(len(text), f"{newline}RUN {command}")
    return _proposal(run, "strip what was built", mine, (added,))


def _is_plain(path: str) -> bool:
    return all(sign.isalnum() or sign in "/._-+" for sign in path)
