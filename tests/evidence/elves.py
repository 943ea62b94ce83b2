"""Small ELF files with nothing in them but what a loader asks for (System V ABI, chapters 4 and 5)."""

from __future__ import annotations

import struct
from collections.abc import Sequence

_HEADER, _SEGMENT = 64, 56
_AMD64, _ARM64 = 62, 183


def elf(
    needed: Sequence[str] = (),
    *,
    interpreter: str = "",
    rpath: str = "",
    runpath: str = "",
    arm: bool = False,
    text: bytes = b"",
) -> bytes:
    """An ELF64 file; with neither `needed` nor `interpreter` it is a static program. `text` are bytes at its end,
    loaded like the rest."""
    strings = bytearray(b"\0")

    def put(value: str) -> int:
        at = len(strings)
        strings.extend(value.encode() + b"\0")
        return at

    tags = [(1, put(name)) for name in needed]  # DT_NEEDED
    tags += [(15, put(rpath))] if rpath else []
    tags += [(29, put(runpath))] if runpath else []
    kinds = [1] + ([3] if interpreter else []) + ([2] if tags else [])  # PT_LOAD, PT_INTERP, PT_DYNAMIC
    start = _HEADER + _SEGMENT * len(kinds)
    path = interpreter.encode() + b"\0" if interpreter else b""
    at_strings = start + len(path)
    at_dynamic = at_strings + len(strings)
    tags = [*tags, (5, at_strings), (10, len(strings)), (0, 0)] if tags else []  # DT_STRTAB, DT_STRSZ, DT_NULL
    dynamic = b"".join(struct.pack("<qQ", *tag) for tag in tags)
    size = at_dynamic + len(dynamic) + len(text)
    places = {1: (0, size), 3: (start, len(path)), 2: (at_dynamic, len(dynamic))}
    segments = b"".join(
        struct.pack("<IIQQQQQQ", kind, 4, offset, offset, offset, length, length, 1)
        for kind, (offset, length) in ((kind, places[kind]) for kind in kinds)
    )
    header = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    header += struct.pack(
        "<HHIQQQIHHHHHH", 3, _ARM64 if arm else _AMD64, 1, 0, _HEADER, 0, 0, _HEADER, _SEGMENT, len(kinds), 64, 0, 0
    )
    return header + segments + path + bytes(strings) + dynamic + text


def astray(file: bytes) -> bytes:
    """The same file, but its strings are said to lie where none of its segments does."""
    (size,) = struct.unpack_from("<Q", file, _HEADER + 32)  # p_filesz of PT_LOAD, the first segment
    at = file.rindex(struct.pack("<q", 5), 0, size)
    return file[: at + 8] + struct.pack("<Q", 1 << 40) + file[at + 16 :]


_SECTION = 64


def linked(language: str, debug: int, needed: Sequence[str] = (), *, interpreter: str = "", calls: str = "") -> bytes:
    """A program with a section table: `debug` bytes for debuggers, which the table only claims, the marks that linkers
    of `language` (go, rust, c) leave, and a symbol of the Go package `calls` that calls C."""
    data = bytearray(elf(needed, interpreter=interpreter if needed else ""))
    symbols = f"\0{calls}._Cfunc_open\0".encode() if calls else b"\0"
    sections = [(".debug_info", b"", debug), (".strtab", symbols, len(symbols))]
    sections += [(".interp", b"", 0), (".dynamic", b"", 0)] if needed else []
    sections += [(".go.buildinfo", b"\xff Go buildinf:", 2)] if language == "go" else []
    comment = b"rustc version 1.70.0" if language == "rust" else b"GCC: (Debian 12) 12"
    sections += [(".comment", comment, len(comment))] if language != "go" else []
    names = bytearray(b"\0")
    table = [bytes(_SECTION)]
    for name, content, size in sections:
        kind = 3 if name == ".strtab" else 1  # SHT_STRTAB, SHT_PROGBITS
        table.append(struct.pack("<IIQQQQIIQQ", len(names), kind, 0, 0, len(data), size, 0, 0, 1, 0))
        names += name.encode() + b"\0"
        data += content
    end = len(names)
    names += b".shstrtab\0"
    table.append(struct.pack("<IIQQQQIIQQ", end, 3, 0, 0, len(data), len(names), 0, 0, 1, 0))
    data += names
    struct.pack_into("<Q", data, 40, len(data))  # e_shoff
    struct.pack_into("<HHH", data, 58, _SECTION, len(table), len(table) - 1)
    return bytes(data + b"".join(table))
