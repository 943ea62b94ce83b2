"""How long a container is waited for, and how often it is looked at meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from optimizer.containers.model import Finished, Health, ImageId, RunRequest
from optimizer.proof import smoke
from tests.proof.fake import FakeEngine, FakeRunning, Recipe, ended, page

PATIENCE = smoke.Patience()


class _Server(FakeEngine):
    """Runs a server that listens and answers, and whose health check ends with `codes`, the last for good."""

    def __init__(self, place: Path, codes: list[int]) -> None:
        super().__init__(place)
        self.codes = codes
        self.tried = 0

    @contextmanager
    def start(self, request: RunRequest) -> Iterator[FakeRunning]:
        engine = self

        class Checked(FakeRunning):
            def execute(self, argv: tuple[str, ...], timeout: float = 30.0) -> Finished:
                code = engine.codes[min(engine.tried, len(engine.codes) - 1)]
                engine.tried += 1
                return ended(code)

        yield Checked(Recipe({}, respond=lambda port, path: page("here"), listens=frozenset({80})), works=True)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Between two looks. No time goes by otherwise."""
    made: list[float] = []
    time = SimpleNamespace(sleep=made.append, monotonic=lambda: sum(made))
    monkeypatch.setattr("optimizer.proof.smoke.time", time)
    return made


def healthy(server: _Server) -> bool:
    plan = smoke.Plan(ports=(80,), health=Health(("CMD", "true")), shell=(), runs=True)
    (seen,) = [each for each in smoke.observe(server, ImageId("a"), plan, PATIENCE) if each.name == "HEALTHCHECK"]
    return seen.passed


@pytest.mark.parametrize(
    "codes", [[1, 1, 127, 1, 0], [*([127] * 6), 1, *([127] * 4), 0]], ids=["once", "its program comes and goes"]
)
def test_a_health_check_may_fail_at_first(pauses: list[float], tmp_path: Path, codes: list[int]) -> None:
    assert healthy(_Server(tmp_path, codes))
    assert len(pauses) == len(codes) - 1


def test_a_health_check_whose_program_is_not_there_is_not_waited_for(pauses: list[float], tmp_path: Path) -> None:
    assert not healthy(_Server(tmp_path, [127, 126, 127]))
    assert PATIENCE.absent <= sum(pauses) < PATIENCE.absent + 2 * PATIENCE.seldom


def test_a_health_check_that_keeps_failing_is_tried_ever_more_seldom(pauses: list[float], tmp_path: Path) -> None:
    assert not healthy(_Server(tmp_path, [1]))
    assert pauses[0] == PATIENCE.poll
    assert all(one <= other for one, other in pairwise(pauses))
    assert pauses[-1] == PATIENCE.seldom
    assert sum(pauses) >= PATIENCE.health
    assert len(pauses) < 40
