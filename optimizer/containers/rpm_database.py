"""The packages that rpm has installed, from its database in a root file system.

`rpmdb.sqlite` (rpm ≥ 4.16) is read with sqlite3: table `Packages`, one header a row. `Packages.db` (SUSE) is ndb: pages
of slots that point to blobs (rpm, lib/backend/ndb/rpmpkg.c). `Packages` alone is Berkeley DB, before RHEL 9, for which
there is no reader in the standard library.
"""

from __future__ import annotations

import shutil
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from optimizer.containers.rpm_header import DatabaseError, RpmPackage, read_header

DIRECTORIES = ("/usr/lib/sysimage/rpm", "/var/lib/rpm")
"""Where the database lies: the new place, and the old one that is often a link to it."""

_SQLITE, _NDB, _BERKELEY = "rpmdb.sqlite", "Packages.db", "Packages"
DATABASES = tuple(f"{directory}/{name}" for directory in DIRECTORIES for name in (_SQLITE, _NDB, _BERKELEY))
"""Every place of a database."""

_KEYS = "gpg-pubkey"
"""Imported keys are kept as packages without files (rpmkeys(8))."""

_PAGE, _BLOCK, _SLOT = 4096, 16, 16
_MOST_PAGES = 4096
_TOP = 32


def packages(find: Callable[[str], Path | None]) -> tuple[str, tuple[RpmPackage, ...]] | None:
    """The path of the database and every package in it; None if there is none.

    `find` says where on this machine an absolute path of the image lies. Raises DatabaseError.
    """
    readers = {_SQLITE: _sqlite, _NDB: _ndb, _BERKELEY: _berkeley}
    for path in DATABASES:
        place = find(path)
        if place is not None and place.is_file():
            try:
                headers = [read_header(each) for each in readers[path.rpartition("/")[2]](place)]
            except OSError as error:
                raise DatabaseError(f"rpm's database cannot be read: {error.strerror}") from error
            return path, tuple(each for each in headers if each.name != _KEYS)
    return None


def rows(place: Path, query: str) -> list[tuple[object, ...]]:
    """Ask a SQLite file that must not be changed, or even touched, on disk. Raises DatabaseError."""
    import sqlite3  # 10 ms that only rpm's databases need

    journal = place.with_name(f"{place.name}-wal")
    try:
        if not journal.exists() or not journal.stat().st_size:
            with closing(sqlite3.connect(f"{place.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
                return database.execute(query).fetchall()
        with tempfile.TemporaryDirectory(prefix="optimize-") as top:
            # What is not written back yet stands in the journal, and reading that writes beside it.
            copied = Path(top, place.name)
            shutil.copyfile(place, copied)
            shutil.copyfile(journal, copied.with_name(journal.name))
            with closing(sqlite3.connect(copied)) as database:
                return database.execute(query).fetchall()
    except sqlite3.Error as error:
        raise DatabaseError(f"{place.name} is damaged: {error}") from error


def _sqlite(place: Path) -> Iterator[bytes]:
    for (blob,) in rows(place, "SELECT blob FROM Packages ORDER BY hnum"):
        if not isinstance(blob, bytes):
            raise DatabaseError(f"{_SQLITE} is damaged: a header is no bytes")
        yield blob


def _ndb(place: Path) -> Iterator[bytes]:
    data = place.read_bytes()
    try:
        magic, version, _, pages = struct.unpack_from("<4sIII", data)
        if magic != b"RpmP" or version != 0 or pages > _MOST_PAGES:
            raise ValueError
        for offset in range(_TOP, pages * _PAGE, _SLOT):
            magic, number, block, _ = struct.unpack_from("<4sIII", data, offset)
            if magic != b"Slot":
                raise ValueError
            if number:
                yield _blob(data, number, block * _BLOCK)
    except (struct.error, ValueError) as error:
        raise DatabaseError(f"{_NDB} is damaged") from error


def _blob(data: bytes, number: int, offset: int) -> bytes:
    magic, owner, _, length = struct.unpack_from("<4sIII", data, offset)
    start = offset + 16
    if magic != b"BlbS" or owner != number or start + length > len(data):
        raise ValueError
    return data[start : start + length]


def _berkeley(_place: Path) -> Iterator[bytes]:
    raise DatabaseError("it is Berkeley DB, which rpm wrote before version 4.16 (RHEL 9, Fedora 33)")
