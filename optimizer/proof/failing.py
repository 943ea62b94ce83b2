"""Where in the Containerfile a step of a build stands: builders tell its text, people want line and column."""

from __future__ import annotations

from optimizer.containerfile.nodes import From
from optimizer.containerfile.parser import parse
from optimizer.containers.model import Step
from optimizer.text import Position


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
