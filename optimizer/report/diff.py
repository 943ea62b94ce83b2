"""Unified diffs that `git apply` and `patch -p1` carry out byte for byte.

Only `\\n` ends a line: a carriage return, a byte order mark or a NUL is part of its line. Names are quoted as git does
with core.quotePath off (git-config): between double quotes if they hold a quote, a backslash or a control character.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum

from optimizer.report.entry import Done
from optimizer.report.visible import visible
from optimizer.text import encode

_CONTEXT = 3
_NOWHERE = "/dev/null"


class Kind(Enum):
    """What a line of a diff is; the value is the SGR parameter it is coloured with (ECMA-48 8.3.117)."""

    NAME = "1"
    PLACE = "36"
    KEPT = ""
    REMOVED = "31"
    ADDED = "32"
    NOTE = "2"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a diff, without the newline that ends it."""

    kind: Kind
    text: str


def of_entry(done: Done) -> tuple[Line, ...]:
    """All changes that belong to one Containerfile: ignore files first, as they are written."""
    return of_entries([done])


def of_entries(entries: Iterable[Done]) -> tuple[Line, ...]:
    """The changes of several Containerfiles as one patch: an ignore file that they share is in it once."""
    # Keys keep their order, and the same change of the same file is the same key.
    changes: dict[tuple[str, str | None, str], None] = {}
    for done in entries:
        outcome = done.outcome
        for write in outcome.writes:
            changes.setdefault((done.beside(write.path), write.before, write.after))
        if outcome.before != outcome.after:
            changes.setdefault((done.name, outcome.before, outcome.after))
    return tuple(line for change in changes for line in of_file(*change))


def of_file(name: str, before: str | None, after: str) -> tuple[Line, ...]:
    """The change of one file, empty if there is none. `before` None: the file is new."""
    if before == after:
        return ()
    old, new = _lines(before or ""), _lines(after)
    name = name.lstrip("/")
    lines = [
        Line(Kind.NAME, f"--- {_NOWHERE if before is None else _quoted('a/' + name)}"),
        Line(Kind.NAME, f"+++ {_quoted('b/' + name)}"),
    ]
    # Without `autojunk=False` a line that is frequent in a long file would never match itself.
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        place = f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@"
        lines.append(Line(Kind.PLACE, place))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                lines += _marked(Kind.KEPT, " ", old[old_from:old_to])
            else:
                lines += _marked(Kind.REMOVED, "-", old[old_from:old_to])
                lines += _marked(Kind.ADDED, "+", new[new_from:new_to])
    return tuple(lines)


def plain(lines: tuple[Line, ...]) -> str:
    """The diff as programs read it."""
    return "".join(f"{line.text}\n" for line in lines)


def coloured(lines: tuple[Line, ...]) -> str:
    """The diff for a terminal: coloured, with control characters shown as marks."""
    return "".join(
        f"\x1b[{line.kind.value}m{visible(line.text)}\x1b[m\n" if line.kind.value else f"{visible(line.text)}\n"
        for line in lines
    )


def count(lines: tuple[Line, ...]) -> str:
    """How much was added and removed: `+4 -12`."""
    kinds = [line.kind for line in lines]
    return f"+{kinds.count(Kind.ADDED)} -{kinds.count(Kind.REMOVED)}"


def _lines(text: str) -> list[str]:
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _range(start: int, stop: int) -> str:
    """A range of lines in unified format: an empty one is named by the line before it (POSIX diff, "Diff -u")."""
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _marked(kind: Kind, mark: str, lines: list[str]) -> Iterator[Line]:
    for text in lines:
        yield Line(kind, mark + text.removesuffix("\n"))
        if not text.endswith("\n"):
            yield Line(Kind.NOTE, "\\ No newline at end of file")


def _quoted(name: str) -> str:
    marks = {"\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
    if any(mark in marks or ord(mark) < 0x20 or 0xDC80 <= ord(mark) <= 0xDCFF for mark in name):
        return '"' + "".join(marks.get(mark) or _octal(mark) for mark in name) + '"'
    # A blank would end the name, were it not for the tab that follows (GNU diff, "Unusual File Names").
    return name + "\t" if " " in name else name


def _octal(mark: str) -> str:
    if ord(mark) >= 0x20 and not 0xDC80 <= ord(mark) <= 0xDCFF:
        return mark
    return "".join(f"\\{byte:03o}" for byte in encode(mark))
