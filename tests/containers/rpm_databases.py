"""Databases of rpm written byte by byte, as rpm's own documentation of the header format describes them."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

Value = str | int | Sequence[str] | Sequence[int]

NAME, VERSION, RELEASE, EPOCH, SIZE, GROUP, ARCH = 1000, 1001, 1002, 1003, 1009, 1016, 1022
PROVIDES, REQUIRES, DIR_INDEXES, BASE_NAMES, DIR_NAMES, LONG_SIZE, OLD_NAMES = 1047, 1049, 1116, 1117, 1118, 5009, 1027


def header(tags: Mapping[int, Value]) -> bytes:
    """A header without its magic: counts, index, store (rpm.org, "Package format", Header)."""
    index, store = b"", b""
    for tag, value in sorted(tags.items()):
        match value:
            case str(text):
                kind, count, data = (9 if tag == GROUP else 6), 1, text.encode() + b"\0"
            case int(number):
                kind, count, data = (5, 1, struct.pack(">Q", number)) if tag == LONG_SIZE else (
                    4, 1, struct.pack(">I", number))  # fmt: skip
            case [int(), *_]:
                kind, count, data = 4, len(value), struct.pack(f">{len(value)}I", *value)
            case _:
                kind, count, data = 8, len(value), b"".join(str(each).encode() + b"\0" for each in value)
        store += bytes(-len(store) % {4: 4, 5: 8}.get(kind, 1))
        index += struct.pack(">IIII", tag, kind, len(store), count)
        store += data
    return struct.pack(">II", len(tags), len(store)) + index + store


def package(
    name: str,
    files: Sequence[str] = (),
    *,
    version: str = "1.0",
    release: str = "1.el9",
    requires: Sequence[str] = (),
    provides: Sequence[str] = (),
    **more: Value,
) -> bytes:
    """The header of a package; `more` are `group`, `size` and `epoch`."""
    tags: dict[int, Value] = {NAME: name, VERSION: version, RELEASE: release, ARCH: "x86_64"}
    directories = sorted({path.rpartition("/")[0] + "/" for path in files})
    if files:
        tags[DIR_NAMES] = directories
        tags[BASE_NAMES] = [path.rpartition("/")[2] for path in files]
        tags[DIR_INDEXES] = [directories.index(path.rpartition("/")[0] + "/") for path in files]
    if requires:
        tags[REQUIRES] = list(requires)
    if provides:
        tags[PROVIDES] = list(provides)
    tags.update({{"group": GROUP, "size": SIZE, "epoch": EPOCH}[key]: value for key, value in more.items()})
    return header(tags)


def write_sqlite(place: Path, headers: Sequence[bytes]) -> None:
    """`rpmdb.sqlite` as rpm has made it since 4.16."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(place)) as database, database:
        database.execute("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)")
        database.executemany("INSERT INTO 'Packages' (blob) VALUES (?)", [(each,) for each in headers])


def write_ndb(place: Path, headers: Sequence[bytes]) -> None:
    """`Packages.db` as SUSE has it: a header, one page of slots, blobs in blocks of 16 bytes."""
    slots = [struct.pack("<4s3I", b"Slot", 0, 0, 0)] * 254
    blobs, block = b"", 256
    for number, data in enumerate(headers, start=1):
        blob = struct.pack("<4sIII", b"BlbS", number, 1, len(data)) + data
        blob += bytes(-(len(blob) + 12) % 16) + struct.pack("<II4s", 0, len(data), b"BlbE")
        slots[number - 1] = struct.pack("<4sIII", b"Slot", number, block, len(blob) // 16)
        blobs, block = blobs + blob, block + len(blob) // 16
    place.parent.mkdir(parents=True, exist_ok=True)
    top = struct.pack("<4sIII16x", b"RpmP", 0, 1, 1)
    place.write_bytes(top + b"".join(slots) + blobs)
