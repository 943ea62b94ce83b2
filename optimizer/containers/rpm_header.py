"""One package as rpm records it: a header, which is an index of tags and a store of their values.

rpm.org, "Package format" (Header) and "Tags"; in a database the header has no magic. Numbers are big-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

_NAME, _VERSION, _RELEASE, _EPOCH, _SIZE, _GROUP = 1000, 1001, 1002, 1003, 1009, 1016
_OLD_FILE_NAMES, _PROVIDE_NAME, _REQUIRE_NAME = 1027, 1047, 1049
_DIR_INDEXES, _BASE_NAMES, _DIR_NAMES, _LONG_SIZE = 1116, 1117, 1118, 5009

_NUMBERS = {2: "B", 3: "H", 4: "I", 5: "Q"}
"""Types of numbers: 8, 16, 32 and 64 bits."""
_TEXTS = (6, 8, 9)
"""Types of texts: one, several, one in several languages of which the first is the untranslated."""

_ENTRY = 16
_MOST_ENTRIES, _MOST_BYTES = 1 << 16, 1 << 28
"""What rpm itself takes at most (lib/header.c: hdrchkTags, HEADER_DATA_MAX)."""


class DatabaseError(Exception):
    """A database of rpm that cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class RpmPackage:
    """An installed package. `version` is `epoch:version-release` (the epoch only where there is one), `size` in bytes;
    `requires` and `provides` are names of capabilities without versions."""

    name: str
    version: str
    group: str = ""
    size: int = 0
    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def read_header(data: bytes) -> RpmPackage:
    """Read one header. Raises DatabaseError if it is damaged."""
    try:
        return _package(_Header(data))
    except (struct.error, IndexError, ValueError) as error:
        raise DatabaseError("a header in rpm's database is damaged") from error


class _Header:
    """The values of a header by tag."""

    def __init__(self, data: bytes) -> None:
        entries, length = struct.unpack_from(">II", data)
        start = 8 + _ENTRY * entries
        if entries > _MOST_ENTRIES or length > _MOST_BYTES or start + length > len(data):
            raise ValueError
        self._store = data[start : start + length]
        index = (struct.unpack_from(">IIII", data, 8 + _ENTRY * at) for at in range(entries))
        self._index = {tag: (kind, offset, count) for tag, kind, offset, count in index}

    def texts(self, tag: int) -> tuple[str, ...]:
        kind, offset, count = self._index.get(tag, (_TEXTS[0], 0, 0))
        if kind not in _TEXTS:
            raise ValueError
        found: list[str] = []
        for _ in range(count):
            end = self._store.index(b"\0", offset)
            found.append(self._store[offset:end].decode("utf-8", "surrogateescape"))
            offset = end + 1
        return tuple(found)

    def text(self, tag: int) -> str:
        return next(iter(self.texts(tag)), "")

    def numbers(self, tag: int) -> tuple[int, ...]:
        kind, offset, count = self._index.get(tag, (4, 0, 0))
        if kind not in _NUMBERS or count > len(self._store):
            raise ValueError
        return struct.unpack_from(f">{count}{_NUMBERS[kind]}", self._store, offset)

    def number(self, tag: int) -> int | None:
        return next(iter(self.numbers(tag)), None)


def _package(header: _Header) -> RpmPackage:
    name, version, release = header.text(_NAME), header.text(_VERSION), header.text(_RELEASE)
    if not (name and version and release):
        raise ValueError
    epoch, size = header.number(_EPOCH), header.number(_SIZE)
    directories = header.texts(_DIR_NAMES)
    names = zip(header.numbers(_DIR_INDEXES), header.texts(_BASE_NAMES), strict=True)
    files = tuple(f"{directories[index]}{base}" for index, base in names)
    return RpmPackage(
        name,
        f"{version}-{release}" if epoch is None else f"{epoch}:{version}-{release}",
        header.text(_GROUP),
        (header.number(_LONG_SIZE) if size is None else size) or 0,
        header.texts(_REQUIRE_NAME),
        header.texts(_PROVIDE_NAME),
        files or header.texts(_OLD_FILE_NAMES),
    )
