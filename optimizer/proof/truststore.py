"""Java's trust stores, which say of each certificate when it was added: no two builds make the same one.

Format and digest: OpenJDK, `sun.security.provider.JavaKeyStore` (JKS, version 2).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from hashlib import sha1

_HEADER = struct.pack(">II", 0xFEEDFEED, 2)
_CERTIFICATE = 2
"""The tag of an entry that holds a certificate and no key."""
_DIGEST = 20
_SEAL = "changeit".encode("utf-16-be") + b"Mighty Aphrodite"
"""The password that every Java expects of the store it brings, and what the format puts behind it."""


def without_times(store: bytes) -> bytes:
    """The same store with its entries sorted and no time in them; anything but a sound store of certificates as it
    is."""
    body, digest = store[:-_DIGEST], store[-_DIGEST:]
    if not body.startswith(_HEADER) or _digest(body) != digest:
        return store
    try:
        entries = dict(_entries(body))
    except (struct.error, ValueError):
        return store
    first = body[: len(_HEADER) + 4]
    made = first + b"".join(name + bytes(8) + certificate for name, certificate in sorted(entries.items()))
    # Of two entries with one name Java takes the later.
    return made + _digest(made) if len(made) == len(body) else store


def _digest(body: bytes) -> bytes:
    return sha1(_SEAL + body, usedforsecurity=False).digest()


def _entries(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Tag and name of each, and what stands behind the time."""
    (count,) = struct.unpack_from(">I", body, len(_HEADER))
    at = len(_HEADER) + 4
    for _ in range(count):
        tag, length = struct.unpack_from(">IH", body, at)
        if tag != _CERTIFICATE:
            raise ValueError("a key is in it")
        name, at = body[at : at + 6 + length], at + 6 + length
        (kind,) = struct.unpack_from(">H", body, at + 8)
        (size,) = struct.unpack_from(">I", body, at + 10 + kind)
        end = at + 14 + kind + size
        yield name, body[at + 8 : end]
        at = end
    if at != len(body):
        raise ValueError("more than its entries is in it")
