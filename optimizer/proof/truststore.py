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
    """The certificates with their names, in order; anything but a sound store of certificates as it is."""
    body, digest = store[:-_DIGEST], store[-_DIGEST:]
    if not body.startswith(_HEADER) or sha1(_SEAL + body, usedforsecurity=False).digest() != digest:
        return store
    try:
        return b"".join(sorted(_entries(body)))
    except (struct.error, ValueError):
        return store


def _entries(body: bytes) -> Iterator[bytes]:
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
        yield name + body[at + 8 : end]
        at = end
    if at != len(body):
        raise ValueError("more than its entries is in it")
