"""Whether two images are configured alike: what a running container sees of it (OCI image-spec, config.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from optimizer.containers.model import Health, ImageConfig
from optimizer.proof.model import Difference, DifferenceKind
from optimizer.proposal import Contract, Respelled

_BUILDER_LABELS = "io.buildah."
"""How labels begin that the builder itself puts on an image."""


def differences(before: ImageConfig, after: ImageConfig, contract: Contract) -> tuple[Difference, ...]:
    """Every part of the configuration that is not as it was. Values of variables and labels are never shown."""
    return (
        *_environment(before.env, after.env, contract),
        *_mapping("label", _labels(before), _labels(after)),
        *_set("port", map(_port, before.ports), map(_port, after.ports)),
        *_set("volume", before.volumes, after.volumes),
        *_scalar("user", _user(before.user), _user(after.user)),
        *_scalar("working directory", before.workdir or "/", after.workdir or "/"),
        *_argv("ENTRYPOINT", before.entrypoint, after.entrypoint),
        *(() if Respelled(before.cmd, after.cmd) in contract.commands else _argv("CMD", before.cmd, after.cmd)),
        *_argv("SHELL", before.shell, after.shell),
        *_scalar("stop signal", _signal(before.stop_signal), _signal(after.stop_signal)),
        *_argv("ONBUILD", before.onbuild, after.onbuild),
        *_health(before.health, after.health),
        *_scalar("operating system", before.os, after.os),
        *_scalar("architecture", before.architecture, after.architecture),
    )


def _difference(what: str, detail: str) -> Difference:
    return Difference(DifferenceKind.CONFIG, what, detail)


def _environment(before: Iterable[str], after: Iterable[str], contract: Contract) -> Iterator[Difference]:
    """The order of variables does not matter, that of the directories in PATH does: values are compared whole."""
    old, new = _pairs(before), _pairs(after)
    for difference in _mapping("environment variable", old, new):
        name = difference.what.rpartition(" ")[2]
        if name not in (contract.environment if name in new else contract.unset):
            yield difference


def _pairs(env: Iterable[str]) -> dict[str, str]:
    return {name: value for name, _, value in (entry.partition("=") for entry in env)}


def _mapping(what: str, old: dict[str, str], new: dict[str, str]) -> Iterator[Difference]:
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield _difference(f"{what} {name}", "is missing")
        elif name not in old:
            yield _difference(f"{what} {name}", "is new")
        elif old[name] != new[name]:
            yield _difference(f"{what} {name}", "has another value")


def _labels(config: ImageConfig) -> dict[str, str]:
    return {name: value for name, value in config.labels if not name.startswith(_BUILDER_LABELS)}


def _port(port: str) -> str:
    return port if "/" in port else f"{port}/tcp"


def _user(user: str) -> str:
    return "0" if user in ("", "root", "0:0", "root:root") else user


def _signal(signal: str) -> str:
    """An image without a stop signal is stopped with SIGTERM, number 15."""
    name = signal.upper()
    return "SIGTERM" if name in ("", "15", "TERM") else name


def _set(what: str, before: Iterable[str], after: Iterable[str]) -> Iterator[Difference]:
    old, new = set(before), set(after)
    yield from (_difference(f"{what} {value}", "is missing") for value in sorted(old - new))
    yield from (_difference(f"{what} {value}", "is new") for value in sorted(new - old))


def _scalar(what: str, old: str, new: str) -> Iterator[Difference]:
    if old != new:
        yield _difference(what, f"{old or 'unset'} → {new or 'unset'}")


def _argv(what: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Difference]:
    if old != new:
        yield _difference(what, f"{list(old)} → {list(new)}")


def _health(old: Health | None, new: Health | None) -> Iterator[Difference]:
    if old is None or new is None:
        if old is not new:
            yield _difference("HEALTHCHECK", "is new" if old is None else "is missing")
    elif old != new:
        yield _difference("HEALTHCHECK", "has another command" if old.test != new.test else "has other times")
