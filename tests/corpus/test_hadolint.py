"""What the judge takes for new, and what for a finding that was there and not said."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.corpus.hadolint import apart, judge, neighbours, new_findings
from tests.golden import GOLDEN

_SIDE_BY_SIDE = "FROM a:1\nWORKDIR /x\nRUN cd /x && make\nRUN make install\nCOPY a /b\nRUN touch /c\n"


def test_counts_runs_that_stand_side_by_side() -> None:
    assert neighbours(_SIDE_BY_SIDE) == 1
    assert neighbours("FROM a:1\nRUN b\nFROM a:1\nRUN c\n") == 0


def test_takes_commands_apart() -> None:
    assert apart("FROM a:1\nRUN b; c \\\n  && d\n") == "FROM a:1\nRUN b\nRUN c\nRUN d\n"


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        ({}, {"DL3059": 1}, []),
        ({}, {"DL3059": 2}, ["DL3059"]),
        ({"DL3020": 2}, {"DL3020": 1, "DL3045": 1}, []),
        ({"DL3020": 2}, {"DL3020": 1, "DL3045": 2}, ["DL3045"]),
        ({"SC2103": 2}, {"SC2103": 1, "SC2164": 1}, []),
        ({"SC2103": 1}, {"SC2103": 1, "SC2164": 1}, ["SC2164"]),
        ({"SC2086": 1}, {"SC2086": 2}, ["SC2086"]),
        ({"SC2086": 2}, {"SC2086": 1}, []),
    ],
)
def test_tells_new_findings_from_old_ones(before: dict[str, int], after: dict[str, int], new: list[str]) -> None:
    assert list(new_findings(_SIDE_BY_SIDE, Counter(before), Counter(after))) == new


def test_asks_each_command_for_what_shellcheck_hid() -> None:
    hidden = "FROM a:1\nRUN source /x; cd /y; make\n"
    assert list(new_findings(hidden, Counter(), Counter({"SC3046": 1}))) == []
    assert list(new_findings(hidden, Counter(), Counter({"SC3046": 2}))) == ["SC3046"]


def test_finds_nothing_new_in_the_golden_cases_of_joined_runs() -> None:
    cases = sorted(GOLDEN.glob("merge_runs/*/before.Containerfile"))
    assert cases
    assert [words for judged in judge(cases) for words in judged.new] == []
