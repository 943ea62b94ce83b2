"""From text to statements that tile it: which lines belong to which instruction, and what the builder sees of them.

The segmentation is BuildKit's (moby/buildkit `frontend/dockerfile/parser/parser.go` and `directives.go`):

* only `\\n` ends a line; a line is a comment if its first character that is not a blank is `#`;
* a line goes on if it ends in one escape character, blanks after it allowed; two of them are no continuation;
* comments and blank lines inside a continuation are dropped, so one as last line pulls in the next instruction;
* directives count only before any other line, and each only once;
* heredocs are announced on RUN, COPY and ADD, and on ONBUILD of those, unless the arguments are JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from optimizer.containerfile.heredocs import Announced, announced
from optimizer.containerfile.nodes import Directive, DirectiveKind, Heredoc, Logical, Part, PartKind, Piece
from optimizer.containerfile.words import SPACE
from optimizer.text import Span

BYTE_ORDER_MARK = "\ufeff"
_DIRECTIVE = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*\Z", re.DOTALL)
_KINDS = {kind.value: kind for kind in DirectiveKind}


@dataclass(frozen=True, slots=True)
class Statement:
    """One instruction before its arguments are read."""

    leading: Span
    span: Span
    line: Logical
    """Keyword, flags and arguments, surrounding blanks included."""
    parts: tuple[Part, ...]
    heredocs: tuple[Heredoc, ...]
    problem: str | None
    """Why the builder would stop here, whatever the arguments are."""


@dataclass(frozen=True, slots=True)
class Statements:
    """A whole text, tiled."""

    head: Span
    directives: tuple[Directive, ...]
    items: tuple[Statement, ...]
    tail: Span
    escape: str


def scan(text: str, takes_heredocs: Callable[[str, str], bool]) -> Statements:
    """Tile `text`. `takes_heredocs(line, escape)` says whether a logical line may announce heredocs."""
    head, directives, escape = _head(text)
    items: list[Statement] = []
    at = leading = head.end
    size = len(text)
    while at < size:
        end = text.find("\n", at) + 1 or size
        content = text[at:end].lstrip(" \t\r\n")
        if content[:1] in SPACE:  # rare, or nothing is left
            content = content.lstrip(SPACE)
        if not content or content[0] == "#":
            at = end
            continue
        statement = _statement(text, Span(leading, at), end, escape, takes_heredocs)
        items.append(statement)
        at = leading = statement.parts[-1].span.end
    return Statements(head, directives, tuple(items), Span(leading, size), escape)


def _statement(
    text: str, leading: Span, end: int, escape: str, takes_heredocs: Callable[[str, str], bool]
) -> Statement:
    start = leading.end
    size = len(text)
    first = text[start:end].rstrip("\r\n")
    begin = start + len(first) - len(first.lstrip(SPACE))
    content, goes_on = _continued(first[begin - start :], escape)
    pieces = [Piece(0, begin)]
    parts = [Part(PartKind.TEXT, Span(start, end))]
    if not goes_on:
        line = content
    else:
        contents = [content]
        length = len(content)
        while goes_on and end < size:
            start, end = end, text.find("\n", end) + 1 or size
            physical = text[start:end].rstrip("\r\n")
            bare = physical.lstrip(" \t")
            if bare[:1] in SPACE:  # rare, or nothing is left
                bare = bare.lstrip(SPACE)
            if not bare:
                parts.append(Part(PartKind.BLANK, Span(start, end)))
                continue
            if bare[0] == "#":
                parts.append(Part(PartKind.COMMENT, Span(start, end)))
                continue
            parts.append(Part(PartKind.TEXT, Span(start, end)))
            content, goes_on = _continued(physical, escape)
            if content:
                if not length:
                    pieces.clear()
                pieces.append(Piece(length, start))
                contents.append(content)
                length += len(content)
        line = "".join(contents)
    heredocs: tuple[Heredoc, ...] = ()
    problem = None
    if "<<" in line and takes_heredocs(line, escape):
        heredocs, problem = _heredocs(text, end, announced(line), parts)
    last = parts[-1].span
    stop = last.start + len(last.of(text).rstrip("\r\n"))
    return Statement(leading, Span(begin, stop), Logical(line, tuple(pieces)), tuple(parts), heredocs, problem)


def _continued(line: str, escape: str) -> tuple[str, bool]:
    """The part of a line that counts, and whether the next line belongs to it."""
    if escape not in line:
        return line, False
    bare = line.rstrip(" \t")
    if bare.endswith(escape) and bare[-2:-1] != escape:
        return bare[:-1], True
    return line, False


def _heredocs(
    text: str, at: int, wanted: tuple[Announced, ...], parts: list[Part]
) -> tuple[tuple[Heredoc, ...], str | None]:
    """Read the bodies from offset `at`, one after the other; adds a part for each."""
    found: list[Heredoc] = []
    size = len(text)
    for heredoc in wanted:
        start = at
        while True:
            if at >= size:
                if size > start:
                    parts.append(Part(PartKind.HEREDOC, Span(start, size)))
                return tuple(found), f"the heredoc {heredoc.name} has no end"
            begin, at = at, text.find("\n", at) + 1 or size
            ending = text[begin:at].rstrip("\r\n")
            if (ending.lstrip("\t") if heredoc.strips_tabs else ending) == heredoc.name:
                break
        parts.append(Part(PartKind.HEREDOC, Span(start, at)))
        body = text[start:begin]
        if heredoc.strips_tabs:
            body = "\n".join(line.lstrip("\t") for line in body.split("\n"))
        found.append(Heredoc(heredoc.name, Span(start, begin), heredoc.expands, heredoc.strips_tabs, body))
    return tuple(found), None


def _head(text: str) -> tuple[Span, tuple[Directive, ...], str]:
    """Byte-order mark and directives, and the escape character in force.

    A `#!` line may stand above `# syntax=` (`DetectSyntax` skips it), but the parser proper, which reads `# escape=`,
    takes it for an ordinary comment.
    """
    at = end = 1 if text.startswith(BYTE_ORDER_MARK) else 0
    escape = "\\"
    found: list[Directive] = []
    seen: set[DirectiveKind] = set()
    shebang = text.startswith("#!", at)
    if shebang:
        at = text.find("\n", at) + 1 or len(text)
    while at < len(text):
        stop = text.find("\n", at) + 1 or len(text)
        line = text[at:stop].rstrip("\r\n")
        bare = line.lstrip(SPACE)
        match = _DIRECTIVE.match(bare[1:].lstrip(SPACE)) if bare.startswith("#") else None
        kind = _KINDS.get(match[1].lower()) if match else None
        if match is None or kind is None or kind in seen:
            break
        if kind is DirectiveKind.ESCAPE:
            if shebang or match[2] not in ("\\", "`"):
                break
            escape = match[2]
        seen.add(kind)
        begin = at + len(line) - len(bare)
        found.append(Directive(kind, match[2], Span(begin, at + len(line))))
        at = end = stop
    return Span(0, end), tuple(found), escape
