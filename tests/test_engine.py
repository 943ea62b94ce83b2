"""The engine trusts no pass: whatever one does wrong is named as its bug and undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from optimizer.containerfile.nodes import Containerfile, Instruction
from optimizer.context import MemoryContext
from optimizer.engine import Rewrite, Source, run
from optimizer.errors import InputError
from optimizer.facts import Facts
from optimizer.outcome import Fate
from optimizer.passes.base import Pass
from optimizer.proposal import (
    IDENTICAL,
    Contract,
    Declined,
    FileWrite,
    Finding,
    Proposal,
    Refusal,
    Safety,
    TraceRelation,
)
from optimizer.selection import Selection
from optimizer.text import Edit, Span, insert

TEXT = "FROM debian\nRUN a\nRUN b\nCMD c\n"
OPEN = Contract(trace=TraceRelation.OPEN)


class Why(Refusal):
    NEVER = "it never does"


Body = Callable[[Containerfile, Facts], Iterator[Finding]]


def a_pass(name: str, body: Body, weakest: Safety = Safety.SUGGESTION) -> Pass:
    return Pass(name, "for tests", weakest, Why, body)


def offer(
    name: str,
    at: Instruction,
    *edits: Edit,
    safety: Safety = Safety.SAFE,
    contract: Contract = IDENTICAL,
    alternatives: tuple[Proposal, ...] = (),
    writes: tuple[FileWrite, ...] = (),
) -> Proposal:
    return Proposal(
        name, at.span, f"change {at.keyword}", "why not", edits, safety, contract, writes, None, alternatives
    )


def replacing(name: str, old: str, new: str, contract: Contract = OPEN, safety: Safety = Safety.SAFE) -> Pass:
    """A pass that replaces one text wherever it stands."""

    def find(file: Containerfile, facts: Facts) -> Iterator[Finding]:
        for each in file.instructions:
            at = each.span.of(file.text).find(old)
            if at >= 0:
                start = each.span.start + at
                yield offer(name, each, Edit(Span(start, start + len(old)), new), contract=contract, safety=safety)

    return a_pass(name, find)


def go(*passes: Pass, selection: Selection | None = None, text: str = TEXT) -> Rewrite:
    return run(Source(text, context=MemoryContext()), passes, selection or Selection())


def fates(rewrite: Rewrite) -> list[Fate]:
    return [placed.fate for placed in rewrite.placed]


def test_applies_what_is_safe_and_nothing_else_moves() -> None:
    rewrite = go(replacing("one", "debian", "busybox"))
    assert rewrite.text == TEXT.replace("debian", "busybox")
    assert fates(rewrite) == [Fate.APPLIED]
    assert rewrite.bugs == ()


@pytest.mark.parametrize(
    ("safety", "least", "fate"),
    [
        (Safety.NEEDS_PROOF, Safety.SAFE, Fate.NEEDS_PROOF),
        (Safety.NEEDS_PROOF, Safety.NEEDS_PROOF, Fate.APPLIED),
        (Safety.SUGGESTION, Safety.NEEDS_PROOF, Fate.SUGGESTED),
    ],
)
def test_safety_decides(safety: Safety, least: Safety, fate: Fate) -> None:
    rewrite = go(replacing("one", "debian", "busybox", safety=safety), selection=Selection(least=least))
    assert fates(rewrite) == [fate]
    assert (rewrite.text == TEXT) is (fate is not Fate.APPLIED)


def test_passes_that_are_not_selected_only_tell() -> None:
    rewrite = go(
        replacing("one", "debian", "busybox"),
        replacing("two", "CMD c", "CMD d"),
        selection=Selection(rules=frozenset({"two"})),
    )
    assert fates(rewrite) == [Fate.DESELECTED, Fate.APPLIED]


def test_a_withdrawn_proposal_is_known_again_by_its_key() -> None:
    first = go(replacing("one", "RUN", "run"))
    assert len(first.placed) == 2
    again = go(replacing("one", "RUN", "run"), selection=Selection(withdrawn=frozenset({first.placed[1].key})))
    assert fates(again) == [Fate.APPLIED, Fate.WITHDRAWN]
    assert again.text == TEXT.replace("RUN a", "run a")


def test_a_chosen_alternative_stands_in() -> None:
    def find(file: Containerfile, facts: Facts) -> Iterator[Finding]:
        base = file.instructions[0]
        if "debian" in base.span.of(file.text):
            at = Span(base.span.start + 5, base.span.end)
            second = offer("one", base, Edit(at, "alpine"), contract=OPEN)
            yield offer("one", base, Edit(at, "scratch"), contract=OPEN, alternatives=(second,))

    key = go(a_pass("one", find)).placed[0].key
    assert go(a_pass("one", find)).text.startswith("FROM scratch\n")
    assert go(a_pass("one", find), selection=Selection(choices=((key, 1),))).text.startswith("FROM alpine\n")


def test_of_two_that_claim_one_place_the_first_wins() -> None:
    def find(file: Containerfile, facts: Facts) -> Iterator[Finding]:
        base = file.instructions[0]
        if "debian" in base.span.of(file.text):
            yield offer("one", base, Edit(base.span, "FROM busybox"), contract=OPEN)
            yield offer("one", base, Edit(base.span, "FROM alpine"), contract=OPEN)

    rewrite = go(a_pass("one", find))
    assert fates(rewrite) == [Fate.APPLIED, Fate.CONFLICT]
    assert rewrite.text.startswith("FROM busybox\n")


def test_positions_are_those_of_the_text_that_was_given() -> None:
    rewrite = go(
        replacing("one", "FROM debian", "FROM docker.io/library/debian:bookworm"), replacing("two", "CMD c", "CMD d")
    )
    assert rewrite.placed[1].origin == TEXT.index("CMD")


def never_done(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    yield offer("bad", file.instructions[0], insert(len(file.text), "USER nobody\n"), contract=OPEN)


def overlaps_itself(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    base = file.instructions[0]
    yield offer("bad", base, Edit(base.span, "FROM a"), Edit(base.span, "FROM b"), contract=OPEN)


def other_name(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    yield offer("worse", file.instructions[0], insert(0, "\n"), contract=OPEN)


def unreadable(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    if "NONSENSE" not in file.text:
        yield offer("bad", file.instructions[0], insert(len(file.text), "NONSENSE\n"), contract=OPEN)


def drops_a_command(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    if "RUN b" in file.text:
        yield offer("bad", file.instructions[2], Edit(file.instructions[2].block, ""))


def changes_settings(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    if "CMD c" in file.text:
        yield offer("bad", file.instructions[3], Edit(file.instructions[3].span, "CMD d"))


def writes_over(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    base = file.instructions[0]
    yield offer("bad", base, writes=(FileWrite("x", "old\n", "new\n"),))
    yield offer("bad", base, writes=(FileWrite("x", "old\n", "other\n"),))


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (never_done, "not idempotent"),
        (overlaps_itself, "claim offset"),
        (other_name, "calls itself worse"),
        (unreadable, "unreadable instruction"),
        (drops_a_command, "not equivalent: stage 0: `b` is gone"),
        (changes_settings, "not equivalent: stage 0: its configuration differs"),
        (writes_over, "does not only append"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_bug_of_a_pass_is_named_and_its_step_dropped(body: Body, named: str) -> None:
    rewrite = go(a_pass("bad", body), replacing("good", "CMD c", "CMD e"))
    assert [bug.rule for bug in rewrite.bugs] == ["bad"]
    assert named in rewrite.bugs[0].problem
    assert rewrite.text == TEXT.replace("CMD c", "CMD e")
    assert rewrite.writes == ()
    assert Fate.PASS_BUG in fates(rewrite)


def test_a_pass_that_fails_is_named_and_the_others_go_on() -> None:
    def fails(file: Containerfile, facts: Facts) -> Iterator[Finding]:
        yield offer("bad", file.instructions[0], insert(0, "\n"), contract=OPEN)
        raise IndexError("tuple index out of range")

    rewrite = go(a_pass("bad", fails), replacing("good", "CMD c", "CMD e"))
    assert [(bug.rule, bug.problem) for bug in rewrite.bugs] == [
        ("bad", "it failed: IndexError: tuple index out of range")
    ]
    assert rewrite.text == TEXT.replace("CMD c", "CMD e")


def test_what_is_told_to_the_user_is_no_bug() -> None:
    def tells(file: Containerfile, facts: Facts) -> Iterator[Finding]:
        yield offer("bad", file.instructions[0], insert(0, "\n"), contract=OPEN)
        raise InputError("cannot be read")

    with pytest.raises(InputError):
        go(a_pass("bad", tells))


def test_a_pass_may_not_be_weaker_than_it_says() -> None:
    body = replacing("bad", "debian", "busybox", safety=Safety.SUGGESTION).find
    rewrite = go(a_pass("bad", body, weakest=Safety.SAFE))
    assert "weaker than SAFE" in rewrite.bugs[0].problem


def test_writes_of_one_file_are_put_together() -> None:
    def find(file: Containerfile, facts: Facts) -> Iterator[Finding]:
        assert facts.context is not None
        if facts.context.get("x") is None:
            yield offer("one", file.instructions[0], writes=(FileWrite("x", None, "a\n"),))
            yield offer("one", file.instructions[0], writes=(FileWrite("x", None, "b\n"),))

    rewrite = go(a_pass("one", find))
    assert rewrite.bugs == ()
    assert rewrite.writes == (FileWrite("x", None, "a\nb\n"),)


@pytest.mark.parametrize("text", ["FROM debian\nNONSENSE x\nRUN a\n", "RUN a\n", "", "FROM\nRUN a\n"])
def test_a_file_that_cannot_be_read_is_left_alone(text: str) -> None:
    rewrite = go(replacing("one", "RUN a", "RUN b"), text=text)
    assert rewrite.text == text or text == "RUN a\n"
    assert rewrite.bugs == ()


def test_refusals_come_with_their_place() -> None:
    def find(file: Containerfile, facts: Facts) -> Iterator[Finding]:
        yield Declined("one", file.instructions[2].span, Why.NEVER)

    rewrite = go(a_pass("one", find))
    assert [(each.declined.why, each.origin) for each in rewrite.refused] == [(Why.NEVER, TEXT.index("RUN b"))]


@pytest.mark.parametrize(
    ("comment", "fate"),
    [
        ("# optimize ignore=one;reason=it is pinned", Fate.IGNORED),
        ("# optimize ignore=two, one", Fate.IGNORED),
        ("# optimize global ignore=one", Fate.IGNORED),
        ("# hadolint ignore=DL9999", Fate.IGNORED),
        ("# hadolint global ignore=DL9999,DL1", Fate.IGNORED),
        ("# optimize ignore=two", Fate.APPLIED),
        ("# hadolint ignore=DL1", Fate.APPLIED),
        ("# we optimize ignore=one", Fate.APPLIED),
        ("# optimize", Fate.APPLIED),
    ],
)
def test_a_comment_above_keeps_a_pass_away(comment: str, fate: Fate) -> None:
    rule = replace(replacing("one", "CMD c", "CMD d"), codes=frozenset({"DL9999"}))
    assert fates(go(rule, text=f"FROM debian\nRUN a\n{comment}\nCMD c\n")) == [fate]


def test_a_comment_above_another_instruction_does_not() -> None:
    text = "FROM debian\n# optimize ignore=one\nRUN a\nCMD c\n"
    assert fates(go(replacing("one", "CMD c", "CMD d"), text=text)) == [Fate.APPLIED]


def test_a_pass_is_asked_again_when_a_later_one_changed_what_it_read() -> None:
    rewrite = go(replacing("one", "CMD d", "CMD e"), replacing("two", "CMD c", "CMD d"))
    assert rewrite.text == TEXT.replace("CMD c", "CMD e")
    assert [(placed.key.rule, placed.fate) for placed in rewrite.placed] == [
        ("two", Fate.APPLIED),
        ("one", Fate.APPLIED),
    ]
    assert rewrite.placed[1].origin == TEXT.index("CMD")


def test_what_a_pass_said_before_it_went_on_is_not_told() -> None:
    def find(file: Containerfile, facts: Facts) -> Iterator[Finding]:
        last = file.instructions[3]
        if "CMD d" in file.text:
            yield offer("one", last, Edit(last.span, "CMD e"), contract=OPEN)
        elif "CMD c" in file.text:
            yield Declined("one", last.span, Why.NEVER)

    rewrite = go(a_pass("one", find), replacing("two", "CMD c", "CMD d"))
    assert rewrite.text == TEXT.replace("CMD c", "CMD e")
    assert rewrite.refused == ()


def test_what_is_offered_again_is_told_once() -> None:
    later = replacing("one", "RUN a", "RUN x", safety=Safety.NEEDS_PROOF)
    rewrite = go(later, replacing("two", "CMD c", "CMD d"))
    assert [placed.key.rule for placed in rewrite.placed] == ["one", "two"]


def test_what_was_withdrawn_stays_so_when_asked_again() -> None:
    one, two = replacing("one", "RUN a", "RUN x"), replacing("two", "CMD c", "CMD d")
    key = go(one, two).placed[0].key
    rewrite = go(one, two, selection=Selection(withdrawn=frozenset({key})))
    assert rewrite.text == TEXT.replace("CMD c", "CMD d")
    assert fates(rewrite) == [Fate.WITHDRAWN, Fate.APPLIED]


def test_passes_that_undo_one_another_come_to_rest_and_are_named() -> None:
    rewrite = go(replacing("one", "CMD c", "CMD d"), replacing("two", "CMD d", "CMD c"))
    assert [bug.rule for bug in rewrite.bugs] == ["one"]
    assert "undo" in rewrite.bugs[0].problem
    assert rewrite.text in (TEXT, TEXT.replace("CMD c", "CMD d"))


def test_a_bug_of_a_pass_is_named_once() -> None:
    rewrite = go(a_pass("bad", never_done), replacing("good", "CMD c", "CMD e"))
    assert [bug.rule for bug in rewrite.bugs] == ["bad"]
    assert fates(rewrite) == [Fate.PASS_BUG, Fate.APPLIED]
