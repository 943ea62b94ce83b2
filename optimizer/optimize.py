"""The loop: passes → engine → proof → withdraw what broke → proof again.

The result is a text that passed its proof, or the original. The command line stays thin: it brings the pieces together
and prints the outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from optimizer.containerfile.parser import parse
from optimizer.engine import Rewrite, Source, run
from optimizer.errors import Exit
from optimizer.foresee import last_stage, stages_before
from optimizer.outcome import Attempt, Decided, Fate, Outcome, Refused, summary
from optimizer.passes import PIPELINE
from optimizer.passes.base import Pass
from optimizer.policy import Policy
from optimizer.proof.blame import culprits
from optimizer.proof.contract import merge
from optimizer.proof.model import (
    BuiltOriginal,
    Foresee,
    Measure,
    Proven,
    Refuted,
    Subject,
    Undecided,
    Underway,
    Verdict,
)
from optimizer.proposal import Contract, Safety
from optimizer.selection import Key, Placed, Selection

if TYPE_CHECKING:
    from optimizer.containers.model import Step


class Judge(Protocol):
    """What proves a candidate: see `optimizer.proof`."""

    def original(self, foresee: Foresee) -> BuiltOriginal:
        """Build the original, and beside it what is foreseen, in another thread. Raises OriginalFails."""

    def judge(self, candidate: Subject, contract: Contract) -> Verdict:
        """Build and run a candidate and compare it with the original."""

    def rebuild_seconds(self, subject: Subject) -> float | None:
        """How long a side that was built takes to build again after one edit of a source; None if no edit matters."""


class Evidence(Protocol):
    """What can be known of a Containerfile: see `optimizer.evidence`."""

    def foreseen(self) -> object | None:
        """What will probably be known of the original, before it is built; None if nothing can be told."""

    def foreseen_after(self, step: Step, over: Callable[[], bool]) -> object | None:
        """The same, once a step of it is built; nothing once its build is `over`."""

    def of(self, built: BuiltOriginal) -> tuple[object, ...]:
        """What the built original shows."""


JudgeFor = Callable[[Source, Subject], AbstractContextManager[Judge]]
EvidenceFor = Callable[[Source], AbstractContextManager[Evidence]]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asks: passes by name (None: all of them), policy, and whether rebuilds are timed, which takes one
    more build of each side."""

    rules: frozenset[str] | None = None
    policy: Policy = field(default_factory=Policy)
    pipeline: tuple[Pass, ...] = PIPELINE
    times_rebuilds: bool = False


def optimize(
    source: Source,
    wishes: Wishes | None = None,
    *,
    judge_for: JudgeFor | None = None,
    evidence_for: EvidenceFor | None = None,
) -> Outcome:
    """Work on one Containerfile. Without `judge_for` only SAFE proposals are applied and nothing is built.

    With it, everything that is applied was proven, and what could not be proven is left out. Raises OriginalFails when
    the original does not build, MissingTool and EngineError from the builder.
    """
    wishes = wishes or Wishes()
    selection = Selection(wishes.rules, Safety.SAFE if judge_for is None else Safety.NEEDS_PROOF)
    rewrite = run(source, wishes.pipeline, selection, wishes.policy)
    if judge_for is None:
        return _outcome(source, rewrite)
    if not rewrite.applied and evidence_for is None:
        return _outcome(source, rewrite)
    original = Subject(source.text, source.ignored())
    with ExitStack() as stack:
        evidence = None if evidence_for is None else stack.enter_context(evidence_for(source))
        judge = stack.enter_context(judge_for(source, original))
        built = judge.original(partial(_foreseen, source, wishes, selection, rewrite, evidence))
        known = evidence.of(built) if evidence is not None else ()
        outcome = _Trial(source, wishes, selection, judge, known).settle(built)
        if wishes.times_rebuilds and isinstance(outcome.verdict, Proven):
            candidate = Subject(outcome.after, source.ignored(outcome.writes))
            return replace(outcome, verdict=_timed(outcome.verdict, judge, original, candidate))
        return outcome


def _foreseen(
    source: Source, wishes: Wishes, selection: Selection, dry: Rewrite, evidence: Evidence | None, build: Underway
) -> Iterator[Subject]:
    """What a candidate will probably be built with, as far as it can be told while the original is built."""
    if evidence is None:
        if dry.applied:
            yield Subject(dry.text, source.ignored(dry.writes))
        return
    if wishes.policy.target is not None:
        return
    before = stages_before(source, wishes.pipeline, selection, wishes.policy, dry)
    if before is not None:
        yield before
    for foreseen in _known_early(evidence, build):
        behind = last_stage(source, wishes.pipeline, selection, wishes.policy, foreseen)
        if behind is not None:
            yield behind


def _known_early(evidence: Evidence, build: Underway) -> Iterator[object]:
    if (first := evidence.foreseen()) is not None:
        yield first
    for step in build.steps():
        if (more := evidence.foreseen_after(step, build.over)) is not None:
            yield more


def _timed(verdict: Proven, judge: Judge, original: Subject, candidate: Subject) -> Proven:
    return replace(
        verdict,
        before=replace(verdict.before, rebuild_seconds=judge.rebuild_seconds(original)),
        after=replace(verdict.after, rebuild_seconds=judge.rebuild_seconds(candidate)),
    )


class _Trial:
    """One Containerfile before the judge. Verdicts are kept by text, so no candidate is built twice."""

    def __init__(
        self, source: Source, wishes: Wishes, selection: Selection, judge: Judge, known: tuple[object, ...]
    ) -> None:
        self._source = source
        self._wishes = wishes
        self._selection = selection
        self._judge = judge
        self._known = known
        self._verdicts: dict[Subject, Verdict] = {}
        self._attempts: list[tuple[frozenset[Key], Attempt]] = []

    def settle(self, built: BuiltOriginal) -> Outcome:
        """Judge everything at once; while that fails, find what broke it, take its next alternative or withdraw it.

        Ends, since each round uses up an alternative or a proposal.
        """
        choices: dict[Key, int] = {}
        withdrawn: dict[Key, str] = {}
        refused: dict[Key, list[str]] = {}
        verdict: Verdict | None = None
        blamed: dict[str, tuple[Key, frozenset[Key]]] = {}
        while (rewrite := self._rewrite(frozenset(withdrawn), choices)).applied:
            verdict = self._verdict(rewrite)
            if not isinstance(verdict, Refuted):
                break
            # What goes wrong in the same way again is taken to be the fault of the same: each trial takes a build.
            key, among = blamed.get(summary(verdict), (None, frozenset[Key]()))
            again = tuple(placed for placed in rewrite.applied if placed.key == key and _keys(rewrite) <= among)
            guilty = again or self._guilty(rewrite, frozenset(withdrawn), choices)
            if len(guilty) == 1 < len(rewrite.applied):
                blamed[summary(verdict)] = guilty[0].key, _keys(rewrite)
            for placed in guilty:
                if choices.get(placed.key, 0) < len(placed.offered.alternatives):
                    choices[placed.key] = choices.get(placed.key, 0) + 1
                    refused.setdefault(placed.key, []).append(f"{placed.proposal.title}: {summary(verdict)}")
                else:
                    withdrawn[placed.key] = self._why(placed.key)
        if isinstance(verdict, Undecided):
            rewrite = self._with_only(frozenset(), frozenset(withdrawn) | _keys(rewrite), choices)
        return _outcome(
            self._source,
            rewrite,
            withdrawn=withdrawn,
            refused=refused,
            verdict=verdict,
            attempts=tuple(attempt for _, attempt in self._attempts),
            original=built.measure,
        )

    def _guilty(self, rewrite: Rewrite, withdrawn: frozenset[Key], choices: Mapping[Key, int]) -> tuple[Placed, ...]:
        """The proposals of a refuted rewrite without which the rest passes; all of them if there is no such rest."""
        applied = {placed.key: placed for placed in rewrite.applied}

        def holds(kept: Sequence[Key]) -> bool:
            trial = self._with_only(frozenset(kept), withdrawn | (applied.keys() - set(kept)), choices)
            return not trial.applied or isinstance(self._verdict(trial), Proven)

        return tuple(applied[key] for key in culprits(tuple(applied), holds)) or rewrite.applied

    def _with_only(self, kept: frozenset[Key], withdrawn: frozenset[Key], choices: Mapping[Key, int]) -> Rewrite:
        """The rewrite with none but these proposals: some passes offer more once those of another are withdrawn, and
        nothing is known of that yet."""
        while more := _keys(rewrite := self._rewrite(withdrawn, choices)) - kept:
            withdrawn |= more
        return rewrite

    def _rewrite(self, withdrawn: frozenset[Key], choices: Mapping[Key, int]) -> Rewrite:
        selection = replace(self._selection, withdrawn=withdrawn, choices=tuple(choices.items()))
        return run(self._source, self._wishes.pipeline, selection, self._wishes.policy, self._known)

    def _verdict(self, rewrite: Rewrite) -> Verdict:
        subject = Subject(rewrite.text, self._source.ignored(rewrite.writes))
        if subject not in self._verdicts:
            verdict = self._judge.judge(subject, merge(rewrite.contracts))
            self._verdicts[subject] = verdict
            keys = frozenset(placed.key for placed in rewrite.applied)
            rules = tuple(dict.fromkeys(placed.proposal.rule for placed in rewrite.applied))
            self._attempts.append((keys, Attempt(rules, verdict)))
        return self._verdicts[subject]

    def _why(self, key: Key) -> str:
        """What the smallest candidate that held this proposal and was refuted had wrong with it."""
        refuted = [
            (len(keys), attempt.verdict)
            for keys, attempt in self._attempts
            if key in keys and isinstance(attempt.verdict, Refuted)
        ]
        return summary(min(refuted, key=lambda each: each[0])[1]) if refuted else ""


def _keys(rewrite: Rewrite) -> frozenset[Key]:
    return frozenset(placed.key for placed in rewrite.applied)


def exit_code(outcome: Outcome) -> Exit:
    """3 when a proof was asked for and nothing survived it, else 0."""
    unproven = outcome.verdict is not None and not isinstance(outcome.verdict, Proven)
    return Exit.UNPROVEN if unproven else Exit.OK


def _outcome(
    source: Source,
    rewrite: Rewrite,
    *,
    withdrawn: Mapping[Key, str] | None = None,
    refused: Mapping[Key, Sequence[str]] | None = None,
    verdict: Verdict | None = None,
    attempts: tuple[Attempt, ...] = (),
    original: Measure | None = None,
) -> Outcome:
    file = parse(source.text)

    def decide(placed: Placed) -> Decided:
        fate, because = placed.fate, placed.because
        if fate is Fate.APPLIED and isinstance(verdict, Proven):
            fate = Fate.PROVEN
            because = "; ".join(dict.fromkeys((refused or {}).get(placed.key, ())))
        elif fate is Fate.WITHDRAWN:
            because = (withdrawn or {}).get(placed.key, "") or (summary(verdict) if verdict is not None else "")
        # Alternatives that nobody asked for hold all that they would be worked out from.
        told = replace(placed.proposal, alternatives=())
        return Decided(told, file.position(placed.origin), fate, because)

    return Outcome(
        path=source.path or Path("-"),
        before=source.text,
        after=rewrite.text,
        writes=rewrite.writes,
        context=source.context.root if source.context is not None else None,
        decided=tuple(decide(placed) for placed in rewrite.placed),
        refused=tuple(Refused(each.declined, file.position(each.origin)) for each in rewrite.refused),
        bugs=rewrite.bugs,
        verdict=verdict,
        attempts=attempts,
        original=original,
    )
