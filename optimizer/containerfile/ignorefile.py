"""Ignore files: which one a builder reads, and what it leaves out of the context.

* BUILDAH: the walk of buildah's `copier`: the last matching pattern wins, each pattern covers what lies below it, an
  excluded directory is entered only when the text of a `!` pattern begins with its path.
* BUILDKIT: `MatchesUsingParentResults` of moby/patternmatcher 0.6.1 and the walk of tonistiigi/fsutil `filter.go`: a
  pattern that matched a directory also matches its contents.

buildah itself judges the first in `tests/containerfile/test_ignorefile_buildah.py`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Protocol

from optimizer.containerfile.ignorepatterns import (
    BadPattern,
    Dialect,
    Pattern,
    UnmodelledPattern,
    expression,
    patterns,
)
from optimizer.containerfile.words import SPACE
from optimizer.errors import InputError
from optimizer.text import decode

__all__ = [
    "BadPattern",
    "Dialect",
    "IgnoreFile",
    "Pattern",
    "UnmodelledPattern",
    "appendable",
    "candidates",
    "in_force",
    "kept",
    "literal",
    "patterns",
    "select",
]


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


_Test = Callable[[str], object]


def _any_of(expressions: Iterable[str]) -> _Test:
    return re.compile("|".join(f"(?:{each})" for each in expressions)).fullmatch


def _walk_of_buildah(paths: Iterable[str], given: Sequence[Pattern]) -> Iterator[str]:
    # The last matching pattern wins, so runs of one kind are asked from the last to the first.
    runs = [
        (reincludes, _any_of([expression(pattern, Dialect.BUILDAH) for pattern in run]))
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
    expressions = [expression(pattern, Dialect.BUILDKIT) for pattern in given]
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
