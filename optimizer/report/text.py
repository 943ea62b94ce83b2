"""The report for people at a terminal: what would change and why, what was left alone, and the figures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from optimizer.errors import OriginalFails
from optimizer.render import render
from optimizer.report.entry import Done, Entry, Failed, Status
from optimizer.report.paint import Colour, Paint
from optimizer.report.view import plural, view
from optimizer.report.visible import line, visible

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


def text(entries: Sequence[Entry], style: Style) -> str:
    """The whole report: one paragraph for each Containerfile, and a line that counts them if they are several."""
    parts = [_done(entry, style) if isinstance(entry, Done) else _failed(entry, style) for entry in entries]
    if len(entries) > 1:
        parts.append(_sum(entries))
    return "\n".join(parts)


def _done(done: Done, style: Style) -> str:
    return render(
        "report/text.j2",
        view=view(done),
        verbose=style.detail is Detail.FULL,
        paint=Paint(style.colour),
        plainly=str,
        plural=plural,
        wrap=lambda lead, words: wrap(lead, words, style.width),
    )


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


def _sum(entries: Sequence[Entry]) -> str:
    counts = Counter(entry.status for entry in entries)
    told = ", ".join(f"{counts[status]} {status.value}" for status in Status if counts[status])
    return f"{plural(len(entries), 'file')}: {told}\n"


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
