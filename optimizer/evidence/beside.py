"""Commands that others start in the image: what a Procfile and compose files beside the Containerfile say.

Compose: compose-spec, `command`, `entrypoint` and `healthcheck` of services that are built from this context.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from optimizer.context import Context
from optimizer.evidence.entrypoint import Command
from optimizer.sources.scripts import procfile
from optimizer.text import decode, printable

_COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")


def commands_beside(context: Context) -> tuple[Command, ...]:
    """Every command that a file in the context's root starts; files that cannot be read say nothing."""
    found: list[Command] = []
    data = context.read("Procfile")
    if data is not None:
        found += [Command((text,), shell_text=True) for text in procfile(printable(decode(data))).values()]
    for name in _COMPOSE:
        data = context.read(name)
        if data is not None:
            found += _compose(data)
    return tuple(found)


def _compose(data: bytes) -> Iterator[Command]:
    import yaml

    try:
        document: object = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError):
        return
    services = document.get("services") if isinstance(document, dict) else None
    for service in services.values() if isinstance(services, dict) else ():
        if not isinstance(service, dict) or not _builds_here(service.get("build")):
            continue
        entrypoint, command = _words(service.get("entrypoint")), _words(service.get("command"))
        if entrypoint or command:
            yield Command((*entrypoint, *command))
        health = service.get("healthcheck")
        match health.get("test") if isinstance(health, dict) else None:
            case str(text):
                yield Command((text,), shell_text=True)
            case ["CMD", *words]:
                yield Command(tuple(map(str, words)))
            case ["CMD-SHELL", text]:
                yield Command((str(text),), shell_text=True)


def _builds_here(build: object) -> bool:
    """Whether a service is built from the directory that holds the compose file."""
    place = build.get("context", ".") if isinstance(build, dict) else build
    return isinstance(place, str) and place.rstrip("/") in (".", "")


def _words(value: object) -> tuple[str, ...]:
    """A command as a list, or as a text that compose splits like a shell."""
    if isinstance(value, list):
        return tuple(map(str, value))
    if not isinstance(value, str):
        return ()
    try:
        return tuple(shlex.split(value))
    except ValueError:
        return ()
