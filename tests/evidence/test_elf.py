"""The loader's search rules, on small files made for it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from optimizer.evidence.elf import Loader, read_elf
from optimizer.evidence.elf_strings import loaded
from optimizer.evidence.tree import Root
from tests.evidence.elves import astray, elf, linked

LOADER = "/lib64/ld-linux-x86-64.so.2"
MUSL = "/lib/ld-musl-x86_64.so.1"


def put(top: Path, files: dict[str, bytes]) -> Root:
    for path, data in files.items():
        place = top / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return Root(top)


def cache(*entries: tuple[str, str]) -> bytes:
    """An ld.so.cache in the new format."""
    strings, rows = bytearray(), []
    base = 48 + 24 * len(entries)
    for name, path in entries:
        key = base + len(strings)
        strings += name.encode() + b"\0"
        value = base + len(strings)
        strings += path.encode() + b"\0"
        rows.append(struct.pack("=iIIIQ", 0x0303, key, value, 0, 0))
    head = b"glibc-ld.so.cache1.1" + struct.pack("=II", len(entries), len(strings)) + bytes(20)
    return head + b"".join(rows) + bytes(strings)


CACHED = cache(("liba.so", "/opt/liba.so"))


def test_reads_what_a_program_asks_for(tmp_path: Path) -> None:
    root = put(tmp_path, {"/p": elf(["liba.so"], interpreter=LOADER, runpath="/x:$ORIGIN/y")})
    found = read_elf(root, "/p")
    assert found is not None
    seen = (found.interpreter, found.needed, found.runpath, found.static)
    assert seen == (
        LOADER,
        ("liba.so",),
        ("/x", "$ORIGIN/y"),
        False,
    )


@pytest.mark.parametrize(
    "data",
    [b"", b"#!/bin/sh", b"\x7fELF", b"\x7fELF" + bytes(60), elf(["a"])[:150], astray(elf(["a"]))],
)
def test_what_is_no_elf_file_or_damaged_is_nothing(tmp_path: Path, data: bytes) -> None:
    assert read_elf(put(tmp_path, {"/p": data}), "/p") is None


def test_a_program_without_loader_is_static(tmp_path: Path) -> None:
    found = read_elf(put(tmp_path, {"/p": elf()}), "/p")
    assert found is not None
    assert found.static


@pytest.mark.parametrize(
    ("program", "files", "expected"),
    [
        (elf(["liba.so"]), {"/usr/lib/liba.so": elf()}, "/usr/lib/liba.so"),
        (elf(["liba.so"]), {"/usr/lib/x86_64-linux-gnu/liba.so": elf()}, "/usr/lib/x86_64-linux-gnu/liba.so"),
        (elf(["liba.so"]), {"/opt/liba.so": elf(), "/etc/ld.so.cache": CACHED}, "/opt/liba.so"),
        (elf(["liba.so"], runpath="$ORIGIN/../o"), {"/o/liba.so": elf(), "/usr/lib/liba.so": elf()}, "/o/liba.so"),
        (elf(["liba.so"], rpath="/r"), {"/r/liba.so": elf(), "/env/liba.so": elf()}, "/r/liba.so"),
        (elf(["liba.so"], runpath="/r"), {"/r/liba.so": elf(), "/env/liba.so": elf()}, "/env/liba.so"),
        (elf(["liba.so"]), {"/usr/lib/liba.so": elf(arm=True), "/lib64/liba.so": elf()}, "/lib64/liba.so"),
        (elf(["/opt/liba.so"]), {"/opt/liba.so": elf()}, "/opt/liba.so"),
        (elf(["liba.so"], interpreter=MUSL), {"/usr/local/lib/liba.so": elf(), MUSL: elf()}, "/usr/local/lib/liba.so"),
    ],
    ids=[
        "default directory", "multiarch", "cache", "origin", "rpath before environment", "environment before runpath",
        "another machine does not count", "with a directory", "musl",
    ],
)  # fmt: skip
def test_finds_libraries_where_the_loader_does(
    tmp_path: Path, program: bytes, files: dict[str, bytes], expected: str
) -> None:
    loader = Loader(put(tmp_path, {"/bin/p": program, **files}), "/env")
    opened, missing = loader.needs("/bin/p")
    assert expected in opened
    assert missing == ()


def test_follows_libraries_of_libraries_and_their_links(tmp_path: Path) -> None:
    files = {"/bin/p": elf(["liba.so"]), "/usr/lib/liba.so": elf(["libb.so"]), "/usr/lib/libb.so.1.2": elf()}
    put(tmp_path, files)
    (tmp_path / "usr/lib/libb.so").symlink_to("libb.so.1.2")
    opened, _ = Loader(Root(tmp_path)).needs("/bin/p")
    assert opened == ("/usr/lib/liba.so", "/usr/lib/libb.so", "/usr/lib/libb.so.1.2")


def test_the_run_path_of_a_program_serves_its_libraries_only_without_runpath(tmp_path: Path) -> None:
    inherited = {"/bin/p": elf(["liba.so"], rpath="/r"), "/r/liba.so": elf(["libb.so"]), "/r/libb.so": elf()}
    assert Loader(put(tmp_path / "1", inherited)).needs("/bin/p")[1] == ()
    own = {"/bin/p": elf(["liba.so"], runpath="/r"), "/r/liba.so": elf(["libb.so"]), "/r/libb.so": elf()}
    assert Loader(put(tmp_path / "2", own)).needs("/bin/p")[1] == ("libb.so",)


ALPINE = {MUSL: elf()}
PATHS = "/etc/ld-musl-x86_64.path"


@pytest.mark.parametrize(
    ("files", "opened", "missing"),
    [
        ({"/m.so": elf(["liba.so"]), "/usr/local/lib/liba.so": elf()}, "/usr/local/lib/liba.so", ()),
        ({"/m.so": elf(["libc.musl-x86_64.so.1", "libm.so.6", "libpthread.so.0"])}, MUSL, ()),
        ({"/m.so": elf(["libcrypt.so"])}, None, ("libcrypt.so",)),
        ({"/m.so": elf(["liba.so"]), "/opt/liba.so": elf(), PATHS: b"/none\n/opt"}, "/opt/liba.so", ()),
        ({"/m.so": elf(["liba.so"]), "/lib/liba.so": elf(), PATHS: b""}, None, ("liba.so",)),
        ({"/m.so": elf(["liba.so"]), "/lib/liba.so": elf(), PATHS: b"/opt"}, None, ("liba.so",)),
        ({"/m.so": elf(["liba.so"]), "/lib64/liba.so": elf()}, None, ("liba.so",)),
        (
            {"/m.so": elf(["liba.so"], runpath="$ORIGIN/r"), "/r/liba.so": elf(["libb.so"]), "/r/libb.so": elf()},
            "/r/libb.so",
            (),
        ),
        ({"/m.so": elf(["liba.so"], rpath="/r"), "/r/liba.so": elf(), "/env/liba.so": elf()}, "/env/liba.so", ()),
        ({"/m.so": elf(["liba.so"], runpath="/r:/$LIB"), "/r/liba.so": elf()}, None, ("liba.so",)),
    ],
    ids=[
        "a module without loader", "names that musl keeps for itself", "not all of them", "a configured path",
        "an empty one", "without the default", "no lib64", "the run path serves what it loads",
        "environment before rpath", "a token that musl does not know",
    ],
)  # fmt: skip
def test_finds_libraries_where_musl_does(
    tmp_path: Path, files: dict[str, bytes], opened: str | None, missing: tuple[str, ...]
) -> None:
    found = Loader(put(tmp_path, ALPINE | files), "/env").needs("/m.so")
    assert opened is None or opened in found[0]
    assert found[1] == missing


def test_musl_beside_glibc_is_for_its_own_programs_only(tmp_path: Path) -> None:
    files = {"/lib/libc.so.6": elf(), "/usr/lib64/liba.so": elf(), "/m.so": elf(["liba.so"])}
    assert Loader(put(tmp_path, ALPINE | files)).needs("/m.so") == (("/usr/lib64/liba.so",), ())


def test_finds_libraries_by_their_stem(tmp_path: Path) -> None:
    files = {"/usr/lib/libmagic.so.1": elf(), "/usr/lib/libmagical.so": elf()}
    assert Loader(put(tmp_path, files)).by_name("magic") == ("/usr/lib/libmagic.so.1",)


def test_what_is_loaded_holds_no_symbol_tables() -> None:
    file = linked("c", 900_000, ["libc.so.6"], interpreter="/lib64/ld-linux-x86-64.so.2", calls="passwd")
    assert b"passwd" in file
    assert b"passwd" not in loaded(file)
    assert b"libc.so.6" in loaded(file)
    assert loaded(file[:70]) == file[:70]
    assert loaded(file + b"\0libmagic.so.1\0").endswith(b"\0libmagic.so.1\0")
