"""Standard output is data, standard error is for people; neither breaks when the reader goes away."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from optimizer.cli.options import ColorWhen
from optimizer.errors import OptimizerError, OriginalFails
from optimizer.report.entry import shown
from optimizer.report.paint import Colour, Paint
from optimizer.report.visible import line, visible
from optimizer.text import encode

_WIDEST = 100


class Console:
    """Where output goes, and how it looks there."""

    def __init__(self, when: ColorWhen, environ: Mapping[str, str], root: Path) -> None:
        self.out = _colour(when, sys.stdout, environ)
        self.err = _colour(when, sys.stderr, environ)
        self.root = root

    @property
    def width(self) -> int:
        """Columns to use: those of the terminal, but no more than one reads with ease."""
        return min(shutil.get_terminal_size((80, 24)).columns, _WIDEST)

    def data(self, text: str) -> None:
        """Write to standard output, byte for byte."""
        _write(sys.stdout, text)

    def say(self, text: str) -> None:
        """Write to standard error."""
        _write(sys.stderr, text)

    def error(self, error: OptimizerError, name: str | None = None) -> None:
        """An error as one line, with the end of a failed build if it has one, and the hint."""
        paint = Paint(self.err)
        path = name if error.path is None else shown(Path(error.path), self.root)
        where = f"{path or 'optimize'}:{'' if error.at is None else f'{error.at}:'}"
        lines = [f"{paint.bold(line(where))} {paint.bad(line(error.message))}"]
        if isinstance(error, OriginalFails):
            lines += [f"  | {visible(each)}" for each in error.tail]
        if error.hint:
            lines.append(f"hint: {line(error.hint)}")
        self.say("\n".join(lines) + "\n")


def _colour(when: ColorWhen, stream: TextIO, environ: Mapping[str, str]) -> Colour:
    match when:
        case ColorWhen.ALWAYS:
            return Colour.ON
        case ColorWhen.NEVER:
            return Colour.OFF
        case ColorWhen.AUTO:
            # NO_COLOR: any value but the empty one switches colour off (no-color.org).
            plain = environ.get("NO_COLOR") or environ.get("TERM") == "dumb" or not stream.isatty()
            return Colour.OFF if plain else Colour.ON


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.flush()
        stream.buffer.write(encode(text))
        stream.buffer.flush()
    except BrokenPipeError:
        # Whoever read has seen enough. What Python flushes at exit must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
