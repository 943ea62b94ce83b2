"""Every error a user can meet, as one tree. The command line catches `OptimizerError` and nothing else.

    OptimizerError              2
    ├── UsageError              2   options and arguments that do not fit
    ├── ConfigError             2   a configuration file
    ├── InputError              2   a Containerfile or a context that cannot be read
    ├── OutputError             2   a file that cannot be written
    ├── MissingTool             2   buildah, podman or skopeo is not installed, or too old
    ├── EngineError             2   the container tool itself failed (storage, space, permissions)
    ├── Unproven                3   nothing is known to be wrong, but nothing could be proven
    └── OriginalFails           4   the Containerfile as it was does not build

Messages are one line, lower case, without a period at the end; `hint` says what to do next.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path

from optimizer.text import Position


class Exit(IntEnum):
    """Exit codes of the command line."""

    OK = 0
    WOULD_CHANGE = 1
    USAGE = 2
    UNPROVEN = 3
    ORIGINAL_FAILS = 4
    INTERRUPTED = 130


class OptimizerError(Exception):
    """Base of all errors that are shown to users as one line and a hint."""

    exit_code: Exit = Exit.USAGE

    def __init__(
        self, message: str, *, hint: str | None = None, path: Path | str | None = None, at: Position | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = path
        self.at = at

    def __str__(self) -> str:
        where = "" if self.path is None else f"{self.path}:"
        if self.at is not None:
            where += f"{self.at}:"
        return f"{where} {self.message}" if where else self.message


class UsageError(OptimizerError):
    """Options or arguments that do not fit together."""


class ConfigError(OptimizerError):
    """A configuration file that cannot be read or holds what it should not."""


class InputError(OptimizerError):
    """A Containerfile or a build context that cannot be read."""


class OutputError(OptimizerError):
    """A file that cannot be written."""


class MissingTool(OptimizerError):
    """A container tool that is not installed, or too old for what the Containerfile asks."""


class EngineError(OptimizerError):
    """The container tool itself failed: storage, space, permissions, time."""


class Unproven(OptimizerError):
    """Nothing is known to be wrong, but nothing could be proven either, so nothing was written."""

    exit_code = Exit.UNPROVEN


class OriginalFails(OptimizerError):
    """The Containerfile as it was does not build; `tail` holds the last lines that the build printed."""

    exit_code = Exit.ORIGINAL_FAILS

    def __init__(
        self,
        message: str,
        *,
        tail: tuple[str, ...] = (),
        hint: str | None = None,
        path: Path | str | None = None,
        at: Position | None = None,
    ) -> None:
        super().__init__(message, hint=hint, path=path, at=at)
        self.tail = tail
