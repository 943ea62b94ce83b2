"""The traps of a stage split, each built, split, proven, and then looked at with commands of the test's own.

A folder of `tests/traps` is one application with a need that is easily lost: `Containerfile` and sources as one finds
them, `checks.yaml` for the proof, and `case.toml` for the test:

ends      how the last stage begins (`FROM` what) where the split is proven; without it the file has to stay as it is
refused   why each candidate before was refused, in order, as beginnings of what the report says
declined  the reason with which the pass declines, where nothing was tried
[[look]]  run in the image (`user` and `exit` where they matter), and what it prints: the whole of standard output.
          It has to say the same in the original and in the result, whatever the proof thought.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from optimizer.containerfile.parser import parse
from optimizer.containerfile.stages import stages
from optimizer.containers.engine import BuildahEngine, open_engine
from optimizer.containers.model import BuildRequest, CompressedSize, Engine, ImageId, RunRequest
from optimizer.context import DirectoryContext
from optimizer.engine import Source
from optimizer.optimize import Wishes, optimize
from optimizer.outcome import Outcome, summary
from optimizer.passes.split_stages import split_stages
from optimizer.proof.model import CheckResult, Proven, Subject, Terms
from optimizer.proof.prover import Prover
from optimizer.text import decode
from tests.evidence.gathered import evidence_of

TRAPS = Path(__file__).parents[1] / "traps"
NAMES = sorted(path.parent.name for path in TRAPS.glob("*/case.toml"))
OPTIONS = ("--network=host", "--pull-never")


@dataclass(frozen=True)
class Look:
    """One command in the image and what it has to print."""

    run: tuple[str, ...]
    prints: str
    user: str | None = None
    exit: int = 0


@dataclass(frozen=True)
class Case:
    """What has to come of a trap."""

    ends: str | None
    refused: tuple[str, ...]
    declined: str | None
    looks: tuple[Look, ...]

    @classmethod
    def read(cls, path: Path) -> Case:
        data = tomllib.loads(path.read_text())
        looks = tuple(Look(**{**look, "run": tuple(look["run"])}) for look in data["look"])
        return cls(data.get("ends"), tuple(data.get("refused", ())), data.get("declined"), looks)


@dataclass(frozen=True)
class Trap:
    """One application in a directory of its own."""

    engine: Engine
    name: str
    context: Path
    case: Case

    @property
    def text(self) -> str:
        return decode((self.context / "Containerfile").read_bytes())

    @contextmanager
    def judge(self, source: Source, original: Subject) -> Iterator[Prover]:
        terms = Terms(self.context, passthrough=OPTIONS, smoke=TRAPS / self.name / "checks.yaml")
        with Prover(self.engine, terms, original, self.context / "Containerfile") as prover:
            yield prover

    def split(self) -> Outcome:
        source = Source(self.text, self.context / "Containerfile", DirectoryContext(self.context))
        wishes = Wishes(pipeline=(split_stages,))
        return optimize(source, wishes, judge_for=self.judge, evidence_for=evidence_of(self.engine))

    def build(self, text: str) -> ImageId:
        place = self.context.parent / "Containerfile.result"
        place.write_text(text)
        return self.engine.build(BuildRequest(place, self.context, None, passthrough=OPTIONS)).image

    def seen(self, image: ImageId) -> list[tuple[tuple[str, ...], int, str]]:
        """What each look shows in an image, in the form of `expected`."""
        found = []
        for look in self.case.looks:
            first, *rest = look.run
            done = self.engine.run(RunRequest(image, tuple(rest), (first,), user=look.user))
            found.append((look.run, done.exit_code, done.stdout.decode()))
        return found

    @property
    def expected(self) -> list[tuple[tuple[str, ...], int, str]]:
        return [(look.run, look.exit, look.prints) for look in self.case.looks]


@pytest.fixture
def trap(
    request: pytest.FixtureRequest, store: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Trap]:
    # Figures are no part of a verdict.
    monkeypatch.setattr(BuildahEngine, "compressed_size", lambda self, image, stop=None: CompressedSize(0))
    context = tmp_path / "context"
    shutil.copytree(TRAPS / request.param, context, symlinks=True)
    (context / "case.toml").unlink()
    (context / "checks.yaml").unlink()
    engine = open_engine()
    yield Trap(engine, request.param, context, Case.read(TRAPS / request.param / "case.toml"))
    engine.close()


@pytest.mark.container
@pytest.mark.parametrize("trap", NAMES, indirect=True)
def test_nothing_that_is_needed_gets_lost(trap: Trap) -> None:
    outcome = trap.split()
    assert outcome.bugs == ()
    assert trap.seen(trap.build(trap.text)) == trap.expected, "the case itself is wrong"

    *refused, last = [each.verdict for each in outcome.attempts] or [None]
    told = [summary(verdict) for verdict in refused if verdict is not None]
    if trap.case.ends is None:
        told += [summary(last)] if last is not None else []
        assert outcome.after == outcome.before
        assert trap.case.declined in [each.declined.why.name for each in outcome.refused] or told
    else:
        assert isinstance(last, Proven), (told, last, outcome.refused)
        assert all(check.result is CheckResult.PASSED for check in last.checks if check.name[0].isdigit())
        assert stages(parse(outcome.after)).stages[-1].from_.image.raw == trap.case.ends, outcome.after
    assert len(told) == len(trap.case.refused), told
    for reason, beginning in zip(told, trap.case.refused, strict=True):
        assert reason.startswith(beginning)
    if outcome.changed:
        assert trap.seen(trap.build(outcome.after)) == trap.expected, outcome.after
