"""Which ELF files of an image could be hurt by a library that is gone: only to choose what its own loader must try."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from optimizer.containers.elf_header import forget_sections
from optimizer.proof.rootfs import Kind, Tree

if TYPE_CHECKING:
    from elftools.elf.dynamic import DynamicSegment


@dataclass(frozen=True, slots=True)
class Elf:
    """A dynamically linked file: the libraries it names, and the loader it names if it is a program."""

    path: str
    needed: frozenset[str]
    interpreter: str | None
    machine: str
    searches: frozenset[str] = frozenset()
    """Where it has its libraries looked for first: RPATH and RUNPATH as they are written (ld.so(8))."""


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
    from elftools.common.exceptions import ELFError
    from elftools.elf.dynamic import DynamicSegment
    from elftools.elf.elffile import ELFFile
    from elftools.elf.segments import InterpSegment

    with tree.on_disk(path).open("rb") as stream:
        if stream.read(4) != b"\x7fELF":
            return None
        try:
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY) as held:
                forget_sections(held)
                file = ELFFile(cast(IO[bytes], held))
                needed: frozenset[str] | None = None
                interpreter: str | None = None
                searches: frozenset[str] = frozenset()
                for segment in file.iter_segments():
                    if isinstance(segment, InterpSegment):
                        interpreter = segment.get_interp_name()
                    elif isinstance(segment, DynamicSegment):
                        needed = _named(segment, "needed")
                        searches = _named(segment, "rpath") | _named(segment, "runpath")
                machine = f"{file.get_machine_arch()}{file.elfclass}"
        except (ELFError, ValueError, KeyError, OverflowError, AssertionError):
            return None  # damaged or not for this reader: the loader could not have used it either
    return None if needed is None else Elf(path, needed, interpreter, machine, searches)


def _named(segment: DynamicSegment, kind: str) -> frozenset[str]:
    return frozenset(str(getattr(tag, kind, "")) for tag in segment.iter_tags(f"DT_{kind.upper()}"))
