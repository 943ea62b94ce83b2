"""What the goldens cannot show: contracts, evidence, what equivalence lets pass, the shell's own judgement."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import pytest

from optimizer.containerfile.parser import parse
from optimizer.containers.engine import open_engine
from optimizer.containers.model import Engine, Layer, LayerChange
from optimizer.context import DirectoryContext, MemoryContext
from optimizer.engine import Rewrite, Source, run
from optimizer.equivalence import problem
from optimizer.evidence.layers import Layers, layers_of
from optimizer.facts import Facts
from optimizer.facts.shipping import Shipping
from optimizer.facts.trace import Trace
from optimizer.optimize import Wishes, optimize
from optimizer.outcome import Fate
from optimizer.passes.clean_where_made import clean_where_made
from optimizer.policy import MergePolicy, Policy
from optimizer.proof.model import Proven, Terms
from optimizer.proof.prover import Prover
from optimizer.proof.smoke import Patience
from optimizer.proposal import Safety, TraceRelation
from optimizer.selection import Selection

FETCH = "wget https://example.org/x.tgz"


def rewrite(*lines: str, policy: Policy | None = None, layers: Layers | None = None) -> Rewrite:
    source = Source("\n".join(lines) + "\n", None, MemoryContext())
    known = () if layers is None else (layers,)
    found = run(source, (clean_where_made,), Selection(least=Safety.NEEDS_PROOF), policy, known)
    assert found.bugs == ()
    return found


@pytest.mark.parametrize(
    ("workdir", "path", "pattern"),
    [
        ("WORKDIR /srv", "x.tgz", "/srv/x.tgz"),
        ("WORKDIR srv", "x.tgz", "/**/srv/x.tgz"),
        ("USER a", "/tmp/x.tgz", "/tmp/x.tgz"),
        ("ARG V=1", "/tmp/x-${V}-$V.tgz", "/tmp/x-*-*.tgz"),
    ],
)
def test_only_the_archive_may_be_missing(workdir: str, path: str, pattern: str) -> None:
    lines = ("FROM debian", workdir, f"RUN wget -O {path} https://example.org/x && tar xf {path}")
    (placed,) = rewrite(*lines).placed
    assert {each.glob for each in placed.proposal.contract.removed} == {pattern}
    assert placed.proposal.safety is Safety.NEEDS_PROOF


def test_nothing_is_joined_if_the_user_does_not_want_it() -> None:
    lines = ("FROM debian", f"RUN {FETCH}", "RUN tar xf x.tgz", "RUN rm x.tgz")
    found = rewrite(*lines, policy=Policy(merge=MergePolicy.NEVER))
    assert [each.declined.why.name for each in found.refused] == ["APART"]
    assert not found.applied


def test_a_run_between_that_has_nothing_to_do_with_it_is_not_joined() -> None:
    lines = ("FROM debian", f"RUN {FETCH}", "RUN tar xf x.tgz", "RUN make all", "RUN rm x.tgz")
    text = rewrite(*lines).text
    assert text == f"FROM debian\nRUN {FETCH} \\\n    && tar xf x.tgz \\\n    && rm x.tgz\nRUN make all\n"


@pytest.mark.parametrize(("size", "joined"), [(40_000_000, True), (1_000, False)])
def test_evidence_shows_what_unknown_programs_make(size: int, joined: bool) -> None:
    text = "FROM debian\nRUN ./build.sh\nRUN rm -rf /build\n"
    first = LayerChange(Layer("sha256:1", 1), MappingProxyType({"/build/a.o": size}), frozenset())
    second = LayerChange(Layer("sha256:1", 1), MappingProxyType({}), frozenset({"/build"}))
    file = parse(text)
    layers = layers_of(file, Facts(file)[Shipping].stages.stages[0].instructions, [first, second])
    found = rewrite(*text.splitlines(), layers=layers)
    assert bool(found.applied) is joined
    if joined:
        assert found.text == "FROM debian\nRUN ./build.sh \\\n    && rm -rf /build\n"
        assert found.applied[0].proposal.saves == size


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("RUN a x\nRUN b\nRUN rm x", "RUN a x && rm x\nRUN b", True),
        ("RUN a x\nRUN b\nRUN rm x", "RUN a x\nRUN b", False),
        ("RUN a x", "RUN a x && rm x", True),
        ("RUN a x", "RUN a x && rm x && c", False),
        ("RUN a x\nRUN b", "RUN b && rm x\nRUN a x", False),
        ("RUN a x || b", "RUN a x || b && rm x", True),
    ],
)
def test_only_deletions_may_be_new_or_move(before: str, after: str, allowed: bool) -> None:
    traces = [Facts(parse(f"FROM x\n{text}\n"), context=MemoryContext())[Trace] for text in (before, after)]
    assert (problem(traces[0], traces[1], TraceRelation.TIDIES) is None) is allowed


SCRIPTS = [
    f"{FETCH} && tar xf x.tgz",
    f"{FETCH}; tar xf x.tgz",
    f"set -e; {FETCH}; tar xf x.tgz",
    f"set -e; {FETCH}; tar xf x.tgz; cd /; make",
    f"mkdir a && cd a && {FETCH} && tar xf x.tgz && cd b && make",
    f"{FETCH} && tar xf x.tgz && make || exit 3",
]


@pytest.mark.parametrize("failing", ["none", "wget", "tar", "make"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_shell_ends_as_before_whatever_fails(script: str, failing: str, tmp_path: Path) -> None:
    """Runs both command lines with stand-ins for the tools, and compares exit code, calls and what is left."""
    found = rewrite("FROM x", f"RUN {script}")
    after = found.text.splitlines()[1].removeprefix("RUN ")
    assert after != script
    first, second = (_outcome(text, failing, tmp_path / name) for text, name in ((script, "1"), (after, "2")))
    assert first[0] == second[0]
    assert first[1] == second[1]
    if failing == "none":
        assert first[2] == 1
        assert second[2] == 0


def _outcome(script: str, failing: str, folder: Path) -> tuple[int, list[str], int]:
    """Exit code, calls, and how many archives are left."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    for name, does in (("wget", "touch x.tgz"), ("tar", "[ -e x.tgz ] && mkdir -p b"), ("make", ":")):
        path = programs / name
        path.write_text(f"#!/bin/sh\necho {name}\n[ {name} != {failing} ] && {does}\n")
        path.chmod(0o755)
    work = folder / "work"
    work.mkdir()
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=work,
        env={"PATH": f"{programs}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )
    return done.returncode, done.stdout.splitlines(), len(list(work.rglob("x.tgz")))


@pytest.fixture
def engine(store: object) -> Iterator[Engine]:
    engine = open_engine()
    yield engine
    engine.close()


@pytest.mark.container
def test_an_archive_goes_and_its_contents_stay(engine: Engine, tmp_path: Path) -> None:
    text = (
        "FROM busybox\nWORKDIR /srv\n"
        "RUN printf '#!/bin/sh\\ncp /a.tar x.tar\\n' > /bin/curl && chmod +x /bin/curl "
        "&& echo hello > a && tar cf /a.tar a && rm a\n"
        "RUN curl -O https://example.org/x.tar && tar xf x.tar\n"
        'CMD ["cat", "a"]\n'
    )
    path = tmp_path / "Containerfile"
    path.write_text(text)
    outcome = optimize(
        Source(text, path, DirectoryContext(tmp_path)),
        Wishes(pipeline=(clean_where_made,)),
        judge_for=lambda source, original: Prover(
            engine, Terms(tmp_path), original, path, patience=Patience(grace=1.0, run=2.0)
        ),
    )
    assert isinstance(outcome.verdict, Proven), outcome.verdict
    assert [decided.fate for decided in outcome.decided] == [Fate.PROVEN]
    assert "tar xf x.tar && rm x.tar" in outcome.after
