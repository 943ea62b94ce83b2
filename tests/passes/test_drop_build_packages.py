"""What the goldens cannot show: contracts, alternatives, what equivalence lets pass, and real proofs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from optimizer.containerfile.parser import parse
from optimizer.containers.engine import open_engine
from optimizer.containers.model import Engine
from optimizer.context import DirectoryContext, MemoryContext
from optimizer.engine import Source
from optimizer.equivalence import problem
from optimizer.facts import Facts
from optimizer.facts.trace import Trace
from optimizer.optimize import Judge, Wishes, optimize
from optimizer.outcome import Fate, Outcome
from optimizer.passes.base import Pass
from optimizer.passes.drop_build_packages import drop_build_packages
from optimizer.passes.split_stages import split_stages
from optimizer.proof.model import Proven, Refuted, Subject, Terms
from optimizer.proof.prover import Prover
from optimizer.proof.smoke import Patience
from optimizer.proposal import Proposal, TraceRelation
from optimizer.text import apply
from tests.evidence.gathered import evidence_of
from tests.golden import GOLDEN, load

CASES = GOLDEN / "drop_build_packages"


def offered(name: str) -> tuple[str, Proposal]:
    case = load(CASES / name)
    (placed,) = case.run().placed
    return case.before.decode(), placed.offered


def test_the_contract_names_what_goes_and_what_came_along_for_it() -> None:
    _, proposal = offered("removes_them_in_the_run_that_uses_them")
    contract = proposal.contract
    assert contract.trace is TraceRelation.UNINSTALLS
    assert contract.packages_removed == {"gcc", "libsqlite3-dev"}
    assert proposal.saves is not None and proposal.saves > 3_000_000


def test_a_later_step_that_may_use_them_is_an_alternative() -> None:
    text, first = offered("leaves_later_steps_that_compile_nothing")
    (again,) = first.alternatives
    shown = apply(text, again.edits)
    assert "main.c -lsqlite3 \\\n    && ./prepare.sh \\\n    && apt-mark manual libsqlite3-0 \\\n" in shown


def test_what_was_split_is_left_alone() -> None:
    case = load(GOLDEN / "split_stages" / "a_c_program_keeps_the_libraries_it_loads")
    rewrite = case.run((split_stages, drop_build_packages))
    assert [placed.proposal.rule for placed in rewrite.applied] == ["split_stages"]
    assert [each.declined.why.name for each in rewrite.refused] == ["BUILDER_STAGE"]


def test_no_evidence_no_word() -> None:
    case = load(CASES / "removes_them_in_the_run_that_uses_them")
    facts = Facts(parse(case.before.decode()), context=MemoryContext())
    assert list(drop_build_packages(facts.file, facts)) == []


@pytest.mark.parametrize(
    ("after", "allowed"),
    [
        ("COPY . /srv/a\nRUN apt-get install -y gcc && make && apt-get purge -y --auto-remove gcc", True),
        ("COPY . /srv/a\nRUN apt-get install -y gcc && make && apt-mark manual a && apt-get purge -y gcc", True),
        ("RUN apt-get install -y gcc && make && apt-get purge -y gcc\nCOPY . /srv/a", False),
        ("COPY . /srv/a\nRUN apt-get install -y gcc g++ && make && apt-get purge -y gcc", False),
        ("COPY . /srv/a\nRUN make && apt-get purge -y gcc", False),
        ("COPY . /srv/a\nRUN apt-get install -y gcc && make all && apt-get purge -y gcc", False),
        ("COPY . /srv/a\nRUN apt-get install -y gcc && make && rm -rf /usr/bin && apt-get purge -y gcc", False),
        ("COPY . /srv/a\nRUN apt-get purge -y gcc && make && apt-get install -y gcc", True),
    ],
)
def test_only_installs_may_move_and_removals_be_new(after: str, allowed: bool) -> None:
    before = "FROM x\nRUN apt-get install -y gcc\nCOPY . /srv/a\nRUN make\n"
    traces = [Facts(parse(text), context=MemoryContext())[Trace] for text in (before, f"FROM x\n{after}\n")]
    assert (problem(traces[0], traces[1], TraceRelation.UNINSTALLS) is None) is allowed


def test_a_removal_must_not_get_lost() -> None:
    texts = ("FROM x\nRUN apk add gcc && make && apk del gcc\n", "FROM x\nRUN apk add gcc && make\n")
    traces = [Facts(parse(text), context=MemoryContext())[Trace] for text in texts]
    assert problem(traces[0], traces[1], TraceRelation.UNINSTALLS) == "stage 0: `apk del gcc` is gone"


# With a repository of three packages: `words-dev` brings a generator and depends on `words`, which the result reads.

REPOSITORY = """set -eu
make() { # NAME SECTION SIZE DEPENDS
    mkdir -p "/tmp/$1/DEBIAN" /repository
    printf 'Package: %s\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@example.org>\\n' "$1" \\
        > "/tmp/$1/DEBIAN/control"
    printf 'Section: %s\\nInstalled-Size: %s\\nDescription: x\\n' "$2" "$3" >> "/tmp/$1/DEBIAN/control"
    [ -z "$4" ] || printf 'Depends: %s\\n' "$4" >> "/tmp/$1/DEBIAN/control"
    chmod -R go-w "/tmp/$1"
    dpkg-deb -b "/tmp/$1" "/repository/$1.deb" > /dev/null
    {
        dpkg-deb -f "/repository/$1.deb"
        printf 'Filename: ./%s.deb\\nSize: %s\\n' "$1" "$(stat -c %s "/repository/$1.deb")"
        printf 'SHA256: %s\\n\\n' "$(sha256sum "/repository/$1.deb" | cut -d ' ' -f 1)"
    } >> /repository/Packages
}
mkdir -p /tmp/words/usr/share/words /tmp/words-dev/usr/bin /tmp/generator/usr/share/generator
echo hello > /tmp/words/usr/share/words/words
head -c 20000000 /dev/zero > /tmp/generator/usr/share/generator/data
printf '#!/bin/sh\\ncat /usr/share/generator/data > /dev/null && cp /bin/cat "$1"\\n' > /tmp/words-dev/usr/bin/generate
chmod 755 /tmp/words-dev/usr/bin/generate
make words text 1 ''
make generator devel 20000 ''
make words-dev libdevel 1 'words, generator'
rm -rf /tmp/* /etc/apt/sources.list /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/repository ./' > /etc/apt/sources.list
"""
TEXT = """FROM debian:bookworm-slim
COPY repository.sh /
RUN sh /repository.sh && rm /repository.sh
RUN apt-get update && apt-get install -y words-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/show
COPY show .
RUN generate /usr/local/bin/show-words
CMD ["sh", "show"]
"""


@pytest.fixture
def engine(store: object) -> Iterator[Engine]:
    engine = open_engine()
    yield engine
    engine.close()


def proven(engine: Engine, folder: Path, text: str, *pipeline: Pass) -> Outcome:
    """The whole way through `optimize`, with evidence and real builds."""
    (folder / "repository.sh").write_text(REPOSITORY)
    (folder / "show").write_text("show-words /usr/share/words/words\n")
    path = folder / "Containerfile"
    path.write_text(text)

    def judge_for(source: Source, original: Subject) -> AbstractContextManager[Judge]:
        return Prover(engine, Terms(folder), original, path, patience=Patience(grace=1.0, run=2.0))

    source = Source(text, path, DirectoryContext(folder))
    return optimize(source, Wishes(pipeline=pipeline), judge_for=judge_for, evidence_for=evidence_of(engine))


def fates(outcome: Outcome, rule: str) -> list[Fate]:
    return [decided.fate for decided in outcome.decided if decided.proposal.rule == rule]


@pytest.mark.container
def test_who_keeps_one_stage_ships_no_build_packages(engine: Engine, tmp_path: Path) -> None:
    outcome = proven(engine, tmp_path, TEXT, drop_build_packages)
    assert isinstance(outcome.verdict, Proven), outcome.verdict
    assert outcome.bugs == ()
    assert fates(outcome, "drop_build_packages") == [Fate.PROVEN], outcome.attempts
    assert outcome.after.count("FROM ") == 1
    assert "&& apt-mark manual words \\\n    && apt-get purge -y --auto-remove words-dev" in outcome.after
    assert outcome.verdict.before.unpacked - outcome.verdict.after.unpacked > 20_000_000


@pytest.mark.container
def test_where_a_split_fails_its_proof_one_stage_is_next(engine: Engine, tmp_path: Path) -> None:
    outcome = proven(engine, tmp_path, TEXT, split_stages, drop_build_packages)
    assert isinstance(outcome.attempts[0].verdict, Refuted)  # the slim base does not know the repository
    assert isinstance(outcome.verdict, Proven), outcome.verdict
    assert fates(outcome, "split_stages") == [Fate.WITHDRAWN]
    assert fates(outcome, "drop_build_packages") == [Fate.PROVEN]
    assert outcome.after.count("FROM ") == 1


@pytest.mark.container
def test_a_later_user_keeps_them_until_it_ran(engine: Engine, tmp_path: Path) -> None:
    text = TEXT.replace("CMD", "RUN sh -c 'generate /tmp/again && rm /tmp/again'\nCMD")
    outcome = proven(engine, tmp_path, text, drop_build_packages)
    assert isinstance(outcome.attempts[0].verdict, Refuted)
    assert isinstance(outcome.verdict, Proven), outcome.verdict
    assert "rm /tmp/again' \\\n    && apt-mark manual words" in outcome.after
