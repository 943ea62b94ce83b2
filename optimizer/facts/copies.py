"""What COPY, ADD and bind mounts take from the build context."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from optimizer.containerfile.globs import has_wildcard, matcher
from optimizer.containerfile.mounts import MountKind, mounts
from optimizer.containerfile.nodes import Add, Copy, Onbuild, Run, Word
from optimizer.containerfile.stages import stages
from optimizer.containerfile.words import variables
from optimizer.context import Context, Entry, Kind, MemoryContext, normal
from optimizer.facts import Facts
from optimizer.facts.states import State, States


@dataclass(frozen=True, slots=True)
class Source:
    """One source of one instruction: the path as COPY resolves it (empty for the whole context), and what it finds."""

    path: str
    wild: bool
    found: tuple[str, ...]
    """Context paths that it names or matches."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A COPY or ADD from the context. `destination` is absolute, or relative to the base image's own working directory;
    None when it is not known. `into` says that sources land below it under their own names."""

    instruction: Copy | Add
    stage: int
    sources: tuple[Source, ...]
    destination: str | None
    into: bool
    directories: frozenset[str]
    """Those of the sources that are directories: COPY takes their contents, not their names."""

    @property
    def found(self) -> tuple[str, ...]:
        """Context paths that its sources name or match."""
        return tuple(found for source in self.sources for found in source.found)

    def image_path(self, path: str) -> str | None:
        """Where a context path comes to lie in the image; None if this does not take it or the place is not known."""
        if self.destination is None:
            return None
        for found in self.found:
            if found in self.directories and (found == "" or path == found or path.startswith(f"{found}/")):
                return posixpath.join(self.destination, path[len(found) :].lstrip("/")).rstrip("/") or "/"
            if path == found:
                return posixpath.join(self.destination, posixpath.basename(path)) if self.into else self.destination
        return None

    def takes(self, path: str) -> bool:
        """Whether a context path, or the directory that holds it, is among the sources."""
        return any(found == "" or path == found or path.startswith(f"{found}/") for found in self.found)


@dataclass(frozen=True, slots=True)
class Copies:
    """All of them, in order. `unknown` are instructions whose sources depend on what is given at build time; `mounted`
    are the sources of bind mounts from the context (empty string: all of it)."""

    taken: tuple[Taken, ...]
    mounted: tuple[str, ...]
    unknown: tuple[Copy | Add | Run, ...]

    @classmethod
    def derive(cls, facts: Facts) -> Self:
        """Look at every instruction that can take from the context; ONBUILD takes from another one."""
        context: Context = facts.context or MemoryContext()
        taken: list[Taken] = []
        mounted: list[str] = []
        unknown: list[Copy | Add | Run] = []
        for stage in stages(facts.file):
            for instruction in stage.instructions:
                match instruction:
                    case Copy() | Add() if instruction.flag("from") is None:
                        state = facts[States].at(instruction)
                        found = _take(instruction, stage.index, state, context, facts.file.escape)
                        if found is None:
                            unknown.append(instruction)
                        elif found.sources:
                            taken.append(found)
                    case Run():
                        for source in _mounted(instruction):
                            if variables(source, facts.file.escape):
                                unknown.append(instruction)
                            else:
                                mounted.append(normal(source))
                    case Onbuild():
                        continue
        return cls(tuple(taken), tuple(mounted), tuple(unknown))

    def select(self, paths: Iterable[str]) -> frozenset[str]:
        """Those of the paths that some COPY or ADD takes, by themselves or with a directory above."""
        tops = {found for taken in self.taken for found in taken.found}
        return frozenset(path for path in paths if "" in tops or any(each in tops for each in _upwards(path)))

    def names(self, path: str) -> bool:
        """Whether an instruction names this path, something below it, or a pattern made for it."""
        below = f"{path}/"
        for source in (source for taken in self.taken for source in taken.sources):
            if source.path == path or source.path.startswith(below):
                return True
            if source.wild and posixpath.basename(source.path) != "*" and path in source.found:
                return True
        return any(mount == path or mount.startswith(below) for mount in self.mounted)

    def mounts(self, path: str) -> bool:
        """Whether a bind mount brings this path or a directory that holds it."""
        return any(not mount or mount in _upwards(path) for mount in self.mounted)


def _upwards(path: str) -> Iterator[str]:
    """A path and the directories that hold it."""
    while path:
        yield path
        path = posixpath.dirname(path)


def _mounted(run: Run) -> Iterator[str]:
    for mount in mounts(run):
        if mount.kind in (MountKind.BIND, MountKind.OTHER) and not mount.from_:
            yield mount.source or ""


def _take(instruction: Copy | Add, stage: int, state: State, context: Context, escape: str) -> Taken | None:
    sources: list[Source] = []
    for word in instruction.sources:
        if word.raw.startswith("<<"):
            continue
        value = state.value(word, escape)
        if value is None or variables(word.raw, escape):  # also ENV may hold a build argument
            return None
        if isinstance(instruction, Add) and _is_remote(value):
            continue
        source = _source(value, context)
        if source is None:
            return None
        sources.append(source)
    destination = _value(instruction.destination, state, escape)
    found = [path for source in sources for path in source.found]
    directories = frozenset(path for path in found if is_directory(context, path))
    ends = destination is not None and (destination.endswith(("/", "/.")) or destination == ".")
    known = destination is not None and instruction.flag("parents") is None
    return Taken(
        instruction,
        stage,
        tuple(sources),
        state.path(destination) if known and destination is not None else None,
        ends or len(found) > 1 or len(instruction.sources) > 1,
        directories,
    )


def _value(word: Word, state: State, escape: str) -> str | None:
    """A word's value as far as the file tells it; None when it needs a build argument or the base image."""
    if any(name in state.args or name not in state.env for name in variables(word.raw, escape)):
        return None
    return state.value(word, escape)


def _is_remote(source: str) -> bool:
    return "://" in source or source.startswith("git@")


def _source(value: str, context: Context) -> Source | None:
    path = normal(value)
    if not has_wildcard(path):
        return Source(path, False, (path,))
    test = matcher(path)
    if test is None:
        return None
    return Source(path, True, tuple(entry.path for entry in context.entries() if test(entry.path)))


def is_directory(context: Context, path: str) -> bool:
    """Whether a context path is a directory; the empty one is."""
    entry: Entry | None = context.get(path) if path else None
    return not path or (entry is not None and entry.kind is Kind.DIRECTORY)
