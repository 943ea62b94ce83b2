"""Compressed sizes of layers, remembered by diff ID: compressing 1 GB takes 10 to 30 s and always gives the same."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from optimizer.containers import process
from optimizer.errors import EngineError

_PROGRAM = Path(__file__).with_name("packed.py")
_LOOK = 0.2
"""Seconds between two looks whether the answer is still wanted."""


class CompressedSizes:
    """A small JSON file in the user's cache directory; an unreadable one counts as empty, an unwritable one is not
    an error."""

    def __init__(self, environ: Mapping[str, str], file: Path | None = None) -> None:
        self._environ = environ
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

    def learn(self, sizes: Mapping[str, int]) -> None:
        """Remember sizes by diff ID, in bytes."""
        with self._lock:
            if sizes.items() <= self._load().items():
                return
            self._load().update(sizes)
            self._save()

    def measure(self, places: Mapping[str, Path], given_up: threading.Event) -> None:
        """Compress layers given by diff ID, each a directory or a tar, on all processors, and remember their sizes.
        Raises EngineError, also if the event says that nobody waits for them any more."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            sizes = pool.map(lambda place: self._compressed(place, given_up), places.values())
            self.learn(dict(zip(places, sizes, strict=True)))

    def _compressed(self, place: Path, given_up: threading.Event) -> int:
        argv = (sys.executable, "-I", str(_PROGRAM), str(place))
        with process.started(argv, environ=self._environ, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            while not given_up.is_set():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    code = child.wait(_LOOK)
                    told = child.stdout.read()
                    if code == 0 and told.strip().isdigit():
                        return int(told)
                    break
        raise EngineError("a layer cannot be compressed to tell its size")

    def _save(self) -> None:
        place = self._place()
        with contextlib.suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=place.parent, prefix=place.name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self._known, file)
            Path(name).replace(place)
