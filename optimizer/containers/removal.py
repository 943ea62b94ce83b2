"""Removing working containers while something else goes on, as many at once as wait: one call takes as long for ten."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping

from optimizer.containers import process
from optimizer.errors import OptimizerError

_GATHERS = 0.02
"""Seconds for more of them to come: a run leaves several at once when it ends."""


class Removal:
    """Safe to use from several threads. What cannot be removed is left to the sweep at the end of a run."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._lock = threading.Lock()
        self._waiting: list[str] = []
        self._thread: threading.Thread | None = None

    def begin(self, container: str) -> None:
        """Remove a container soon."""
        with self._lock:
            self._waiting.append(container)
            if self._thread is None:
                thread = threading.Thread(target=self._work)
                thread.start()
                self._thread = thread

    def end(self) -> None:
        """Wait for those that were begun."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        time.sleep(_GATHERS)
        while names := self._next():
            with contextlib.suppress(OptimizerError):
                process.run(("buildah", "rm", *names), environ=self._environ)

    def _next(self) -> list[str]:
        with self._lock:
            names, self._waiting = self._waiting, []
            if not names:
                self._thread = None
            return names
