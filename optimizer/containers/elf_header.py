"""ELF files as the dynamic loader sees them: by their segments. To read their sections, too, takes longer than all
else, and what the loader needs does not lie there."""

from __future__ import annotations

from mmap import mmap

_SECTIONS = {1: (slice(0x20, 0x24), slice(0x30, 0x34)), 2: (slice(0x28, 0x30), slice(0x3C, 0x40))}
"""By word size: where the header has e_shoff, and e_shnum with e_shstrndx (gABI, chapter 4, "ELF Header")."""
_HEADER = 0x40


def forget_sections(file: mmap | memoryview) -> None:
    """Have the header of a file, in memory, name none. Does nothing to what is too short for a header."""
    for part in _SECTIONS.get(file[4], ()) if len(file) >= _HEADER else ():
        file[part] = bytes(part.stop - part.start)
