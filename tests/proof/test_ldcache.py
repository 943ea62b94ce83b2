from __future__ import annotations

import struct
from pathlib import Path

import pytest

from optimizer.proof.ldcache import PATH, differences, entries

from .trees import tree


def cache(*paths: str, order: str = "<", old: bytes = b"") -> bytes:
    """A cache as ldconfig writes it; `old` stands before it, as in caches for older loaders."""
    strings, table = b"", b""
    begin = 48 + 24 * len(paths)
    for path in paths:
        name = path.rpartition("/")[2].encode() + b"\0"
        table += struct.pack(f"{order}iIIIQ", 1, begin + len(strings), begin + len(strings) + len(name), 0, 0)
        strings += name + path.encode() + b"\0"
    sizes = struct.pack(f"{order}II", len(paths), len(strings))
    flags = bytes([3 if order == ">" else 2])
    return old + b"glibc-ld.so.cache1.1" + sizes + flags + b"\0" * 19 + table + strings


@pytest.mark.parametrize(("order", "old"), [("<", b""), (">", b""), ("<", b"ld.so-1.7.0" + b"\0" * 21)])
def test_names_and_paths_are_read(order: str, old: bytes) -> None:
    data = cache("/opt/lib/libapp.so.1", "/lib/libc.so.6", order=order, old=old)
    assert entries(data) == {("libapp.so.1", "/opt/lib/libapp.so.1"), ("libc.so.6", "/lib/libc.so.6")}


@pytest.mark.parametrize("data", [b"", b"glibc-ld.so.cache1.1", cache("/lib/a.so")[:60], b"something else"])
def test_what_is_no_cache_lists_nothing(data: bytes) -> None:
    assert entries(data) == frozenset()


def test_a_cache_of_this_machine_is_read() -> None:
    place = Path(PATH)
    if not place.is_file():
        pytest.skip("no loader's cache here")
    assert any(name.startswith("libc.so") for name, _ in entries(place.read_bytes()))


def test_a_library_that_is_there_but_no_more_listed_is_told(tmp_path: Path) -> None:
    libraries = {"/opt/lib/libapp.so.1": "x", "/lib/libc.so.6": "x"}
    before = tree(tmp_path / "before", libraries | {PATH: cache(*libraries)})
    after = tree(tmp_path / "after", libraries | {PATH: cache("/lib/libc.so.6")})
    assert [(each.what, each.detail) for each in differences(before, after)] == [
        ("/opt/lib/libapp.so.1", "the loader's cache does not list libapp.so.1 any more")
    ]
    assert list(differences(before, before)) == []


def test_a_library_that_went_with_its_package_is_no_matter_of_the_cache(tmp_path: Path) -> None:
    before = tree(tmp_path / "before", {"/lib/a.so": "x", "/lib/b.so": "x", PATH: cache("/lib/a.so", "/lib/b.so")})
    after = tree(tmp_path / "after", {"/lib/b.so": "x", PATH: cache("/lib/b.so")})
    assert list(differences(before, after)) == []


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/lib/x86_64-linux-gnu/libc.so.6", True),
        ("/usr/lib/libc.so.6", True),
        ("/opt/lib/libc.so.6", False),
        ("/usr/lib/x86_64-linux-gnu/private/libc.so.6", False),
        ("/usr/lib/app/libc.so.6", False),
    ],
)
def test_without_any_cache_the_default_directories_are_searched(tmp_path: Path, path: str, found: bool) -> None:
    before = tree(tmp_path / "before", {path: "x", PATH: cache(path)})
    after = tree(tmp_path / "after", {path: "x"})
    assert (list(differences(before, after)) == []) is found
    emptied = tree(tmp_path / "emptied", {path: "x", PATH: cache("/lib/other.so")})
    assert list(differences(before, emptied)) != []
