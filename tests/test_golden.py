"""Every golden case comes out as its folder says, byte for byte, and does not change again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.outcome import Fate
from optimizer.text import apply, decode, encode
from tests.golden import Case, cases

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_comes_out_as_the_folder_says(case: Case) -> None:
    rewrite = case.run()
    assert rewrite.bugs == ()
    assert encode(rewrite.text) == case.after
    assert {write.path: encode(write.after) for write in rewrite.writes} == case.written


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_refuses_what_the_folder_says(case: Case) -> None:
    assert {refusal.declined.why.name for refusal in case.run().refused} == case.declined


@pytest.mark.parametrize("case", [case for case in CASES if case.safety], ids=lambda case: case.id)
def test_carries_the_safety_that_the_folder_says(case: Case) -> None:
    applied = [placed for placed in case.run().placed if placed.fate in (Fate.APPLIED, Fate.NEEDS_PROOF)]
    assert applied
    assert {placed.proposal.safety for placed in applied} == {case.safety}


@pytest.mark.parametrize("case", [case for case in CASES if case.suggested], ids=lambda case: case.id)
def test_suggests_what_the_folder_says_and_applies_nothing_of_it(case: Case) -> None:
    (placed,) = (placed for placed in case.run().placed if placed.fate is Fate.SUGGESTED)
    assert encode(apply(decode(case.before), placed.proposal.edits)) == case.suggested


@pytest.mark.parametrize("case", [case for case in CASES if case.before != case.after], ids=lambda case: case.id)
def test_does_not_change_again(case: Case) -> None:
    again = replace(case, before=case.after).run()
    assert encode(again.text) == case.after
