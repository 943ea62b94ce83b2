"""The table of applications, and what must hold for all of them together."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from tests.applications.table import Row, handed, judge, table, taken, total

GOOD = Row("good", (1000.0, 100.0, 100.0), (400.0, 40.0, 40.0), (9, 4, 4), 6)
POOR = Row("poor", (1000.0, 260.0, 100.0), (400.0, 99.0, 40.0), (8, 4, 4), 5)


def finished(*rows: Row) -> tuple[pytest.TerminalReporter, SimpleNamespace]:
    reports = [
        pytest.TestReport(row.app, ("x", None, row.app), {}, "passed", None, "call", user_properties=[handed(row)])
        for row in rows
    ]
    return cast(pytest.TerminalReporter, SimpleNamespace(stats={"passed": reports})), SimpleNamespace(exitstatus=0)


def test_rows_come_through_reports_unchanged() -> None:
    assert list(taken([("other", 1), handed(GOOD), handed(POOR)])) == [GOOD, POOR]


def test_the_total_adds_up() -> None:
    both = total([GOOD, POOR])
    assert (both.unpacked, both.layers, both.checks) == ((2000.0, 360.0, 200.0), (17, 8, 8), 11)
    assert round(both.share, 3) == 0.911
    assert [line.split()[0] for line in table([POOR, GOOD])] == ["application", "good", "poor", "2", "each:"]


@pytest.mark.parametrize(
    ("rows", "names", "outcome"),
    [
        ((GOOD, GOOD), ["good"], "passed"),
        ((GOOD, POOR), ["good", "poor"], "failed"),
        ((POOR,), ["good", "poor"], None),
    ],
    ids=["enough", "too little", "not all were measured"],
)
def test_all_together_are_judged(rows: tuple[Row, ...], names: list[str], outcome: str | None) -> None:
    reporter, session = finished(*rows)
    judge(cast(pytest.Session, session), reporter, names)
    said = {
        kind: [each for each in found if each.nodeid.endswith("::all_together")]
        for kind, found in reporter.stats.items()
    }
    assert [kind for kind, found in said.items() if found] == ([outcome] if outcome else [])
    assert bool(session.exitstatus) is (outcome == "failed")
