"""Services of compose files: how each is built and what it starts (compose-spec, "Services", "Build", "Develop").

Several files are one project: what a later file says of a service adds to the earlier one. Profiles do not matter, a
service that is not always started is started by somebody.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from optimizer.shell.dialect import program


@dataclass(frozen=True, slots=True)
class Build:
    """`build` of a service, as written; `inline` if the Containerfile stands in the compose file itself."""

    context: str = "."
    file: str | None = None
    target: str | None = None
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """A command of a service. `text` is one for the image's shell; `replaces`: the image's ENTRYPOINT is not used."""

    words: tuple[str, ...]
    text: bool = False
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """One service; `image` is the name that what is built gets, or that is used."""

    name: str
    build: Build | None = None
    image: str | None = None
    started: tuple[Started, ...] = ()


def is_compose(name: str) -> bool:
    """Whether a file of this name is one of a compose project."""
    stem, _, ending = name.rpartition(".")
    return ending in ("yaml", "yml") and stem.partition(".")[0] in ("compose", "docker-compose", "podman-compose")


def services(files: Iterable[bytes]) -> tuple[Service, ...]:
    """All services of a project; what cannot be read says nothing."""
    found: dict[str, Service] = {}
    extended: dict[str, str] = {}
    for data in files:
        for name, fields in _read(data):
            own = found.get(name, Service(name))
            build = _build(fields.get("build")) or own.build
            image = fields.get("image")
            found[name] = replace(
                own,
                build=build,
                image=image if isinstance(image, str) else own.image,
                started=(*own.started, *_started(fields)),
            )
            match fields.get("extends"):
                case str(other) | {"service": str(other)}:
                    extended[name] = other
                case _:
                    pass
    for name, other in extended.items():
        if other in found and found[name].build is None and found[name].image is None:
            found[name] = replace(found[name], build=found[other].build, image=found[other].image)
    return tuple(found.values())


def _read(data: bytes) -> Iterator[tuple[str, dict[str, object]]]:
    import yaml

    try:
        document: object = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        return
    listed = document.get("services") if isinstance(document, dict) else None
    for name, fields in listed.items() if isinstance(listed, dict) else ():
        if isinstance(fields, dict):
            yield str(name), fields


def _build(value: object) -> Build | None:
    match value:
        case str(context):
            return Build(context)
        case dict():
            place, file, target = (value.get(key) for key in ("context", "dockerfile", "target"))
            return Build(
                place if isinstance(place, str) else ".",
                file if isinstance(file, str) else None,
                target if isinstance(target, str) else None,
                "dockerfile_inline" in value,
            )
    return None


def _started(fields: dict[str, object]) -> Iterator[Started]:
    entrypoint, command = _words(fields.get("entrypoint")), _words(fields.get("command"))
    if entrypoint:
        yield Started((*entrypoint, *command), replaces=True)
        if command:
            yield Started(command, replaces=True)  # what `exec "$@"` in an entry script starts
    elif command:
        yield Started(command)
    health = fields.get("healthcheck")
    match health.get("test") if isinstance(health, dict) else None:
        case str(text):
            yield Started((interpolated(text),), text=True)
        case ["CMD", *words]:
            yield Started(tuple(interpolated(str(word)) for word in words), replaces=True)
        case ["CMD-SHELL", text]:
            yield Started((interpolated(str(text)),), text=True)
    for hook in ("post_start", "pre_stop"):
        yield from _hooks(fields.get(hook))
    develop = fields.get("develop")
    watched = develop.get("watch") if isinstance(develop, dict) else None
    for each in watched if isinstance(watched, list) else ():
        if isinstance(each, dict):
            yield from _hooks([each.get("exec")])


def _hooks(value: object) -> Iterator[Started]:
    for each in value if isinstance(value, list) else ():
        words = _words(each.get("command")) if isinstance(each, dict) else ()
        if words:
            yield Started(words, replaces=True)


def _words(value: object) -> tuple[str, ...]:
    """A command as a list, or as a text that compose splits like a shell."""
    if isinstance(value, list):
        return tuple(interpolated(str(each)) for each in value)
    if not isinstance(value, str):
        return ()
    try:
        return tuple(shlex.split(interpolated(value)))
    except ValueError:
        return ()


def interpolated(text: str) -> str:
    """A value with the defaults of its variables put in; `$$` is a dollar sign (compose-spec, "Interpolation").
    Variables without default stay, for nobody knows them here."""
    found: list[str] = []
    rest = text
    while rest:
        plain, dollar, rest = rest.partition("$")
        found.append(plain)
        if not dollar:
            break
        if rest.startswith("$"):
            found.append("$")
            rest = rest[1:]
        elif rest.startswith("{") and "}" in rest:
            inner, _, rest = rest[1:].partition("}")
            name, colon, default = inner.partition(":-")
            if not colon:
                name, colon, default = inner.partition("-")
            found.append(default if colon and name.isidentifier() else f"${{{inner}}}")
        else:
            found.append("$")
    return "".join(found)


def composes(word: str) -> bool:
    """Whether a program is compose itself."""
    return program(word) in ("docker-compose", "podman-compose")
