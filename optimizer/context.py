"""The build context: a read-only view of a directory, or of files held in memory for tests."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Protocol

from optimizer.errors import InputError
from optimizer.text import encode


class Kind(Enum):
    """What an entry of a context is. Links are never followed."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Entry:
    """One path below the context root, with `/` between names; `size` in bytes, 0 for what is not a file."""

    path: str
    kind: Kind
    size: int
    mode: int


class Context(Protocol):
    """What passes and facts may know of a build context."""

    @property
    def root(self) -> Path | None:
        """The directory, None for a context in memory."""

    def entries(self) -> tuple[Entry, ...]:
        """Everything below the root, parents before children, sorted by path; `.git` is listed but not entered."""

    def get(self, path: str) -> Entry | None:
        """The entry at a relative path."""

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None if it is no file, cannot be read or is larger than 16 MiB."""

    def size(self, path: str) -> int:
        """Bytes of a file, or of all files below a directory (those of `.git` too); 0 for anything else."""


_READ_LIMIT = 16 << 20


def normal(path: str) -> str:
    """A context path without leading `/`, `.` and `..`, as COPY resolves it: never above the root."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


class DirectoryContext:
    """A context on disk, walked once when first asked."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            problem = "the build context is not a directory" if root.exists() else "no such build context"
            raise InputError(problem, path=root, hint="name it with --context DIR")
        self._root = root.resolve()

    @property
    def root(self) -> Path | None:
        """The directory."""
        return self._root

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        return {entry.path: entry for entry in sorted(_walk("", self._root), key=lambda entry: entry.path)}

    def entries(self) -> tuple[Entry, ...]:
        """Everything below the root."""
        return tuple(self._entries.values())

    def get(self, path: str) -> Entry | None:
        """The entry at a relative path; looks at that path alone, so it needs no walk."""
        place = self._root / normal(path)
        try:
            status = place.lstat()
        except OSError:
            return None
        kind = _kind(status.st_mode)
        return Entry(normal(path), kind, status.st_size if kind is Kind.FILE else 0, stat.S_IMODE(status.st_mode))

    def read(self, path: str) -> bytes | None:
        """A file's bytes."""
        place = self._root / normal(path)
        try:
            status = place.stat()
            if not stat.S_ISREG(status.st_mode) or status.st_size > _READ_LIMIT:
                return None
            if not place.resolve().is_relative_to(self._root):
                return None
            return place.read_bytes()
        except OSError:
            return None

    def size(self, path: str) -> int:
        """Bytes of a file or of all files below a directory."""
        entry = self.get(path)
        if entry is None:
            return 0
        if entry.kind is not Kind.DIRECTORY:
            return entry.size
        if entry.path.split("/", 1)[0] == ".git":
            return sum(each.size for each in _walk(entry.path + "/", self._root / entry.path))
        return _below(self.entries(), entry.path)


@dataclass(frozen=True)
class MemoryContext:
    """A context of given files; directories follow from the paths. A path that ends in `/` is an empty directory."""

    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def root(self) -> Path | None:
        """None: it is nowhere on disk."""
        return None

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for path, data in self.files.items():
            for parent in PurePosixPath(path).parents:
                if str(parent) != ".":
                    found[str(parent)] = Entry(str(parent), Kind.DIRECTORY, 0, 0o755)
            if path.endswith("/"):
                found[path.rstrip("/")] = Entry(path.rstrip("/"), Kind.DIRECTORY, 0, 0o755)
            else:
                found[path] = Entry(path, Kind.FILE, len(data), 0o644)
        return dict(sorted(found.items()))

    def entries(self) -> tuple[Entry, ...]:
        """All files and the directories that hold them."""
        return tuple(self._entries.values())

    def get(self, path: str) -> Entry | None:
        """The entry at a relative path."""
        return self._entries.get(normal(path))

    def read(self, path: str) -> bytes | None:
        """A file's bytes."""
        return self.files.get(normal(path))

    def size(self, path: str) -> int:
        """Bytes of a file or of all files below a directory."""
        entry = self.get(path)
        return 0 if entry is None else entry.size + _below(self.entries(), entry.path)


def _walk(prefix: str, directory: Path) -> Iterator[Entry]:
    """All below a directory, whose path in the context is `prefix`; `.git` at the root is not entered."""
    try:
        with os.scandir(directory) as found:
            children = list(found)
    except OSError:
        return
    for child in children:
        try:
            status = child.stat(follow_symlinks=False)
        except OSError:
            continue
        path = prefix + child.name
        kind = _kind(status.st_mode)
        yield Entry(path, kind, status.st_size if kind is Kind.FILE else 0, stat.S_IMODE(status.st_mode))
        if kind is Kind.DIRECTORY and path != ".git":
            yield from _walk(path + "/", Path(child.path))


def _below(entries: Iterable[Entry], path: str) -> int:
    return sum(entry.size for entry in entries if entry.path.startswith(f"{path}/"))


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return Kind.FILE
    if stat.S_ISDIR(mode):
        return Kind.DIRECTORY
    return Kind.LINK if stat.S_ISLNK(mode) else Kind.OTHER


@dataclass(frozen=True)
class OverlayContext:
    """A context as it would be with some files written, each given as text."""

    below: Context
    files: Mapping[str, str]

    @property
    def root(self) -> Path | None:
        """The directory below, which does not hold these files."""
        return self.below.root

    def entries(self) -> tuple[Entry, ...]:
        """All entries, with the written files in their places."""
        found = {entry.path: entry for entry in self.below.entries()}
        for path in self.files:
            entry = self.get(path)
            if entry is not None:
                found[entry.path] = entry
        return tuple(sorted(found.values(), key=lambda entry: entry.path))

    def get(self, path: str) -> Entry | None:
        """The entry at a relative path."""
        text = self.files.get(normal(path))
        if text is None:
            return self.below.get(path)
        return Entry(normal(path), Kind.FILE, len(encode(text)), 0o644)

    def read(self, path: str) -> bytes | None:
        """A file's bytes."""
        text = self.files.get(normal(path))
        return self.below.read(path) if text is None else encode(text)

    def size(self, path: str) -> int:
        """Bytes of a file or of all files below a directory."""
        entry = self.get(path)
        if entry is None or entry.kind is not Kind.DIRECTORY:
            return 0 if entry is None else entry.size
        written = [name for name in self.files if name.startswith(f"{entry.path}/")]
        return self.below.size(path) + sum(len(encode(self.files[name])) - self.below.size(name) for name in written)
