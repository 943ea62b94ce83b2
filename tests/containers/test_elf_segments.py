"""ELF files, read as a loader reads them."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.segments import InterpSegment
from hypothesis import example, given
from hypothesis import strategies as st

from optimizer.containers.elf_segments import Dynamic, read_segments
from tests.evidence import elves

PROGRAM = elves.elf(["libfoo.so.1", "libc.so.6"], interpreter="/lib64/ld.so", runpath="$ORIGIN/../lib:/opt/lib")


def test_agrees_with_a_library_that_reads_everything() -> None:
    mapped = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if ".so" in line}
    own = [Path(sys.executable).resolve(), *(Path(path) for path in sorted(mapped) if Path(path).is_file())]
    assert len(own) > 5
    for path in own:
        data = path.read_bytes()
        found = read_segments(data)
        assert found is not None, path
        with path.open("rb") as stream:
            file = ELFFile(stream)
            segments = list(file.iter_segments())
            interpreters = [each.get_interp_name() for each in segments if isinstance(each, InterpSegment)]
            (dynamic,) = (each for each in segments if isinstance(each, DynamicSegment))
            needed, rpath, runpath, soname = (
                tuple(getattr(tag, name) for tag in dynamic.iter_tags(f"DT_{name.upper()}"))
                for name in ("needed", "rpath", "runpath", "soname")
            )
            assert found.dynamic == Dynamic(needed, rpath, runpath, "".join(soname)), path
            assert found.interpreter == "".join(interpreters)
            assert found.bits == file.elfclass
            loaded = [(each["p_offset"], each["p_filesz"]) for each in segments if each["p_type"] == "PT_LOAD"]
            assert [(each.offset, each.size) for each in found.loaded] == loaded


def test_what_a_program_asks_for() -> None:
    found = read_segments(PROGRAM)
    assert found is not None
    assert found.interpreter == "/lib64/ld.so"
    assert found.dynamic == Dynamic(("libfoo.so.1", "libc.so.6"), (), ("$ORIGIN/../lib:/opt/lib",))


def test_a_static_program_has_no_dynamic_part() -> None:
    found = read_segments(elves.elf())
    assert found is not None
    assert found.dynamic is None


def test_32_bits_and_the_other_byte_order() -> None:
    strings = b"\0libc.so.0\0"
    at, dynamic_at = 52 + 2 * 32, 52 + 2 * 32 + len(strings)
    dynamic = struct.pack(">iIiIiI", 5, 0x10000 + at, 1, 1, 0, 0)
    size = dynamic_at + len(dynamic)
    header = b"\x7fELF" + bytes([1, 2, 1]) + bytes(9)
    header += struct.pack(">HHIIIIIHHHHHH", 3, 8, 1, 0, 52, 0, 0, 52, 32, 2, 40, 0, 0)
    segments = struct.pack(">IIIIIIII", 1, 0, 0x10000, 0x10000, size, size, 4, 1)
    segments += struct.pack(">IIIIIIII", 2, dynamic_at, 0x10000 + dynamic_at, 0, len(dynamic), len(dynamic), 4, 1)
    found = read_segments(header + segments + strings + dynamic)
    assert found is not None
    assert (found.machine, found.bits) == (8, 32)
    assert found.dynamic == Dynamic(("libc.so.0",), (), ())


@pytest.mark.parametrize("data", [b"", b"#!/bin/sh\n", b"\x7fELF", PROGRAM[:70], elves.astray(PROGRAM)])
def test_what_is_damaged_is_none(data: bytes) -> None:
    assert read_segments(data) is None


@given(st.integers(0, len(PROGRAM) - 1), st.integers(0, 255))
@example(191, 128)
def test_no_byte_makes_it_fail(place: int, value: int) -> None:
    read_segments(PROGRAM[:place] + bytes([value]) + PROGRAM[place + 1 :])
