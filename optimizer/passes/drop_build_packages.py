"""Remove what only the build needs where it was used. Page: `golden/drop_build_packages/README.md`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import unique
from itertools import pairwise

from optimizer.containerfile.nodes import Containerfile, Instruction, Run
from optimizer.containerfile.stages import Stage
from optimizer.ecosystems.uninstalling import Uninstall
from optimizer.ecosystems.verbs import Verb
from optimizer.evidence.building import BuildPackages
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.facts.layout import Layout
from optimizer.facts.scripts import Scripts
from optimizer.facts.shipping import Shipping
from optimizer.facts.steps import Step
from optimizer.passes._behind_verb import behind_verb
from optimizer.passes._cleanup_place import Obstacle, at_end, edit
from optimizer.passes._joining import joining, needs_subshell
from optimizer.passes._moving_down import may_move_down
from optimizer.passes.base import rewrite
from optimizer.passes.merge_runs import why_apart
from optimizer.policy import MergePolicy
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

_NAME = "drop_build_packages"

_WORTH = 500_000
"""Bytes that must go: for less, nobody wants to read a longer RUN."""


@unique
class Why(Refusal):
    """Why packages that only the build needs stay."""

    NO_GAIN = "what only the build needs is too small to be worth a longer RUN"
    UNUSED = "no step of the build uses them, so they are there for who looks into the container"
    BUILDER_STAGE = "the stage does not ship, so what it installs is not shipped either"
    BASE_STAGE = "another stage is built on this one, and may use them"
    APART = "the RUN that installs them and the one that uses them cannot be joined"
    BETWEEN = "what stands between cannot trade places with the installation"
    NEVER = "joining RUNs is switched off"
    PLACE = "nothing can be added at the end of the RUN without changing what it does"


@rewrite(weakest=Safety.NEEDS_PROOF, refuses=Why)
def drop_build_packages(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Remove compilers and headers in the RUN that uses them, where the file keeps one stage."""
    evidence = facts.known(BuildPackages)
    if evidence is None:
        return
    shipping = facts[Shipping]
    for stage in shipping.stages:
        installs = list(_installs(stage, evidence, facts))
        if not installs:
            continue
        if stage.index != shipping.target:
            why = Why.BASE_STAGE if stage.index in shipping.ships else Why.BUILDER_STAGE
            yield Declined(_NAME, installs[0].run.span, why, _listed(installs))
        elif any(shipping.stages.base(other) is stage for other in shipping.stages):
            yield Declined(_NAME, installs[0].run.span, Why.BASE_STAGE, _listed(installs))
        else:
            yield _judged(stage, installs, evidence, facts)


@dataclass(frozen=True, slots=True)
class _Install:
    """A call that installs packages which only the build needs: those, by the names that remove them."""

    step: Step
    way: Uninstall
    names: tuple[str, ...]
    grouped: bool
    """Whether the call already puts its packages under one name."""

    @property
    def run(self) -> Run:
        return self.step.run


def _installs(stage: Stage, evidence: BuildPackages, facts: Facts) -> Iterator[_Install]:
    steps = [step for run in _runs(stage) for step in facts[Invocations].of(run)]
    removed = {name for step in steps for name in _operands(step) if _verb(step) is Verb.REMOVE}
    for step in steps:
        call = step.invocation
        way = None if call is None else call.ecosystem.uninstall
        if call is None or way is None or call.name not in way.programs or call.verb_index is None:
            continue
        if step.words[call.verb_index].literal not in way.verbs or call.has(way.idle_with):
            continue
        group = [
            option.value or ""
            for option in call.options
            if way.group is not None and option.name in way.group.spellings
        ]
        names = tuple(dict.fromkeys(name for name in group or _operands(step) if name in evidence.tools - removed))
        if names:
            yield _Install(step, way, names, bool(group))


def _runs(stage: Stage) -> list[Run]:
    return [each for each in stage.instructions if isinstance(each, Run)]


def _verb(step: Step) -> Verb | None:
    return None if step.invocation is None else step.invocation.verb


def _operands(step: Step) -> tuple[str, ...]:
    """The packages that a call names, without version, release and architecture."""
    if step.invocation is None:
        return ()
    words = (step.words[index].literal for index in step.invocation.operands)
    return tuple(_bare(word) for word in words if word)


def _bare(name: str) -> str:
    for mark in "=<>~/:@":
        name = name.partition(mark)[0]
    return name


def _listed(installs: Sequence[_Install]) -> str:
    return ", ".join(name for install in installs for name in install.names)


def _judged(stage: Stage, installs: Sequence[_Install], evidence: BuildPackages, facts: Facts) -> Finding:
    """The proposal that ends soonest; those that end later stand in for it if a later RUN was a user after all."""
    found: list[Finding] = []
    for end in _ends(stage, installs, evidence, facts):
        within = [install for install in installs if install.run.span.start <= end.span.start]
        found.append(_at(end, within, stage, evidence, facts))
    if not found:
        return Declined(_NAME, installs[0].run.span, Why.UNUSED, _listed(installs))
    proposals = [each for each in found if isinstance(each, Proposal)]
    return replace(proposals[0], alternatives=tuple(proposals[1:])) if proposals else found[0]


def _ends(stage: Stage, installs: Sequence[_Install], evidence: BuildPackages, facts: Facts) -> Iterator[Run]:
    """The RUNs after which the packages may go: the last that wrote machine code, and the last that may use them."""
    first = installs[0]
    users = [
        run
        for run in _runs(stage)
        if run.span.start >= first.run.span.start and any(_may_use(step, first) for step in facts[Invocations].of(run))
    ]
    compiling = [run for run in users if run.logical.text in evidence.compiling]
    return iter(dict.fromkeys([*compiling[-1:], *users[-1:]]))


def _may_use(step: Step, install: _Install) -> bool:
    """Whether a step may start a program that the install brought. The package manager itself does not."""
    call = step.invocation
    if step.run is install.run and _comes_before(step, install.step):
        return False
    if call is not None:
        return call.ecosystem is not (install.step.invocation and install.step.invocation.ecosystem)
    return not step.known or (bool(step.words) and step.words[0].literal in _COMPILERS)


_COMPILERS = frozenset(
    {"gcc", "g++", "cc", "c++", "clang", "clang++", "ld", "ar", "cmake", "ninja", "meson", "autoreconf", "javac"}
)
"""Programs that touch no package manager's data and are nothing but users of what was installed."""


def _comes_before(step: Step, other: Step) -> bool:
    return step.item is not None and other.item is not None and step.item <= other.item


def _at(end: Run, installs: Sequence[_Install], stage: Stage, evidence: BuildPackages, facts: Facts) -> Finding:
    """The change that ends with this RUN, or why there is none."""
    names = tuple(dict.fromkeys(name for install in installs for name in install.names))
    gone = evidence.taken(names)
    saves = evidence.size(gone)
    first = installs[0].run
    if saves < _WORTH:
        return Declined(_NAME, first.span, Why.NO_GAIN, ", ".join(names))
    between = [each for each in stage.instructions if first.span.start <= each.span.start <= end.span.start]
    declined = _why_apart(between, facts)
    if declined is not None:
        return declined
    chain = [each for each in between if isinstance(each, Run)]
    grouping = _grouping(installs)
    added = _removing(chain, installs, evidence.kept(names), names, facts)
    if isinstance(added, Declined):
        return added
    way = installs[0].way
    leaves = frozenset(PathPattern(path) for path in way.leaves)
    return Proposal(
        _NAME,
        first.span,
        "remove build packages in the RUN that uses them",
        _reason(names, gone, saves),
        (*joining(chain, facts, [grouping] if grouping is not None else []), *added),
        Safety.NEEDS_PROOF,
        Contract(
            TraceRelation.UNINSTALLS,
            packages_removed=gone,
            removed=leaves,
            changed=leaves,
            added=leaves,
            shortened=frozenset(PathPattern(path) for path in way.shortens),
        ),
        saves=saves,
    )


def _reason(names: Sequence[str], gone: frozenset[str], saves: int) -> str:
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    brought = len(gone) - len(names)
    along = f" and {brought} packages that came with them" if brought > 0 else ""
    return f"nothing that is started needs {shown}{along}: {saves / 1e6:,.0f} MB that ship for nothing"


def _why_apart(between: Sequence[Instruction], facts: Facts) -> Declined | None:
    """Why what stands between the first and the last RUN does not let them become one."""
    chain = [each for each in between if isinstance(each, Run)]
    if len(chain) > 1 and facts.policy.merge is MergePolicy.NEVER:
        return Declined(_NAME, chain[0].span, Why.NEVER)
    for first, second in pairwise(chain):
        if (why := why_apart(first, second, facts)) is not None:
            return Declined(_NAME, second.span, Why.APART, why.value)
    for at, instruction in enumerate(between):
        above = [each for each in between[:at] if isinstance(each, Run)]
        if not isinstance(instruction, Run) and not all(may_move_down(run, instruction, facts) for run in above):
            return Declined(_NAME, instruction.span, Why.BETWEEN, instruction.keyword.upper())
    if any(facts[Scripts].of(run) is None for run in chain) or any(needs_subshell(run, chain, facts) for run in chain):
        return Declined(_NAME, chain[0].span, Why.APART)
    return None


def _removing(
    chain: Sequence[Run], installs: Sequence[_Install], kept: tuple[str, ...], names: tuple[str, ...], facts: Facts
) -> tuple[Edit, ...] | Declined:
    """The commands at the end of the last RUN."""
    end, first = chain[-1], installs[0]
    if _grouping(installs) is not None:
        assert first.way.group is not None
        names = (first.way.group.name,)
    commands = [first.way.keeper(kept)] if kept else []
    commands.append(first.way.removal(names))
    prefix = f"{first.step.prefix} " if first.step.prefix else ""
    script = facts[Scripts].of(end)
    assert script is not None
    place = at_end(end, script, facts)
    if isinstance(place, Obstacle):
        return Declined(_NAME, end.span, Why.PLACE)
    added = [edit(end, script, place, prefix + command, facts) for command in commands]
    if len(chain) > 1 or len(commands) > 1:
        joint = facts[Layout].of(chain[0], facts.file.text).joint()
        added = [
            insert(one.span.start, joint + prefix + command) if one.replacement.lstrip().startswith("&&") else one
            for one, command in zip(added, commands, strict=True)
        ]
    return tuple(added)


def _grouping(installs: Sequence[_Install]) -> Edit | None:
    """Where a tool can put packages under one name: only one call may, and only with all that it installs."""
    if len(installs) > 1 or installs[0].grouped or installs[0].way.group is None:
        return None
    (install,) = installs
    call = install.step.invocation
    whole = call is not None and len(install.names) == len(call.operands)
    return behind_verb(install.step, install.way.group.flag) if whole and install.way.group is not None else None
