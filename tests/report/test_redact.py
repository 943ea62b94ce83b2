"""Secrets do not reach any report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.containers.model import Version
from optimizer.errors import OriginalFails
from optimizer.outcome import Fate
from optimizer.proof.model import (
    Check,
    CheckKind,
    CheckResult,
    Difference,
    DifferenceKind,
    Doubt,
    InstructionCost,
    Measure,
    Proven,
    Refuted,
    Undecided,
    Verdict,
)
from optimizer.report.entry import Done, Entry, Failed
from optimizer.report.json import report, to_json
from optimizer.report.redact import Redactor
from optimizer.report.text import Detail, Style, text
from tests.report.build import JOIN, ROOT, outcome, proven

SECRET = "hunter2-and-more"
CHECKS = (Check(CheckKind.COMMAND, f"echo {SECRET}", CheckResult.FAILED, SECRET),)
COSTS = Measure(1, 1, 1, 1, 1, 0, (InstructionCost(f"RUN {SECRET}", 1, 1),))
LEAKS: dict[str, Verdict] = {
    "refuted": Refuted((Difference(DifferenceKind.CONFIG, SECRET, SECRET),), CHECKS, (f"+ login {SECRET}",)),
    "proven": Proven(COSTS, COSTS, CHECKS, 1, (Version("buildah", 1, 28, "1.28.2"),), "linux/amd64"),
    "undecided": Undecided(Doubt.DRIFT, SECRET, CHECKS, COSTS, COSTS),
}


def leaks(entry: Entry) -> bool:
    shown = to_json(report([entry], "0", 0)) + text([entry], Style(detail=Detail.FULL))
    return SECRET in shown


@pytest.mark.parametrize("verdict", LEAKS.values(), ids=LEAKS.keys())
def test_what_a_build_or_a_check_repeats_is_hidden(verdict: Verdict) -> None:
    done = Done(outcome(replace(JOIN, fate=Fate.WITHDRAWN, because=SECRET), verdict=verdict), ROOT)
    assert leaks(done)
    assert not leaks(Redactor([SECRET]).entry(done))


def test_the_tail_of_a_failed_build_is_hidden() -> None:
    entry = Failed("x", OriginalFails(f"failed {SECRET}", tail=(f"a {SECRET} b",), hint=SECRET))
    assert leaks(entry)
    hidden = Redactor([SECRET]).entry(entry)
    assert not leaks(hidden)
    assert isinstance(hidden, Failed)
    assert isinstance(hidden.error, OriginalFails)
    assert hidden.error.tail == ("a *** b",)


def test_each_line_of_a_secret_is_a_secret() -> None:
    assert Redactor(["first line\nsecond line\n"]).text("x second line y") == "x *** y"


def test_a_secret_that_holds_another_is_hidden_whole() -> None:
    assert Redactor(["pass", "password"]).text("password") == "***"


def test_the_diff_keeps_every_byte() -> None:
    done = proven()
    assert Redactor(["debian", "curl"]).entry(done) is not done
    assert isinstance(hidden := Redactor(["debian", "curl"]).entry(done), Done)
    assert (hidden.outcome.before, hidden.outcome.after) == (done.outcome.before, done.outcome.after)


def test_very_short_values_are_not_secrets() -> None:
    assert Redactor(["1", "3.1", ""]).text("python 3.11") == "python 3.11"
