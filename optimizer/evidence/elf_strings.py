"""The part of an ELF file in which a name may mean something when it runs."""

from __future__ import annotations

import io
import struct

from optimizer.containers.elf_header import forget_sections


def loaded(data: bytes) -> bytes:
    """Of an ELF file's bytes those that are loaded when it runs, and those that somebody put behind it: symbol tables
    for linkers and what only debuggers read are full of names that mean nothing then. All of a file that is damaged."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    stream = io.BytesIO(data)
    forget_sections(stream.getbuffer())
    try:
        segments = [each.header for each in ELFFile(stream).iter_segments("PT_LOAD")]
        header = ELFFile(io.BytesIO(data)).header
    except (ELFError, ValueError, KeyError, AttributeError, AssertionError, struct.error, UnicodeDecodeError):
        return data
    end = max(
        (header.e_shoff + header.e_shnum * header.e_shentsize, *(each.p_offset + each.p_filesz for each in segments))
    )
    return b"\0".join((*(data[each.p_offset : each.p_offset + each.p_filesz] for each in segments), data[end:]))
