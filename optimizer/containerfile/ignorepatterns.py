"""The lines of an ignore file as patterns, and patterns as expressions, by the rules of either builder.

* BUILDAH: openshift/imagebuilder `ParseIgnoreReader` and containers/storage `pkg/fileutils`.
* BUILDKIT: moby/patternmatcher 0.6.1.

Stricter than both in one thing: a pattern that `filepath.Match` refuses is bad even where the builders do not read that
far (Go stops at the first mismatch).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from optimizer.containerfile.re2 import BadExpression, UnmodelledExpression, translate
from optimizer.containerfile.words import SPACE

_BOM = "\ufeff"


class Dialect(Enum):
    """Whose rules."""

    BUILDAH = "buildah"
    BUILDKIT = "BuildKit"


class BadPattern(ValueError):
    """A pattern that makes the builder give up at the first COPY or ADD."""


class UnmodelledPattern(ValueError):
    """A pattern whose meaning is not modelled here: an escaped letter or digit, a named class."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern, cleaned as the builder cleans it; `reincludes` means that it began with `!`."""

    text: str
    reincludes: bool


def patterns(text: str, dialect: Dialect) -> tuple[Pattern, ...]:
    """The patterns of an ignore file. Raises BadPattern for a lone `!` and for one that `filepath.Match` refuses."""
    lines = _lines_of_buildah(text) if dialect is Dialect.BUILDAH else _lines_of_buildkit(text)
    found: list[Pattern] = []
    for line in lines:
        pattern = line.strip(SPACE)
        if not pattern:
            continue
        pattern = _clean(pattern)
        reincludes = pattern.startswith("!")
        if pattern == "!":
            raise BadPattern("a line with nothing but !")
        if reincludes:
            pattern = pattern[1:]
            if dialect is Dialect.BUILDAH:
                pattern = _clean(pattern).removeprefix("/")
        _check(pattern)
        found.append(Pattern(pattern, reincludes))
    return tuple(found)


def expression(pattern: Pattern, dialect: Dialect) -> str:
    """The pattern as a Python expression for `re.fullmatch`. Raises BadPattern, UnmodelledPattern."""
    return _python_of_buildah(pattern) if dialect is Dialect.BUILDAH else _python_of_buildkit(pattern)


def _clean(path: str) -> str:
    """Go's `path/filepath.Clean`; POSIX allows two leading slashes to mean something, Go does not."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def _lines_of_buildah(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if not line.startswith("#"):
            yield line.strip("/")


def _lines_of_buildkit(text: str) -> Iterator[str]:
    for line in text.removeprefix(_BOM).split("\n"):
        if line.startswith("#"):
            continue
        pattern = line.strip(SPACE)
        mark = pattern[:1] if pattern.startswith("!") else ""
        pattern = pattern[len(mark) :].strip(SPACE)
        if pattern:
            pattern = _clean(pattern)
            pattern = pattern[1:] if len(pattern) > 1 and pattern.startswith("/") else pattern
        yield mark + pattern


def _check(pattern: str) -> None:
    """The syntax check of `path/filepath.Match`: classes are closed and not empty, no backslash at the end."""
    at = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 1
            if at == len(pattern):
                raise BadPattern(f"a backslash at the end of {pattern}")
        elif pattern[at] == "[":
            at = _end_of_class(pattern, at + 1)
        at += 1


def _end_of_class(pattern: str, at: int) -> int:
    at += pattern.startswith("^", at)
    empty = True
    while empty or not pattern.startswith("]", at):
        at = _end_of_member(pattern, at)
        if pattern.startswith("-", at):
            at = _end_of_member(pattern, at + 1)
        empty = False
    return at


def _end_of_member(pattern: str, at: int) -> int:
    char = pattern[at : at + 1]
    if char == "\\":
        at += 1
        char = pattern[at : at + 1] and "x"
    if not char or char in "-]" or at + 1 >= len(pattern):
        raise BadPattern(f"a character class that is not closed in {pattern}")
    return at + 1


class _Meaning(Enum):
    """What moby/patternmatcher has found a pattern to be so far."""

    EXACT = "compare"
    PREFIX = "compare the beginning"
    SUFFIX = "compare the end"
    EXPRESSION = "match"


def _expression(pattern: str, *, escaped: str) -> tuple[str, _Meaning]:
    """The Go expression of a pattern without anchors, and what moby/patternmatcher takes the pattern for."""
    parts: list[str] = []
    meaning = _Meaning.EXACT
    text = pattern.removeprefix(_BOM)  # Go's text/scanner drops it
    at = 0
    while at < len(text):
        first = at == 0
        char = text[at]
        at += 1
        if char == "*" and text.startswith("*", at):
            at += 1
            at += text.startswith("/", at)
            if at == len(text):
                meaning = _Meaning.PREFIX if meaning is _Meaning.EXACT else _Meaning.EXPRESSION
                parts.append(".*")
            else:
                meaning = _Meaning.EXPRESSION
                parts.append("(.*/)?")
            if first:
                meaning = _Meaning.SUFFIX
        elif char in "*?":
            parts.append("[^/]*" if char == "*" else "[^/]")
            meaning = _Meaning.EXPRESSION
        elif char in escaped:
            parts.append("\\" + char)
        elif char == "\\":
            parts.append(char + text[at : at + 1])
            meaning = _Meaning.EXPRESSION
            at += 1
        else:
            parts.append(char)
            if char in "[]":
                meaning = _Meaning.EXPRESSION
    return "".join(parts), meaning


def _python(expression: str, pattern: str) -> str:
    """A Python expression for `re.fullmatch`."""
    try:
        translated = translate(expression)
    except BadExpression as problem:
        raise BadPattern(f"{pattern}: {problem}") from problem
    except UnmodelledExpression as problem:
        raise UnmodelledPattern(f"{pattern}: {problem}") from problem
    # A live `|` splits the anchors between its sides, so the match may begin and end anywhere.
    return f"(?s:.*)(?:{translated})(?s:.*)" if "|" in pattern else translated


def _python_of_buildah(pattern: Pattern) -> str:
    expression, _ = _expression(pattern.text, escaped=".$")
    return _python(f"^{expression}(/.*)?$", pattern.text)


def _python_of_buildkit(pattern: Pattern) -> str:
    # It means to escape `{`, `|` and `}` too, but its table holds only characters below 64.
    expression, meaning = _expression(pattern.text, escaped=".+()$")
    match meaning:
        case _Meaning.EXACT:
            return re.escape(pattern.text)
        case _Meaning.PREFIX:
            return re.escape(pattern.text[:-2]) + "(?s:.*)"
        case _Meaning.SUFFIX:
            suffix = pattern.text[2:]
            anywhere = f"(?s:.*){re.escape(suffix)}"
            return f"{anywhere}|{re.escape(suffix[1:])}" if suffix.startswith("/") else anywhere
        case _Meaning.EXPRESSION:
            return _python(f"^{expression}$", pattern.text)
