"""The report for people at a terminal: what would change and why, what was left alone, and the figures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from optimizer.errors import OriginalFails
from optimizer.outcome import Fate
from optimizer.proof.model import CheckResult
from optimizer.report.entry import Done, Entry, Failed, Status
from optimizer.report.figures import Row
from optimizer.report.paint import Colour, Paint
from optimizer.report.view import Group, View, plural, view
from optimizer.report.visible import line, visible

_MOST = 5
"""Differences, and lines of a failed build, that a brief report shows."""
_SGR = re.compile(r"\x1b\[[0-9;]*m")


class Detail(Enum):
    """How much is said."""

    BRIEF = "refusals are counted, checks that passed too"
    FULL = "everything"


@dataclass(frozen=True, slots=True)
class Style:
    """How it looks. `width` is in columns."""

    width: int = 80
    colour: Colour = Colour.OFF
    detail: Detail = Detail.BRIEF


def text(entries: Iterable[Entry], style: Style) -> str:
    """The whole report: one paragraph for each Containerfile, and a line that counts them if they are several."""
    parts: list[str] = []
    counts: Counter[Status] = Counter()
    for entry in entries:
        parts.append(_done(entry, style) if isinstance(entry, Done) else _failed(entry, style))
        counts[entry.status] += 1
    if len(parts) > 1:
        parts.append(_sum(counts))
    return "\n".join(parts)


def _done(done: Done, style: Style) -> str:
    return "\n".join(_Page(view(done), style).lines()) + "\n"


class _Page:
    """One Containerfile's part of the report. Not a template: loading jinja2 takes a fifth of a dry run."""

    def __init__(self, seen: View, style: Style) -> None:
        self._view = seen
        self._style = style
        self._paint = Paint(style.colour)

    @property
    def _full(self) -> bool:
        return self._style.detail is Detail.FULL

    def _wrap(self, lead: str, words: str) -> str:
        return wrap(lead, words, self._style.width)

    def lines(self) -> Iterator[str]:
        """The headline and then, each after a blank line, the parts that have something to say."""
        seen = self._view
        status = self._paint.good(seen.status.value) if seen.changes else seen.status.value
        yield f"{self._paint.bold(seen.name)}: {status}"
        groups = seen.groups + (seen.quiet if self._full else ())
        for part in (*map(self._group, groups), self._refusals(), self._figures(), self._behaviour(), self._verdict()):
            told = list(part)
            if told:
                yield ""
                yield from told

    def _group(self, group: Group) -> Iterator[str]:
        yield f"  {group.heading}"
        for item in group.items:
            yield self._wrap(f"{item.line:6}  ", f"{self._paint.name(item.rule)}: {item.title}")
            yield self._wrap(" " * 8, item.reason + (f", saves {item.saves}" if item.saves else ""))
            if item.because:
                proven = group.fate is Fate.PROVEN
                told = self._paint.dim(f"refused before: {item.because}") if proven else self._paint.bad(item.because)
                yield self._wrap(" " * 8, told)

    def _refusals(self) -> Iterator[str]:
        if not self._view.refusals:
            return
        if not self._full:
            told = f"left alone: {plural(self._view.refused, 'place')}, -v says where and why"
            yield self._wrap("  ", self._paint.dim(told))
            return
        yield "  left alone"
        for each in self._view.refusals:
            for number, detail in each.places:
                why = f"{each.why}: {detail}" if detail else each.why
                yield self._wrap(f"{number:6}  ", f"{self._paint.name(each.rule)}: {why}")

    def _figures(self) -> Iterator[str]:
        if not self._view.rows:
            return
        for row in (Row("", "before", "after", "change"), *self._view.rows):
            yield f"  {row.label:22} {row.before:>10} {row.after:>10} {row.change:>8}".rstrip()
        if self._view.note:
            yield self._wrap("  ", self._paint.dim(self._view.note))

    def _behaviour(self) -> Iterator[str]:
        seen = self._view
        if seen.checks:
            yield self._wrap("  ", f"checks of behaviour: {seen.counts}" + ("" if self._full else ", -v lists them"))
        for check in seen.checks:
            failed = check.result is CheckResult.FAILED
            if failed or self._full:
                yield self._wrap("    - ", self._paint.bad(check.text) if failed else check.text)
        if seen.differences:
            yield "  differences that no change accounts for"
        for difference in seen.differences[: None if self._full else _MOST]:
            yield self._wrap("    - ", self._paint.bad(difference))
        if seen.tail:
            yield "  the last lines of the build"
        for each in seen.tail[None if self._full else -_MOST :]:
            yield f"  | {each}"

    def _verdict(self) -> Iterator[str]:
        seen = self._view
        for bug in seen.bugs:
            yield self._wrap("  ", self._paint.bad(f"a pass broke a rule and was dropped, please report it: {bug}"))
        for attempt in seen.attempts if self._full else ():
            yield self._wrap("  ", f"tried {attempt}")
        if seen.groups or seen.verdict or self._full:
            compared = f"; {plural(seen.compared, 'path')} compared" if seen.compared else ""
            yield self._wrap("  ", seen.proof + compared)
        if seen.hint:
            yield self._wrap("  hint: ", seen.hint)


def _failed(failed: Failed, style: Style) -> str:
    paint = Paint(style.colour)
    error = failed.error
    where = "" if error.at is None else f"line {error.at.line}: "
    lines = [f"{paint.bold(line(failed.name))}: {paint.bad(failed.status.value)}", ""]
    lines.append(wrap("  ", paint.bad(line(where + error.message)), style.width))
    if isinstance(error, OriginalFails):
        lines += [f"  | {visible(each)}" for each in error.tail]
    if error.hint:
        lines.append(wrap("  hint: ", line(error.hint), style.width))
    return "\n".join(lines) + "\n"


def _sum(counts: Counter[Status]) -> str:
    told = ", ".join(f"{counts[status]} {status.value}" for status in Status if counts[status])
    return f"{plural(counts.total(), 'file')}: {told}\n"


def wrap(lead: str, words: str, width: int) -> str:
    """Words after a lead, broken at `width` columns; further lines are indented as far as the lead is long.

    A word that is longer than a line is not broken: paths and commands can be copied.
    """
    lines = [lead]
    used = len(lead)
    for word in words.split():
        length = len(_SGR.sub("", word))
        if used > len(lead) and used + 1 + length > width:
            lines.append(" " * len(lead))
            used = len(lead)
        glue = " " if used > len(lead) else ""
        lines[-1] += glue + word
        used += len(glue) + length
    return "\n".join(lines)
