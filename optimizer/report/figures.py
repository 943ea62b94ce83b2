"""Figures as people read them. Sizes are decimal: 1 MB is 10^6 bytes, as registries and `podman images` count."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.proof.model import Measure

UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of before and after; `change` is empty where a comparison would not be honest."""

    label: str
    before: str
    after: str
    change: str


def size(count: int) -> str:
    """Bytes with three digits that count: `881 MB`, `36.8 MB`, `1.24 GB`, `512 B`."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        # 999.6 kB is written as 1.00 MB, not as 1000 kB.
        if abs(count) >= factor * 0.9995:
            return f"{_three(count / factor)} {unit}"
    return f"{count} B"


def seconds(count: float) -> str:
    """Seconds with what the clock can tell: `0.4 s`, `12.3 s`, `184 s`."""
    return f"{count:.1f} s" if abs(count) < 99.95 else f"{count:.0f} s"


def percent(before: float, after: float) -> str:
    """How much it changed: `-58 %`, `+3 %`, `±0 %`; empty when there was nothing before."""
    if before == 0:
        return ""
    change = (after - before) / before * 100
    text = f"{change:+.0f}" if abs(change) >= 9.5 else f"{change:+.1f}"
    return "±0 %" if float(text) == 0 else f"{text} %"


def table(before: Measure, after: Measure) -> tuple[Row, ...]:
    """The figures of two images side by side."""
    # Steps that came from a cache took no time: such times cannot be compared.
    comparable = before.cached == 0 and after.cached == 0
    rows = (
        _row("size unpacked", before.unpacked, after.unpacked),
        Row(
            "size compressed",
            _compressed(before),
            _compressed(after),
            percent(before.compressed, after.compressed),
        ),
        Row("layers", str(before.layers), str(after.layers), _count(after.layers - before.layers)),
        Row(
            "build",
            UNKNOWN if before.cached else seconds(before.build_seconds),
            UNKNOWN if after.cached else seconds(after.build_seconds),
            percent(before.build_seconds, after.build_seconds) if comparable else "",
        ),
        _rebuild(before.rebuild_seconds, after.rebuild_seconds),
    )
    return tuple(row for row in rows if (row.before, row.after) != (UNKNOWN, UNKNOWN))


def cached(before: Measure, after: Measure) -> str:
    """What to say about steps that came from a cache; empty when none did."""
    if not before.cached and not after.cached:
        return ""
    return f"no build times: {before.cached} and {after.cached} steps came from the cache of earlier builds"


def _row(label: str, before: int, after: int) -> Row:
    return Row(label, size(before), size(after), percent(before, after))


def _compressed(measure: Measure) -> str:
    return f"{'~' if measure.sampled else ''}{size(measure.compressed)}"


def _rebuild(before: float | None, after: float | None) -> Row:
    return Row(
        "rebuild after an edit",
        UNKNOWN if before is None else seconds(before),
        UNKNOWN if after is None else seconds(after),
        "" if before is None or after is None else percent(before, after),
    )


def _count(change: int) -> str:
    return f"{change:+d}" if change else "±0"


def _three(value: float) -> str:
    if abs(value) >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 9.995 else f"{value:.2f}"
