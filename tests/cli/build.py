"""Helpers for tests of the command line: files to work on, and a judge that says what a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from optimizer import cli
from optimizer.config import Settings
from optimizer.containers.model import ImageId, Progress, Step
from optimizer.engine import Source
from optimizer.optimize import EvidenceFor, Judge, JudgeFor
from optimizer.proof.model import BuiltOriginal, Foresee, Measure, Subject, Verdict
from optimizer.proposal import Contract

BEFORE = "FROM debian:bookworm\nRUN apt-get update\nRUN apt-get install -y curl\nCMD curl\n"
AFTER = "FROM debian:bookworm\nRUN apt-get update \\\n    && apt-get install -y curl\nCMD curl\n"
FINE = "FROM scratch\n"
ONE_PASS = ("--select", "merge_runs")
"""What the tests expect is what this pass does."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a command line came to."""

    code: int
    out: str
    err: str


Optimize = Callable[..., Result]


def runner(capsysbinary: pytest.CaptureFixture[bytes]) -> Optimize:
    """Runs a command line in this process."""

    def optimize(*arguments: str) -> Result:
        code = cli.run(arguments)
        out, err = capsysbinary.readouterr()
        return Result(code, out.decode("utf-8", "surrogateescape"), err.decode())

    return optimize


def write(place: Path, text: str = BEFORE) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(text.encode("utf-8", "surrogateescape"))
    return place


def measure(unpacked: int) -> Measure:
    return Measure(unpacked, unpacked // 3, 3, 10.0, None, 0, ())


class FakeJudge:
    """Says the same about every candidate."""

    def __init__(self, verdict: Verdict | Exception, progress: Progress | None) -> None:
        self._verdict = verdict
        self._progress = progress

    def original(self, foresee: Foresee) -> BuiltOriginal:
        for number, text in enumerate(("FROM debian:bookworm", "RUN echo hunter2 [red]"), 1):
            if self._progress is not None:
                self._progress(Step(number, 2, text, 1.5, cached=number == 1))
        if isinstance(self._verdict, Exception):
            raise self._verdict
        return BuiltOriginal(ImageId("0" * 64), measure(100))

    def judge(self, candidate: Subject, contract: Contract) -> Verdict:
        assert not isinstance(self._verdict, Exception)
        return self._verdict

    def rebuild_seconds(self, subject: Subject) -> float | None:
        return None


@dataclass(frozen=True)
class FakeWorkshop:
    """Stands in for `optimizer.cli.prove.Workshop`."""

    verdict: Verdict | Exception

    def judge_for(self, settings: Settings, progress: Progress | None) -> JudgeFor:
        @contextmanager
        def judge(source: Source, original: Subject) -> Iterator[Judge]:
            yield FakeJudge(self.verdict, progress)

        return judge

    def evidence_for(self, settings: Settings) -> EvidenceFor | None:
        return None


def proves(monkeypatch: pytest.MonkeyPatch, verdict: Verdict | Exception) -> None:
    """Let every proof end with this verdict, or with this error."""

    @contextmanager
    def workshop(arguments: object) -> Iterator[FakeWorkshop]:
        yield FakeWorkshop(verdict)

    monkeypatch.setattr("optimizer.cli.prove.workshop", workshop)
