"""The one place that starts processes.

Every child leads a session of its own, so that a Ctrl-C reaches us first and we end the child's whole family: its
group, and the descendants that left the group. Command lines may hold secrets; no error raised here repeats one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, NoReturn

from optimizer.containers import proc
from optimizer.containers.behind import Behind
from optimizer.containers.failures import missing_tool
from optimizer.containers.stop import Stop
from optimizer.errors import EngineError

LIMIT = 16 * 1024 * 1024
"""Bytes kept of each output stream; the rest is read and dropped, so that a chatty program cannot fill memory."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a process ended. `code` is negative when a signal ended it, as in `subprocess`; times in seconds."""

    code: int
    stdout: bytes
    stderr: bytes
    seconds: float
    timed_out: bool

    @property
    def out(self) -> str:
        return self.stdout.decode("utf-8", "replace").strip()

    @property
    def err(self) -> str:
        return self.stderr.decode("utf-8", "replace").strip()


def installed(tool: str, environ: Mapping[str, str] | None = None) -> bool:
    """Whether a program of that name is on PATH."""
    return shutil.which(tool, path=None if environ is None else environ.get("PATH")) is not None


def end_family(child: subprocess.Popen[bytes]) -> None:
    """Kill a child with everything it started and collect it. Does nothing if it has ended."""
    if child.poll() is not None:
        return
    # Descendants first: a daemon in a session of its own is found only as long as its ancestors live.
    family = [*proc.descendants(child.pid), child.pid]
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    for pid in family:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(timeout=10)


@contextlib.contextmanager
def started(
    argv: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    behind: Behind | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A running child; leaving the block for whatever reason ends it with its family.
    Raises MissingTool, EngineError (it is there, and the system refuses to start it)."""
    try:
        child = subprocess.Popen(
            list(argv), stdin=stdin, stdout=stdout, stderr=stderr, env=environ, start_new_session=True
        )
    except FileNotFoundError:
        raise missing_tool(argv[0]) from None
    except OSError as error:
        raise EngineError(f"cannot start {argv[0]}: {(error.strerror or 'refused').lower()}") from None
    try:
        with contextlib.nullcontext() if behind is None else behind.others(child.pid):
            yield child
    finally:
        end_family(child)
        for stream in (child.stdin, child.stdout, child.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _drain(pipe: int, kept: bytearray) -> None:
    """Read to the end. The descriptor is the reader's own: if it went with the child, its number could come to mean
    another child's output while somebody still waits here for a grandchild."""
    try:
        while chunk := os.read(pipe, 65536):
            kept += chunk[: max(0, LIMIT - len(kept))]
    finally:
        os.close(pipe)


def _feed(stream: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(OSError, ValueError):
        stream.write(data)
        stream.close()


def run(
    argv: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    timeout: float | None = None,
    stop: Stop | None = None,
    behind: Behind | None = None,
) -> Outcome:
    """Run to the end, to `timeout` seconds, or until `stop` ends it. Raises MissingTool, EngineError; a non-zero exit
    is an Outcome."""
    begun = time.monotonic()
    out, err = bytearray(), bytearray()
    feed = subprocess.DEVNULL if stdin is None else subprocess.PIPE
    pipe = subprocess.PIPE
    with started(argv, environ=environ, stdin=feed, stdout=pipe, stderr=pipe, behind=behind) as child:
        assert child.stdout is not None and child.stderr is not None
        threads = [
            threading.Thread(target=_drain, args=(os.dup(child.stdout.fileno()), out), daemon=True),
            threading.Thread(target=_drain, args=(os.dup(child.stderr.fileno()), err), daemon=True),
        ]
        if stdin is not None and child.stdin is not None:
            threads.append(threading.Thread(target=_feed, args=(child.stdin, stdin), daemon=True))
        for thread in threads:
            thread.start()
        try:
            with (stop or Stop()).ending(lambda: end_family(child)):
                child.wait(timeout)
            timed_out = False
        except subprocess.TimeoutExpired:
            timed_out = True
            end_family(child)
        seconds = time.monotonic() - begun
        # A grandchild may hold the pipes open long after the child is gone: what it says is not waited for.
        for thread in threads:
            thread.join(timeout=1)
    return Outcome(child.returncode, bytes(out), bytes(err), seconds, timed_out)


def stream(
    argv: Sequence[str],
    on_line: Callable[[str], None],
    *,
    environ: Mapping[str, str] | None = None,
    timeout: float | None = None,
    stop: Stop | None = None,
    behind: Behind | None = None,
) -> Outcome:
    """Run to the end, or until `stop` ends it, and hand over every line of output and error, in order, as it comes; the
    outcome holds no output. Raises MissingTool, EngineError."""
    begun = time.monotonic()
    expired = threading.Event()
    with started(argv, environ=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, behind=behind) as child:
        assert child.stdout is not None

        def expire() -> None:
            expired.set()
            end_family(child)

        timer = threading.Timer(timeout or 0, expire)
        timer.daemon = True
        if timeout is not None:
            timer.start()
        try:
            with (stop or Stop()).ending(lambda: end_family(child)):
                for line in child.stdout:
                    on_line(line.decode("utf-8", "replace").rstrip("\r\n"))
                child.wait()
        finally:
            timer.cancel()
    return Outcome(child.returncode, b"", b"", time.monotonic() - begun, expired.is_set())


def needs_unshare() -> bool:
    """Whether container storage can be mounted only inside a user namespace: not root, and none entered yet."""
    return os.geteuid() != 0 and "_CONTAINERS_USERNS_CONFIGURED" not in os.environ


def reexec_under_unshare(argv: Sequence[str]) -> NoReturn:
    """Become `buildah unshare ARGV…`: the same program with the caller's subordinate IDs mapped (buildah-unshare(1)).
    Raises MissingTool, EngineError."""
    try:
        os.execvp("buildah", ["buildah", "unshare", "--", *argv])
    except FileNotFoundError:
        raise missing_tool("buildah") from None
    except OSError as error:
        raise EngineError(f"cannot start buildah: {(error.strerror or 'refused').lower()}") from None
