"""Real builds on a smaller base: proven with what is added back, refused where the smaller one cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from optimizer.containers.engine import open_engine
from optimizer.containers.model import Engine
from optimizer.context import DirectoryContext
from optimizer.engine import Source
from optimizer.optimize import Wishes, optimize
from optimizer.outcome import Fate, Outcome
from optimizer.passes.shrink_base import shrink_base
from optimizer.passes.split_stages import split_stages
from optimizer.proof.model import CheckResult, Proven, Subject, Terms
from optimizer.proof.prover import Prover
from optimizer.text import decode
from tests.evidence.gathered import evidence_of

PASSES = (split_stages, shrink_base)

DRIVER = """\
FROM python:3.11
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev libpq-dev
RUN pip install psycopg2==2.9.9
COPY ask.py /srv/
CMD ["python3", "/srv/ask.py"]
"""
ASK = """\
import sys
import psycopg2

print("libpq", psycopg2.extensions.libpq_version() // 10000)
if sys.argv[1:]:
    psycopg2.connect(host=sys.argv[1])
"""
CHECKS = """\
schemaVersion: 2.0.0
commandTests:
  - name: the driver speaks the protocol of the client library
    command: python3
    args: [/srv/ask.py]
    expectedOutput: ["libpq 15"]
  - name: nobody listens
    command: python3
    args: [/srv/ask.py, 127.0.0.1]
    exitCode: 1
    expectedError: ["OperationalError", "refused"]
"""

# The name of the program is not in the sources: only a run shows that it is started.
STARTS = (
    "import subprocess\nprint(subprocess.run(['{name}'[::-1], '--version'], capture_output=True).stdout.decode())\n"
)


@dataclass(frozen=True)
class Bench:
    """One application and the engine that builds it."""

    engine: Engine
    context: Path

    def go(self, ignore: frozenset[str] = frozenset(), smoke: Path | None = None) -> Outcome:
        path = self.context / "Containerfile"
        source = Source(decode(path.read_bytes()), path, DirectoryContext(self.context))
        terms = Terms(self.context, passthrough=("--network=host", "--pull-never"), smoke=smoke)

        @contextmanager
        def judge(source: Source, original: Subject) -> Iterator[Prover]:
            with Prover(self.engine, terms, original, path) as prover:
                yield prover

        rules = frozenset(each.name for each in PASSES) - ignore
        return optimize(source, Wishes(rules, pipeline=PASSES), judge_for=judge, evidence_for=evidence_of(self.engine))


@pytest.fixture
def bench(store: object, tmp_path: Path) -> Iterator[Bench]:
    engine = open_engine()
    context = tmp_path / "context"
    context.mkdir()
    yield Bench(engine, context)
    engine.close()


def script(bench: Bench, name: str, more: str = "") -> str:
    """A program that starts another one, and its Containerfile."""
    (bench.context / "run.py").write_text(STARTS.format(name=name[::-1]))
    text = f'FROM python:3.11\n{more}COPY run.py /srv/\nCMD ["python3", "/srv/run.py"]\n'
    (bench.context / "Containerfile").write_text(text)
    return text


def fates(outcome: Outcome) -> dict[str, Fate]:
    return {each.proposal.rule: each.fate for each in outcome.decided}


@pytest.mark.container
def test_a_compiled_driver_comes_out_the_same_on_a_smaller_base(bench: Bench) -> None:
    (bench.context / "Containerfile").write_text(DRIVER)
    (bench.context / "ask.py").write_text(ASK)
    smoke = bench.context.parent / "checks.yaml"
    smoke.write_text(CHECKS)
    outcome = bench.go(frozenset({"split_stages"}), smoke)
    verdict = outcome.verdict
    assert isinstance(verdict, Proven), outcome.attempts
    assert outcome.after.count("FROM") == 1
    assert "FROM python:3.11-slim\n" in outcome.after
    assert sum(check.result is CheckResult.PASSED for check in verdict.checks) >= 3
    assert verdict.after.unpacked < 0.8 * verdict.before.unpacked


@pytest.mark.container
def test_where_every_split_is_withdrawn_a_smaller_base_is_tried(bench: Bench) -> None:
    install = "RUN apt-get update && apt-get install -y --no-install-recommends ninja-build\n"
    text = script(bench, "ninja", install)
    outcome = bench.go()
    assert fates(outcome) == {"split_stages": Fate.WITHDRAWN, "shrink_base": Fate.PROVEN}
    assert isinstance(outcome.verdict, Proven)
    assert outcome.after == text.replace("python:3.11", "python:3.11-slim")


@pytest.mark.container
def test_what_only_the_larger_base_can_do_keeps_it(bench: Bench) -> None:
    text = script(bench, "ps")
    outcome = bench.go()
    assert fates(outcome) == {"shrink_base": Fate.WITHDRAWN}
    assert outcome.after == text
    (decided,) = outcome.decided
    assert decided.because
