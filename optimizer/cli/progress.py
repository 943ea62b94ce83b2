"""What a build is doing: one moving line on a terminal, a plain line for each build elsewhere, and for each step with
--verbose."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from optimizer.cli.console import Console
from optimizer.cli.options import Loudness
from optimizer.report.figures import seconds
from optimizer.report.redact import Redactor
from optimizer.report.visible import line

if TYPE_CHECKING:
    from optimizer.containers.model import Progress, Step


class Progresses(Protocol):
    """Gives out a progress for each Containerfile."""

    def of(self, name: str, redactor: Redactor) -> Progress | None:
        """What to tell steps to; None if nobody wants to know."""


class _Silent:
    """Tells nothing."""

    def of(self, name: str, redactor: Redactor) -> Progress | None:
        return None


class _Builds:
    """Counts the builds of one Containerfile: the builder starts again at step 1 for each."""

    def __init__(self, name: str, redactor: Redactor) -> None:
        self._name = name
        self._redactor = redactor
        self._lock = threading.Lock()
        self._build = 0
        self._last = 0

    def done(self, step: Step) -> str:
        """A step that was done, in one line."""
        return f"{self._head(step)}, step {step.number}/{step.total} {self._text(step)}"

    def going(self, step: Step) -> str:
        """What goes on after a step: builders tell of a step when it is done."""
        if step.number == step.total:
            return f"{self._head(step)} is done, comparing and running"
        return f"{self._head(step)}, {step.number} of {step.total} steps done, the last {self._text(step)}"

    def _head(self, step: Step) -> str:
        with self._lock:
            if self._build == 0 or step.number <= self._last:
                self._build += 1
            self._last = step.number
            return f"{self._name}: build {self._build}"

    def _text(self, step: Step) -> str:
        return line(self._redactor.text(step.text))


class _Plain:
    """A line for each step that was done."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def of(self, name: str, redactor: Redactor) -> Progress | None:
        builds = _Builds(line(name), redactor)

        def tell(step: Step) -> None:
            time = "cached" if step.cached else seconds(step.seconds)
            self._console.say(f"{builds.done(step)} ({time})\n")

        return tell


class _Terse:
    """A line for each build that was done: who waits for a pipe wants to know that it goes on."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def of(self, name: str, redactor: Redactor) -> Progress | None:
        builds = _Builds(line(name), redactor)

        def tell(step: Step) -> None:
            told = builds.going(step)
            if step.number == step.total:
                self._console.say(f"{told}\n")

        return tell


class _Live:
    """One line that changes."""

    def __init__(self, console: Console) -> None:
        # Imported late: only who waits for builds pays for it.
        from rich.console import Console as RichConsole
        from rich.status import Status
        from rich.text import Text

        self._text = Text
        self._rich = RichConsole(file=sys.stderr, width=console.width)
        self.status = Status("building the original", console=self._rich)

    def of(self, name: str, redactor: Redactor) -> Progress | None:
        builds = _Builds(line(name), redactor)

        def tell(step: Step) -> None:
            # A Text, not a string: brackets in an instruction are no markup. The spinner takes two columns.
            told = self._text(builds.going(step))
            told.truncate(self._rich.width - 2, overflow="ellipsis")
            self.status.update(told)

        return tell


@contextmanager
def progresses(console: Console, loudness: Loudness) -> Iterator[Progresses]:
    """The fitting way to show progress, for as long as the block lasts."""
    if loudness is Loudness.QUIET:
        yield _Silent()
    elif loudness is Loudness.VERBOSE:
        yield _Plain(console)
    elif not sys.stderr.isatty():
        yield _Terse(console)
    else:
        live = _Live(console)
        with live.status:
            yield live
