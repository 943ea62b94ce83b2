"""Running images: podman where it is installed and able to, else a working container of buildah.

buildah's own way differs: with chroot isolation the program is not the first process of a PID namespace, so how it
takes a stop signal may differ, and a network of its own is made around buildah rather than by it.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from optimizer.containers import process
from optimizer.containers.failures import engine_error, recognise
from optimizer.containers.model import Finished, ImageConfig, ImageId, Network, RunRequest
from optimizer.containers.names import Names
from optimizer.containers.running import RunningContainer, application_below, pid_in_file, signal_number, wait_for
from optimizer.containers.stop import Stop
from optimizer.errors import EngineError

_OWN_WORDS = (b"Error: exit status", b"subprocess exited ", b"Error: while running runtime")
_SIGNALS = {
    "hangup": 1,
    "interrupt": 2,
    "quit": 3,
    "aborted": 6,
    "killed": 9,
    "segmentation fault": 11,
    "terminated": 15,
}
"""Signals by the names that Go prints (syscall, zerrors_linux)."""
_ENGINE_FAILED = 125
"""podman's own failure, as opposed to the container's (podman-run(1), exit status)."""


class RunWith(Enum):
    """Which tool runs containers."""

    BEST = "best"
    """podman, and buildah if podman is missing or cannot."""
    BUILDAH = "buildah"


def family_guard(environ: Mapping[str, str], *options: str) -> tuple[str, ...]:
    """What to put before buildah so that all it started ends with it, and it ends with us, even if we are killed:
    a PID namespace and a parent death signal (unshare(1), setpriv(1)). Empty where that is not allowed.
    Not for a runtime such as runc, which needs the PIDs that /proc shows; it has a PID namespace itself."""
    guard = ("setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child=KILL", *options)
    if not (process.installed("setpriv", environ) and process.installed("unshare", environ)):
        return ()
    return guard if process.run([*guard, "true"], environ=environ, timeout=10).code == 0 else ()


def chroot_isolation(environ: Mapping[str, str], passthrough: tuple[str, ...] = ()) -> bool:
    """Whether the user chose an isolation without a container runtime (buildah-run(1))."""
    chosen = environ.get("BUILDAH_ISOLATION", "")
    for option, following in zip(passthrough, (*passthrough[1:], ""), strict=False):
        if option.startswith("--isolation"):
            chosen = option.partition("=")[2] or following
    return chosen == "chroot"


def full_command(request: RunRequest, config: ImageConfig) -> tuple[str, ...]:
    """What a container runs: ENTRYPOINT and CMD of the image, or what the request has in their place."""
    if request.entrypoint is not None:
        return request.entrypoint + (request.command or ())
    return config.entrypoint + (config.cmd if request.command is None else request.command)


def podman_outcome(code: int, stderr: bytes) -> tuple[int, bytes]:
    """podman's exit code is the container's, 126 and 127 included; below 0 a signal ended podman itself."""
    return (code if code >= 0 else 128 - code), stderr


def podman_failed(code: int, stderr: str) -> bool:
    """Whether podman failed rather than the program: by exit code 125, or by a runtime that could start nothing at all,
    which podman reports as 126 or 127 like a program that is not there (podman-run(1), exit status)."""
    errors = tuple(line for line in stderr.splitlines() if line.startswith("Error: "))
    return bool(errors) and (code == _ENGINE_FAILED or (code in (126, 127) and recognise(errors) is not None))


def buildah_failed(code: int, stderr: str) -> bool:
    """Whether buildah failed rather than the program."""
    lines = stderr.splitlines()
    own = code == _ENGINE_FAILED and "Error: exit status" not in stderr
    return bool(lines) and (own or (code in (1, 126, 127) and recognise(tuple(lines[-3:])) is not None))


def buildah_outcome(code: int, stderr: bytes) -> tuple[int, bytes]:
    """Exit code and standard error as a container engine would tell them: with chroot isolation buildah adds lines of
    its own, and answers 1 where the program could not start or a signal ended it (chroot/run_common.go)."""
    code = code if code >= 0 else 128 - code
    lines = stderr.splitlines(keepends=True)
    while lines and lines[-1].startswith(_OWN_WORDS):
        word = lines.pop().decode("utf-8", "replace").strip()
        number = _SIGNALS.get(word.removeprefix("subprocess exited on "))
        code = code if number is None else 128 + number
    if code == 1 and lines and lines[-1].startswith(b"process failed to start with error"):
        code = 127
    return code, b"".join(lines)


@dataclass(frozen=True, slots=True)
class _Client:
    """How to run one request with one tool. `first_process` tells the PID of the program, given the client's, once it
    runs."""

    tool: str
    argv: tuple[str, ...]
    exec_prefix: tuple[str, ...]
    remove: tuple[str, ...]
    outcome: Callable[[int, bytes], tuple[int, bytes]]
    failed: Callable[[int, str], bool]
    first_process: Callable[[int], int | None]
    removes_itself: bool
    """Whether the container is gone once its program has ended."""


class Runner:
    """Runs and starts containers of one run of this program; safe to use from several threads."""

    def __init__(
        self,
        environ: dict[str, str],
        names: Names,
        config: Callable[[ImageId], ImageConfig],
        quiet: Callable[[ImageId], ImageId],
        choice: RunWith,
    ) -> None:
        """`quiet` makes of an image one without ONBUILD triggers, which `buildah from` would run."""
        self._environ = environ
        self._names = names
        self._config = config
        self._quiet = quiet
        self._podman = choice is RunWith.BEST and process.installed("podman", environ)
        self._podman_failure: EngineError | None = None
        self._guards: dict[tuple[str, ...], tuple[str, ...]] = {}

    def run(self, request: RunRequest) -> Finished:
        """Run to the end. Raises MissingTool, EngineError."""
        while True:
            podman = self._podman
            try:
                with contextlib.ExitStack() as stack:
                    client = self._client(request, None, podman=podman)
                    stack.callback(self._remove, client)
                    stdin, limit, stop = request.stdin, request.timeout, request.stop
                    done = process.run(client.argv, environ=self._environ, stdin=stdin, timeout=limit, stop=stop)
                    if client.removes_itself and not done.timed_out and 0 <= done.code < _ENGINE_FAILED:
                        stack.pop_all()
                    if not done.timed_out and client.failed(done.code, done.err):
                        raise engine_error(client.tool, "run the image", done.err)
                    code, stderr = client.outcome(done.code, done.stderr)
                    return Finished(code, done.stdout, stderr, done.seconds, done.timed_out)
            except EngineError as failure:
                self._give_up_podman(failure, used=podman)

    @contextlib.contextmanager
    def start(self, request: RunRequest) -> Iterator[RunningContainer]:
        """Run in the background. Raises MissingTool, EngineError."""
        with contextlib.ExitStack() as stack:
            podman = self._podman
            try:
                running = self._start(request, stack, podman=podman)
            except EngineError as failure:
                stack.close()
                self._give_up_podman(failure, used=podman)
                running = self._start(request, stack, podman=False)
            yield running

    def _give_up_podman(self, failure: EngineError, *, used: bool) -> None:
        """From now on use buildah; the failure is raised again if podman, which another thread may have given up
        meanwhile, was not `used`."""
        if not used:
            raise self._podman_failure or failure
        self._podman, self._podman_failure = False, failure

    def _start(self, request: RunRequest, stack: contextlib.ExitStack, *, podman: bool) -> RunningContainer:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{self._names.container()}-")))
        out, err, pid_file, stdin = place / "out", place / "err", place / "pid", place / "in"
        client = self._client(request, pid_file, podman=podman)
        stack.callback(self._remove, client)
        stdin.write_bytes(request.stdin or b"")
        with out.open("wb") as out_file, err.open("wb") as err_file, stdin.open("rb") as in_file:
            child = stack.enter_context(
                process.started(client.argv, environ=self._environ, stdin=in_file, stdout=out_file, stderr=err_file)
            )
        stack.enter_context((request.stop or Stop()).ending(lambda: process.end_family(child)))
        pid = wait_for(lambda: client.first_process(child.pid), child)
        if child.poll() is not None and client.failed(child.returncode, err.read_text("utf-8", "replace")):
            raise engine_error(client.tool, "start the image", err.read_text("utf-8", "replace"))
        number = signal_number(self._config(request.image).stop_signal)
        inside = () if client.tool == "podman" or pid is None else self._enter(pid)
        prefix = inside + client.exec_prefix
        return RunningContainer(child, pid, number, out, err, prefix, self._environ, client.outcome)

    def _enter(self, pid: int) -> tuple[str, ...]:
        return ("nsenter", "--target", str(pid), "--net", "--")

    def _client(self, request: RunRequest, pid_file: Path | None, *, podman: bool) -> _Client:
        name = self._names.container()
        return self._with_podman(request, name, pid_file) if podman else self._with_buildah(request, name)

    def _remove(self, client: _Client) -> None:
        process.run(client.remove, environ=self._environ, timeout=60)

    def _with_podman(self, request: RunRequest, name: str, pid_file: Path | None) -> _Client:
        argv = ["podman", "run", "--rm", "--name", name, "--pull=never", "--no-healthcheck", "--log-driver=none"]
        argv += [] if pid_file is None else ["--pidfile", str(pid_file), "--sig-proxy=false"]
        argv += ["--network=none"] if request.network is Network.NONE else []
        argv += [] if request.stdin is None else ["--interactive"]
        argv += [] if request.user is None else ["--user", request.user]
        argv += [option for pair in request.env for option in ("--env", pair)]
        argv += [] if request.entrypoint is None else ["--entrypoint", json.dumps(request.entrypoint)]
        argv += [request.image.value, *(request.command or ())]
        return _Client(
            tool="podman",
            argv=tuple(argv),
            exec_prefix=("podman", "exec", name),
            remove=("podman", "rm", "--force", "--ignore", "--time", "0", name),
            removes_itself=True,
            outcome=podman_outcome,
            failed=podman_failed,
            first_process=lambda _: self._podman_process(name, pid_file),
        )

    def _podman_process(self, name: str, pid_file: Path | None) -> int | None:
        """The container's first process once the program runs: the file is there before the runtime lets it start,
        and a signal in between makes the start fail."""
        pid = None if pid_file is None else pid_in_file(pid_file)
        if pid is None:
            return None
        ask = ("podman", "container", "inspect", "--format", "{{.State.Status}}", name)
        return pid if process.run(ask, environ=self._environ).out not in ("created", "initialized") else None

    def _with_buildah(self, request: RunRequest, name: str) -> _Client:
        make = ("buildah", "from", "--pull-never", "--name", name, self._quiet(request.image).value)
        made = process.run(make, environ=self._environ)
        if made.code != 0:
            raise engine_error("buildah", "use the image", made.err)
        chroot = chroot_isolation(self._environ)
        alone = request.network is Network.NONE
        guard = self._guard("--net") if chroot and alone else self._guard() if chroot else ()
        if chroot and alone:
            if not guard:
                raise EngineError(
                    "a network of its own cannot be made for a container", hint="run as root, or install podman"
                )
            guard += (sys.executable, "-I", str(Path(__file__).with_name("loopback.py")))
        inside = ["buildah", "run"]
        inside += [] if request.user is None else ["--user", request.user]
        inside += [option for pair in request.env for option in ("--env", pair)]
        argv = [*guard, *inside, *(["--network=none"] if alone and not chroot else []), name, "--"]
        return _Client(
            tool="buildah",
            argv=(*argv, *full_command(request, self._config(request.image))),
            exec_prefix=(*inside, name, "--"),
            remove=("buildah", "rm", name),
            removes_itself=False,
            outcome=buildah_outcome,
            failed=buildah_failed,
            first_process=application_below,
        )

    def _guard(self, *options: str) -> tuple[str, ...]:
        if options not in self._guards:
            self._guards[options] = family_guard(self._environ, *options)
        return self._guards[options]
