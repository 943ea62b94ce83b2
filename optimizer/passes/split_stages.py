"""A build stage and a stage that runs, by what the built original shows. Page: `golden/split_stages/README.md`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import unique

from optimizer.containerfile.nodes import Containerfile, Run
from optimizer.containerfile.stages import Stage, Stages
from optimizer.evidence.split import Candidate, Obstacle, PythonWay, Split
from optimizer.facts import Facts
from optimizer.facts.shipping import Shipping
from optimizer.facts.states import States
from optimizer.passes._stage_template import suggestion
from optimizer.passes.base import rewrite
from optimizer.proposal import Contract, Declined, Finding, Later, PathPattern, Proposal, Refusal, Safety, TraceRelation

_NAME = "split_stages"

_WORTH = 0.9
"""A candidate must be smaller than this part of the original: for less, nobody wants to read a second stage."""

_MOST = 4
"""Candidates that are built at most before the pass gives up."""


@unique
class Why(Refusal):
    """Why a file keeps its stages."""

    NO_GAIN = "what runs needs nearly all that the image holds"
    TARGET = "the stage is asked for by its name, which only one of two stages can bear"
    NO_TEMPLATE = "without building it, nothing is known of what this image needs to run"
    ATTRIBUTION = Obstacle.ATTRIBUTION.value
    DATABASE = Obstacle.DATABASE.value
    ENTRY = Obstacle.ENTRY.value
    BASE = Obstacle.BASE.value


@rewrite(weakest=Safety.SUGGESTION, refuses=Why)
def split_stages(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Leave compilers, sources and caches behind in a build stage, and ship a stage that holds what runs."""
    shipping = facts[Shipping]
    stage = None if shipping.target is None else shipping.stages.stages[shipping.target]
    if stage is None or not any(isinstance(each, Run) for each in stage.instructions):
        return
    split = facts.known(Split)
    if split is None:
        if len(shipping.stages) == 1:
            yield suggestion(facts, stage) or Declined(_NAME, stage.from_.span, Why.NO_TEMPLATE)
        return
    if split.text != file.text:
        return  # already split, or changed by another pass: nothing is known of this text
    yield _judged(facts, shipping.stages, stage, split)


def _judged(facts: Facts, stages: Stages, stage: Stage, split: Split) -> Finding:
    if facts.policy.target is not None and stage.name is not None and not facts.policy.target.isdecimal():
        return Declined(_NAME, stage.from_.span, Why.TARGET)
    if split.obstacle is not None:
        return Declined(_NAME, stage.from_.span, Why[split.obstacle.name], split.detail)

    def worth(candidates: Iterable[Candidate]) -> list[Candidate]:
        small = (each for each in candidates if each.size < split.size * _WORTH)
        return [each for each in small if _possible(facts, stage, split, each)]

    def others() -> list[Proposal]:
        more = sorted((*rest, *worth(split.careful())), key=lambda each: each.size)
        return [_proposal(facts, stages, stage, split, each) for each in more[: _MOST - 1]]

    found = worth(split.candidates)
    if not found:
        return Declined(_NAME, stage.from_.span, Why.NO_GAIN)
    first, *rest = found
    return replace(_proposal(facts, stages, stage, split, first), alternatives=Later(others))


def _possible(facts: Facts, stage: Stage, split: Split, candidate: Candidate) -> bool:
    """A virtual environment at the root of the file system can only be made by root."""
    if candidate.python is not PythonWay.VENV or split.python is None:
        return True
    making = [each for each in stage.instructions if each.keyword.upper() in ("RUN", "COPY", "ADD")]
    user = facts[States].at(making[split.python.step]).user
    return (user or split.base.user or "root") in ("root", "0", "root:root", "0:0")


def _proposal(facts: Facts, stages: Stages, stage: Stage, split: Split, candidate: Candidate) -> Proposal:
    # Imported late: without a build there is nothing to write.
    from optimizer.passes._runtime_stage import StageWriter

    written = StageWriter(facts, stages, stage, split, candidate).write()
    saves = split.size - candidate.size
    return Proposal(
        _NAME,
        stage.from_.span,
        f"ship a stage of its own on {candidate.image}",
        _reason(split, candidate),
        written.edits,
        Safety.NEEDS_PROOF,
        Contract(
            trace=TraceRelation.RESTAGED,
            removed=_patterns(candidate.removed),
            changed=_patterns(candidate.changed),
            added=_patterns(candidate.added),
            packages_removed=candidate.packages_removed,
            environment=written.changed,
            unset=written.unset,
        ),
        saves=saves,
    )


def _patterns(paths: frozenset[str]) -> frozenset[PathPattern]:
    return frozenset(PathPattern(path) for path in paths)


def _reason(split: Split, candidate: Candidate) -> str:
    left = len(candidate.packages_removed)
    packages = f"{left} system packages" if left != 1 else "one system package"
    what = f"{packages} that nothing started needs" if left else "what only the build needs"
    return f"about {split.size / 1e6:,.0f} → {candidate.size / 1e6:,.0f} MB: {what} stay in the build stage"
