"""The names of what this program creates, and whether the run that created it still lives.

A run is named by the machine's start, the PID namespace, the PID and the PID's start time: together they never name two
processes. Whoever finds such a name can tell whether its process lives without any file that might be lost. A run of
another PID namespace (a container that shares the storage) cannot be seen from here and counts as living.
"""

from __future__ import annotations

import itertools
import math
import os
import threading
from dataclasses import dataclass

from optimizer.containers import proc

CONTAINER_PREFIX = "optimizer-proof-"
IMAGE_PREFIX = "localhost/optimizer-proof/"
MARKER_PREFIX = "id=optimizer.run."
"""Builds carry an empty secret of this name. Nothing in the build sees it, and buildah keeps it in the record of its
working containers: the only mark that such a container can bear."""


@dataclass(frozen=True, slots=True)
class RunId:
    """One run of this program."""

    boot: str
    pid_namespace: str
    pid: int
    started: int

    def __str__(self) -> str:
        return f"{self.boot}-{self.pid_namespace}-{self.pid}-{self.started}"

    @classmethod
    def parse(cls, text: str) -> RunId | None:
        """Read what `str` wrote; None for anything else."""
        match text.split("-"):
            case [boot, space, pid, started] if pid.isdecimal() and started.isdecimal():
                return cls(boot, space, int(pid), int(started))
        return None

    @classmethod
    def own(cls) -> RunId:
        """This process."""
        pid = os.getpid()
        return cls(proc.boot_id()[:8], _pid_namespace(), pid, proc.start_time(pid) or 0)

    def began(self) -> float:
        """When it started, in seconds since 1970; what was started before the last boot tells nothing, so infinity."""
        return proc.when(self.started) if self.boot == proc.boot_id()[:8] else math.inf

    def dead(self) -> bool:
        """Whether the run is known to have ended."""
        if self.boot != proc.boot_id()[:8]:
            return True
        return self.pid_namespace == _pid_namespace() and proc.start_time(self.pid) != self.started


def _pid_namespace() -> str:
    return "".join(digit for digit in proc.namespace("self", "pid") or "" if digit.isdecimal())


class Names:
    """Gives out names of one run; safe to use from several threads."""

    def __init__(self, run: RunId) -> None:
        self.run = run
        self._count = itertools.count(1)
        self._lock = threading.Lock()

    def _next(self) -> int:
        with self._lock:
            return next(self._count)

    def container(self) -> str:
        return f"{CONTAINER_PREFIX}{self.run}-{self._next()}"

    def image(self, begun: int) -> str:
        """A name for what is made from `begun` (seconds since 1970) on; older than that, an image is not ours."""
        return f"{IMAGE_PREFIX}{self.run}:{self._next()}-{begun}"

    def marker(self) -> str:
        """A mark for one build."""
        return f"{self.run}-{self._next()}"


def directory_prefix() -> str:
    """How the name of a temporary directory of this process begins: the next run finds it if we are killed."""
    return f"{CONTAINER_PREFIX}{RunId.own()}-0-"


def run_of_directory(name: str) -> RunId | None:
    """The run that a temporary directory's name tells of; None if the directory is not ours."""
    return run_of_container(name.rpartition("-")[0])


def run_of_container(name: str) -> RunId | None:
    """The run that a container's name tells of; None if the container is not ours."""
    return run_of_marker(name.removeprefix(CONTAINER_PREFIX)) if name.startswith(CONTAINER_PREFIX) else None


def run_of_marker(marker: str) -> RunId | None:
    """The run that a build's mark tells of; None for anything else."""
    run, _, number = marker.rpartition("-")
    return RunId.parse(run) if number.isdecimal() else None


def secret_option(marker: str) -> str:
    """The value of `--secret` that puts a mark on a build."""
    return f"{MARKER_PREFIX}{marker},src=/dev/null"


def run_of_image(name: str) -> RunId | None:
    """The run that an image's name tells of; None if the name is not ours."""
    if not name.startswith(IMAGE_PREFIX):
        return None
    run, _, tag = name.removeprefix(IMAGE_PREFIX).rpartition(":")
    return RunId.parse(run) if tag.replace("-", "", 1).isdecimal() else None


def begun_of_image(name: str) -> int:
    """When the build of a name of ours began, in seconds since 1970."""
    begun = name.rpartition("-")[2]
    return int(begun) if begun.isdecimal() else 0
