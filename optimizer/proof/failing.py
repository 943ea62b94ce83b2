"""Where in the Containerfile a step of a build stands: builders tell its text, people want line and column."""

from __future__ import annotations

from pathlib import Path

from optimizer.containerfile.nodes import From
from optimizer.containerfile.parser import parse
from optimizer.containers.model import BuildFailed, Step
from optimizer.errors import OriginalFails
from optimizer.text import Position


def original_fails(failure: BuildFailed, text: str, path: Path) -> OriginalFails:
    """What to tell of an original, `text` in the file `path`, whose build stopped."""
    step = failure.step
    where = f" at step {step.number}/{step.total}: {step.text}" if step is not None else ""
    hint = "build it by hand and repair it first; the last lines of the build tell why"
    at = place(text, step) if step is not None else None
    return OriginalFails(f"the original does not build{where}", tail=failure.tail, hint=hint, path=path, at=at)


def place(text: str, step: Step) -> Position | None:
    """The instruction that a step carries out; None if none has its text.

    Steps are counted from the first FROM on over the stages that are built, so of several instructions with the same
    text it is the first that does not stand before the step's own number.
    """
    file = parse(text)
    start = next((at for at, each in enumerate(file.instructions) if isinstance(each, From)), 0)
    alike = [
        (number, each.span.start)
        for number, each in enumerate(file.instructions[start:], start=1)
        if _words(f"{each.keyword} {each.logical.text}") == _words(step.text)
    ]
    if not alike:
        return None
    found = next((offset for number, offset in alike if number >= step.number), alike[-1][1])
    return file.position(found)


def _words(instruction: str) -> tuple[str, ...]:
    words = instruction.split()
    return *(keyword.upper() for keyword in words[:1]), *words[1:]
