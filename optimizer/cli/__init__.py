"""The command line: `optimize`. The only part that prints, and the only one that catches OptimizerError."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

_STOPPED_BY = 128
"""A shell reports a program that a signal ended as 128 and the signal's number."""


class _Stopped(KeyboardInterrupt):
    """A signal asks to stop."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


_OBJECTS = 50_000
"""New objects after which garbage is looked for."""


def main() -> NoReturn:
    """The program `optimize`."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # `nohup` has SIGHUP ignored, and so it stays.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except _Stopped as stopped:
        sys.stderr.write("optimize: interrupted\n")
        code = _STOPPED_BY + stopped.number
    except BrokenPipeError:
        # Whoever read has seen enough. What Python flushes at exit must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = _STOPPED_BY + signal.SIGPIPE
    sys.exit(code)


def collect_seldom() -> None:
    """Look for garbage now and then only: nearly all objects are trees, which go when nobody refers to them, and to
    walk over those that are kept takes a fifth of a run over many files (Python documentation, "gc")."""
    gc.set_threshold(_OBJECTS)
    gc.enable()


def run(arguments: Sequence[str]) -> int:
    """Do what a command line asks for; the exit code."""
    # Importing leaves no garbage, yet looking for it takes a tenth of a dry run.
    gc.disable()
    # Imported late, so that a Ctrl-C right after the start is caught too.
    from optimizer.cli.app import Explain, parse
    from optimizer.cli.console import Console
    from optimizer.cli.options import ColorWhen
    from optimizer.errors import Exit, OptimizerError

    console = Console(ColorWhen.AUTO, os.environ, Path.cwd())
    try:
        request = parse(arguments)
        if isinstance(request, Exit):
            return request
        from optimizer.cli import steps

        collect_seldom()
        console = Console(request.color, os.environ, Path.cwd())
        if isinstance(request, Explain):
            return steps.explain(request, console)
        return steps.run(request, console, arguments)
    except OptimizerError as error:
        console.error(error)
        return error.exit_code


def _stop(number: int, frame: FrameType | None) -> None:
    # The second time nobody waits for anything to be cleaned up: the next run sweeps.
    signal.signal(number, signal.SIG_DFL)
    raise _Stopped(number)
