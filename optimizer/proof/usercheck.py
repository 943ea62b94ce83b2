"""Carries out a user's checks (`optimizer.proof.checks`) on one image."""

from __future__ import annotations

import re
import shlex
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock

from optimizer.containers.model import Engine, Finished, ImageConfig, ImageId, Network, RunRequest
from optimizer.containers.stop import Stop
from optimizer.errors import EngineError
from optimizer.proof.checks import (
    CommandTest,
    ContentTest,
    Expected,
    FileTest,
    MetadataTest,
    UserCheck,
    Variable,
)
from optimizer.proof.model import CheckKind
from optimizer.proof.observe import Observation
from optimizer.proof.rootfs import Kind, Tree

_SECONDS = 60.0
"""For one command test; the schema knows no limit of its own."""


@dataclass(frozen=True, slots=True)
class Side:
    """One image as a check sees it. What lies in it is `read` when it is first asked for. Safe to use from several
    threads."""

    image: ImageId
    config: ImageConfig
    read: Callable[[], Tree]
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)
    _known: list[Tree] = field(default_factory=list, repr=False, compare=False)

    @property
    def tree(self) -> Tree:
        """What lies in it."""
        with self._lock:
            if not self._known:
                self._known.append(self.read())
            return self._known[0]


def named(tests: Sequence[UserCheck]) -> dict[str, UserCheck]:
    """Each check by the name it has in reports."""
    return {
        f"{number}. {'metadata' if isinstance(test, MetadataTest) else test.name}": test
        for number, test in enumerate(tests, start=1)
    }


def observe_one(engine: Engine, side: Side, name: str, test: UserCheck, stop: Stop | None = None) -> Observation:
    """One check. It passes if nothing it expects is lacking; what is seen after `stop` is worth nothing."""
    match test:
        case CommandTest():
            lacks, kind = _command(engine, side, test, stop), CheckKind.USER
        case FileTest():
            lacks, kind = next(_file(side, test), ""), CheckKind.FILES
        case ContentTest():
            lacks, kind = next(_content(side, test), ""), CheckKind.FILES
        case MetadataTest():
            lacks, kind = next(_metadata(side.config, test), ""), CheckKind.FILES
    return Observation(kind, name, not lacks, note=lacks or "as expected")


def expand(text: str, config: ImageConfig) -> str:
    """`$NAME` and `${NAME}` with the image's own variables; what is not set becomes nothing (Go `os.Expand`)."""
    variables = {key: value for key, _, value in (entry.partition("=") for entry in config.env)}
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda found: variables.get(found[1] or found[2], ""), text)


def argv(test: CommandTest, config: ImageConfig) -> tuple[str, ...]:
    """The command of a test with variables put in."""
    return tuple(expand(word, config) for word in test.command)


def _command(engine: Engine, side: Side, test: CommandTest, stop: Stop | None) -> str:
    words = argv(test, side.config)
    if test.setup:
        before = " && ".join(shlex.join(command) for command in test.setup)
        words = ("/bin/sh", "-c", f'{{ {before}; }} >/dev/null 2>&1 || exit 125; exec "$@"', "sh", *words)
    request = RunRequest(
        side.image,
        command=words[1:],
        entrypoint=words[:1],
        env=tuple(f"{key}={expand(value, side.config)}" for key, value in test.env),
        user=test.user,
        network=Network.NONE,
        timeout=_SECONDS,
        stop=stop,
    )
    try:
        done = engine.run(request)
    except EngineError as error:
        return f"does not start: {error.message}"
    return next(_finished(done, test), "")


def _finished(done: Finished, test: CommandTest) -> Iterator[str]:
    if done.timed_out:
        yield f"does not end within {_SECONDS:g} s"
    if done.exit_code != test.exit_code:
        yield f"exits with {done.exit_code}, not {test.exit_code}"
    yield from _text("standard output", done.stdout, test.output)
    yield from _text("standard error", done.stderr, test.error)


def _text(what: str, data: bytes, expected: Expected) -> Iterator[str]:
    text = data.decode("utf-8", "replace")
    yield from (f"{what} lacks {pattern}" for pattern in expected.wanted if not re.search(pattern, text))
    yield from (f"{what} has {pattern}" for pattern in expected.unwanted if re.search(pattern, text))


_BITS = {"owner": 0o100, "group": 0o010, "other": 0o001, "any": 0o111}


def _file(side: Side, test: FileTest) -> Iterator[str]:
    # A link at the end is looked at itself, as the tar driver of container-structure-test does.
    path = side.tree.place(expand(test.path, side.config))
    if (path is not None) is not test.exists:
        yield f"{test.path} does not exist" if test.exists else f"{test.path} exists"
        return
    if path is None:
        return
    node = side.tree.nodes[path]
    if test.permissions and test.permissions != _written(node.mode, node.kind):
        yield f"{test.path} has mode {_written(node.mode, node.kind)}, not {test.permissions}"
    if test.uid is not None and test.uid != node.uid:
        yield f"{test.path} belongs to user {node.uid}, not {test.uid}"
    if test.gid is not None and test.gid != node.gid:
        yield f"{test.path} belongs to group {node.gid}, not {test.gid}"
    if test.executable_by and not node.mode & _BITS[test.executable_by]:
        yield f"{test.path} is not executable by {test.executable_by}"


_TYPES = {Kind.FILE: stat.S_IFREG, Kind.DIRECTORY: stat.S_IFDIR, Kind.LINK: stat.S_IFLNK}


def _written(mode: int, kind: Kind) -> str:
    """`-rw-r--r--`; a link is written `Lrwxrwxrwx` in Go's notation, which the schema uses."""
    shown = stat.filemode(_TYPES.get(kind, stat.S_IFREG) | mode & 0o777)
    return "L" + shown[1:] if kind is Kind.LINK else shown


def _content(side: Side, test: ContentTest) -> Iterator[str]:
    path = side.tree.resolve(expand(test.path, side.config))
    data = None if path is None else side.tree.read(path)
    if data is None:
        yield f"{test.path} is no file"
    else:
        yield from _text(test.path, data, test.content)


def _metadata(config: ImageConfig, test: MetadataTest) -> Iterator[str]:
    env = {key: value for key, _, value in (entry.partition("=") for entry in config.env)}
    yield from _variables("variable", env, test.env)
    yield from (f"variable {key} is set" for key in test.unset if key in env)
    yield from _variables("label", dict(config.labels), test.labels)
    ports = {port.removesuffix("/tcp") for port in config.ports}
    yield from (f"port {port} is not exposed" for port in test.ports if port.removesuffix("/tcp") not in ports)
    yield from (f"port {port} is exposed" for port in test.no_ports if port.removesuffix("/tcp") in ports)
    yield from (f"volume {path} is missing" for path in test.volumes if path not in config.volumes)
    yield from (f"volume {path} is there" for path in test.no_volumes if path in config.volumes)
    if test.entrypoint is not None and test.entrypoint != config.entrypoint:
        yield "another entrypoint"
    if test.cmd is not None and test.cmd != config.cmd:
        yield "another cmd"
    if test.workdir and test.workdir != config.workdir:
        yield f"working directory is {config.workdir}, not {test.workdir}"
    if test.user and test.user != config.user:
        yield f"user is {config.user}, not {test.user}"


def _variables(what: str, found: dict[str, str], wanted: Sequence[Variable]) -> Iterator[str]:
    for variable in wanted:
        value = found.get(variable.name)
        if value is None:
            yield f"{what} {variable.name} is not set"
        elif not (re.search(variable.value, value) if variable.regular else variable.value == value):
            yield f"{what} {variable.name} has another value"
