"""The wildcards of `${name#pattern}` and its kin: `*`, `?` and backslash, without bracket expressions.

As BuildKit has them (moby/buildkit `frontend/dockerfile/shell/lex.go`, after POSIX.1-2017 XCU 2.13). Matching takes
time proportional to pattern times text, whatever the pattern.
"""

from __future__ import annotations

from enum import Enum


class BadPattern(ValueError):
    """A backslash before a character that cannot be escaped."""


class _Wild(Enum):
    ANY = "?"
    MANY = "*"


_Token = str | _Wild
_Chunk = list[_Token]


def trim_prefix(value: str, pattern: str, *, longest: bool) -> str:
    """`value` without the shortest (or longest) beginning that matches. Raises BadPattern."""
    end = _match(_chunks(_tokens(pattern)), value, 0, longest=longest)
    return value if end is None else value[end:]


def trim_suffix(value: str, pattern: str, *, longest: bool) -> str:
    """`value` without the shortest (or longest) ending that matches. Raises BadPattern."""
    backwards = value[::-1]
    end = _match(_chunks(_tokens(pattern)[::-1]), backwards, 0, longest=longest)
    return value if end is None else backwards[end:][::-1]


def replace(value: str, pattern: str, replacement: str, *, everywhere: bool) -> str:
    """`value` with the first longest match (or every match) replaced. Raises BadPattern."""
    chunks = _chunks(_tokens(pattern))
    result: list[str] = []
    at = copied = 0
    previous_end = -1
    while at <= len(value):
        end = _match(chunks, value, at, longest=True)
        if end is None or (end == at == previous_end):  # an empty match right after a match does not count
            at += 1
            continue
        result += (value[copied:at], replacement)
        copied = previous_end = end
        at = max(end, at + 1) if end == at else end
        if not everywhere:
            break
    return "".join((*result, value[copied:]))


def _tokens(pattern: str) -> list[_Token]:
    tokens: list[_Token] = []
    chars = iter(pattern)
    for char in chars:
        if char == "*":
            tokens.append(_Wild.MANY)
        elif char == "?":
            tokens.append(_Wild.ANY)
        elif char == "\\":
            escaped = next(chars, "")
            if escaped not in {"*", "?", "\\", "}", "/"}:
                raise BadPattern(f"invalid escape \\{escaped} in a pattern")
            tokens.append(escaped)
        else:
            tokens.append(char)
    return tokens


def _chunks(tokens: list[_Token]) -> list[_Chunk]:
    """The pieces of fixed length between the stars."""
    chunks: list[_Chunk] = [[]]
    for token in tokens:
        if token is _Wild.MANY:
            chunks.append([])
        else:
            chunks[-1].append(token)
    return chunks


def _match(chunks: list[_Chunk], value: str, start: int, *, longest: bool) -> int | None:
    """Where a match that begins at `start` ends. Taking each middle piece as early as possible never loses a match."""
    first, *rest = chunks
    if not _fits(first, value, start):
        return None
    at = start + len(first)
    if not rest:
        return at
    for chunk in rest[:-1]:
        found = _find(chunk, value, range(at, len(value) - len(chunk) + 1))
        if found is None:
            return None
        at = found + len(chunk)
    last = rest[-1]
    places = range(at, len(value) - len(last) + 1)
    found = _find(last, value, places[::-1] if longest else places)
    return None if found is None else found + len(last)


def _find(chunk: _Chunk, value: str, places: range) -> int | None:
    return next((place for place in places if _fits(chunk, value, place)), None)


def _fits(chunk: _Chunk, value: str, at: int) -> bool:
    if at + len(chunk) > len(value):
        return False
    return all(token is _Wild.ANY or token == value[at + offset] for offset, token in enumerate(chunk))
