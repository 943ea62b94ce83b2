"""Which shell runs a shell-form RUN, from the argument vector that SHELL gives.

A builder puts the command line behind SHELL as one more argument; without SHELL it is `/bin/sh -c` on Linux
(https://docs.docker.com/reference/dockerfile/#shell). What `/bin/sh` is depends on the base image: dash on Debian,
ash on Alpine, bash on Fedora; `Dialect.POSIX_SH` promises no more than these have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum


class Dialect(Enum):
    """The language in which a command line is written."""

    POSIX_SH = "sh"
    DASH = "dash"
    ASH = "ash"
    BASH = "bash"
    NOT_A_SHELL = "not a POSIX shell"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A shell as it is started: its language and the options given to it before `-c`."""

    dialect: Dialect
    errexit: bool = False
    pipefail: bool = False
    startup: bool = False
    """Whether it reads start-up files first (`-l`, `-i`), or what starts it does."""


DEFAULT = Interpreter(Dialect.POSIX_SH)
"""What runs a RUN when no SHELL is in force."""

NO_SHELL = Interpreter(Dialect.NOT_A_SHELL)

_PROGRAMS = {
    "sh": Dialect.POSIX_SH,
    "ksh": Dialect.POSIX_SH,
    "mksh": Dialect.POSIX_SH,
    "dash": Dialect.DASH,
    "ash": Dialect.ASH,
    "bash": Dialect.BASH,
}

SHELLS = frozenset(_PROGRAMS)
"""Names of programs that are such shells."""

_ACTIVATING = frozenset({"conda", "mamba", "micromamba"})
"""Wrappers that read the scripts of an environment first (`conda run`)."""

_WRAPPERS = frozenset({"env", "busybox", "nice", "setarch", "linux32", "linux64"}) | _ACTIVATING
"""Programs that end by running the rest of their arguments unchanged (`conda run -n env bash -c` is common)."""

_NAMED = frozenset({"-o", "+o", "-O", "+O"})
"""Options whose name is the next argument."""


def program(path: str) -> str:
    """The last part of a path: `/usr/bin/env` → `env`."""
    return path.rpartition("/")[2]


def interpreter(argv: Sequence[str]) -> Interpreter:
    """The shell that `argv` (the value of SHELL) starts. NO_SHELL if it is none that reads its command from `-c`.

    Source of the options: POSIX.1-2017 `sh`, and the bash manual, "Invoking Bash".
    """
    if not argv:
        return NO_SHELL
    for index, argument in enumerate(argv):
        dialect = _PROGRAMS.get(program(argument))
        if dialect is not None:
            if index and program(argv[0]) not in _WRAPPERS:
                return NO_SHELL
            if index and program(argv[index - 1]) == "busybox":
                dialect = Dialect.ASH
            started = options(dialect, argv[index + 1 :])
            if started is None or started.rest != index_end(argv, index):
                return NO_SHELL
            activates = bool(index) and program(argv[0]) in _ACTIVATING
            return replace(started.interpreter, startup=True) if activates else started.interpreter
    return NO_SHELL


def index_end(argv: Sequence[str], index: int) -> int:
    """How many arguments stand after the program at `index`."""
    return len(argv) - index - 1


@dataclass(frozen=True, slots=True)
class Started:
    """What the options of a shell say: `rest` is the index of the first argument after `-c`'s options."""

    interpreter: Interpreter
    rest: int


def options(dialect: Dialect, arguments: Sequence[str]) -> Started | None:
    """Read the options of a shell up to its command string. None without `-c` or with an option not understood."""
    command = errexit = pipefail = startup = False
    at = 0
    while at < len(arguments):
        argument = arguments[at]
        if argument == "--":
            at += 1
            break
        if argument in _NAMED:
            name = arguments[at + 1] if at + 1 < len(arguments) else ""
            errexit = (argument == "-o") if name == "errexit" else errexit
            pipefail = (argument == "-o") if name == "pipefail" else pipefail
            at += 2
            continue
        if argument.startswith("--"):
            if argument not in ("--login", "--norc", "--noprofile", "--posix"):
                return None
            startup = startup or argument == "--login"
            at += 1
            continue
        if len(argument) < 2 or argument[0] not in "-+":
            break
        letters = argument[1:]
        if not letters.isalpha() or "s" in letters:
            return None
        on = argument[0] == "-"
        command = command or (on and "c" in letters)
        errexit = on if "e" in letters else errexit
        startup = startup or (on and ("l" in letters or "i" in letters))
        at += 1
        for _ in range(letters.count("o")):
            name = arguments[at] if at < len(arguments) else ""
            errexit = on if name == "errexit" else errexit
            pipefail = on if name == "pipefail" else pipefail
            at += 1
    return Started(Interpreter(dialect, errexit, pipefail, startup), at) if command and at <= len(arguments) else None
