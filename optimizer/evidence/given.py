"""Commands by which steps gave files of packages to someone: a stage that installs the packages anew repeats them."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Container, Iterator

from optimizer.evidence.owners import Owners
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read

_GIVING = frozenset({"chown", "chgrp", "chmod"})
_RECURSIVE = frozenset({"-R", "--recursive", "-Rf", "-fR", "-Rv", "-vR", "-hR", "-Rh"})
_OPTIONS = _RECURSIVE | {"-f", "-v", "-c", "-h", "--silent", "--quiet", "--verbose", "--changes", "--no-dereference"}
"""Those that change nothing about whom or what (chown(1), chmod(1))."""


def given(owners: Owners, packages: Container[str]) -> Iterator[str]:
    """Each command, with those of its paths that belong to one of `packages` or hold something of one."""
    for step in owners.steps:
        for command in commands(read(step.text)) if step.runs else ():
            words = [word.literal for word in unwrap(command).words]
            if all(word is not None for word in words):
                yield from _repeated([word or "" for word in words], owners, packages)


def _repeated(words: list[str], owners: Owners, packages: Container[str]) -> Iterator[str]:
    options = [word for word in words[1:] if word.startswith("-")]
    operands = [word for word in words[1:] if not word.startswith("-")]
    if not words or posixpath.basename(words[0]) not in _GIVING or not operands or not _OPTIONS.issuperset(options):
        return
    deep = not _RECURSIVE.isdisjoint(options)
    paths = [path for path in operands[1:] if path.startswith("/") and _is_of(path, owners, packages, deep=deep)]
    if paths:
        yield shlex.join((words[0], *options, operands[0], *paths))


def _is_of(path: str, owners: Owners, packages: Container[str], *, deep: bool) -> bool:
    place = owners.root.place(path)
    if place is None:
        return False
    known = owners.packages.owner
    return known.get(place) in packages or (
        deep and any(known.get(each) in packages for each in owners.root.below(place))
    )
