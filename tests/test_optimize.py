"""The loop ends with a text that passed its proof, or with the original."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from optimizer.containerfile.nodes import Containerfile
from optimizer.containers.model import ImageId, Step
from optimizer.context import MemoryContext
from optimizer.engine import Source
from optimizer.errors import Exit
from optimizer.facts import Facts
from optimizer.optimize import Wishes, exit_code, optimize
from optimizer.outcome import Fate, Outcome
from optimizer.passes.base import Pass
from optimizer.policy import Policy
from optimizer.proof.model import (
    BuiltOriginal,
    Difference,
    DifferenceKind,
    Doubt,
    Foresee,
    Measure,
    Proven,
    Refuted,
    Subject,
    Undecided,
    Verdict,
)
from optimizer.proposal import Contract, FileWrite, Finding, Proposal, Refusal, Safety, TraceRelation
from optimizer.text import Edit, Span, insert

TEXT = "FROM debian\nRUN one\nRUN two\nRUN three\n"
MEASURE = Measure(100, 40, 4, 1.0, None, 0, ())
PROVEN = Proven(MEASURE, MEASURE, (), 7, (), "linux/amd64")


class Why(Refusal):
    NEVER = "it never does"


def renames(*pairs: tuple[str, str], alternatives: tuple[str, ...] = ()) -> Pass:
    """A pass with one proposal for each pair, which replaces the one text by the other."""

    def find(file: Containerfile, facts: Facts) -> Iterator[Finding]:
        for old, new in pairs:
            at = file.text.find(f"RUN {old}\n")
            if at >= 0:
                yield proposal(Span(at + 4, at + 4 + len(old)), old, new, alternatives)

    return Pass("renames", "for tests", Safety.NEEDS_PROOF, Why, find)


def proposal(at: Span, old: str, new: str, alternatives: tuple[str, ...] = ()) -> Proposal:
    others = tuple(proposal(at, old, each) for each in alternatives)
    contract = Contract(trace=TraceRelation.OPEN)
    return Proposal(
        "renames", at, f"rename {old}", "why not", (Edit(at, new),), Safety.NEEDS_PROOF, contract, (), None, others
    )


class FakeJudge:
    """Refutes every text that holds one of the given words; keeps count."""

    def __init__(self, decide: Callable[[Subject], Verdict]) -> None:
        self._decide = decide
        self.judged: list[Subject] = []
        self.ahead: list[str] = []

    def original(self, foresee: Foresee) -> BuiltOriginal:
        self.ahead += [subject.text for subject in foresee(self)]
        return BuiltOriginal(ImageId("0" * 64), MEASURE)

    def judge(self, candidate: Subject, contract: Contract) -> Verdict:
        self.judged.append(candidate)
        return self._decide(candidate)

    def rebuild_seconds(self, subject: Subject) -> float | None:
        return 9.0 if subject.text == TEXT else 2.0

    def steps(self) -> Iterator[Step]:
        yield Step(1, 2, "FROM debian", 0.0, cached=True)
        yield Step(2, 2, "RUN one", 0.0, cached=False)

    def over(self) -> bool:
        return False

    @contextmanager
    def __call__(self, source: Source, original: Subject) -> Iterator[FakeJudge]:
        yield self


@dataclass(frozen=True)
class Told:
    """Evidence that only says what it is told to foresee."""

    known: object | None = None
    after: int = 0
    """The step after which it is told; 0: before all."""

    def foreseen(self) -> object | None:
        return None if self.after else self.known

    def foreseen_after(self, step: Step, over: Callable[[], bool]) -> object | None:
        return self.known if step.number == self.after else None

    def of(self, built: BuiltOriginal) -> tuple[object, ...]:
        return ()

    @contextmanager
    def evidence(self, source: Source) -> Iterator[Told]:
        yield self


def refuting(*words: str) -> FakeJudge:
    def decide(subject: Subject) -> Verdict:
        guilty = [word for word in words if word in subject.text]
        found = tuple(Difference(DifferenceKind.REMOVED, f"/{word}", "") for word in guilty)
        return Refuted(found) if guilty else PROVEN

    return FakeJudge(decide)


def go(rule: Pass, judge: FakeJudge | None) -> Outcome:
    return optimize(Source(TEXT, context=MemoryContext()), Wishes(pipeline=(rule,)), judge_for=judge)


def fates(outcome: Outcome) -> list[Fate]:
    return [each.fate for each in outcome.decided]


ALL = renames(("one", "eins"), ("two", "zwei"), ("three", "drei"))


def test_without_a_proof_what_needs_one_is_only_told() -> None:
    outcome = go(ALL, None)
    assert outcome.after == TEXT
    assert fates(outcome) == [Fate.NEEDS_PROOF] * 3
    assert exit_code(outcome) is Exit.OK


def test_what_is_proven_is_kept() -> None:
    outcome = go(ALL, refuting())
    assert outcome.after == "FROM debian\nRUN eins\nRUN zwei\nRUN drei\n"
    assert fates(outcome) == [Fate.PROVEN] * 3
    assert outcome.original == MEASURE
    assert exit_code(outcome) is Exit.OK


def test_the_culprit_is_withdrawn_and_named_and_the_rest_kept() -> None:
    outcome = go(ALL, refuting("zwei"))
    assert outcome.after == "FROM debian\nRUN eins\nRUN two\nRUN drei\n"
    assert fates(outcome) == [Fate.PROVEN, Fate.WITHDRAWN, Fate.PROVEN]
    assert outcome.decided[1].because == "path missing: /zwei"
    assert exit_code(outcome) is Exit.OK


def test_two_culprits_are_found() -> None:
    outcome = go(ALL, refuting("eins", "drei"))
    assert outcome.after == "FROM debian\nRUN one\nRUN zwei\nRUN three\n"


def test_no_candidate_is_judged_twice() -> None:
    judge = refuting("eins", "drei")
    go(ALL, judge)
    assert len(judge.judged) == len(set(judge.judged))


def falls_back(*pairs: tuple[str, str]) -> Pass:
    """A pass that offers nothing once the file was changed, as those do that know only what was built."""
    inner = renames(*pairs)

    def find(file: Containerfile, facts: Facts) -> Iterator[Finding]:
        for each in inner(file, facts) if file.text == TEXT else ():
            assert isinstance(each, Proposal)
            yield replace(each, rule="falls_back")

    return Pass("falls_back", "for tests", Safety.NEEDS_PROOF, Why, find)


FALLING = Wishes(pipeline=(renames(("one", "eins")), falls_back(("two", "zwei"))))


def fall(judge: FakeJudge) -> Outcome:
    return optimize(Source(TEXT, context=MemoryContext()), FALLING, judge_for=judge)


def test_what_was_proven_leaves_nothing_to_fall_back_on() -> None:
    outcome = fall(refuting())
    assert outcome.after == TEXT.replace("one", "eins")
    assert len(outcome.decided) == 1


def test_when_one_pass_is_withdrawn_another_is_tried() -> None:
    outcome = fall(refuting("eins"))
    assert outcome.after == TEXT.replace("two", "zwei")
    assert fates(outcome) == [Fate.WITHDRAWN, Fate.PROVEN]


def test_what_another_pass_offers_instead_is_not_blamed_on_the_first() -> None:
    outcome = fall(refuting("eins", "zwei"))
    assert outcome.after == TEXT
    assert [each.because for each in outcome.decided] == ["path missing: /eins", "path missing: /zwei"]


def test_where_nothing_can_be_proven_nothing_else_is_taken_instead() -> None:
    outcome = fall(FakeJudge(lambda subject: Undecided(Doubt.NO_CHECK, "add one")))
    assert outcome.after == TEXT
    assert Fate.APPLIED not in fates(outcome)


def test_when_nothing_survives_the_original_stays() -> None:
    outcome = go(ALL, refuting("eins", "zwei", "drei"))
    assert outcome.after == TEXT
    assert fates(outcome) == [Fate.WITHDRAWN] * 3
    assert exit_code(outcome) is Exit.UNPROVEN


def test_what_cannot_be_decided_is_not_written() -> None:
    outcome = go(ALL, FakeJudge(lambda subject: Undecided(Doubt.NO_CHECK, "add one")))
    assert outcome.after == TEXT
    assert not outcome.changed
    assert {each.because for each in outcome.decided} == {Doubt.NO_CHECK.value}
    assert exit_code(outcome) is Exit.UNPROVEN


def test_alternatives_are_tried_in_order_before_anything_is_withdrawn() -> None:
    outcome = go(renames(("one", "eins"), alternatives=("un", "uno")), refuting("eins", "un\n"))
    assert "RUN uno\n" in outcome.after
    assert fates(outcome) == [Fate.PROVEN]
    assert len(outcome.attempts) == 3
    (decided,) = outcome.decided
    assert decided.because == "rename one: path missing: /eins; rename one: path missing: /un\n"


def test_what_goes_wrong_in_the_same_way_again_is_not_looked_into_again() -> None:
    def decide(subject: Subject) -> Verdict:
        wrong = any(word in subject.text for word in ("eins", "un\n", "uno"))
        return Refuted((Difference(DifferenceKind.CHANGED, "/home", "owner"),)) if wrong else PROVEN

    judge = FakeJudge(decide)

    def find(file: Containerfile, facts: Facts) -> Iterator[Finding]:
        for at, old, new, others in ((12, "one", "eins", ("un", "uno", "sem")), (20, "two", "zwei", ())):
            if file.text[at + 4 :].startswith(old):
                yield proposal(Span(at + 4, at + 4 + len(old)), old, new, others)

    outcome = go(Pass("renames", "for tests", Safety.NEEDS_PROOF, Why, find), judge)
    assert outcome.after == "FROM debian\nRUN sem\nRUN zwei\nRUN three\n"
    # All, either alone, then all with each alternative.
    assert len(judge.judged) == 6


def test_what_is_reported_keeps_no_alternatives() -> None:
    outcome = go(renames(("one", "eins"), alternatives=("un", "uno")), refuting())
    assert [each.proposal.title for each in outcome.decided] == ["rename one"]
    assert outcome.decided[0].proposal.alternatives == ()


def test_when_all_alternatives_fail_it_is_withdrawn() -> None:
    outcome = go(renames(("one", "eins"), ("two", "zwei"), alternatives=("un",)), refuting("eins", "un"))
    assert outcome.after == "FROM debian\nRUN one\nRUN zwei\nRUN three\n"


def test_nothing_is_built_when_nothing_is_proposed() -> None:
    judge = refuting()
    outcome = go(renames(), judge)
    assert judge.judged == []
    assert outcome.original is None
    assert exit_code(outcome) is Exit.OK


def test_the_judge_sees_the_ignore_file_as_it_would_be() -> None:
    def find(file: Containerfile, facts: Facts) -> Iterator[Finding]:
        assert facts.context is not None
        if facts.context.get(".containerignore") is None:
            write = FileWrite(".containerignore", None, ".git\n")
            contract = Contract(ignored=frozenset({".git"}))
            yield Proposal("ignores", file.instructions[0].span, "ignore", "", (), Safety.SAFE, contract, (write,))

    judge = refuting()
    outcome = go(Pass("ignores", "for tests", Safety.SAFE, Why, find), judge)
    assert [subject.ignore for subject in judge.judged] == [".git\n"]
    assert outcome.changed
    assert outcome.after == TEXT


def test_rebuilds_are_timed_when_asked() -> None:
    wishes = Wishes(pipeline=(ALL,), times_rebuilds=True)
    verdict = optimize(Source(TEXT, context=MemoryContext()), wishes, judge_for=refuting()).verdict
    assert isinstance(verdict, Proven)
    assert (verdict.before.rebuild_seconds, verdict.after.rebuild_seconds) == (9.0, 2.0)


def test_what_a_candidate_will_begin_with_is_told_before_the_original_is_built() -> None:
    judge = refuting()
    go(ALL, judge)
    assert judge.ahead == ["FROM debian\nRUN eins\nRUN zwei\nRUN drei\n"]


def test_with_evidence_it_is_told_as_if_another_stage_followed() -> None:
    judge = refuting()
    only_last = renames(("three\n\nFROM scratch", "drei\n\nFROM scratch"))
    optimize(
        Source(TEXT, context=MemoryContext()),
        Wishes(pipeline=(only_last,)),
        judge_for=judge,
        evidence_for=Told().evidence,
    )
    assert judge.ahead == ["FROM debian\nRUN one\nRUN two\nRUN drei\n"]


def test_it_is_told_as_a_pass_would_split_the_file() -> None:
    def split(file: Containerfile, facts: Facts) -> Iterator[Finding]:
        if "AS build" not in file.text:
            edits = (insert(len("FROM debian"), " AS build"), insert(len(TEXT), "FROM small\nRUN five\n"))
            at, contract = Span(0, 4), Contract(trace=TraceRelation.OPEN)
            yield Proposal("splits", at, "split", "why not", edits, Safety.SUGGESTION, contract)

    judge = refuting()
    splits = Pass("splits", "for tests", Safety.SUGGESTION, Why, split)
    optimize(
        Source(TEXT, context=MemoryContext()),
        Wishes(pipeline=(splits, renames(("two", "zwei")))),
        judge_for=judge,
        evidence_for=Told().evidence,
    )
    assert judge.ahead == ["FROM debian AS build\nRUN one\nRUN zwei\nRUN three\n"]


def test_nothing_is_told_of_a_stage_that_somebody_asked_for() -> None:
    judge = refuting()
    optimize(
        Source(TEXT, context=MemoryContext()),
        Wishes(pipeline=(ALL,), policy=Policy(target="build")),
        judge_for=judge,
        evidence_for=Told().evidence,
    )
    assert judge.ahead == []


class Known:
    """What is foreseen."""


@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize(
    ("stage", "begins"),
    [
        ("FROM small\nRUN five\nENV A=1\nRUN six\nENV B=1\nCOPY --from=build /x /\nRUN last\n",
         "FROM small\nRUN five\nENV A=1\nRUN six\n"),
        ("FROM small\nCOPY --from=build /x /\nRUN five\n", None),
        ("", None),
    ],
)  # fmt: skip
def test_what_is_foreseen_tells_with_what_the_last_stage_begins(stage: str, begins: str | None, after: int) -> None:
    def split(file: Containerfile, facts: Facts) -> Iterator[Finding]:
        if facts.known(Known) is not None and stage and stage not in file.text:
            edits = (insert(len("FROM debian"), " AS build"), insert(len(TEXT), stage))
            contract = Contract(trace=TraceRelation.OPEN)
            yield Proposal("splits", Span(0, 4), "split", "why not", edits, Safety.NEEDS_PROOF, contract)

    judge = refuting()
    splits = Pass("splits", "for tests", Safety.SUGGESTION, Why, split)
    wishes = Wishes(pipeline=(splits,))
    source = Source(TEXT, context=MemoryContext())
    optimize(source, wishes, judge_for=judge, evidence_for=Told(Known(), after).evidence)
    before, *behind = judge.ahead
    assert before == TEXT
    assert behind == ([] if begins is None else [begins])
