"""Compressed sizes of layers, remembered by diff ID: compressing 1 GB takes 10 s and always gives the same."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path


class CompressedSizes:
    """A small JSON file in the user's cache directory; an unreadable one counts as empty, an unwritable one is not
    an error."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known: dict[str, int] | None = None

    def _place(self) -> Path:
        if self._file is None:
            from platformdirs import user_cache_path

            self._file = user_cache_path("optimize", appauthor=False) / "compressed-layers.json"
        return self._file

    def _load(self) -> dict[str, int]:
        if self._known is None:
            self._known = {}
            with contextlib.suppress(OSError, ValueError):
                held = json.loads(self._place().read_text(encoding="utf-8"))
                if isinstance(held, dict):
                    self._known = {key: size for key, size in held.items() if isinstance(size, int)}
        return self._known

    def unknown(self, diff_ids: tuple[str, ...]) -> frozenset[str]:
        """Those whose size was never measured."""
        with self._lock:
            return frozenset(diff_ids) - self._load().keys()

    def total(self, diff_ids: tuple[str, ...]) -> int:
        """Bytes of all layers together. All must be known."""
        with self._lock:
            known = self._load()
            return sum(known[diff] for diff in diff_ids)

    def remember(self, sizes: Mapping[str, int]) -> None:
        """Sizes in bytes by diff ID."""
        with self._lock:
            known = self._load()
            if not sizes.items() <= known.items():
                known.update(sizes)
                self._save()

    def _save(self) -> None:
        place = self._place()
        with contextlib.suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=place.parent, prefix=place.name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self._known, file)
            Path(name).replace(place)
