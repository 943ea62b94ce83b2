"""Configuration files: where they lie, what they may say, and exactly where they are wrong.

`.optimize.toml`, `optimize.toml` or `[tool.optimize]` in `pyproject.toml`. The nearest one holds; files are not joined.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.config import Layer, check_passes, did_you_mean
from optimizer.errors import ConfigError
from optimizer.text import LineIndex, Position

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_NAMES = (".optimize.toml", "optimize.toml")
_SHARED = "pyproject.toml"
_TABLE = ("tool", "optimize")


def find(start: Path) -> Path | None:
    """The nearest configuration file, upwards from `start` to the root of its repository (where `.git` is).

    Outside of a repository only `start` itself is looked at: what lies further up may belong to somebody else.
    """
    start = start.absolute()
    root = repository(start) or start
    for directory in (start, *start.parents):
        for name in _NAMES:
            if (directory / name).is_file():
                return directory / name
        if (directory / _SHARED).is_file() and _table(_parse(directory / _SHARED), _TABLE) is not None:
            return directory / _SHARED
        if directory == root:
            return None
    return None


def repository(start: Path) -> Path | None:
    """The root of the repository that holds `start`."""
    return next((directory for directory in (start, *start.parents) if (directory / ".git").exists()), None)


def read(place: Path, passes: tuple[str, ...], *, trusted: bool) -> Layer:
    """What a configuration file says. `trusted`: the user named it, so its paths may leave the repository.

    Raises ConfigError with the line of the key that is wrong.
    """
    # Imported late: without a configuration file nobody pays for it.
    from pydantic import ValidationError

    from optimizer.config.schema import File

    table = _TABLE if place.name == _SHARED else ()
    found = _table(_parse(place), table)
    try:
        file = File.model_validate(found or {})
    except ValidationError as error:
        raise _explain(place, table, error.errors(include_input=False, include_url=False)[0]) from None
    for key, names in (("select", file.select), ("ignore", file.ignore)):
        check_passes(tuple(names or ()), passes, ConfigError(key, path=place, at=_at(place, table, key)))

    def path(key: str, value: str | None) -> Path | None:
        if value is None:
            return None
        full = (place.parent / value).resolve()
        bound = (repository(place.parent) or place.parent).resolve()
        if not trusted and not full.is_relative_to(bound):
            hint = f"give --{key} on the command line, or the file with --config"
            raise ConfigError(f"{key} leaves the repository", path=place, at=_at(place, table, key), hint=hint)
        return full

    return Layer(
        select=None if file.select is None else tuple(file.select),
        ignore=None if file.ignore is None else tuple(file.ignore),
        merge=file.merge,
        runtime_base=file.runtime_base,
        cleanup=file.cleanup,
        context=path("context", file.context),
        target=file.target,
        build_args=None if file.build_args is None else tuple(file.build_args.items()),
        smoke=path("smoke", file.smoke),
        jobs=file.jobs,
        timeout=file.timeout,
        time_rebuild=file.time_rebuild,
    )


def _parse(place: Path) -> dict[str, object]:
    text = ""
    try:
        text = place.read_text("utf-8")
        return tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"cannot be read: {(error.strerror or str(error)).lower()}", path=place) from None
    except UnicodeDecodeError:
        raise ConfigError("is not UTF-8", path=place) from None
    except tomllib.TOMLDecodeError as error:
        message, _, where = str(error).partition(" (at ")
        words = where.rstrip(")").replace(",", "").split()
        # It says either "line 1, column 2" or "end of document".
        end = LineIndex(text).position(len(text))
        at = Position(int(words[1]), int(words[3])) if words[::2] == ["line", "column"] else end
        raise ConfigError(f"not valid TOML: {message[:1].lower()}{message[1:]}", path=place, at=at) from None


def _table(data: object, names: tuple[str, ...]) -> object:
    for name in names:
        if not isinstance(data, dict):
            return None
        data = data.get(name)
    return data


def _explain(place: Path, table: tuple[str, ...], problem: ErrorDetails) -> ConfigError:
    from optimizer.config.schema import File

    key = str(problem["loc"][0]) if problem["loc"] else ""
    hint = None
    if problem["type"] == "extra_forbidden":
        message = f"unknown key {key!r}"
        hint = did_you_mean(key, tuple(field.alias or name for name, field in File.model_fields.items()))
    else:
        name = ".".join(str(part) for part in problem["loc"] if isinstance(part, str)) or ".".join(table)
        message = f"{name}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"
    return ConfigError(message, hint=hint, path=place, at=_at(place, table, key))


def _at(place: Path, table: tuple[str, ...], key: str) -> Position:
    """Where a key stands. tomllib does not say, so lines are looked at: enough to point at, never to understand."""
    current: tuple[str, ...] = ()
    for number, line in enumerate(place.read_text("utf-8").splitlines(), 1):
        words = line.strip()
        if words.startswith("["):
            current = tuple(part.strip(" \"'") for part in words.strip("[]").split("]")[0].split("."))
            if current == (*table, key):
                return Position(number, 1)
        elif current == table and words.split("=")[0].split(".")[0].strip(" \"'") == key:
            return Position(number, len(line) - len(line.lstrip()) + 1)
    return Position(1, 1)
