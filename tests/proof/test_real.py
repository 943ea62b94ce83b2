"""The judge over real builds and real containers; small images, so that each test takes seconds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from optimizer.containers.engine import open_engine
from optimizer.containers.model import Engine
from optimizer.errors import OriginalFails
from optimizer.proof.model import (
    CheckResult,
    DifferenceKind,
    Doubt,
    Proven,
    Refuted,
    Subject,
    Terms,
    Undecided,
    Verdict,
)
from optimizer.proof.prover import Prover
from optimizer.proof.smoke import Patience
from optimizer.proposal import IDENTICAL, Contract, PathPattern

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("store")]

SERVER = """FROM busybox
RUN mkdir -p /srv/www && echo welcome > /srv/www/index.html
RUN echo more > /srv/www/more.txt
EXPOSE 8080
HEALTHCHECK CMD wget -q -O /dev/null http://127.0.0.1:8080/
CMD ["busybox", "httpd", "-f", "-p", "8080", "-h", "/srv/www"]
"""
PATIENCE = Patience(grace=1.0, run=2.0, health=5.0)


@pytest.fixture
def engine(store: object) -> Iterator[Engine]:
    engine = open_engine()
    yield engine
    engine.close()


def judged(engine: Engine, context: Path, before: str, after: str, contract: Contract = IDENTICAL) -> Verdict:
    with Prover(engine, Terms(context), Subject(before, None), context / "Containerfile", patience=PATIENCE) as prover:
        return prover.judge(Subject(after, None), contract)


def removed(*globs: str) -> Contract:
    return Contract(removed=frozenset(map(PathPattern, globs)))


def test_merged_runs_are_proven(engine: Engine, tmp_path: Path) -> None:
    merged = SERVER.replace("\nRUN echo more", " && echo more")
    verdict = judged(engine, tmp_path, SERVER, merged)
    assert isinstance(verdict, Proven), verdict
    assert {check.name: check.result for check in verdict.checks} == {
        "port 8080": CheckResult.PASSED,
        "GET :8080/": CheckResult.PASSED,
        "GET :8080/health": CheckResult.PASSED,
        "GET :8080/healthz": CheckResult.PASSED,
        "GET :8080/optimizer-no-such-page": CheckResult.PASSED,
        "HEALTHCHECK": CheckResult.PASSED,
        "stop": CheckResult.PASSED,
    }
    assert verdict.after.layers == verdict.before.layers - 1
    assert verdict.before.compressed > 0


@pytest.mark.parametrize(
    ("cut", "found"),
    [
        ("RUN echo more > /srv/www/more.txt\n", [(DifferenceKind.REMOVED, "/srv/www/more.txt")]),
        ("EXPOSE 8080\n", [(DifferenceKind.CONFIG, "port 8080/tcp")]),
        (" && echo welcome > /srv/www/index.html", [(DifferenceKind.REMOVED, "/srv/www/index.html")]),
    ],
    ids=["file", "port", "page"],
)
def test_a_planted_change_is_found(
    engine: Engine, tmp_path: Path, cut: str, found: list[tuple[DifferenceKind, str]]
) -> None:
    verdict = judged(engine, tmp_path, SERVER, SERVER.replace(cut, ""))
    assert isinstance(verdict, Refuted)
    assert [(difference.kind, difference.what) for difference in verdict.differences] == found


def test_a_change_that_the_contract_allows_is_still_run(engine: Engine, tmp_path: Path) -> None:
    broken = SERVER.replace(" && echo welcome > /srv/www/index.html", "")
    verdict = judged(engine, tmp_path, SERVER, broken, removed("/srv/www/index.html"))
    assert isinstance(verdict, Refuted)
    failed = {check.name for check in verdict.checks if check.result is CheckResult.FAILED}
    assert {"GET :8080/", "HEALTHCHECK"} <= failed


def test_what_no_build_repeats_is_learnt(engine: Engine, tmp_path: Path) -> None:
    stamped = SERVER.replace("RUN echo more", "RUN head -c 8 /dev/urandom > /stamp\nRUN echo more")
    verdict = judged(engine, tmp_path, stamped, stamped.replace("\nRUN echo more", " && echo more"))
    assert isinstance(verdict, Proven), verdict


def test_a_crash_proves_nothing(engine: Engine, tmp_path: Path) -> None:
    crash = 'FROM busybox\nRUN touch /a\nCMD ["sh", "-c", "exit 3"]\n'
    verdict = judged(engine, tmp_path, crash, crash.replace("touch /a", "touch  /a"))
    assert isinstance(verdict, Undecided)
    assert verdict.doubt is Doubt.NO_CHECK
    assert "exits with 3" in verdict.hint


def test_an_original_that_does_not_build_is_told(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(OriginalFails, match="step 2/2: RUN exit 7"):
        judged(engine, tmp_path, "FROM busybox\nRUN exit 7\n", SERVER)


PYTHON = 'FROM python:3.11-slim\nCMD ["python3", "-c", "print(1)"]\n'


@pytest.mark.parametrize(
    ("cut", "kind", "found"),
    [
        ("/usr/lib/x86_64-linux-gnu/libexpat.so.1*", DifferenceKind.LINKING, "python3.11"),
        ("/usr/lib/python3.11/textwrap.py", DifferenceKind.IMPORT, "pip"),
    ],
    ids=["loader", "interpreter"],
)
def test_the_image_is_asked_itself(engine: Engine, tmp_path: Path, cut: str, kind: DifferenceKind, found: str) -> None:
    after = PYTHON.replace("CMD", f"RUN rm {cut}\nCMD")
    verdict = judged(engine, tmp_path, PYTHON, after, removed(cut, "/**/__pycache__"))
    assert isinstance(verdict, Refuted), verdict
    assert {difference.kind for difference in verdict.differences} == {kind}
    assert any(found in difference.what for difference in verdict.differences)
