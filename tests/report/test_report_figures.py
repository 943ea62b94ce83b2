"""Figures: three digits that count, and no comparison that would not be honest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.report.figures import Row, cached, percent, seconds, size, table
from tests.report.build import measure


@pytest.mark.parametrize(
    "count, text",
    [
        (0, "0 B"),
        (512, "512 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (36_800, "36.8 kB"),
        (999_400, "999 kB"),
        (999_600, "1.00 MB"),
        (9_996_000, "10.0 MB"),
        (36_849_000, "36.8 MB"),
        (99_960_000, "100 MB"),
        (881_200_000, "881 MB"),
        (1_240_000_000, "1.24 GB"),
        (123_000_000_000, "123 GB"),
    ],
)
def test_sizes_are_decimal(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize("count, text", [(0.04, "0.0 s"), (12.34, "12.3 s"), (99.94, "99.9 s"), (184.4, "184 s")])
def test_times_are_in_seconds(count: float, text: str) -> None:
    assert seconds(count) == text


@pytest.mark.parametrize(
    "before, after, text",
    [
        (881, 368, "-58 %"),
        (100, 103.3, "+3.3 %"),
        (100, 99.99, "±0 %"),
        (100, 100, "±0 %"),
        (100, 0, "-100 %"),
        (0, 5, ""),
    ],
)
def test_changes_are_relative_to_before(before: float, after: float, text: str) -> None:
    assert percent(before, after) == text


def test_a_table_compares() -> None:
    rows = {row.label: row for row in table(measure(881_200_000), measure(368_000_000, rebuild=4.1))}
    assert (rows["size unpacked"].before, rows["size unpacked"].after) == ("881 MB", "368 MB")
    assert [row.change for row in rows.values()] == ["-58 %", "-58 %", "±0", "±0 %", "-90 %"]


def test_times_of_builds_that_used_a_cache_are_not_compared() -> None:
    before, after = measure(10), measure(10, cached=3)
    assert {row.label: row.change for row in table(before, after)}["build"] == ""
    assert cached(before, after) == "no build times: 0 and 3 steps came from the cache of earlier builds"
    assert cached(before, before) == ""


def test_what_a_sample_tells_is_marked() -> None:
    rows = {row.label: row for row in table(replace(measure(900_000_000), sampled=True), measure(300_000_000))}
    assert rows["size compressed"] == Row("size compressed", "~300 MB", "100 MB", "-67 %")
    assert rows["size unpacked"].before == "900 MB"


def test_a_rebuild_that_was_not_measured_is_left_blank() -> None:
    row = table(measure(10, rebuild=None), measure(10))[-1]
    assert (row.before, row.after, row.change) == ("-", "41.0 s", "")
