"""A root file system as facts see it: every path with its kind, and links resolved without ever leaving it."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.containers.model import LayerChange

_MOST_LINKS = 40
"""As many links as Linux follows in one path (path_resolution(7))."""

_READ_LIMIT = 64 << 20


class Kind(Enum):
    """What a path is."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Node:
    """One path. `size` in bytes, 0 for what is no file; `target` of a link as written, else empty. Files that are one
    file by several names (hard links) have the same device and `inode`, every other path has none."""

    kind: Kind
    size: int
    mode: int
    uid: int
    gid: int
    target: str = ""
    inode: tuple[int, int] | None = None


class Root:
    """The tree below a directory, which stands for `/`. Read once; paths are absolute and without final `/`."""

    def __init__(self, top: Path | None) -> None:
        self._top = os.fspath(top or os.devnull)
        self.nodes: dict[str, Node] = {"/": Node(Kind.DIRECTORY, 0, 0o755, 0, 0)}
        self._children: dict[str, list[str]] = {"/": []}
        self._real_directories: dict[str, str | None] = {"/": "/"}
        if top is not None:
            self._walk("", os.fspath(top))

    @classmethod
    def over(cls, below: Root, top: Path, layers: Iterable[LayerChange]) -> Root:
        """The tree below a directory that differs from another one in what these layers, oldest first, wrote and
        removed: of nothing else the metadata is read again, unless they leave open what lies where."""
        nodes, written = dict(below.nodes), set[str]()
        for layer in layers:
            for path in layer.removed:
                nodes.pop(path, None)
            written -= layer.removed
            written.update(layer.written)
        replaced = list[str]()
        for path in sorted(written):  # directories before what lies in them
            above = nodes.get(path.rpartition("/")[0] or "/")
            if above is None or above.kind is not Kind.DIRECTORY:
                return cls(top)
            place = f"{os.fspath(top)}{path}"
            node = _node(place, os.lstat(place))
            was = nodes.get(path)
            if was is not None and was.kind is Kind.DIRECTORY and node.kind is not Kind.DIRECTORY:
                replaced.append(path)
            nodes[path] = node
        if replaced:
            nodes = {path: node for path, node in nodes.items() if path in replaced or not under(path, replaced)}
        root = cls(None)
        root._top = os.fspath(top)
        for path in sorted(nodes, key=lambda path: path.replace("/", "\0")):  # as a walk goes: `a/b` before `a-b`
            root.nodes[path] = nodes[path]
            if path != "/":
                root._children.setdefault(path.rpartition("/")[0] or "/", []).append(path)
            if nodes[path].kind is Kind.DIRECTORY:
                root._children.setdefault(path, [])
        return root

    def _walk(self, prefix: str, directory: str) -> None:
        try:
            with os.scandir(directory) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            return
        for entry in entries:
            path = f"{prefix}/{entry.name}"
            node = _node(entry.path, entry.stat(follow_symlinks=False))
            self.nodes[path] = node
            self._children.setdefault(prefix or "/", []).append(path)
            if node.kind is Kind.DIRECTORY:
                self._children.setdefault(path, [])
                self._walk(path, entry.path)

    def children(self, path: str) -> tuple[str, ...]:
        """What lies directly in a directory, sorted."""
        return tuple(self._children.get(path, ()))

    def below(self, path: str) -> Iterator[str]:
        """Everything in a directory, however deep, parents first."""
        for child in self._children.get(path, ()):
            yield child
            yield from self.below(child)

    def place(self, path: str) -> str | None:
        """The path with all links of its directories resolved, not that of its last name; None if it is not there."""
        if path in self.nodes:
            return path  # the walk went through no link
        directory, name = posixpath.split(posixpath.normpath(posixpath.join("/", path)))
        if not name:
            return "/"
        parent = self._directory(directory)
        if parent is None:
            return None
        found = posixpath.join(parent, name)
        return found if found in self.nodes else None

    def real(self, path: str) -> str | None:
        """The path with every link resolved; None if it leads nowhere."""
        found = self.place(path)
        for _ in range(_MOST_LINKS):
            if found is None or self.nodes[found].kind is not Kind.LINK:
                return found
            found = self.place(posixpath.join(posixpath.dirname(found), self.nodes[found].target))
        return None

    def chain(self, path: str) -> tuple[str, ...]:
        """The links that a path leads over, and what it leads to; empty if it leads nowhere."""
        steps: list[str] = []
        found = self.place(path)
        for _ in range(_MOST_LINKS):
            if found is None:
                return ()
            steps.append(found)
            if self.nodes[found].kind is not Kind.LINK:
                return tuple(steps)
            found = self.place(posixpath.join(posixpath.dirname(found), self.nodes[found].target))
        return ()

    def _directory(self, path: str) -> str | None:
        if path not in self._real_directories:
            self._real_directories[path] = None  # a circle of links ends here
            found = self.real(path)
            self._real_directories[path] = (
                found if found is not None and self.nodes[found].kind is Kind.DIRECTORY else None
            )
        return self._real_directories[path]

    def is_file(self, path: str) -> bool:
        """Whether the path leads to a regular file."""
        found = self.real(path)
        return found is not None and self.nodes[found].kind is Kind.FILE

    def is_program(self, path: str) -> bool:
        """Whether the path leads to a file that may be executed."""
        found = self.real(path)
        return found is not None and self.nodes[found].kind is Kind.FILE and bool(self.nodes[found].mode & 0o111)

    def on_disk(self, path: str) -> Path | None:
        """Where the file that a path leads to lies on this machine."""
        found = self.real(path)
        return None if found is None else Path(self._top + found)

    def read(self, path: str, limit: int = _READ_LIMIT) -> bytes:
        """The first `limit` bytes of a file; nothing if it is none or cannot be read."""
        found = self.real(path)
        if found is None or self.nodes[found].kind is not Kind.FILE:
            return b""
        try:
            # As text: for tens of thousands of files a Path for each takes as long as reading them.
            with FileIO(self._top + found) as file:
                return file.read(min(limit, self.nodes[found].size))
        except OSError:
            return b""

    def text(self, path: str) -> str:
        """A file as text; what is no UTF-8 is replaced."""
        return self.read(path).decode("utf-8", "replace")


def empty() -> Root:
    """A root file system with nothing in it."""
    return Root(None)


def _node(place: str, status: os.stat_result) -> Node:
    kind = _kind(status.st_mode)
    # As text: for tens of thousands of links a Path for each takes as long as reading them.
    target = os.readlink(place) if kind is Kind.LINK else ""  # noqa: PTH115
    size = status.st_size if kind is Kind.FILE else 0
    inode = (status.st_dev, status.st_ino) if kind is Kind.FILE and status.st_nlink > 1 else None
    return Node(kind, size, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, target, inode)


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return Kind.FILE
    if stat.S_ISDIR(mode):
        return Kind.DIRECTORY
    return Kind.LINK if stat.S_ISLNK(mode) else Kind.OTHER


def parents(path: str) -> Iterator[str]:
    """The directories above a path, nearest first, without `/`."""
    while path := path.rpartition("/")[0]:
        yield path


def under(path: str, tops: Iterable[str]) -> bool:
    """Whether a path is one of `tops` or lies below one."""
    return f"{path}/".startswith(_beginnings(tuple(tops)))


@lru_cache(256)
def _beginnings(tops: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{top.rstrip('/')}/" for top in tops)
