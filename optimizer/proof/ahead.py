"""Builds what a candidate will probably be built with, beside the original and behind it: stages, or their beginnings.

Where such a build begins as the original does, it starts once the original has built these steps. Its layers are then
in the builder's cache when the candidate needs them; nothing else is made of it, and it may fail.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue

from optimizer.containerfile.nodes import Arg, From, Instruction
from optimizer.containerfile.parser import parse
from optimizer.containers.behind import Behind
from optimizer.containers.model import BuildFailed, Built, Progress, Step
from optimizer.containers.stop import Stop
from optimizer.errors import EngineError
from optimizer.proof.building import OutOfTime
from optimizer.proof.model import Foresee, Subject

_NICE = 5
"""Before what is measured only."""

Build = Callable[[Progress, Stop], Built]


def common_steps(one: str, other: str) -> int:
    """How many steps of a build two Containerfiles begin with alike."""
    return _common(_steps(one), _steps(other))


def steps_in(text: str, candidate: str) -> int:
    """With how many steps of a build a stage of a candidate begins."""
    mine, theirs = _steps(text), _steps(candidate)
    begins = (at for at, step in enumerate(theirs) if step[0] == "FROM")
    return max((_common(mine, theirs[at:]) for at in begins), default=0)


def _common(one: Sequence[tuple[str, ...]], other: Sequence[tuple[str, ...]]) -> int:
    pairs = list(zip(one, other, strict=False))
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
        count = steps_in(self._text, candidate.text)
        with self._changed:
            self._changed.wait_for(lambda: self._thread is None or self._over or len(self.steps) >= count)
        self.end()

    def end(self) -> None:
        """Stop it if it goes on."""
        self._stop.now()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            with contextlib.suppress(BuildFailed, EngineError, OutOfTime):
                self._build(self._finished, self._stop)
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def _finished(self, step: Step) -> None:
        with self._changed:
            self.steps.append(step)
            self._changed.notify_all()


class Aheads:
    """All such builds beside one original. Safe to use from several threads."""

    def __init__(self, original: Subject, build: Callable[[Subject, Progress, Stop, Behind], Built]) -> None:
        self._original = original
        self._build = build
        self._lock = threading.Lock()
        self._last: Step | None = None
        self._told: SimpleQueue[Step | None] = SimpleQueue()
        self._built = threading.Event()
        self._behind = Behind(_NICE)
        self._over = False
        self._all: list[Ahead] = []
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._foreseeing: Future[None] | None = None

    def start(self, foresee: Foresee) -> None:
        """Build each text as soon as it is foreseen."""
        self._foreseeing = self._thread.submit(self._begin, foresee)

    def _begin(self, foresee: Foresee) -> None:
        """A container tool that fails ends it: so it will where it matters."""
        begun: set[Subject] = set()
        with contextlib.suppress(EngineError):
            for subject in foresee(self):
                if subject in begun:
                    continue
                begun.add(subject)
                ahead = Ahead(subject, self._original, partial(self._build_one, subject))
                with self._lock:
                    if self._over:
                        return
                    self._all.append(ahead)
                    if self._last is not None:
                        ahead.original_finished(self._last)

    def _build_one(self, subject: Subject, progress: Progress, stop: Stop) -> Built:
        return self._build(subject, progress, stop, self._behind)

    def original_finished(self, step: Step) -> None:
        """Tell how far the original is."""
        with self._lock:
            self._last = step
            for ahead in self._all:
                ahead.original_finished(step)
        self._told.put(step)

    def original_ended(self) -> None:
        """Tell that nothing more is to be foreseen, and that what goes on is soon waited for."""
        self._behind.catch_up()
        self._built.set()
        self._told.put(None)

    def steps(self) -> Iterator[Step]:
        """The steps of the original, each as soon as it is finished, to the end of its build."""
        while (step := self._told.get()) is not None:
            yield step

    def over(self) -> bool:
        """Whether the build of the original has ended."""
        return self._built.is_set()

    @property
    def finished(self) -> tuple[tuple[Step, ...], ...]:
        """The finished steps of each."""
        return tuple(tuple(ahead.steps) for ahead in self._all)

    def wait_for(self, candidate: Subject) -> None:
        """Until the steps that the candidate shares with them are built; then none of them goes on."""
        if self._foreseeing is not None:
            self._foreseeing.result()
        for ahead in self._all:
            ahead.wait_for(candidate)

    def end(self) -> None:
        """Stop those that go on, and begin no other."""
        with self._lock:
            self._over = True
        self.original_ended()
        self._thread.shutdown()
        for ahead in self._all:
            ahead.end()
