"""How what is kept gets to the runtime stage: in how few COPY instructions, and what no COPY makes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from optimizer.evidence.owners import Owner, Owners
from optimizer.evidence.tree import Kind, Node, Root, parents, under

_MANY = 3
"""So many parts, and a package's directory that holds nothing of the package is copied rather than they."""

_SHARED = ("/", "/etc", "/home", "/opt", "/run", "/srv", "/tmp", "/usr", "/var", "/var/lib", "/var/log", "/var/cache")
"""Where many put something of their own (hier(7)): never copied as a whole, empty or not."""

_FOR_LINKERS, _SMALL = (".a", ".la", ".pc"), 1 << 18

_MOST_PARTS = 5
"""So many COPYs of one application are still read."""

_FAR_TOO_MANY = 20
"""So many parts nobody maintains: then more than half as much again has to be needless."""

_EMPTIED = ("/build/bdist.", "/target/generated-sources/", "/target/generated-test-sources/")
"""Where builds leave empty directories that nothing asks for."""


@dataclass(frozen=True, slots=True)
class Copied:
    """One COPY from the build stage. Several sources are files of one directory; `owner` is set if all below has one
    owner who is not root."""

    sources: tuple[str, ...]
    destination: str
    owner: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Made:
    """A directory that has to be there with this mode and owner, though no COPY makes it so."""

    path: str
    mode: int
    owner: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Linked:
    """A symbolic link, which COPY would follow; `replaces`: the runtime base has something by this name,
    or a package may bring it."""

    path: str
    target: str
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Shed:
    """A directory inside of a copied one that is taken away before, with the number of its owner: what one build leaves
    for the next."""

    path: str
    uid: int


@dataclass(frozen=True, slots=True)
class Shipment:
    """All that goes from the build stage to the runtime stage."""

    kept: frozenset[str]
    """Files and links."""
    copies: tuple[Copied, ...]
    directories: tuple[Made, ...]
    links: tuple[Linked, ...]
    shed: tuple[Shed, ...] = ()


def shipment(
    owners: Owners,
    kept: Iterable[str],
    there: Root | None,
    left: tuple[str, ...] = (),
    begun: frozenset[str] = frozenset(),
) -> Shipment:
    """Say with COPY what is kept. `there` is the runtime base: what it has is never copied as a whole directory. Of
    what is `left` behind no empty directory is made either. Where files lie that an interpreter has `begun` with, a
    little more is copied rather than many parts: what is added there later comes along."""
    files = frozenset(kept)
    pack = _Pack(owners, files, there, left, begun)
    tops = list(pack.cover("/"))
    links = tuple(pack.links(path for path in tops if owners.root.nodes[path].kind is Kind.LINK))
    copies = tuple(pack.copies([path for path in tops if owners.root.nodes[path].kind is not Kind.LINK]))
    return Shipment(files, copies, tuple(pack.directories(copies)), links, tuple(pack.shed(copies)))


class _Pack:
    def __init__(
        self, owners: Owners, kept: frozenset[str], there: Root | None, left: tuple[str, ...], begun: frozenset[str]
    ) -> None:
        self._owners = owners
        self._root = owners.root
        self._kept = kept
        self._there = there
        self._left = left
        self._begun = {above for path in begun for above in parents(path)}
        self._count: dict[str, int] = {}
        self._size: dict[str, int] = {}
        for path in kept:
            for above in parents(path):
                self._count[above] = self._count.get(above, 0) + 1
                self._size[above] = self._size.get(above, 0) + self._root.nodes[path].size
        self._all: dict[str, int] = {}
        self._bound = frozenset(self._of_hard_links())

    def _of_hard_links(self) -> Iterator[str]:
        """Directories in which one file has several names: COPY keeps it one file only if it copies the directory.
        Taken where that saves more than what then ships needlessly."""
        names: dict[tuple[int, int], list[str]] = {}
        for path in self._kept:
            if (inode := self._root.nodes[path].inode) is not None:
                names.setdefault(inode, []).append(path)
        for paths in names.values():
            directory = posixpath.commonpath([posixpath.dirname(path) for path in paths])
            saved = self._root.nodes[paths[0]].size * (len(paths) - 1)
            if len(paths) > 1 and self._is_own(directory) and self._needless(directory) < saved:
                yield directory

    def _needless(self, directory: str) -> int:
        sizes = (
            self._root.nodes[path].size
            for path in self._root.below(directory)
            if path not in self._kept and not under(path, self._owners.build_caches)
        )
        return sum(sizes)

    def cover(self, directory: str) -> Iterator[str]:
        """The topmost paths that together hold what is kept and nothing else."""
        for child in self._root.children(directory):
            node = self._root.nodes[child]
            if node.kind is not Kind.DIRECTORY:
                if child in self._kept:
                    yield child
            elif self._count.get(child):
                parts = [child] if self._whole(child) else list(self.cover(child))
                yield from [child] if self._is_better_whole(child, len(parts)) else parts

    def _whole(self, directory: str) -> bool:
        if not self._is_new(directory):
            return False
        complete = self._count[directory] == self._total(directory)
        if directory in self._owners.packages.owner:
            return complete and len(self._root.children(directory)) >= _MANY
        return complete or directory in self._bound

    def _is_better_whole(self, directory: str, parts: int) -> bool:
        """Whether what is not kept in the directory of an application is not worth to name all the rest."""
        if parts <= _MOST_PARTS or not self._is_own(directory):
            return False
        if parts > _FAR_TOO_MANY and not any(under(tree, (directory,)) for tree in self._left):
            return self._needless(directory) * 2 <= self._size[directory]
        return directory in self._begun and self._needless(directory) <= _SMALL

    def _is_own(self, directory: str) -> bool:
        """Whether nobody but the build made a directory."""
        return self._is_new(directory) and directory not in self._owners.packages.owner

    def _is_new(self, directory: str) -> bool:
        """Whether neither base image has anything in a directory, or has it at all."""
        bases = (self._owners.base, *([] if self._there is None else [self._there]))
        return all(self._is_empty(base, directory) for base in bases)

    def _is_empty(self, base: Root, directory: str) -> bool:
        if directory not in base.nodes:
            return True
        return directory not in _SHARED and all(
            base.nodes[each].kind is Kind.DIRECTORY for each in base.below(directory)
        )

    def _total(self, directory: str) -> int:
        if directory not in self._all:
            self._all[directory] = sum(
                self._total(child) if self._root.nodes[child].kind is Kind.DIRECTORY else 1
                for child in self._root.children(directory)
                if child in self._kept or not (child in self._owners.build_caches or self._is_trifle(child))
            )
        return self._all[directory]

    def _is_trifle(self, path: str) -> bool:
        """Whether a file is small and only for those who link: not worth to name all that lies beside it."""
        return (
            path.endswith(_FOR_LINKERS) and self._root.nodes[path].size <= _SMALL and self._owners.of(path) is Owner.OWN
        )

    def links(self, paths: Iterable[str]) -> Iterator[Linked]:
        """Those that are not there already."""
        for path in paths:
            target = self._root.nodes[path].target
            there = None if self._there is None else self._there.nodes.get(path)
            if there is None or there.target != target:
                yield Linked(path, target, there is not None or self._owners.is_installed(path))

    def copies(self, tops: list[str]) -> Iterator[Copied]:
        """Directories one by one, files of one directory and owner together."""
        groups: dict[tuple[str, tuple[int, int] | None], list[str]] = {}
        for path in tops:
            owner = self._one_owner(path)
            if self._root.nodes[path].kind is Kind.DIRECTORY:
                groups[path, owner] = []
            else:
                groups.setdefault((posixpath.join(posixpath.dirname(path), ""), owner), []).append(path)
        for (place, owner), sources in groups.items():
            yield Copied(tuple(sources) or (place,), place, owner)

    def shed(self, copies: tuple[Copied, ...]) -> Iterator[Shed]:
        """What lies in copied directories and is no part of what is kept."""
        inside = tuple(f"{source}/" for copy in copies for source in copy.sources)
        for path in sorted(self._owners.build_caches):
            if path.startswith(inside):
                yield Shed(path, self._root.nodes[path].uid)

    def _one_owner(self, path: str) -> tuple[int, int] | None:
        """The owner of a path and all below it if it is one and not root."""
        nodes = [self._root.nodes[each] for each in (path, *self._root.below(path))]
        found = {(node.uid, node.gid) for node in nodes}
        return found.pop() if len(found) == 1 and found != {(0, 0)} else None

    def directories(self, copies: tuple[Copied, ...]) -> Iterator[Made]:
        """Directories of the build that would not be there, or not with their mode and owner."""
        copied = {source: copy for copy in copies for source in copy.sources}
        inside = tuple(f"{source}/" for source in copied)
        for path, node in self._own_directories():
            if path.startswith(inside) or any(place in f"{path}/" for place in _EMPTIED):
                continue
            if not self._count.get(path) and (self._owners.build_trees.hold(path) or under(path, self._left)):
                continue
            if not self._count.get(path) and (self._owners.is_hidden_at_home(path) or self._held_caches(path)):
                continue
            plain = (node.mode, (node.uid, node.gid)) == (0o755, copied[path].owner or (0, 0)) if path in copied else (
                node.mode, node.uid, node.gid) == (0o755, 0, 0) and bool(self._count.get(path))  # fmt: skip
            plain = plain and any(under(copy.destination.rstrip("/"), (path,)) for copy in copies)
            if not plain and (self._count.get(path) or self._total(path) == 0):
                yield Made(path, node.mode, (node.uid, node.gid))

    def _held_caches(self, directory: str) -> bool:
        return any(path.startswith(f"{directory}/") for path in self._owners.build_caches)

    def _own_directories(self) -> Iterator[tuple[str, Node]]:
        for path in sorted(self._owners.step_of):
            node = self._root.nodes[path]
            known = path in self._owners.base.nodes or (self._there is not None and path in self._there.nodes)
            if node.kind is Kind.DIRECTORY and not known and self._owners.of(path) is Owner.OWN:
                yield path, node
