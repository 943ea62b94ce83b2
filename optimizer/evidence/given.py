"""Commands by which steps gave files of packages to someone: a stage that installs the packages anew repeats them."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Container, Iterator

from optimizer.evidence.owners import GIVING, Owners
from optimizer.evidence.tree import Root
from optimizer.shell.query import certain
from optimizer.shell.reader import read

_RECURSIVE = frozenset({"-R", "--recursive", "-Rf", "-fR", "-Rv", "-vR", "-hR", "-Rh"})
_OPTIONS = _RECURSIVE | {"-f", "-v", "-c", "-h", "--silent", "--quiet", "--verbose", "--changes", "--no-dereference"}
"""Those that change nothing about whom or what (chown(1), chmod(1))."""


def given(owners: Owners, packages: Container[str], there: Root) -> Iterator[str]:
    """Each command that certainly ran and succeeded, with those of its paths that belong to one of `packages` or hold
    something of one, and are not `there` as they should be."""
    for step in owners.steps:
        for command in certain(read(step.text)) if step.runs else ():
            words = [word.literal for word in command.words]
            if all(word is not None for word in words):
                yield from _repeated([word or "" for word in words], owners, packages, there)


def _repeated(words: list[str], owners: Owners, packages: Container[str], there: Root) -> Iterator[str]:
    options = [word for word in words[1:] if word.startswith("-")]
    operands = [word for word in words[1:] if not word.startswith("-")]
    if not words or posixpath.basename(words[0]) not in GIVING or not operands or not _OPTIONS.issuperset(options):
        return
    deep = not _RECURSIVE.isdisjoint(options)
    paths = [path for path in operands[1:] if path.startswith("/") and _is_of(path, owners, packages, there, deep=deep)]
    if paths:
        yield shlex.join((words[0], *options, operands[0], *paths))


def _is_of(path: str, owners: Owners, packages: Container[str], there: Root, *, deep: bool) -> bool:
    root, known = owners.root, owners.packages.owner
    place = root.place(path)
    if place is None:
        return False
    places = (place, *root.below(place)) if deep else (place,)
    return any(known.get(each) in packages and not _is_alike(each, root, there) for each in places)


def _is_alike(path: str, one: Root, other: Root) -> bool:
    mine, theirs = one.nodes[path], other.nodes.get(path)
    return theirs is not None and (mine.mode, mine.uid, mine.gid) == (theirs.mode, theirs.uid, theirs.gid)
