"""Which ELF files of an image could be hurt by a library that is gone: only to choose what its own loader must try."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.containers.elf_segments import read_segments
from optimizer.proof.rootfs import Kind, Tree


@dataclass(frozen=True, slots=True)
class Elf:
    """A dynamically linked file: the libraries it names, and the loader it names if it is a program."""

    path: str
    needed: frozenset[str]
    interpreter: str | None
    machine: str
    searches: bool = False
    """Whether it has its libraries looked for elsewhere than others do (RPATH, RUNPATH, NODEFLIB: ld.so(8))."""
    name: str = ""
    """What others need it by."""


class DynamicFiles:
    """The dynamically linked ELF files of root file systems; what a layer wrote is read once. Safe to use from several
    threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Elf | None] = {}

    def of(self, tree: Tree) -> Iterator[Elf]:
        """Each one. Files that are neither executable nor named like a library are not opened."""
        for path, node in tree.nodes.items():
            if node.kind is Kind.FILE and node.size > 64 and (node.mode & 0o111 or is_library_name(path)):
                elf = self._one(tree, path)
                if elf is not None:
                    yield elf

    def _one(self, tree: Tree, path: str) -> Elf | None:
        origin = tree.origins.get(path)
        if origin is None:
            return _read(tree, path)
        if (origin, path) not in self._known:
            self._known[origin, path] = _read(tree, path)
        return self._known[origin, path]


def is_library_name(path: str) -> bool:
    """`libx.so`, `libx.so.1.2`, `x.cpython-311.so`."""
    name = path.rpartition("/")[2]
    return name.endswith(".so") or ".so." in name


def _read(tree: Tree, path: str) -> Elf | None:
    with tree.on_disk(path).open("rb") as stream:
        if stream.read(4) != b"\x7fELF":
            return None
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = read_segments(data)
    if found is None or found.dynamic is None:
        return None  # static, or damaged: the loader could not have used it either
    searches = bool(found.dynamic.rpath or found.dynamic.runpath or found.dynamic.no_default)
    machine = f"{found.machine}/{found.bits}"
    needed = frozenset(found.dynamic.needed)
    name = found.dynamic.name or path.rpartition("/")[2]
    return Elf(path, needed, found.interpreter or None, machine, searches, name)
