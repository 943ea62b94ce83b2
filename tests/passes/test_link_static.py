"""What the goldens cannot show: contracts, alternatives, what equivalence lets pass, and real proofs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from optimizer.containerfile.parser import parse
from optimizer.containers.engine import open_engine
from optimizer.containers.model import Engine
from optimizer.context import DirectoryContext, MemoryContext
from optimizer.engine import Rewrite, Source, run
from optimizer.equivalence import problem
from optimizer.evidence.programs import Language, Program, Programs
from optimizer.facts import Facts
from optimizer.facts.trace import Trace
from optimizer.optimize import Judge, Wishes, optimize
from optimizer.outcome import Fate, Outcome
from optimizer.passes.base import Pass
from optimizer.passes.link_static import link_static
from optimizer.passes.split_stages import split_stages
from optimizer.proof.model import Proven, Subject, Terms
from optimizer.proof.prover import Prover
from optimizer.proof.smoke import Patience
from optimizer.proposal import Safety, TraceRelation
from optimizer.selection import Selection
from optimizer.text import apply
from tests.evidence.gathered import evidence_of
from tests.golden import GOLDEN, load

APPS = Path(__file__).parents[1] / "apps"
CASES = GOLDEN / "link_static"


def rewrite(text: str, *found: Program) -> Rewrite:
    known = Programs(found, {}, has_strip=True)
    done = run(Source(text, None, MemoryContext()), (link_static,), Selection(least=Safety.NEEDS_PROOF), known=(known,))
    assert done.bugs == ()
    return done


C = Program("/usr/local/bin/tally", 900_000, Language.OTHER, static=False, calls_c=False, made_by="make install")


def test_where_layers_do_not_ship_a_run_of_its_own_strips() -> None:
    text = "FROM debian AS build\nRUN make install\nCOPY x /\nFROM debian\nCOPY --from=build /usr/local /usr/local\n"
    assert rewrite(text, C).text == text.replace(
        "RUN make install\n", "RUN make install\nRUN strip --strip-unneeded /usr/local/bin/tally\n"
    )


def test_a_run_that_was_joined_is_found_again() -> None:
    text = "FROM debian\nRUN apt-get install -y gcc \\\n    && make install \\\n    && apt-get purge -y gcc\n"
    stripped = "make install \\\n    && strip --strip-unneeded /usr/local/bin/tally \\\n    && apt-get purge"
    assert stripped in rewrite(text, C).text


def test_a_run_that_reads_otherwise_now_is_not_found() -> None:
    (refused,) = rewrite("FROM debian\nRUN make all\n", C).refused
    assert refused.declined.why.name == "COPIED"


def test_the_contract_names_the_programs_and_what_the_tool_keeps() -> None:
    case = load(CASES / "links_statically_where_the_cache_does_not_ship")
    (placed,) = case.run().placed
    changed = {pattern.glob for pattern in placed.offered.contract.changed}
    assert changed == {"/usr/local/bin/clock", "/go/pkg/mod", "/**/go/pkg/mod", "/**/.cache/go-build"}
    assert placed.offered.contract.trace is TraceRelation.LINKS
    assert placed.offered.saves == 2_000_001


def test_the_alternative_changes_less() -> None:
    case = load(CASES / "links_statically_where_the_cache_does_not_ship")
    (placed,) = case.run().placed
    text = case.before.decode()
    shown = [apply(text, each.edits) for each in placed.offered.alternatives]
    assert shown == [text.replace("go build", 'go build -ldflags="-s -w"')]


def test_what_a_split_says_is_not_said_again() -> None:
    case = load(GOLDEN / "split_stages" / "a_static_program_needs_no_base")
    text = case.before.decode().replace("FROM golang:1.22\n", "FROM golang:1.22 AS build\nENV CGO_ENABLED=0\n")
    text += "FROM scratch\nCOPY --from=build /usr/local/bin/clock /\n"
    program = Program("/usr/local/bin/clock", 900_000, Language.GO, static=False, calls_c=False, made_by="")
    assert 'RUN go build -ldflags="-s -w" -o /usr/local/bin/clock .\n' in rewrite(text, program).text


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("go build .", 'CGO_ENABLED=0 go build -ldflags="-s -w" .', True),
        ("A=b go build -o x .", "CGO_ENABLED=0 A=b go build -o x .", True),
        ("go build .", "go build -trimpath .", False),
        ('go build -ldflags "-X a=b" .', 'go build -ldflags "-X a=b -s -w" .', True),
        ("go build -ldflags=-w .", 'go build -ldflags="-w -s" .', True),
        ("make", "make && strip /usr/bin/x", True),
        ("cargo build --release", "CARGO_PROFILE_RELEASE_STRIP=true cargo build --release", True),
        ("go build .", "CGO_ENABLED=1 go build .", False),
        ("go build .", "A=b go build .", False),
        ("go build .", "go build -race .", False),
        ('go build -ldflags "-X a=b" .', 'go build -ldflags "-X a=c -s -w" .', False),
        ('go build -ldflags "-X a=b" .', 'go build -ldflags "-s -w" .', False),
        ("make && strip x", "make", False),
        ("make", "CGO_ENABLED=0 make", False),
        ("make", "make install && strip x", False),
    ],
)
def test_only_declared_options_may_be_new(before: str, after: str, allowed: bool) -> None:
    texts = (f"FROM x\nRUN {before}\n", f"FROM x\nRUN {after}\n")
    traces = [Facts(parse(text), context=MemoryContext())[Trace] for text in texts]
    assert (problem(traces[0], traces[1], TraceRelation.LINKS) is None) is allowed


def test_a_run_that_only_strips_may_be_new() -> None:
    texts = ("FROM x\nRUN make\nCOPY a b\n", "FROM x\nRUN make\nRUN strip x\nCOPY a b\n")
    traces = [Facts(parse(text), context=MemoryContext())[Trace] for text in texts]
    assert problem(traces[0], traces[1], TraceRelation.LINKS) is None


@pytest.fixture
def engine(store: object) -> Iterator[Engine]:
    engine = open_engine()
    yield engine
    engine.close()


def proven(engine: Engine, folder: Path, *pipeline: Pass, smoke: Path | None = None) -> Outcome:
    """The whole way through `optimize`, with evidence and real builds."""
    path = folder / "Containerfile"
    text = path.read_text()
    options = ("--network=host", "--pull-never")

    def judge_for(source: Source, original: Subject) -> AbstractContextManager[Judge]:
        terms = Terms(folder, passthrough=options, smoke=smoke)
        return Prover(engine, terms, original, path, patience=Patience(grace=1.0, run=5.0))

    source = Source(text, path, DirectoryContext(folder))
    outcome = optimize(source, Wishes(pipeline=pipeline), judge_for=judge_for, evidence_for=evidence_of(engine))
    assert outcome.bugs == ()
    assert isinstance(outcome.verdict, Proven), outcome.attempts
    return outcome


def saved(outcome: Outcome) -> int:
    assert isinstance(outcome.verdict, Proven)
    return outcome.verdict.before.unpacked - outcome.verdict.after.unpacked


GENERATE = """echo '#include <stdio.h>'
n=0
while [ $n -lt 4000 ]; do
    echo "int row$n(int x) { int a = x + $n, b = a * 2; return a + b; }"
    n=$((n + 1))
done
echo 'int main(void) { printf("%d", row42(1) + row3999(1)); return 0; }'
"""


@pytest.mark.container
def test_a_c_program_ships_stripped(engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "generate.sh").write_text(GENERATE)
    (tmp_path / "Containerfile").write_text(
        "FROM buildpack-deps:bookworm\nWORKDIR /srv/table\nCOPY . .\n"
        "RUN sh generate.sh > table.c && gcc -g3 -o /usr/local/bin/table table.c && rm table.c\n"
        'CMD ["table"]\n'
    )
    outcome = proven(engine, tmp_path, link_static)
    assert "&& rm table.c && strip --strip-unneeded /usr/local/bin/table\n" in outcome.after
    told = outcome.decided[0].proposal.saves
    assert told is not None
    assert abs(saved(outcome) - told) < 5000
    with capsys.disabled():
        print(f"\nstripped: {saved(outcome):,} bytes less, {told:,} by the section table")


def _go_server(folder: Path, engine: Engine) -> Path:
    if engine.find("golang:1.19") is None:
        pytest.fail("golang:1.19 is not in the lab: tests/lab/bases.sh golang")
    context = folder / "context"
    shutil.copytree(APPS / "go-server", context)
    (context / "expert.Containerfile").unlink()
    (context / "checks.yaml").unlink()
    return context


@pytest.mark.container
def test_a_go_server_of_one_stage_ships_without_debug_information(engine: Engine, tmp_path: Path) -> None:
    outcome = proven(engine, _go_server(tmp_path, engine), link_static, smoke=APPS / "go-server" / "checks.yaml")
    assert 'RUN go build -ldflags="-s -w" -o clock .\n' in outcome.after
    assert saved(outcome) > 2_000_000


@pytest.mark.container
def test_a_go_server_that_was_split_is_smaller_still(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    context = _go_server(tmp_path, engine)
    outcome = proven(engine, context, split_stages, link_static, smoke=APPS / "go-server" / "checks.yaml")
    assert [each.fate for each in outcome.decided] == [Fate.PROVEN, Fate.PROVEN]
    assert outcome.after.count("CGO_ENABLED=0") == 1
    assert 'RUN go build -ldflags="-s -w" -o clock .\n\nFROM scratch\n' in outcome.after
    assert isinstance(outcome.verdict, Proven)
    with capsys.disabled():
        before, after = outcome.verdict.before, outcome.verdict.after
        print(f"\ngo-server: {before.unpacked / 1e6:,.1f} → {after.unpacked / 1e6:,.1f} MB unpacked")
    assert outcome.verdict.after.unpacked < 8_000_000
