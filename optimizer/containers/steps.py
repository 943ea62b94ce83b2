"""Reading what `buildah bud --layers` prints, line by line, into steps with times.

The lines are those of imagebuildah (buildah 1.28 to 1.41): `[1/2] STEP 3/4: RUN …`, `--> Using cache ID`,
`--> ID`, `COMMIT`. A program that is run in the build writes to the same stream and may forge them, so
nothing read here decides about anything but what is shown and which unnamed layers *may* be ours.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from optimizer.containers.model import ImageId, Progress, Step

TAIL = 60
"""How many of the last lines are kept for an error."""


@dataclass(frozen=True, slots=True)
class _Announced:
    stage: int
    number: int
    total: int
    text: str


def _announced(line: str) -> _Announced | None:
    """The parts of a STEP line; None for every other line."""
    stage = 1
    if line.startswith("["):
        prefix, _, line = line[1:].partition("] ")
        first = prefix.partition("/")[0]
        if not first.isdecimal():
            return None
        stage = int(first)
    if not line.startswith("STEP "):
        return None
    count, colon, text = line.removeprefix("STEP ").partition(": ")
    number, slash, total = count.partition("/")
    if not (colon and slash and number.isdecimal() and total.isdecimal()):
        return None
    return _Announced(stage, int(number), int(total), text)


def _identifier(word: str) -> str | None:
    return word if len(word) >= 11 and all(digit in "0123456789abcdef" for digit in word) else None


class StepReader:
    """Takes the lines of one build. `steps` are the finished ones, `created` the IDs (often shortened) of layers
    that were made rather than found."""

    def __init__(self, clock: Callable[[], float], progress: Progress | None = None) -> None:
        self._clock = clock
        self._progress = progress
        self._since = clock()
        self._current: Step | None = None
        self._stage_totals: dict[int, int] = {}
        self._cache_hit: str | None = None
        self.steps: list[Step] = []
        self.created: list[str] = []
        self.tail: deque[str] = deque(maxlen=TAIL)

    @property
    def current(self) -> Step | None:
        """The step that runs, with its time so far."""
        return self._current and replace(self._current, seconds=self._clock() - self._since)

    def line(self, text: str) -> None:
        """Take the next line."""
        if announced := _announced(text):
            self._stage_totals[announced.stage] = announced.total
            # Stages that are still to come are not known yet: the total grows as they begin.
            total = sum(self._stage_totals.values())
            self._finish(total)
            self._current = Step(len(self.steps) + 1, total, announced.text, 0.0, cached=False)
            self._cache_hit = None
            return
        self.tail.append(text)
        if not text.startswith("--> "):
            return
        marked = text.removeprefix("--> ")
        if (found := marked.removeprefix("Using cache ")) != marked:
            self._cache_hit = _identifier(found.strip())
            if self._current:
                self._current = replace(self._current, cached=True)
        elif made := _identifier(marked.strip()):
            if self._current:
                self._current = replace(self._current, image=ImageId(made))
            if not (self._cache_hit or "").startswith(made):
                self.created.append(made)

    def close(self) -> None:
        """The build has ended well: the last step is finished, and the totals are known."""
        self._finish(len(self.steps) + 1)
        self.steps = [replace(step, total=len(self.steps)) for step in self.steps]

    def _finish(self, total: int) -> None:
        if self.current is None:
            return
        step = replace(self.current, total=total)
        self.steps.append(step)
        self._current = None
        self._since = self._clock()
        if self._progress:
            self._progress(step)
