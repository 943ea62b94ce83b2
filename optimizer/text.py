"""Spans and edits on text.

Knows nothing of Containerfiles. Offsets are indices into the decoded text, never bytes: a file is decoded once with
`decode` and encoded once with `encode`, and everything between works on the same string.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open range `[start, end)` of offsets into a text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: {self.start}..{self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """The part of `text` that this span covers."""
        return text[self.start : self.end]

    def contains(self, other: Span) -> bool:
        """Whether `other` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end

    def touches(self, other: Span) -> bool:
        """Whether the two share at least one character, or one is empty and lies strictly inside the other."""
        return self.start < other.end and other.start < self.end

    def shift(self, by: int) -> Span:
        """The same range, `by` characters further on."""
        return Span(self.start + by, self.end + by)


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace what `span` covers by `replacement`; an empty span inserts, an empty replacement cuts."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Position:
    """A place as people name it: line and column, both counted from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


class OverlappingEdits(ValueError):
    """Two edits of one batch claim the same characters."""


def insert(at: int, text: str) -> Edit:
    """An edit that puts `text` before the character at `at`."""
    return Edit(Span(at, at), text)


def cut(span: Span) -> Edit:
    """An edit that removes what `span` covers."""
    return Edit(span, "")


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Carry out a batch of edits, all given in offsets of the text as it was.

    Insertions at one offset keep the order in which they were given. Raises OverlappingEdits when two edits claim the
    same characters, ValueError when one lies outside the text.
    """
    ordered = sorted(edits, key=lambda edit: (edit.span.start, edit.span.end))
    pieces: list[str] = []
    done = 0
    for edit in ordered:
        if edit.span.end > len(text):
            raise ValueError(f"edit outside the text: {edit.span}")
        if edit.span.start < done:
            raise OverlappingEdits(f"two edits claim offset {edit.span.start}")
        pieces.append(text[done : edit.span.start])
        pieces.append(edit.replacement)
        done = edit.span.end
    pieces.append(text[done:])
    return "".join(pieces)


class LineIndex:
    """Where the lines of a text begin. Only `\\n` ends a line, as for BuildKit and buildah."""

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        starts = [0]
        at = text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = text.find("\n", at + 1)
        self._starts = starts

    def position(self, offset: int) -> Position:
        """Line and column of the character at `offset`."""
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)


def decode(data: bytes) -> str:
    """Bytes to text without loss: invalid UTF-8 becomes lone surrogates (PEP 383), nothing else is changed."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The exact bytes that `decode` was given."""
    return text.encode("utf-8", "surrogateescape")


def printable(text: str) -> str:
    """The text with lone surrogates shown as the replacement character, for output that must be valid UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class Origins:
    """Where the characters of an edited text came from, through any number of batches of edits."""

    __slots__ = ("_batches",)

    def __init__(self, batches: tuple[tuple[Edit, ...], ...] = ()) -> None:
        self._batches = batches

    def then(self, edits: Iterable[Edit]) -> Origins:
        """The same, with one more batch carried out."""
        return Origins((*self._batches, tuple(sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)))))

    def back(self, offset: int) -> int:
        """The offset in the first text of what stands at `offset` in the last; the edit's start for what is new."""
        for batch in reversed(self._batches):
            grown = 0
            for edit in batch:
                begin = edit.span.start + grown
                if offset < begin:
                    break
                if offset < begin + len(edit.replacement):
                    offset = begin
                    break
                grown += len(edit.replacement) - len(edit.span)
            offset = max(offset - grown, 0)
        return offset
