"""How many RUN bodies the shell reader reads in a second: `python tests/bench/bench_shell.py [DIRECTORY]`.

Without a directory it reads the bodies that the tests are made of; with one, every distinct RUN of the Containerfiles
below it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parents[2]))

from optimizer.containerfile.nodes import Run, ShellForm
from optimizer.containerfile.parser import parse
from optimizer.shell.query import has_opaque
from optimizer.shell.reader import read
from optimizer.text import decode

OWN = Path(__file__).parents[1] / "shell" / "bodies.txt"
ROUNDS = 5
SECONDS = 1.0


def bodies(directory: Path) -> list[str]:
    """The distinct shell-form RUN bodies of all files below a directory."""
    found: dict[str, None] = {}
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        for instruction in parse(decode(path.read_bytes())).instructions:
            if isinstance(instruction, Run) and isinstance(instruction.command, ShellForm):
                found[instruction.command.body.text] = None
    return list(found)


def main(arguments: list[str]) -> None:
    texts = bodies(Path(arguments[0])) if arguments else [line for line in OWN.read_text("utf-8").split("\n") if line]
    sample = texts[:: max(1, len(texts) // 10_000)]
    best = 0.0
    for _ in range(ROUNDS):
        count, start = 0, process_time()
        while process_time() - start < SECONDS:
            for text in sample:
                read(text)
            count += len(sample)
        best = max(best, count / (process_time() - start))
    length = sum(map(len, texts)) / len(texts)
    opaque = sum(has_opaque(read(text)) for text in texts)
    print(f"{len(texts)} bodies of {length:.0f} characters on average, {opaque} not fully read")
    print(f"{best:.0f} bodies/s (processor time, best of {ROUNDS})")


if __name__ == "__main__":
    main(sys.argv[1:])
