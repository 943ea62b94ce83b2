"""A user's own checks: files for container-structure-test, schema 2.0.0, read unchanged.

Fields and their meaning: github.com/GoogleContainerTools/container-structure-test, README. Commands run without the
image's ENTRYPOINT. `setup` commands run before the command in the same container, where that tool commits an image in
between; `teardown` has nothing left to clean and is not run. Not supported: license tests and container run options
other than `user` and `envVars`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from optimizer.errors import ConfigError

SCHEMA = "2.0.0"


@dataclass(frozen=True, slots=True)
class Expected:
    """Regular expressions that must and must not be found."""

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CommandTest:
    """A command, its exit code and what it prints."""

    name: str
    command: tuple[str, ...]
    setup: tuple[tuple[str, ...], ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    exit_code: int = 0
    output: Expected = Expected()
    error: Expected = Expected()
    user: str | None = None


@dataclass(frozen=True, slots=True)
class FileTest:
    """Whether a path exists, and its mode (as `ls -l` writes it) and owner where given."""

    name: str
    path: str
    exists: bool = True
    permissions: str = ""
    uid: int | None = None
    gid: int | None = None
    executable_by: str = ""


@dataclass(frozen=True, slots=True)
class ContentTest:
    """What a file holds."""

    name: str
    path: str
    content: Expected


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable or label and its value, or a regular expression for it."""

    name: str
    value: str
    regular: bool


@dataclass(frozen=True, slots=True)
class MetadataTest:
    """The image configuration. None: not asked."""

    env: tuple[Variable, ...] = ()
    unset: tuple[str, ...] = ()
    labels: tuple[Variable, ...] = ()
    ports: tuple[str, ...] = ()
    no_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    no_volumes: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    workdir: str = ""
    user: str = ""


UserCheck = CommandTest | FileTest | ContentTest | MetadataTest


def read(path: Path) -> tuple[UserCheck, ...]:
    """Read a file of checks. Raises ConfigError, which names what is wrong."""
    import yaml

    try:
        data = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise ConfigError("the file of checks cannot be read", path=path, hint=error.strerror) from error
    except yaml.YAMLError as error:
        first = str(error).replace("\n", " ")
        raise ConfigError(f"not a YAML file: {first}", path=path) from error
    return _Reader(path).checks(data)


_TOP = frozenset(
    {
        "schemaVersion",
        "globalEnvVars",
        "commandTests",
        "fileExistenceTests",
        "fileContentTests",
        "metadataTest",
        "containerRunOptions",
    }
)


class _Reader:
    """Reads plain YAML data into checks; every complaint names the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def checks(self, data: object) -> tuple[UserCheck, ...]:
        top = self._mapping(data, "the file", _TOP)
        if str(top.get("schemaVersion")) != SCHEMA:
            raise self._error(f"schemaVersion must be {SCHEMA}")
        options = self._mapping(
            top.get("containerRunOptions", {}), "containerRunOptions", frozenset({"user", "envVars"})
        )
        user = self._text(options, "user") or None
        passed = [(name, os.environ[name]) for name in self._texts(options, "envVars") if name in os.environ]
        everywhere = (*passed, *self._environment(top, "globalEnvVars"))
        tests: list[UserCheck] = [
            self._command(entry, everywhere, user) for entry in self._entries(top, "commandTests")
        ]
        tests += [self._file(entry) for entry in self._entries(top, "fileExistenceTests")]
        tests += [self._content(entry) for entry in self._entries(top, "fileContentTests")]
        if "metadataTest" in top:
            tests.append(self._metadata(top["metadataTest"]))
        if not tests:
            raise self._error("there is no check in it")
        return tuple(tests)

    def _error(self, problem: str) -> ConfigError:
        hint = f"see the README of container-structure-test, schema {SCHEMA}"
        return ConfigError(problem, path=self._path, hint=hint)

    def _mapping(self, data: object, what: str, known: frozenset[str]) -> Mapping[str, object]:
        if not isinstance(data, dict):
            raise self._error(f"{what} must be a mapping")
        if unknown := sorted(str(key) for key in data.keys() - known):
            raise self._error(f"{what} has an unknown or unsupported key: {unknown[0]}")
        return data

    def _entries(self, top: Mapping[str, object], key: str) -> tuple[object, ...]:
        value = top.get(key) or []
        if not isinstance(value, list):
            raise self._error(f"{key} must be a list")
        return tuple(value)

    def _texts(self, entry: Mapping[str, object], key: str) -> tuple[str, ...]:
        return tuple(str(item) for item in self._entries(entry, key))

    def _text(self, entry: Mapping[str, object], key: str) -> str:
        value = entry.get(key, "")
        if isinstance(value, dict | list):
            raise self._error(f"{key} must be a text")
        return "" if value is None else str(value)

    def _needed(self, entry: Mapping[str, object], key: str, what: str) -> str:
        if not (value := self._text(entry, key)):
            raise self._error(f"{what} without {key}")
        return value

    def _number(self, entry: Mapping[str, object], key: str) -> int | None:
        value = entry.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self._error(f"{key} must be a number")
        return value

    def _environment(self, entry: Mapping[str, object], key: str) -> tuple[tuple[str, str], ...]:
        return tuple((variable.name, variable.value) for variable in self._variables(entry, key))

    def _variables(self, entry: Mapping[str, object], *keys: str) -> tuple[Variable, ...]:
        found: list[Variable] = []
        for key in keys:
            for item in self._entries(entry, key):
                pair = self._mapping(item, f"an entry of {key}", frozenset({"key", "value", "isRegex"}))
                regular = pair.get("isRegex") is True
                value = self._text(pair, "value")
                found.append(
                    Variable(self._needed(pair, "key", key), self._pattern(value) if regular else value, regular)
                )
        return tuple(found)

    def _pattern(self, text: str) -> str:
        try:
            re.compile(text)
        except re.error as error:
            raise self._error(f"not a regular expression: {text} ({error})") from error
        return text

    def _expected(self, entry: Mapping[str, object], wanted: str, unwanted: str) -> Expected:
        return Expected(
            tuple(map(self._pattern, self._texts(entry, wanted))),
            tuple(map(self._pattern, self._texts(entry, unwanted))),
        )

    def _command(self, data: object, everywhere: tuple[tuple[str, str], ...], user: str | None) -> CommandTest:
        known = ["name", "setup", "teardown", "command", "args", "envVars", "exitCode"]
        known += ["expectedOutput", "excludedOutput", "expectedError", "excludedError"]
        entry = self._mapping(data, "a command test", frozenset(known))
        setup: list[tuple[str, ...]] = []
        for words in self._entries(entry, "setup"):
            if not isinstance(words, list) or not words:
                raise self._error("setup must be a list of commands, each a list of words")
            setup.append(tuple(map(str, words)))
        return CommandTest(
            name=self._needed(entry, "name", "a command test"),
            command=(self._needed(entry, "command", "a command test"), *self._texts(entry, "args")),
            setup=tuple(setup),
            env=(*everywhere, *self._environment(entry, "envVars")),
            exit_code=self._number(entry, "exitCode") or 0,
            output=self._expected(entry, "expectedOutput", "excludedOutput"),
            error=self._expected(entry, "expectedError", "excludedError"),
            user=user,
        )

    def _file(self, data: object) -> FileTest:
        known = frozenset(["name", "path", "shouldExist", "permissions", "uid", "gid", "isExecutableBy"])
        entry = self._mapping(data, "a file existence test", known)
        executable_by = self._text(entry, "isExecutableBy")
        if executable_by not in ("", "owner", "group", "other", "any"):
            raise self._error(f"isExecutableBy must be owner, group, other or any, not {executable_by}")
        return FileTest(
            name=self._needed(entry, "name", "a file existence test"),
            path=self._needed(entry, "path", "a file existence test"),
            exists=entry.get("shouldExist", True) is not False,
            permissions=self._text(entry, "permissions"),
            uid=self._number(entry, "uid"),
            gid=self._number(entry, "gid"),
            executable_by=executable_by,
        )

    def _content(self, data: object) -> ContentTest:
        known = frozenset(["name", "path", "expectedContents", "excludedContents"])
        entry = self._mapping(data, "a file content test", known)
        return ContentTest(
            name=self._needed(entry, "name", "a file content test"),
            path=self._needed(entry, "path", "a file content test"),
            content=self._expected(entry, "expectedContents", "excludedContents"),
        )

    def _metadata(self, data: object) -> MetadataTest:
        known = "env envVars unboundEnvVars labels entrypoint cmd exposedPorts unexposedPorts volumes unmountedVolumes"
        entry = self._mapping(data, "metadataTest", frozenset([*known.split(), "workdir", "user"]))
        return MetadataTest(
            env=self._variables(entry, "env", "envVars"),
            unset=tuple(variable.name for variable in self._variables(entry, "unboundEnvVars")),
            labels=self._variables(entry, "labels"),
            ports=self._texts(entry, "exposedPorts"),
            no_ports=self._texts(entry, "unexposedPorts"),
            volumes=self._texts(entry, "volumes"),
            no_volumes=self._texts(entry, "unmountedVolumes"),
            entrypoint=self._texts(entry, "entrypoint") if "entrypoint" in entry else None,
            cmd=self._texts(entry, "cmd") if "cmd" in entry else None,
            workdir=self._text(entry, "workdir"),
            user=self._text(entry, "user"),
        )
