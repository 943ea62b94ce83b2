"""The dynamic loader's cache: which libraries a program finds by name alone, those that it loads while it runs too.

Source: glibc, `sysdeps/generic/dl-cache.h` (`struct cache_file_new`, `struct file_entry_new`), and ldconfig(8).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from optimizer.proof.model import Difference, DifferenceKind
from optimizer.proof.rootfs import Tree

PATH = "/etc/ld.so.cache"

_MAGIC = b"glibc-ld.so.cache1.1"
_HEADER = 48
_ENTRY = 24
_TRUSTED = ("/lib", "/usr/lib", "/lib64", "/usr/lib64")
_BIG_ENDIAN = 3
"""In the lower two bits of the flags; other values are little-endian in all that we know."""


def entries(data: bytes) -> frozenset[tuple[str, str]]:
    """Name and path of every library in a cache; none if it is in a format not known."""
    start = data.find(_MAGIC)
    if start < 0 or len(data) < start + _HEADER:
        return frozenset()
    order = ">" if data[start + 28] & 3 == _BIG_ENDIAN else "<"
    (count,) = struct.unpack_from(f"{order}I", data, start + len(_MAGIC))
    if len(data) < start + _HEADER + count * _ENTRY:
        return frozenset()
    places = (struct.unpack_from(f"{order}iII", data, start + _HEADER + at * _ENTRY)[1:] for at in range(count))
    return frozenset((_string(data, start + name), _string(data, start + path)) for name, path in places)


def _string(data: bytes, start: int) -> str:
    end = data.find(b"\0", start)
    return data[start : end if end >= 0 else len(data)].decode("utf-8", "surrogateescape")


def differences(before: Tree, after: Tree) -> Iterator[Difference]:
    """Libraries that the loader found by name before, that are still there, and that it finds no more."""
    old, new = (entries(tree.read(PATH) or b"") for tree in (before, after))
    without = PATH not in after.nodes
    for name, path in sorted(old - new):
        if after.resolve(path) is not None and not (without and _is_trusted(name, path)):
            yield Difference(DifferenceKind.LINKING, path, f"the loader's cache does not list {name} any more")


def _is_trusted(name: str, path: str) -> bool:
    """Whether the loader finds a library without any cache: in its default directories (ld.so(8)), to which Debian adds
    those of its architectures. Images without a shell have no cache, since nothing in them could keep it up."""
    directory, _, last = path.rpartition("/")
    top, _, architecture = directory.partition("-linux-gnu")
    default = directory in _TRUSTED or (not architecture and top.rpartition("/")[0] in _TRUSTED and top != directory)
    return last == name and default
