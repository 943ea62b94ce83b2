"""Real Containerfiles from any directories: distinct ones, by content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

_NAMES = ("dockerfile", "containerfile")
_LARGEST = 1 << 20
"""Bytes."""


def distinct(places: Iterable[Path]) -> list[Path]:
    """The first of each content, in the order of their paths. A file that is named itself counts whatever its name."""
    found: dict[bytes, Path] = {}
    for place in places:
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.is_file() and (path == place or any(name in path.name.lower() for name in _NAMES)):
                data = path.read_bytes()
                if len(data) <= _LARGEST:
                    found.setdefault(hashlib.sha256(data).digest(), path)
    return list(found.values())
