"""The build context as the builders see it now, and what of it is left over; or why nothing can be said."""

from __future__ import annotations

import posixpath
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from enum import unique

from optimizer.containerfile.ignorefile import (
    BadPattern,
    Dialect,
    IgnoreFile,
    UnmodelledPattern,
    appendable,
    in_force,
    kept,
)
from optimizer.containerfile.stages import stages
from optimizer.context import Context
from optimizer.errors import InputError
from optimizer.facts import Facts
from optimizer.facts.copies import Copies, is_directory
from optimizer.facts.unversioned import Unversioned
from optimizer.passes._context_needs import Needs, remade
from optimizer.passes._leftovers import Leftover, environments, leftovers, unversioned
from optimizer.proposal import Refusal

_NEW_FILE = ".containerignore"


@unique
class Why(Refusal):
    """Why something stays in the context."""

    NO_CONTEXT = "there is no build context to look at"
    ONBUILD = "the base image runs ONBUILD instructions, which may copy anything"
    UNKNOWN_COPY = "what a COPY, ADD or mount takes depends on a variable"
    UNREADABLE = "the ignore file in force cannot be read"
    OUTSIDE = "the ignore file in force lies outside the context"
    DISAGREE = "buildah and BuildKit leave out different files under this ignore file"
    FORMS = "the ignore file in force has lines after which more excludes would not mean the same to every builder"
    NOTHING = "nothing in the context is left over"
    NAMED = "a COPY, ADD or mount names it"
    COMMAND = "a command in the Containerfile names it"
    OPENED = "a source file of the application opens or names it"
    LOADED = "a library that the application uses loads it"
    HISTORY = "the build reads the version history"
    MOUNTED = "a RUN mounts it from the context, which buildah does not filter and BuildKit does"
    SHARED = "another Containerfile takes it from the same context"
    NAME = "its name has characters that an ignore file does not take literally"


@dataclass(frozen=True, slots=True)
class View:
    """The context as the builders see it now."""

    context: Context
    copies: Copies
    ignore: IgnoreFile | None
    sent: frozenset[str]
    """Paths that reach the build: not ignored, and taken by some COPY or ADD."""
    containerfile: str | None
    found: tuple[Leftover, ...]
    needs: Needs

    @property
    def base(self) -> str:
        """The text of the ignore file."""
        return "" if self.ignore is None else self.ignore.text

    @property
    def target(self) -> str:
        """The ignore file to write."""
        return _NEW_FILE if self.ignore is None else self.ignore.path


def look(facts: Facts, context: Context) -> View | Why:
    """The view, or why there is none."""
    copies = facts[Copies]
    if any("onbuild" in stage.from_.image.raw.lower() for stage in stages(facts.file)):
        return Why.ONBUILD
    if copies.unknown:
        return Why.UNKNOWN_COPY
    try:
        ignore = in_force(context, facts.path)
    except InputError:
        return Why.UNREADABLE
    if ignore is not None and not ignore.inside:
        return Why.OUTSIDE
    paths = [entry.path for entry in context.entries()]
    if not paths:
        return Why.NO_CONTEXT
    text = "" if ignore is None else ignore.text
    try:
        now = kept(paths, text, Dialect.BUILDAH)
        if now != kept(paths, text, Dialect.BUILDKIT):
            return Why.DISAGREE
        if not appendable(text, lambda path: is_directory(context, path)):
            return Why.FORMS
    except (BadPattern, UnmodelledPattern):
        return Why.FORMS
    sent = copies.select(now)
    found = tuple(_leftovers(facts, context, sent))
    tops = {path for each in found for path in each.paths}
    asked = frozenset(path for path in sent if not is_within(path, tops))
    return View(context, copies, ignore, sent, _own_path(facts, context), found, Needs(facts, context, asked))


def _leftovers(facts: Facts, context: Context, sent: frozenset[str]) -> Iterator[Leftover]:
    """What the image does not need, without what lies wholly inside something else of the kind."""
    found = [*remade(facts, context, sent), *environments(context, sent), *leftovers(context, sent)]
    told = {path for each in found for path in each.paths}
    beside = (path for path in facts[Unversioned].paths if not any(is_within(each, {path}) for each in told))
    found += unversioned(tuple(beside), sent)
    tops = {path for each in found for path in each.paths}
    for number, each in enumerate(found):
        known = any(each.paths == other.paths for other in found[:number])
        if not known and not all(is_within(posixpath.dirname(path), tops) for path in each.paths):
            yield each


def is_within(path: str, tops: Container[str]) -> bool:
    """Whether a path, or a directory that holds it, is one of `tops`."""
    while path:
        if path in tops:
            return True
        path = posixpath.dirname(path)
    return False


def topmost(paths: Iterable[str]) -> frozenset[str]:
    """The paths without those that lie within another."""
    found = frozenset(paths)
    return frozenset(path for path in found if not is_within(posixpath.dirname(path), found))


def _own_path(facts: Facts, context: Context) -> str | None:
    """Where the Containerfile lies in the context; None if it lies elsewhere."""
    if facts.path is None or context.root is None:
        return None
    place = facts.path.parent.resolve() / facts.path.name
    return place.relative_to(context.root).as_posix() if place.is_relative_to(context.root) else None
