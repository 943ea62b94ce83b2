"""A started container, whichever tool started it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from optimizer.containers import proc, process, web
from optimizer.containers.model import Answer, Finished
from optimizer.errors import EngineError

POLL = 0.02
"""Seconds between two looks at a process."""
_START_LIMIT = 60.0
_CHROOT_HELPER = "buildah-chroot-exec"
_EXITED_OR_SIGNALLED = 1
"""What buildah answers where a signal ended the program, too; the line in which it names the signal may be lost: it
ends without having passed on all that was printed (chroot/run_common.go)."""


def signal_number(name: str) -> int:
    """The number of a STOPSIGNAL: `SIGQUIT`, `QUIT`, `3`, `SIGRTMIN+3`; SIGTERM if empty, unknown or out of range."""
    word = name.strip().upper().removeprefix("SIG")
    base, _, offset = word.partition("+")
    if word.isdecimal():
        number = int(word)
    elif base == "RTMIN" and (offset.isdecimal() or not offset):
        number = signal.SIGRTMIN + int(offset or 0)
    else:
        number = int(getattr(signal, f"SIG{word}", signal.SIGTERM))
    return number if 1 <= number <= signal.SIGRTMAX else signal.SIGTERM


def wait_for(pid_of: Callable[[], int | None], child: subprocess.Popen[bytes]) -> int | None:
    """The PID of a container's first process as soon as it is known; None if the client ended before.
    Raises EngineError after a minute."""
    limit = time.monotonic() + _START_LIMIT
    while time.monotonic() < limit:
        if (pid := pid_of()) is not None:
            return pid
        if child.poll() is not None:
            return pid_of()
        time.sleep(POLL)
    raise EngineError("the container did not start within a minute")


def pid_in_file(file: Path) -> int | None:
    """The PID that `podman run --pidfile` has written; None as long as it has not."""
    try:
        text = file.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None


def application_below(pid: int) -> int | None:
    """The first process of the container below `buildah run`; None as long as it has not started.
    With chroot isolation that is the child of a helper that changed the root; with a runtime it is the first
    process in another PID namespace than its client's."""
    below = proc.descendants(pid)
    # After the children: until there is one, a client that makes a namespace for them still names its own.
    space = proc.namespace(pid, "pid_for_children") or proc.namespace(pid, "pid")
    for candidate in below:
        if proc.program(candidate) == _CHROOT_HELPER:
            for child in proc.descendants(candidate):
                # Between fork and exec the child still bears its parent's name.
                return child if proc.program(child) != _CHROOT_HELPER else None
            return None
        if proc.namespace(candidate, "pid") not in (space, None):
            return candidate
    return None


@dataclass(frozen=True, slots=True)
class RunningContainer:
    """A container whose client process is ours and writes what the container prints to two files.
    Implements `optimizer.containers.model.Running`."""

    client: subprocess.Popen[bytes]
    pid: int | None
    """Its first process as seen from here; None if it ended before anyone looked."""
    stop_signal: int
    out: Path
    err: Path
    exec_prefix: tuple[str, ...]
    """What to put before a command to run it inside."""
    environ: dict[str, str]
    outcome: Callable[[int, bytes], tuple[int, bytes]]
    """From the client's exit code and standard error to the program's own."""

    def alive(self) -> bool:
        return self.pid is not None and proc.alive(self.pid) and self.client.poll() is None

    def listens(self, port: int, protocol: str = "tcp") -> bool:
        return self.pid is not None and proc.listens(self.pid, port, protocol)

    def get(self, port: int, path: str, *, method: str = "GET", timeout: float = 10.0) -> Answer | None:
        return None if self.pid is None else web.get(self.pid, port, path, method, timeout)

    def execute(self, argv: tuple[str, ...], timeout: float = 30.0) -> Finished:
        done = process.run([*self.exec_prefix, *argv], environ=self.environ, timeout=timeout)
        code, stderr = self.outcome(done.code, done.stderr)
        return Finished(code, done.stdout, stderr, done.seconds, done.timed_out)

    def logs(self) -> tuple[bytes, bytes]:
        return self._printed(self.out), self.outcome(0, self._printed(self.err))[1]

    def stop(self, grace: float = 10.0) -> Finished:
        begun = time.monotonic()
        does = proc.signals(self.pid) if self.pid is not None and self._here() else None
        lost = does is not None and does.discards(self.stop_signal)
        deadly = self.stop_signal if does is not None and does.dies_of(self.stop_signal) else None
        self._signal(self.stop_signal)
        while self._here() and not lost and time.monotonic() - begun < grace:
            time.sleep(POLL)
        killed = self._here()
        if killed:
            self._signal(signal.SIGKILL)
            while self._here() and time.monotonic() - begun < grace + 10:
                time.sleep(POLL)
        seconds = time.monotonic() - begun
        try:
            code = self.client.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.end_family(self.client)
            code = 128 + signal.SIGKILL
        code, stderr = self.outcome(code, self._printed(self.err))
        ended_by = signal.SIGKILL if killed else deadly
        if code == _EXITED_OR_SIGNALLED and ended_by is not None:
            code = 128 + ended_by
        return Finished(code, self._printed(self.out), stderr, seconds, killed)

    def _printed(self, file: Path) -> bytes:
        with file.open("rb") as handle:
            return handle.read(process.LIMIT)

    def _here(self) -> bool:
        return self.pid is not None and proc.alive(self.pid)

    def _signal(self, number: int) -> None:
        if self.pid is not None and self._here():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, number)
