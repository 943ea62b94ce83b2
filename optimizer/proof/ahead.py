"""Builds what a candidate will probably begin with, beside the original and behind it.

Both builds have the steps of the beginning in common: the second starts where the first has built these. Its layers are
then in the builder's cache when the candidate needs them; nothing else is made of it, and it may fail.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence

from optimizer.containerfile.nodes import Arg, From, Instruction
from optimizer.containerfile.parser import parse
from optimizer.containers.model import BuildFailed, Built, Progress, Step
from optimizer.containers.stop import Stop
from optimizer.errors import EngineError
from optimizer.proof.model import Subject

Build = Callable[[Progress, Stop], Built]


def common_steps(one: str, other: str) -> int:
    """How many steps of a build two Containerfiles begin with alike."""
    pairs = list(zip(_steps(one), _steps(other), strict=False))
    return next((count for count, (mine, others) in enumerate(pairs) if mine != others), len(pairs))


def _steps(text: str) -> Sequence[tuple[str, ...]]:
    """What makes each step what it is: the name of a stage does not."""
    instructions = parse(text).instructions
    before = next((at for at, each in enumerate(instructions) if not isinstance(each, Arg)), 0)
    return tuple(_step(each, text) for each in instructions[before:])


def _step(instruction: Instruction, text: str) -> tuple[str, ...]:
    match instruction:
        case From(image=image, flags=flags):
            return ("FROM", *(flag.span.of(text) for flag in flags), image.raw)
        case _:
            return (instruction.span.of(text),)


class Ahead:
    """One such build: `subject`, built by `build` beside that of `original`. Safe to use from several threads."""

    def __init__(self, subject: Subject, original: Subject, build: Build) -> None:
        self._text = subject.text
        self._build = build
        self._shared = common_steps(original.text, subject.text)
        self._adds = len(_steps(subject.text)) > self._shared
        self._stop = Stop()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._over = False
        self.steps: list[Step] = []
        """The finished ones."""

    def original_finished(self, step: Step) -> None:
        """Tell how far the original is; the build starts as soon as it can share what is there."""
        if self._adds and step.number >= self._shared and self._thread is None and not self._stop.asked:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def wait_for(self, candidate: Subject) -> None:
        """Until the steps that the candidate shares are built, or no more of them will be; then nothing goes on."""
        count = common_steps(self._text, candidate.text)
        with self._changed:
            self._changed.wait_for(lambda: self._thread is None or self._over or len(self.steps) >= count)
        self.end()

    def end(self) -> None:
        """Stop it if it goes on."""
        self._stop.now()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        with contextlib.suppress(BuildFailed, EngineError):
            self._build(self._finished, self._stop)
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _finished(self, step: Step) -> None:
        with self._changed:
            self.steps.append(step)
            self._changed.notify_all()
