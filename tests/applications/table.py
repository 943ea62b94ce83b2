"""The table of all applications that a run of the tests prints at its end, and what must hold for them together.

Tests of several processes end up in one table: each hands its row over as a property of its report.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

import pytest

PROPERTY = "application"
TOTAL = "tests/applications/test_applications.py::all_together"
EACH, TOGETHER = 0.80, 0.95
"""The least part of the expert's saving."""


@dataclass(frozen=True)
class Row:
    """Megabytes unpacked and compressed, and layers: before, ours and the expert's. `checks` pass on all three."""

    app: str
    unpacked: tuple[float, float, float]
    compressed: tuple[float, float, float]
    layers: tuple[int, int, int]
    checks: int

    @property
    def share(self) -> float:
        """Our saving as a part of the expert's."""
        before, ours, expert = self.unpacked
        return (before - ours) / (before - expert)

    def __str__(self) -> str:
        cells = (_arrows(self.unpacked), _arrows(self.compressed), "/".join(map(str, self.layers)))
        return _LINE.format(self.app, *cells, self.checks, f"{self.share:.1%}")


_LINE = "{:14}{:>23}{:>21}{:>11}{:>8}{:>9}"


def _arrows(sizes: tuple[float, ...]) -> str:
    return " → ".join(f"{size:,.0f}" for size in sizes)


def total(rows: Iterable[Row]) -> Row:
    """All rows as one."""
    columns = [(row.unpacked, row.compressed, row.layers, row.checks) for row in rows]
    unpacked, compressed, layers, checks = zip(*columns, strict=True)
    return Row(f"{len(columns)} together", _sum(unpacked), _sum(compressed), _sum(layers), sum(checks))


def _sum(cells: Iterable[tuple[float, ...]]) -> tuple:  # type: ignore[type-arg]
    return tuple(map(sum, zip(*cells, strict=True)))


def table(rows: Iterable[Row]) -> Iterator[str]:
    """The lines of the table."""
    found = sorted(rows, key=lambda row: row.app)
    yield _LINE.format("application", "MB unpacked", "MB compressed", "layers", "checks", "saving")
    yield from map(str, found)
    if len(found) > 1:
        yield str(total(found))
    yield "each: before → ours → an expert's; saving: ours as a part of the expert's, unpacked"


def handed(row: Row) -> tuple[str, str]:
    """The row as a property of a report."""
    return PROPERTY, json.dumps(asdict(row))


def taken(properties: Iterable[tuple[str, object]]) -> Iterator[Row]:
    """Rows that reports hand over."""
    for name, value in properties:
        if name == PROPERTY:
            yield _row(json.loads(str(value)))


def _row(data: Mapping[str, object]) -> Row:
    return Row(**{key: tuple(value) if isinstance(value, list) else value for key, value in data.items()})  # type: ignore[arg-type]


def rows_of(reporter: pytest.TerminalReporter) -> list[Row]:
    """Every row that this run of the tests handed over."""
    reports = [each for reports in reporter.stats.values() for each in reports if isinstance(each, pytest.TestReport)]
    return [row for report in reports if report.when == "call" for row in taken(report.user_properties)]


def judge(session: pytest.Session, reporter: pytest.TerminalReporter, names: Iterable[str]) -> None:
    """Add a last test where all of `names` were measured: whether together they save what an expert saves."""
    rows = rows_of(reporter)
    if not {row.app for row in rows} >= set(names):
        return
    share = total(rows).share
    outcome = "passed" if share >= TOGETHER else "failed"
    said = f"all applications together reach {share:.1%} of an expert's saving, not {TOGETHER:.0%}"
    report = pytest.TestReport(
        TOTAL,
        (TOTAL.partition("::")[0], None, "all_together"),
        {},
        outcome,
        said if outcome == "failed" else None,
        "call",
    )
    reporter.stats.setdefault(outcome, []).append(report)
    if outcome == "failed":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
