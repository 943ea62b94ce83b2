"""ELF files as the dynamic loader sees them: by their segments (System V ABI, chapters 4 and 5; ld.so(8)).

A general library describes every record anew before it reads it. That took 3 ms for each of a thousand files, an eighth
of a whole proof; what a loader reads is read in a twentieth of that.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

_MAGIC = b"\x7fELF"
_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
"""p_type."""
_END, _NEEDED, _STRINGS, _NAME, _RPATH, _RUNPATH, _FLAGS = 0, 1, 5, 14, 15, 29, 0x6FFFFFFB
"""d_tag."""
_NO_DEFAULT = 0x800
"""DF_1_NODEFLIB, of DT_FLAGS_1."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the records of one word size lie, without their byte order."""

    bits: int
    header: str
    segment: str
    entry: str


_LAYOUTS = {
    1: _Layout(32, "HHIIIIIHHHHHH", "IIIIIIII", "iI"),
    2: _Layout(64, "HHIQQQIHHHHHH", "IIQQQQQQ", "qQ"),
}
_ORDERS = {1: "<", 2: ">"}
_IDENT = 16


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the file, in bytes, and the address at which it is loaded."""

    kind: int
    offset: int
    address: int
    size: int


@dataclass(frozen=True, slots=True)
class Dynamic:
    """What a file asks the loader for, as it is written."""

    needed: tuple[str, ...] = ()
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    name: str = ""
    """What others need it by (DT_SONAME)."""
    no_default: bool = False
    """Whether its libraries are not looked for in the default directories."""


@dataclass(frozen=True, slots=True)
class Segments:
    """One file. `machine` is e_machine, `interpreter` is empty for libraries and static programs, `dynamic` None for
    what is not linked dynamically."""

    machine: int
    bits: int
    interpreter: str
    dynamic: Dynamic | None
    loaded: tuple[Segment, ...]
    sections_end: int
    """Where the table of sections ends, which no loader reads."""


def read_segments(data: bytes | mmap) -> Segments | None:
    """Read a file; None if it is no ELF file or is damaged."""
    if data[: len(_MAGIC)] != _MAGIC:
        return None
    try:
        return _read(data, _LAYOUTS[data[4]], _ORDERS[data[5]])
    except (struct.error, LookupError, ValueError, OverflowError):
        return None


def _read(data: bytes | mmap, layout: _Layout, order: str) -> Segments:
    header = struct.unpack_from(order + layout.header, data, _IDENT)
    _, machine, _, _, segments_at, sections_at, _, _, size, count, section_size, sections, _ = header
    if count and size != struct.calcsize(order + layout.segment):
        raise ValueError("segments of another size")
    segments = [_segment(data, layout, order, segments_at + size * number) for number in range(count)]
    loaded = tuple(each for each in segments if each.kind == _LOAD)
    interpreter = next((_string(data, each.offset, "strict") for each in segments if each.kind == _INTERPRETER), "")
    table = next((each for each in reversed(segments) if each.kind == _DYNAMIC), None)
    dynamic = None if table is None else _dynamic(data, list(_entries(data, order + layout.entry, table)), loaded)
    return Segments(machine, layout.bits, interpreter, dynamic, loaded, sections_at + section_size * sections)


def _segment(data: bytes | mmap, layout: _Layout, order: str, at: int) -> Segment:
    if layout.bits == 64:
        kind, _, offset, address, _, size, _, _ = struct.unpack_from(order + layout.segment, data, at)
    else:
        kind, offset, address, _, size, _, _, _ = struct.unpack_from(order + layout.segment, data, at)
    return Segment(kind, offset, address, size)


def _entries(data: bytes | mmap, entry: str, segment: Segment) -> Iterator[tuple[int, int]]:
    step = struct.calcsize(entry)
    for at in range(segment.offset, segment.offset + segment.size, step):
        tag, value = struct.unpack_from(entry, data, at)
        if tag == _END:
            return
        yield tag, value


def _dynamic(data: bytes | mmap, entries: list[tuple[int, int]], loaded: tuple[Segment, ...]) -> Dynamic:
    named = {tag: _values(entries, tag) for tag in (_NEEDED, _RPATH, _RUNPATH, _NAME)}
    strings = _offset(dict(entries)[_STRINGS], loaded) if any(named.values()) else 0
    needed, rpath, runpath, names = (tuple(_string(data, strings + value) for value in each) for each in named.values())
    no_default = any(value & _NO_DEFAULT for value in _values(entries, _FLAGS))
    return Dynamic(needed, rpath, runpath, "".join(names[:1]), no_default)


def _values(entries: list[tuple[int, int]], wanted: int) -> list[int]:
    return list(dict.fromkeys(value for tag, value in entries if tag == wanted))


def _offset(address: int, loaded: tuple[Segment, ...]) -> int:
    """Where in the file lies what is loaded at an address."""
    for each in loaded:
        if each.address <= address < each.address + each.size:
            return address - each.address + each.offset
    raise ValueError("an address that nothing is loaded at")


def _string(data: bytes | mmap, at: int, errors: str = "surrogateescape") -> str:
    end = data.find(b"\0", at)
    if end < 0 or at > len(data):
        raise ValueError("a string without an end")
    return data[at:end].decode("utf-8", errors)
