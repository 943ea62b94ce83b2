"""Ignore files as the two builders read them.

* BUILDAH: openshift/imagebuilder `ParseIgnoreReader`, containers/storage `pkg/fileutils`, and the walk of buildah's
  `copier`: the last matching pattern wins, each pattern covers what lies below it, an excluded directory is entered
  only when the text of a `!` pattern begins with its path.
* BUILDKIT: moby/patternmatcher 0.6.1 (`ignorefile`, `MatchesUsingParentResults`) and the walk of tonistiigi/fsutil
  `filter.go`: a pattern that matched a directory also matches its contents.

Both are compared with the builders themselves in `tests/containerfile/test_ignorefile_buildah.py`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from pathlib import Path
from typing import Protocol

from optimizer.containerfile.re2 import BadExpression, UnmodelledExpression, translate
from optimizer.containerfile.words import SPACE
from optimizer.errors import InputError
from optimizer.text import decode

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


class Directory(Protocol):
    """What is asked of a build context here."""

    @property
    def root(self) -> Path | None:
        """Where it lies on disk."""

    def get(self, path: str) -> object | None:
        """What is at a relative path; None for nothing."""

    def read(self, path: str) -> bytes | None:
        """A file's bytes, None if they cannot be had."""


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """An ignore file that a builder reads. `path` is relative to the context root, absolute if it lies outside."""

    path: str
    text: str

    @property
    def inside(self) -> bool:
        """Whether it lies in the context."""
        return not self.path.startswith("/")


def in_force(context: Directory, containerfile: Path | None, dialect: Dialect = Dialect.BUILDAH) -> IgnoreFile | None:
    """The ignore file that the builder reads for this Containerfile (None: from standard input), if there is one.

    Right for a builder that is given the Containerfile's absolute path: with a relative one, buildah looks beside the
    file of that name in the context. Raises InputError when the file is there and cannot be read.
    """
    for path in candidates(_within(context, containerfile), dialect):
        if path.startswith("/"):
            if Path(path).exists():
                return IgnoreFile(path, _read(path))
        elif context.get(path) is not None:
            data = context.read(path)
            if data is None:
                raise InputError("cannot read this ignore file", path=path, hint="the builder cannot read it either")
            return IgnoreFile(path, decode(data))
    return None


def _within(context: Directory, containerfile: Path | None) -> str | None:
    """A Containerfile's path as seen from the context root; absolute if it lies outside."""
    if containerfile is None:
        return None
    place = containerfile.parent.resolve() / containerfile.name
    if context.root is not None and place.is_relative_to(context.root):
        return place.relative_to(context.root).as_posix()
    return str(place)


def _read(path: str) -> str:
    try:
        return decode(Path(path).read_bytes())
    except OSError as problem:
        raise InputError(f"cannot read this ignore file: {problem.strerror}", path=path) from problem


def candidates(containerfile: str | None, dialect: Dialect) -> tuple[str, ...]:
    """Where the builder looks for an ignore file, first hit wins; names at the context root have no `/`.

    `containerfile` is its path; None where it comes from standard input. buildah: `ContainerIgnoreFile` in pkg/parse;
    Docker: `<name>.dockerignore`, then `.dockerignore` (docs.docker.com, "Build context", filename and location).
    """
    beside = () if containerfile is None else (f"{containerfile}.dockerignore", f"{containerfile}.containerignore")
    if dialect is Dialect.BUILDAH:
        return (*beside, ".containerignore", ".dockerignore")
    return (*beside[:1], ".dockerignore")


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


def kept(paths: Iterable[str], text: str, dialect: Dialect) -> frozenset[str]:
    """Of all paths of a context, parents before children, those that `COPY .` takes under this ignore file.

    A directory counts as kept when it is not excluded or something below it is kept. Raises BadPattern,
    UnmodelledPattern.
    """
    return select(paths, patterns(text, dialect), dialect)


def select(paths: Iterable[str], given: Sequence[Pattern], dialect: Dialect) -> frozenset[str]:
    """As `kept`, with patterns already read."""
    if not given:
        return frozenset(paths)
    walk = _walk_of_buildah if dialect is Dialect.BUILDAH else _walk_of_buildkit
    found: set[str] = set()
    for path in walk(paths, given):
        found.add(path)
        parent = posixpath.dirname(path)
        while parent and parent not in found:
            found.add(parent)
            parent = posixpath.dirname(parent)
    return frozenset(found)


def appendable(text: str, is_directory: Callable[[str], bool]) -> bool:
    """Whether excludes of literal names, `**/name` and `**/*.ext` may follow this file and mean the same to both.

    True for files that only exclude, and for files whose `!` lines name things at the root: directories only where
    nothing but `*` was excluded before. Raises BadPattern, UnmodelledPattern.
    """
    given = patterns(text, Dialect.BUILDAH)
    if given != patterns(text, Dialect.BUILDKIT):
        return False
    globs = False
    for pattern in given:
        if any(char in pattern.text for char in _LIVE):
            return False
        if not pattern.reincludes:
            globs = globs or pattern.text not in ("*", "**")
        elif any(char in pattern.text for char in "/*?[\\") or (globs and is_directory(pattern.text)):
            return False
    return True


_LIVE = "+(){}|^"
"""What at least one builder leaves alive in the expression it makes of a pattern."""


def literal(name: str) -> bool:
    """Whether a path, written as a pattern, means itself to both builders."""
    return bool(name) and not any(char in name for char in _LIVE + "*?[]\\!#\n\r$") and name == name.strip(SPACE)


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


_Test = Callable[[str], object]


def _any_of(expressions: Iterable[str]) -> _Test:
    return re.compile("|".join(f"(?:{each})" for each in expressions)).fullmatch


def _walk_of_buildah(paths: Iterable[str], given: Sequence[Pattern]) -> Iterator[str]:
    # The last matching pattern wins, so runs of one kind are asked from the last to the first.
    runs = [
        (reincludes, _any_of([_python_of_buildah(pattern) for pattern in run]))
        for reincludes, run in groupby(given, key=lambda pattern: pattern.reincludes)
    ][::-1]
    entering = [pattern.text.strip("/") + "/" for pattern in given if pattern.reincludes]
    closed: set[str] = set()
    for path in paths:
        if closed and posixpath.dirname(path) in closed:
            closed.add(path)
        elif next((reincludes for reincludes, test in runs if test(path)), True):
            yield path
        elif not any(text.startswith(path) for text in entering):
            closed.add(path)


@dataclass(frozen=True, slots=True)
class _Found:
    """What matched a directory or one of its parents: by pattern, and what follows from it."""

    by_pattern: tuple[bool, ...]
    excluded: bool


def _walk_of_buildkit(paths: Iterable[str], given: Sequence[Pattern]) -> Iterator[str]:
    expressions = [_python_of_buildkit(pattern) for pattern in given]
    tests = [re.compile(each).fullmatch for each in expressions]
    anything = _any_of(expressions)
    excepted = [_without_trailing_glob(pattern.text) for pattern in given if pattern.reincludes]
    prune = not any(char in text for text in excepted for char in "*[]?^\\")
    at_root = _Found((False,) * len(given), False)
    of_directory: dict[str, _Found] = {}
    closed: set[str] = set()
    for path in paths:
        parent = posixpath.dirname(path)
        if parent in closed:
            closed.add(path)
            continue
        found = of_directory.get(parent, at_root)
        if anything(path):
            found = _matched(path, found, given, tests)
        of_directory[path] = found
        if not found.excluded:
            yield path
        elif prune and not any(f"{text}/".startswith(f"{path}/") for text in excepted):
            closed.add(path)


def _matched(path: str, above: _Found, given: Sequence[Pattern], tests: Sequence[_Test]) -> _Found:
    """`MatchesUsingParentResults`: a pattern that cannot change the outcome is neither asked nor remembered."""
    by_pattern: list[bool] = []
    excluded = False
    for pattern, test, inherited in zip(given, tests, above.by_pattern, strict=True):
        hit = inherited or (pattern.reincludes == excluded and test(path) is not None)
        by_pattern.append(hit)
        if hit:
            excluded = not pattern.reincludes
    return _Found(tuple(by_pattern), excluded)


def _without_trailing_glob(pattern: str) -> str:
    return pattern.removesuffix("/**").removesuffix("/*")
