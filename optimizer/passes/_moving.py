"""What moving an instruction to another place needs: where it begins and ends, and whether it pays."""

from __future__ import annotations

from optimizer.containerfile.nodes import Instruction, Run
from optimizer.ecosystems.verbs import ADDING, Verb
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.text import Span


def fetches(run: Run, facts: Facts) -> bool:
    """Whether a RUN fetches something, so that running it again takes time."""
    return any(call.verb in ADDING | {Verb.UPDATE, Verb.DOWNLOAD} for call in facts[Invocations].calls(run))


def blank(text: str) -> str:
    """The blank lines that a text begins with."""
    lines = text.splitlines(keepends=True)
    count = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    return "".join(lines[:count])


def moved(instruction: Instruction, text: str) -> Span:
    """An instruction with the comments directly above it and the blank lines above these; what stands higher stays."""
    lines = instruction.leading.of(text).splitlines(keepends=True)
    while lines and lines[-1].strip():
        lines.pop()
    while lines and not lines[-1].strip():
        lines.pop()
    return Span(instruction.leading.start + len("".join(lines)), instruction.block.end)
