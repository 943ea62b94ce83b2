"""Letting others pass where processors are wanted."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

_LAST = 10
"""The nice value of what comes last (nice(1)). Not 19: container tools hold locks of their storage while they read and
write layers, and on a busy machine everybody who builds there would wait until they get on."""


class Behind:
    """What goes on under it waits for others by this nice value, until another thread lets it catch up."""

    def __init__(self, nice: int = _LAST) -> None:
        self._lock = Lock()
        self._own = os.getpriority(os.PRIO_PROCESS, 0)
        """Who started this program behind others wants all of it there."""
        self._nice = max(nice, self._own)
        self._pids: list[int] = []

    def catch_up(self) -> None:
        """From now on wait for others no more than this program does. Does nothing where that takes a privilege that is
        lacking."""
        with self._lock:
            self._nice = self._own
            for pid in self._pids:
                _wait_by(pid, self._nice)

    @contextmanager
    def others(self, pid: int) -> Iterator[None]:
        """While this block lasts, the leader of a session and all in it wait."""
        with self._lock:
            self._pids.append(pid)
            if self._nice > self._own:
                _wait_by(pid, self._nice)
        try:
            yield
        finally:
            with self._lock:
                self._pids.remove(pid)


def _wait_by(pid: int, nice: int) -> None:
    """Linux shares processors out between sessions first, and only within one by nice values (sched(7), "The autogroup
    feature"), so a session has a nice value too. That one may be lowered again without a privilege."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PGRP, pid, nice)
