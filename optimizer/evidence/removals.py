"""What steps took away again of what packages brought: a stage that installs the packages anew takes it away too."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from shlex import quote

from optimizer.evidence.owners import Owners, Step
from optimizer.evidence.runtime import Runtime, has_shell
from optimizer.evidence.split import Removal
from optimizer.evidence.stage import BuiltStage
from optimizer.evidence.tree import Kind, Root, parents, under
from optimizer.shell.nodes import Word
from optimizer.shell.query import certain, commands
from optimizer.shell.reader import read

_PASSING = ("/var", "/tmp", "/run", "/root", "/home")
"""Where what is gone is no decision: data, caches, homes."""

_STARS = frozenset("*?[")
_EXPANDED = frozenset("$`'\"\\{~")
"""What makes the value of a word something else than what is written, besides a pattern."""


@dataclass(frozen=True, slots=True)
class Operand:
    """What one word of a command removes: a path, or a pattern (glob(7)) where `starred`; `deep` if directories go."""

    path: str
    starred: bool
    deep: bool

    @property
    def removal(self) -> Removal:
        """As it is written again."""
        return Removal(self.path if self.starred else quote(self.path), self.deep)

    def is_in(self, root: Root) -> bool:
        """Whether it names anything there."""
        if not self.starred:
            return root.place(self.path) is not None
        directory, name = posixpath.split(self.path)
        if not _STARS & set(directory):
            return any(fnmatchcase(posixpath.basename(path), name) for path in root.children(_real(directory, root)))
        return any(self.covers(path, self.path) for path in root.nodes)

    def covers(self, path: str, place: str) -> bool:
        """Whether a path is what this names, or lies below it; `place` is the operand without links."""
        if not self.starred:
            return under(path, (place,))
        wanted, parts = place.split("/"), path.split("/")
        return len(parts) >= len(wanted) and all(map(fnmatchcase, parts, wanted))


def operands(words: Sequence[Word]) -> Iterator[Operand]:
    """What a call of rm(1) certainly removes of the system's files."""
    if not words or posixpath.basename(words[0].literal or "") != "rm":
        return
    options = [word.literal or "" for word in words[1:] if (word.literal or "").startswith("-")]
    deep = any(each == "--recursive" or (each[:2] != "--" and bool({"r", "R"} & set(each))) for each in options)
    for word in words[1:]:
        text = word.raw if word.literal is None else word.literal
        path = posixpath.normpath(text)
        path = f"/{path.lstrip('/')}" if path.startswith("/") else path  # normpath keeps two slashes
        starred = word.literal is None
        if starred and (_EXPANDED & set(word.raw) or not _STARS & set(word.raw)):
            continue
        if path.startswith("/") and path.count("/") > 1 and not under(path, _PASSING):
            yield Operand(path, starred, deep)


def removals(stage: BuiltStage, runtime: Runtime, install: tuple[str, ...]) -> Iterator[Removal]:
    """What steps removed that the runtime stage would bring back: files of its base, and what scripts of its packages
    make. What one step made and removed is in no layer: a directory that only these packages bring tells."""
    owners, made = stage.owners, set[str]()
    if not has_shell(runtime):
        return  # nothing can be removed there
    packages = owners.packages.closure(install) - runtime.packages.by_name.keys()
    for step in owners.steps:
        gone = {
            path
            for path in step.change.removed
            if (path in runtime.root.nodes or (install and path in made)) and path not in owners.root.nodes
        }
        if step.runs:
            for operand in _operands(step.text):
                if operand.is_in(owners.root):
                    continue
                covered = _covered(operand, gone, owners.root)
                if covered or (step.installs and _brings(operand, owners, packages, runtime, step)):
                    yield operand.removal
                gone -= covered
            yield from _by_text(step, gone, runtime)
        if step.installs:
            made |= step.change.written.keys()


@lru_cache(maxsize=256)
def _operands(text: str) -> tuple[Operand, ...]:
    return tuple(each for command in commands(read(text)) for each in operands(command.words))


def _real(directory: str, root: Root) -> str:
    return root.real(directory) or directory


def _covered(operand: Operand, gone: Iterable[str], root: Root) -> frozenset[str]:
    directory, name = posixpath.split(operand.path)
    place = posixpath.join(_real(directory, root), name)
    return frozenset(path for path in gone if operand.covers(path, place))


def _brings(operand: Operand, owners: Owners, packages: frozenset[str], runtime: Runtime, step: Step) -> bool:
    """Whether a command that certainly ran removed something in a directory that packages bring and fill."""
    directory = _real(posixpath.dirname(operand.path), owners.root)
    if directory not in owners.root.nodes or directory in runtime.root.nodes:
        return False
    near = (directory, *owners.root.children(directory))
    ran = (each for command in certain(read(step.text)) for each in operands(command.words))
    return any(owners.packages.owner.get(path) in packages for path in near) and operand in ran


def _by_text(step: Step, gone: set[str], runtime: Runtime) -> Iterator[Removal]:
    """What is gone though no word of rm names it, where the step speaks of it."""
    tops = (path for path in gone if gone.isdisjoint(parents(path)))
    directories = {directory for path in gone for directory in parents(path)}
    for path in sorted(tops):
        if not under(path, _PASSING) and any(each in step.text for each in (path, *_deep(path))):
            node = runtime.root.nodes.get(path)
            is_directory = node.kind is Kind.DIRECTORY if node else path in directories
            yield Removal(quote(path), deep=is_directory)


def _deep(path: str) -> tuple[str, ...]:
    return tuple(each for each in parents(path) if each.count("/") > 2)
