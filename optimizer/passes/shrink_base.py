"""A smaller variant of the same base image. Page: `golden/shrink_base/README.md`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import unique

from optimizer.containerfile.nodes import Containerfile, ExecForm, Onbuild, Run
from optimizer.containerfile.stages import Stage, Stages
from optimizer.ecosystems.catalogue import Reference, slimmer
from optimizer.ecosystems.end_of_life import ended
from optimizer.ecosystems.installing import installer
from optimizer.ecosystems.trimming import Records
from optimizer.evidence.bases import Bases, Smaller, SmallerBases
from optimizer.evidence.split import Obstacle
from optimizer.facts import Facts
from optimizer.facts.scripts import Scripts
from optimizer.facts.shipping import Shipping
from optimizer.passes._added_packages import added_packages
from optimizer.passes._base_name import written
from optimizer.passes.base import rewrite
from optimizer.proposal import Contract, Declined, Finding, PathPattern, Proposal, Refusal, Safety, TraceRelation
from optimizer.shell.query import has_opaque
from optimizer.text import Edit

_NAME = "shrink_base"

_WORTH = 0.9
"""A candidate must be smaller than this part of the original."""

_MOST = 4
"""Candidates that are built at most before the pass gives up."""


@unique
class Why(Refusal):
    """Why a stage stays on its base image."""

    NO_SMALLER = "no smaller image of the same kind and release is here"
    NO_GAIN = "with what the stage needs, a smaller base saves hardly anything"
    LACKS = "the smaller image lacks what no package brings, or is configured otherwise"
    DIGEST = "the base image is pinned by digest: another one would not be what was pinned"
    ARGUMENT = "an argument decides on the base image, which may have no such variant for another value"
    ONBUILD = "images that are built on this one, or triggers of its base, may need what would go"
    UNREADABLE = "a RUN cannot be read, so what it takes from the base image is not known"
    SHARED = "another stage stands on this one, and what it needs is not known"
    ATTRIBUTION = Obstacle.ATTRIBUTION.value
    DATABASE = Obstacle.DATABASE.value
    ENTRY = Obstacle.ENTRY.value
    BASE = Obstacle.BASE.value


@rewrite(weakest=Safety.SUGGESTION, refuses=Why)
def shrink_base(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Start from a smaller variant of the same base image, and install what the stage needs of the larger one."""
    yield from _ended(facts)
    shipping = facts[Shipping]
    stage = None if shipping.target is None else shipping.stages.stages[shipping.target]
    if stage is None or not _has_smaller(stage, shipping.stages):
        return
    bases = facts.known(SmallerBases)
    if bases is None:
        yield from _sketch(stage, shipping.stages)
    elif bases.text == file.text:  # of any other text nothing is known
        yield _judged(facts, shipping.stages, stage, bases.known)


def _ended(facts: Facts) -> Iterator[Proposal]:
    """Bases that get no more fixes, those of stages that do not ship too, each program once: for a person to decide,
    since another version is another program."""
    today, stages = facts.policy.today, facts[Shipping].stages
    told: set[str] = set()
    for stage in stages if today is not None else ():
        reference = Reference.of(stages.expanded(stage.from_.image.raw))
        found = None if stages.base(stage) is not None or today is None else ended(reference, today)
        if found is not None and found.what not in told:
            told.add(found.what)
            yield Proposal(
                _NAME,
                stage.from_.span,
                "the base image is past its end of life",
                f"{found.what} has had no security fixes since {found.on.isoformat()}; a supported version is the"
                " better base, whatever its size",
                (),
                Safety.SUGGESTION,
            )


def _has_smaller(stage: Stage, stages: Stages) -> bool:
    """Whether the catalogue knows a smaller variant of the image that the stage stands on in the end."""
    while (below := stages.base(stage)) is not None:
        stage = below
    reference = Reference.of(stages.expanded(stage.from_.image.raw))
    return bool(slimmer(replace(reference, digest=""), "any"))


def _sketch(stage: Stage, stages: Stages) -> Iterator[Proposal]:
    """Nothing was built: a smaller base is only named where the build runs nothing that could miss anything."""
    names = slimmer(Reference.of(stages.expanded(stage.from_.image.raw)))
    if stages.base(stage) is not None or not names or any(isinstance(e, Run | Onbuild) for e in stage.instructions):
        return
    word = written(stage.from_.image.raw, names[0], stages)
    if word is not None:
        yield Proposal(
            _NAME,
            stage.from_.span,
            f"stand on {names[0]} (not proven)",
            "no step of this stage runs anything; with --verify it is worked out what the program needs",
            (Edit(stage.from_.image.span, word),),
            Safety.SUGGESTION,
            Contract(trace=TraceRelation.OPEN),
        )


def _judged(facts: Facts, stages: Stages, stage: Stage, bases: Bases) -> Finding:
    if why := _why_not(facts, stages, stage, bases):
        return Declined(_NAME, stage.from_.span, *why)
    worth = [each for each in bases.candidates if each.size < bases.size * _WORTH]
    if not worth:
        return Declined(_NAME, stage.from_.span, Why.NO_GAIN)
    proposals = [each for one in worth[:_MOST] if (each := _proposal(facts, stages, stage, bases, one)) is not None]
    if not proposals:
        return Declined(_NAME, stage.from_.span, Why.ARGUMENT)
    first, *rest = proposals
    return replace(first, alternatives=tuple(rest))


def _why_not(facts: Facts, stages: Stages, stage: Stage, bases: Bases) -> tuple[Why, str] | None:
    runs = [each for each in stage.instructions if isinstance(each, Run)]
    if "@" in stages.expanded(stage.from_.image.raw):
        return Why.DIGEST, ""
    if bases.obstacle is not None:
        return Why[bases.obstacle.name], bases.detail
    if any(stages.base(other) is stage for other in stages):
        return Why.SHARED, ""
    if bases.triggers or any(isinstance(each, Onbuild) for each in stage.instructions):
        return Why.ONBUILD, ""
    if any(_unreadable(run, facts) for run in runs):
        return Why.UNREADABLE, ""
    if not bases.candidates:
        unfit = ", ".join(f"{each.image}: {each.lacks}" for each in bases.unfit)
        return (Why.LACKS, unfit) if unfit else (Why.NO_SMALLER, ", ".join(bases.sought))
    return None


def _unreadable(run: Run, facts: Facts) -> bool:
    """Whether some of the commands of a RUN are not known."""
    if isinstance(run.command, ExecForm):
        return False
    script = facts[Scripts].of(run)
    return script is None or has_opaque(script)


def _proposal(facts: Facts, stages: Stages, stage: Stage, bases: Bases, smaller: Smaller) -> Proposal | None:
    word = written(stage.from_.image.raw, smaller.image, stages)
    if word is None:
        return None
    edits = [Edit(stage.from_.image.span, word)]
    found = installer(Records[smaller.manager.name]) if smaller.packages else None
    if found is not None:
        edits += added_packages(facts, stage, found, smaller.packages, smaller.before_install, smaller.first)
    return Proposal(
        _NAME,
        stage.from_.span,
        f"stand on {smaller.image}",
        _reason(bases, smaller),
        tuple(edits),
        Safety.NEEDS_PROOF,
        Contract(
            trace=TraceRelation.REBASED,
            removed=_patterns(smaller.removed),
            changed=_patterns(smaller.changed),
            added=_patterns(smaller.added),
            packages_removed=smaller.packages_removed,
            environment=smaller.environment,
            unset=smaller.unset,
        ),
        saves=bases.size - smaller.size,
    )


def _patterns(paths: frozenset[str]) -> frozenset[PathPattern]:
    return frozenset(PathPattern(path) for path in paths)


def _reason(bases: Bases, smaller: Smaller) -> str:
    sizes = f"about {bases.size / 1e6:,.0f} → {smaller.size / 1e6:,.0f} MB"
    needed = f"only {', '.join(smaller.packages)}" if smaller.packages else "nothing"
    return f"{sizes}: of what the larger image has and this one lacks, the stage needs {needed}"
