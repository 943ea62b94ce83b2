"""Ending a build from another thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock


class Stop:
    """Lets another thread end a build, even one that has not begun yet."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._end: Callable[[], None] | None = None
        self.asked = False

    def now(self) -> None:
        """End it. Returns at once if nothing goes on, or if it was ended before."""
        with self._lock:
            self.asked = True
            if self._end is not None:
                self._end()

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """While this block lasts, `end` is the way to end it."""
        with self._lock:
            self._end = end
            if self.asked:
                end()
        try:
            yield
        finally:
            with self._lock:
                self._end = None
