"""What programs say of themselves: bytes for debuggers, whose linker made them, whether their Go code calls C."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.evidence.programs import Language, Program, read_program
from optimizer.evidence.tree import Root
from tests.evidence.elves import elf, linked
from tests.evidence.world import LOADER


def read(top: Path, data: bytes) -> Program | None:
    (top / "app").write_bytes(data)
    return read_program(Root(top), "/app", "make")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (linked("go", 900), Program("/app", 901, Language.GO, True, False, "make")),
        (linked("go", 900, ["libc.so.6"], calls="net"), Program("/app", 917, Language.GO, False, False, "make")),
        (linked("go", 9, ["libc.so.6"], calls="main"), Program("/app", 27, Language.GO, False, True, "make")),
        (linked("rust", 7, ["libc.so.6"]), Program("/app", 8, Language.RUST, False, False, "make")),
        (linked("c", 0, ["libc.so.6"]), Program("/app", 1, Language.OTHER, False, False, "make")),
        (elf(["libc.so.6"], interpreter=LOADER), Program("/app", 0, Language.OTHER, True, False, "make")),
        (b"#!/bin/sh\n", None),
        (b"\x7fELF broken", None),
    ],
    ids=["static", "of the standard library", "calls C", "Rust", "C", "no sections", "a script", "damaged"],
)
def test_a_program_is_read(tmp_path: Path, data: bytes, expected: Program | None) -> None:
    assert read(tmp_path, data) == expected


def test_an_object_file_is_no_program(tmp_path: Path) -> None:
    data = bytearray(linked("c", 900))
    data[16] = 1  # ET_REL
    assert read(tmp_path, bytes(data)) is None
