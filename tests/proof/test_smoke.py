"""How long a container is waited for, and how often it is looked at meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from optimizer.containers.model import Health, ImageId, RunRequest
from optimizer.proof import smoke
from tests.proof.fake import FakeEngine, FakeRunning, Recipe, page

PATIENCE = smoke.Patience()


class _Ill(FakeEngine):
    """Runs a server that listens and is never healthy."""

    @contextmanager
    def start(self, request: RunRequest) -> Iterator[FakeRunning]:
        yield FakeRunning(
            Recipe({}, respond=lambda port, path: page("ill"), listens=frozenset({80}), healthy=False), works=True
        )


def test_a_health_check_that_keeps_failing_is_tried_ever_more_seldom(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("optimizer.proof.smoke.time.sleep", pauses.append)
    monkeypatch.setattr("optimizer.proof.smoke.time.monotonic", lambda: sum(pauses))
    plan = smoke.Plan(ports=(80,), health=Health(("CMD", "true")), shell=(), runs=True)
    seen = smoke.observe(_Ill(tmp_path), ImageId("a"), plan, PATIENCE)
    assert [each.passed for each in seen if each.name == "HEALTHCHECK"] == [False]
    assert pauses[0] == PATIENCE.poll
    assert all(one <= other for one, other in pairwise(pauses))
    assert pauses[-1] == PATIENCE.seldom
    assert sum(pauses) >= PATIENCE.health
    assert len(pauses) < 40
