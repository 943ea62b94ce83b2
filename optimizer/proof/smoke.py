"""Runs an image as its configuration says and writes down what it does.

With EXPOSEd TCP ports: start, wait until they listen, ask over HTTP, run the HEALTHCHECK, stop. Without: run to the
end. Containers have no network but their own loopback, and no standard input.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat

from optimizer.containers.model import (
    Answer,
    Engine,
    Finished,
    Health,
    ImageConfig,
    ImageId,
    Network,
    Running,
    RunRequest,
)
from optimizer.containers.stop import Stop
from optimizer.errors import EngineError
from optimizer.proof.entry import argv
from optimizer.proof.model import CheckKind
from optimizer.proof.observe import Facet, Observation, Precision

PATHS = ("/", "/health", "/healthz", "/optimizer-no-such-page")
"""What is asked over HTTP. The last is there to see how a server answers what it does not know."""

_ABSENT = (126, 127)
"""Exit codes where a program is not there or cannot be started (POSIX, Shell Command Language, 2.8.2; podman-exec(1)).
"""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds."""

    ready: float = 30.0
    """Until the first port listens."""
    others: float = 3.0
    """After the first port listens, until the others do."""
    warm: float = 5.0
    """Until a server that listens stops to answer with 5xx."""
    run: float = 20.0
    """For a command without ports, until it counts as one that does not end."""
    grace: float = 5.0
    """From the stop signal to the kill."""
    health: float = 30.0
    """At most, until the HEALTHCHECK succeeds."""
    poll: float = 0.1
    """Between two looks, at first."""
    seldom: float = 1.0
    """The same, at most: where looking starts a program, the pauses grow."""
    absent: float = 5.0
    """At most, for a HEALTHCHECK whose program is not there to come."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to look at; the same for every image that is compared."""

    ports: tuple[int, ...]
    health: Health | None
    shell: tuple[str, ...]
    runs: bool
    """Whether the image has a command at all."""


def plan(config: ImageConfig) -> Plan:
    """The checks that an image configuration suggests."""
    ports = [port.partition("/") for port in config.ports]
    tcp = [int(number) for number, _, protocol in ports if protocol in ("", "tcp") and number.isdecimal()]
    return Plan(tuple(sorted(tcp)), config.health, config.shell or ("/bin/sh", "-c"), bool(argv(config)))


def observe(
    engine: Engine, image: ImageId, todo: Plan, patience: Patience, stop: Stop | None = None
) -> tuple[Observation, ...]:
    """Run the image and see; what is seen after `stop` is worth nothing. A container that cannot be started fails its
    checks; raises MissingTool."""
    if not todo.runs:
        return ()
    request = RunRequest(image, network=Network.NONE, stdin=b"", timeout=patience.run, stop=stop)
    try:
        return tuple(_serve(engine, request, todo, patience) if todo.ports else _run(engine, request, todo, patience))
    except EngineError as error:
        return (Observation(CheckKind.COMMAND, "start", passed=False, note=f"does not start: {error.message}"),)


def _run(engine: Engine, request: RunRequest, todo: Plan, patience: Patience) -> Iterator[Observation]:
    done = engine.run(request)
    if not done.timed_out:
        yield command("command", done, passed=done.exit_code == 0)
        return
    facet = Facet("state", (b"running",))
    yield Observation(CheckKind.COMMAND, "command", True, (facet,), f"still runs after {patience.run:g} s")
    with engine.start(request) as running:
        _wait(lambda: not running.alive(), min(1.0, patience.run), repeat(patience.poll))
        yield from _health(running, todo, patience)
        yield from _stop(running, patience)


def command(name: str, done: Finished, *, passed: bool, kind: CheckKind = CheckKind.COMMAND) -> Observation:
    """What a command that ended by itself has shown."""
    facets = (
        Facet("state", (b"ended",)),
        Facet("exit code", (str(done.exit_code).encode(),)),
        Facet("standard output", (done.stdout,), Precision.TEXT),
        Facet("standard error", (done.stderr,), Precision.TEXT),
    )
    return Observation(kind, name, passed, facets, f"exits with {done.exit_code}")


def _serve(engine: Engine, request: RunRequest, todo: Plan, patience: Patience) -> Iterator[Observation]:
    with engine.start(request) as running:
        open_ports = _listening(running, todo.ports, patience)
        for port in todo.ports:
            listens = port in open_ports
            note = "listens" if listens else "nothing listens" if running.alive() else "ends before it listens"
            yield Observation(CheckKind.LISTENS, f"port {port}", listens, note=note)
        for port in open_ports:
            yield from _answers(running, port, patience)
        yield from _health(running, todo, patience)
        yield from _stop(running, patience)


def _listening(running: Running, ports: tuple[int, ...], patience: Patience) -> tuple[int, ...]:
    def some() -> bool:
        return any(running.listens(port) for port in ports) or not running.alive()

    def every() -> bool:
        return all(running.listens(port) for port in ports) or not running.alive()

    _wait(some, patience.ready, repeat(patience.poll))
    if any(running.listens(port) for port in ports):
        _wait(every, patience.others, repeat(patience.poll))
    return tuple(port for port in ports if running.listens(port))


def _wait(until: Callable[[], bool], seconds: float, pauses: Iterator[float]) -> None:
    limit = time.monotonic() + seconds
    while not until() and time.monotonic() < limit:
        time.sleep(next(pauses))


def _growing(first: float, most: float) -> Iterator[float]:
    pause = first
    while True:
        yield pause
        pause = min(most, pause * 1.5)


def _answers(running: Running, port: int, patience: Patience) -> Iterator[Observation]:
    _wait(lambda: _is_warm(running.get(port, "/")) or not running.alive(), patience.warm, repeat(patience.poll))
    for path in PATHS:
        first = running.get(port, path)
        if first is None:
            continue  # not HTTP, or no answer: that it listens is all there is to see
        again = running.get(port, path) or first
        yield Observation(
            CheckKind.ANSWERS,
            f"GET :{port}{path}",
            passed=first.status < 500,
            facets=_facets(first, again),
            note=f"answers {first.status}",
        )


def _is_warm(answer: Answer | None) -> bool:
    return answer is not None and answer.status < 500


def _facets(first: Answer, again: Answer) -> tuple[Facet, ...]:
    def header(name: str) -> tuple[bytes, ...]:
        values = (dict(answer.headers).get(name, "") for answer in (first, again))
        return tuple(value.strip().encode("utf-8", "replace") for value in values)

    return (
        Facet("status", (str(first.status).encode(), str(again.status).encode())),
        Facet("content type", header("content-type")),
        Facet("location", header("location"), Precision.TEXT),
        Facet("body", (first.body, again.body), Precision.TEXT),
    )


def _health(running: Running, todo: Plan, patience: Patience) -> Iterator[Observation]:
    argv = () if todo.health is None else _health_argv(todo.health, todo.shell)
    if not argv or not running.alive():
        return
    code, lacking_until = -1, math.inf

    def settled() -> bool:
        nonlocal code, lacking_until
        code = running.execute(argv).exit_code
        lacking_until = min(lacking_until, time.monotonic() + patience.absent) if code in _ABSENT else math.inf
        return code == 0 or time.monotonic() >= lacking_until or not running.alive()

    _wait(settled, patience.health, _growing(patience.poll, patience.seldom))
    healthy = code == 0 and running.alive()
    yield Observation(CheckKind.HEALTH, "HEALTHCHECK", healthy, note="succeeds" if healthy else "fails")


def _health_argv(health: Health, shell: tuple[str, ...]) -> tuple[str, ...]:
    match health.test:
        case ("CMD", *words):
            return tuple(words)
        case ("CMD-SHELL", *words):
            return (*shell, " ".join(words))
    return ()


def _stop(running: Running, patience: Patience) -> Iterator[Observation]:
    if not running.alive():
        return
    ended = running.stop(patience.grace)
    way = _KILLED if ended.timed_out else _BY_ITSELF
    facets = (Facet("exit code", (str(ended.exit_code).encode(),)), Facet(_WAY, (way.encode(),)))
    yield Observation(CheckKind.STOPS, "stop", True, facets, f"stops with {ended.exit_code}, {way}")


_WAY, _KILLED, _BY_ITSELF = "way to stop", "only when it is killed", "by itself"


def heeds_signal(original: Observation, candidate: Observation) -> bool:
    """Whether the candidate stops by itself, and the original never did."""
    ways = [
        {sample for facet in seen.facets if facet.name == _WAY for sample in facet.samples}
        for seen in (original, candidate)
    ]
    return ways == [{_KILLED.encode()}, {_BY_ITSELF.encode()}]
