"""What the README shows: its files, its commands and what they print.

`python -m tests.readme` runs the commands and writes what they print into the README.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


@dataclass(frozen=True, slots=True)
class Shown:
    """A `console` block: the lines it stands on, its command, and what the command is said to print."""

    begin: int
    end: int
    command: str
    output: str


def blocks(text: str, language: str) -> Iterator[tuple[int, int, list[str]]]:
    """Fenced blocks of a language: the line after the opening fence, the line of the closing one, and the lines."""
    lines = text.splitlines()
    begin = None
    for number, line in enumerate(lines):
        if begin is None and line == f"```{language}":
            begin = number + 1
        elif begin is not None and line == "```":
            yield begin, number, lines[begin:number]
            begin = None


def shown(text: str) -> list[Shown]:
    """Every command with its output."""
    found = []
    for begin, end, lines in blocks(text, "console"):
        command, *output = lines
        found.append(Shown(begin, end, command.removeprefix("$ "), "".join(f"{line}\n" for line in output)))
    return found


def printed(text: str, command: str) -> str:
    """What a command really prints at 80 columns, both streams in one, beside the first file that the text shows."""
    (_, _, lines), *_ = blocks(text, "dockerfile")
    program, *arguments = command.split()
    assert program == "optimize"
    with tempfile.TemporaryDirectory() as name:
        Path(name, "Containerfile").write_text("".join(f"{line}\n" for line in lines))
        for source in ("app.py", "requirements.txt"):
            Path(name, source).touch()
        done = subprocess.run(
            [sys.executable, "-m", "optimizer", *arguments],
            cwd=name,
            env={**os.environ, "PYTHONPATH": str(README.parent), "COLUMNS": "80", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
    return done.stdout


def main() -> None:
    """Bring the README up to date."""
    text = README.read_text()
    lines = text.splitlines(keepends=True)
    for each in reversed(shown(text)):
        lines[each.begin : each.end] = [f"$ {each.command}\n", printed(text, each.command)]
    README.write_text("".join(lines))


if __name__ == "__main__":
    main()
