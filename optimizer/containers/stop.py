"""Ending from another thread what takes long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock


class Stop:
    """Lets another thread end all that goes on under it, and what has not begun yet."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ends: list[Callable[[], None]] = []
        self.asked = False

    def now(self) -> None:
        """End it. Returns at once if nothing goes on, or if it was ended before."""
        with self._lock:
            self.asked = True
            for end in self._ends:
                end()

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """While this block lasts, `end` is a way to end something."""
        with self._lock:
            self._ends.append(end)
            if self.asked:
                end()
        try:
            yield
        finally:
            with self._lock:
                self._ends.remove(end)
