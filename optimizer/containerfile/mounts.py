"""`RUN --mount=…`: comma-separated options, as the Dockerfile reference names them (section "RUN --mount")."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import Enum

from optimizer.containerfile.nodes import Flag, Instruction, Onbuild


class MountKind(Enum):
    """What is mounted while the RUN runs."""

    BIND = "bind"
    CACHE = "cache"
    TMPFS = "tmpfs"
    SECRET = "secret"
    SSH = "ssh"
    OTHER = "other"
    """A kind that this version does not know, or one that stands in a variable."""


@dataclass(frozen=True, slots=True)
class Mount:
    """One `--mount` flag; values are as written, variables included."""

    kind: MountKind
    target: str | None
    source: str | None
    from_: str | None
    """A stage, by name or number, a named context or an image."""
    id: str | None
    flag: Flag


_KINDS = {kind.value: kind for kind in MountKind if kind is not MountKind.OTHER}
_NAMES = {"dst": "target", "destination": "target", "src": "source"}


def mounts(instruction: Instruction) -> tuple[Mount, ...]:
    """The mounts of a RUN, or of the RUN in an ONBUILD, in order."""
    flags = instruction.inner.flags if isinstance(instruction, Onbuild) else instruction.flags
    return tuple(_mount(flag) for flag in flags if flag.name == "mount")


def _mount(flag: Flag) -> Mount:
    options: dict[str, str] = {}
    for field in _fields(flag.value or ""):
        name, _, value = field.partition("=")
        name = name.strip().lower()
        options[_NAMES.get(name, name)] = value
    return Mount(
        _KINDS.get(options.get("type", "bind").lower(), MountKind.OTHER),
        options.get("target"),
        options.get("source"),
        options.get("from"),
        options.get("id"),
        flag,
    )


def _fields(value: str) -> list[str]:
    """Comma-separated, a field with a comma in it wholly in double quotes."""
    try:
        return next(csv.reader([value]), [])
    except csv.Error:
        return value.split(",")
