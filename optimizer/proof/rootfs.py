"""A root file system as it lies on disk: every path with its metadata, contents read only where asked."""

from __future__ import annotations

import os
import stat
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path, PurePosixPath

from optimizer.containers.model import LayerChange

_CHUNK = 1 << 20
_DEEPEST_LINKS = 40
"""Links that Linux follows in one path before it gives up (path_resolution(7))."""


class Kind(Enum):
    """What a path is."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"
    CHARACTER = "character device"
    BLOCK = "block device"
    PIPE = "pipe"
    SOCKET = "socket"


_KINDS = {
    stat.S_IFREG: Kind.FILE,
    stat.S_IFDIR: Kind.DIRECTORY,
    stat.S_IFLNK: Kind.LINK,
    stat.S_IFCHR: Kind.CHARACTER,
    stat.S_IFBLK: Kind.BLOCK,
    stat.S_IFIFO: Kind.PIPE,
    stat.S_IFSOCK: Kind.SOCKET,
}


@dataclass(frozen=True, slots=True)
class Node:
    """One path. `size` in bytes, 0 for what is not a file; modification times are left out: every build has its own."""

    kind: Kind
    mode: int
    uid: int
    gid: int
    size: int = 0
    target: str | None = None
    device: int = 0
    attributes: tuple[tuple[str, bytes], ...] = ()
    """Extended attributes that a running container sees: capabilities, access control lists, `user.*`."""


@dataclass(frozen=True)
class Tree:
    """A root file system: absolute paths without a trailing `/`; the root itself is `/`."""

    root: Path
    nodes: Mapping[str, Node]
    origins: Mapping[str, str] = field(default_factory=dict, repr=False)
    """For each path the diff ID of the layer that wrote it last: the same one means the same content."""

    def on_disk(self, path: str) -> Path:
        """Where an absolute path of the image lies on this machine."""
        return self.root / path.lstrip("/")

    def read(self, path: str) -> bytes | None:
        """Content of a regular file, None if it is none. Links are not followed."""
        node = self.nodes.get(path)
        return self.on_disk(path).read_bytes() if node is not None and node.kind is Kind.FILE else None

    def text(self, path: str) -> str | None:
        """Content of a regular file as text; bytes that are no UTF-8 become surrogates."""
        data = self.read(path)
        return None if data is None else data.decode("utf-8", "surrogateescape")

    def resolve(self, path: str) -> str | None:
        """The path that is reached when all links are followed inside this root; None if there is nothing."""
        place = self.place(path)
        if place is not None and self.nodes[place].kind is not Kind.LINK:
            return place
        return self._followed(path) or None

    def place(self, path: str) -> str | None:
        """As `resolve`, but a link at the end is not followed: `/bin/sh` is `/usr/bin/sh` where `/bin` is a link."""
        parent, _, name = path.rstrip("/").rpartition("/")
        if name in ("", ".", ".."):
            return self._followed(path) or None
        if parent not in self._directories:
            self._directories[parent] = self._followed(parent)
        directory = self._directories[parent]
        here = f"{directory}/{name}"
        return here if directory is not None and here in self.nodes else None

    @cached_property
    def _directories(self) -> dict[str, str | None]:
        """Where directories are that were asked for: packages list thousands of files in few of them."""
        return {}

    def _followed(self, path: str) -> str | None:
        """What is reached; empty for the root itself."""
        todo = list(reversed(PurePosixPath("/", path).parts[1:]))
        done = ""
        links = 0
        while todo:
            part = todo.pop()
            if part == "..":
                done = done.rpartition("/")[0]
                continue
            here = f"{done}/{part}"
            node = self.nodes.get(here)
            if node is None:
                return None
            if node.kind is not Kind.LINK:
                done = here
                continue
            links += 1
            if links > _DEEPEST_LINKS:
                return None
            target = PurePosixPath(node.target or "")
            if target.is_absolute():
                done = ""
            todo.extend(reversed([part for part in target.parts if part != "/"]))
        return done

    def below(self, directory: str) -> Iterator[str]:
        """Every path below a directory, sorted."""
        first, behind = (bisect_left(self._sorted, f"{directory}{sign}") for sign in "/0")
        return iter(self._sorted[first:behind])

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.nodes)


def read_tree(root: Path, layers: Sequence[LayerChange] = ()) -> Tree:
    """List a root file system. `layers`, oldest first, tell which files need not be read again."""
    return Tree(root, dict(_walk(root)), origins(layers))


def origins(layers: Sequence[LayerChange]) -> Mapping[str, str]:
    """The diff ID of the layer that wrote each path last. Paths that a later layer removed do no harm: nobody asks."""
    found: dict[str, str] = {}
    for change in layers:
        found.update(dict.fromkeys(change.written, change.layer.diff_id))
    return found


def _walk(root: Path) -> Iterator[tuple[str, Node]]:
    yield "/", _node(os.fspath(root), root.lstat())
    todo = [("", os.fspath(root))]
    while todo:
        prefix, directory = todo.pop()
        with os.scandir(directory) as entries:
            for entry in entries:
                path = f"{prefix}/{entry.name}"
                node = _node(entry.path, entry.stat(follow_symlinks=False))
                yield path, node
                if node.kind is Kind.DIRECTORY:
                    todo.append((path, entry.path))


def node_at(path: str) -> Node:
    """What lies there on this machine; links are not followed. Raises OSError."""
    return _node(path, os.lstat(path))


def _node(path: str, found: os.stat_result) -> Node:
    kind = _KINDS[stat.S_IFMT(found.st_mode)]
    return Node(
        kind=kind,
        mode=stat.S_IMODE(found.st_mode),
        uid=found.st_uid,
        gid=found.st_gid,
        size=found.st_size if kind is Kind.FILE else 0,
        # As text: for thousands of links a Path for each takes as long as reading them.
        target=os.readlink(path) if kind is Kind.LINK else None,  # noqa: PTH115
        device=found.st_rdev if kind in (Kind.CHARACTER, Kind.BLOCK) else 0,
        attributes=_attributes(path) if kind in (Kind.FILE, Kind.DIRECTORY) else (),
    )


def _attributes(path: str) -> tuple[tuple[str, bytes], ...]:
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:  # a file system without extended attributes
        return ()
    return tuple((name, os.getxattr(path, name, follow_symlinks=False)) for name in sorted(names) if _is_seen(name))


def _is_seen(name: str) -> bool:
    return (
        name == "security.capability"
        or name.startswith("system.posix_acl_")
        or (name.startswith("user.") and not name.startswith("user.overlay."))
    )


def same_content(one: Path, other: Path) -> bool:
    """Whether two files of the same size hold the same bytes. Reading both is cheaper than a digest of each."""
    with one.open("rb", buffering=0) as first, other.open("rb", buffering=0) as second:
        while True:
            chunk = first.read(_CHUNK)
            if chunk != second.read(_CHUNK):
                return False
            if not chunk:
                return True
