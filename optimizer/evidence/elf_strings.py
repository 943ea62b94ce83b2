"""The part of an ELF file in which a name may mean something when it runs."""

from __future__ import annotations

from optimizer.containers.elf_segments import read_segments


def loaded(data: bytes) -> bytes:
    """Of an ELF file's bytes those that are loaded when it runs, and those that somebody put behind it: symbol tables
    for linkers and what only debuggers read are full of names that mean nothing then. All of a file that is damaged."""
    found = read_segments(data)
    if found is None:
        return data
    parts = [(each.offset, each.offset + each.size) for each in found.loaded]
    behind = max((found.sections_end, *(end for _, end in parts)))
    return b"\0".join((*(data[start:end] for start, end in parts), data[behind:]))
