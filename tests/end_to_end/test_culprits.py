"""A pass that breaks something is found out by the real judge: what broke is named and withdrawn, the rest is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from optimizer.containerfile.nodes import Containerfile
from optimizer.containers.engine import open_engine
from optimizer.context import DirectoryContext
from optimizer.engine import Source
from optimizer.errors import Exit
from optimizer.facts import Facts
from optimizer.optimize import Judge, Wishes, exit_code, optimize
from optimizer.outcome import Fate, Outcome
from optimizer.passes import PIPELINE
from optimizer.passes.base import Pass
from optimizer.policy import MergePolicy, Policy
from optimizer.proof.model import Proven, Subject, Terms
from optimizer.proof.prover import Prover
from optimizer.proposal import Contract, Finding, PathPattern, Proposal, Refusal, Safety, TraceRelation
from optimizer.text import insert
from tests.conftest import Store
from tests.end_to_end.apps import MERGED, SCRIPT, application, script

pytestmark = pytest.mark.container

ALL = PathPattern("/**")
ANYTHING = Contract(TraceRelation.OPEN, removed=frozenset({ALL}), changed=frozenset({ALL}), added=frozenset({ALL}))
"""What a culprit claims to be allowed: every file. So only running the image can tell."""
NOTHING = Contract(TraceRelation.OPEN)


class Why(Refusal):
    """A planted pass refuses nothing."""

    NEVER = "it never does"


def plants(*lines: str, contract: Contract = NOTHING) -> Pass:
    """A pass that inserts instructions before CMD, each as a proposal of its own."""

    def find(file: Containerfile, facts: Facts) -> Iterator[Finding]:
        at = next(each for each in file.instructions if each.keyword.upper() == "CMD").span
        missing = [line for line in lines if f"{line}\n" not in file.text]
        for line in missing:
            edit = insert(at.start, f"{line}\n")
            yield Proposal("plants", at, line, "a test planted it", (edit,), Safety.NEEDS_PROOF, contract)

    return Pass("plants", "for tests", Safety.NEEDS_PROOF, Why, find)


@contextmanager
def prover(source: Source, original: Subject) -> Iterator[Judge]:
    """The real judge over the real engine."""
    assert source.context is not None and source.context.root is not None and source.path is not None
    terms = Terms(source.context.root, passthrough=("--pull=never",))
    engine = open_engine()
    try:
        with Prover(engine, terms, original, source.path) as judge:
            yield judge
    finally:
        engine.close()


def proven(place: Path, *pipeline: Pass) -> Outcome:
    """What becomes of the application in `place`."""
    path = place / "Containerfile"
    wishes = Wishes(policy=Policy(merge=MergePolicy.ALL), pipeline=pipeline)
    return optimize(Source(path.read_text(), path, DirectoryContext(place)), wishes, judge_for=prover)


def fates(outcome: Outcome) -> dict[str, Fate]:
    return {each.proposal.title: each.fate for each in outcome.decided}


def why(outcome: Outcome) -> dict[str, str]:
    """What is said of each proposal that was withdrawn."""
    return {each.proposal.title: each.because for each in outcome.decided if each.fate is Fate.WITHDRAWN}


HONEST = {
    "join 3 RUNs": Fate.PROVEN,
    "leave caches and editor files out of the context": Fate.PROVEN,
    "leave the version history out of the context": Fate.PROVEN,
}


def test_who_deletes_a_needed_file_is_named_and_withdrawn_and_the_rest_is_kept(store: Store, tmp_path: Path) -> None:
    place = application(tmp_path / "app", script(), SCRIPT)
    culprit = "RUN rm data/two"
    outcome = proven(place, *PIPELINE, plants(culprit, contract=ANYTHING))
    assert fates(outcome) == {**HONEST, culprit: Fate.WITHDRAWN}
    assert why(outcome) == {culprit: "a check fails: command"}
    assert isinstance(outcome.verdict, Proven)
    assert exit_code(outcome) is Exit.OK
    assert outcome.after == MERGED


def test_culprits_of_every_kind_are_told_apart(store: Store, tmp_path: Path) -> None:
    place = application(tmp_path / "app", script(), SCRIPT)
    culprits = {
        "RUN echo 3 > data/one": "path changed: /srv/data/one",
        "RUN chmod 4755 run.sh": "path changed: /srv/run.sh",
        "ENV LANG=C": "image configuration: env",
        "RUN no-such-program": "it does not build",
    }
    outcome = proven(place, *PIPELINE, plants(*culprits))
    assert fates(outcome) == HONEST | dict.fromkeys(culprits, Fate.WITHDRAWN)
    said = why(outcome)
    assert {title: said[title].startswith(text) for title, text in culprits.items()} == dict.fromkeys(culprits, True), (
        said
    )
    assert isinstance(outcome.verdict, Proven)


def test_where_nothing_survives_the_original_stays(store: Store, tmp_path: Path) -> None:
    place = application(tmp_path / "app", script(), SCRIPT)
    outcome = proven(place, plants("RUN rm data/two"))
    assert fates(outcome) == {"RUN rm data/two": Fate.WITHDRAWN}
    assert (outcome.after, outcome.writes, exit_code(outcome)) == (script(), (), Exit.UNPROVEN)
