"""What the golden cases of `split_stages` do not show: sketches, alternatives, contracts."""

from __future__ import annotations

from importlib import import_module

import pytest

from optimizer.engine import Rewrite, Source, run
from optimizer.evidence.split import Split
from optimizer.outcome import Fate
from optimizer.passes.split_stages import split_stages
from optimizer.proposal import Proposal, Safety, TraceRelation
from optimizer.selection import Selection
from optimizer.text import apply
from tests.evidence.case import known
from tests.golden import GOLDEN, load

CASES = GOLDEN / "split_stages"


def offered(name: str) -> tuple[str, Proposal]:
    """The text of a golden case and what the pass offers for it."""
    case = load(CASES / name)
    (placed,) = case.run().placed
    return case.before.decode(), placed.offered


def without_evidence(text: str) -> Rewrite:
    return run(Source(text), (split_stages,), Selection(least=Safety.NEEDS_PROOF))


@pytest.mark.parametrize(
    ("base", "runtime"),
    [
        ("python:3.12", "python:3.12-slim"),
        ("node:20-bookworm", "node:20-slim"),
        ("golang:1.22", "scratch"),
        ("rust:1.79", "debian:stable-slim"),
        ("maven:3.9-eclipse-temurin-17", "eclipse-temurin:17-jre"),
        ("debian:bookworm", "debian:bookworm-slim"),
        ("ruby:3.3", "ruby:3.3-slim"),
    ],
)
def test_without_evidence_a_sketch_is_shown_and_not_applied(base: str, runtime: str) -> None:
    text = f'FROM {base}\nWORKDIR /srv\nCOPY . .\nRUN make\nCMD ["run"]\n'
    rewrite = without_evidence(text)
    (placed,) = rewrite.placed
    assert (rewrite.text, placed.fate) == (text, Fate.SUGGESTED)
    shown = apply(text, placed.proposal.edits)
    assert shown.startswith(f"FROM {base} AS build\n")
    assert "\n# not proven: " in shown
    assert f"\nFROM {runtime}\n" in shown
    assert shown.endswith('WORKDIR /srv\nCMD ["run"]\n')


@pytest.mark.parametrize(
    "text",
    [
        "FROM debian\nCOPY . .\n",
        "FROM debian AS a\nRUN make\nFROM debian\nRUN x\n",
        "FROM python:3.11 AS app\nRUN make\n",
        "",
    ],
    ids=["nothing is run", "stages already", "a name that others may ask for", "nothing"],
)
def test_no_sketch_where_it_would_mislead(text: str) -> None:
    assert without_evidence(text).placed == ()


def test_evidence_of_another_text_is_no_evidence() -> None:
    case = load(CASES / "a_static_program_needs_no_base")
    evidence = known(case.folder / "evidence.toml", case.before.decode())
    text = case.before.decode() + "EXPOSE 80\n"
    rewrite = run(Source(text), (split_stages,), Selection(least=Safety.NEEDS_PROOF), known=evidence)
    assert (rewrite.text, rewrite.placed, rewrite.refused) == (text, (), ())


def test_larger_candidates_are_alternatives() -> None:
    text, first = offered("python_moves_to_the_slim_image")
    shown = [apply(text, each.edits) for each in (first, *first.alternatives)]
    assert "/venv" in shown[0]
    assert "COPY --from=build /usr/local/lib/python3.11/site-packages" in shown[1]
    saved = [each.saves or 0 for each in (first, *first.alternatives)]
    assert saved == sorted(saved, reverse=True)


def test_the_most_careful_candidate_says_why_it_installs_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        import_module("optimizer.passes.split_stages"), "_WORTH", 2.0
    )  # images of a few files gain little
    text, first = offered("a_c_program_keeps_the_libraries_it_loads")
    comment = "\n# what is started or loaded is only known at run time: more is installed than the files name\nRUN "
    shown = [apply(text, each.edits) for each in (first, *first.alternatives)]
    assert [comment in each for each in shown] == [" perl" in each for each in shown]
    assert comment not in shown[0]
    assert any(comment in each for each in shown)


def test_what_is_set_anew_at_the_end_is_said_once() -> None:
    case = load(CASES / "a_c_program_keeps_the_libraries_it_loads")
    text = case.before.decode().replace("\nENTRYPOINT ", "\nWORKDIR /\nUSER 1000\nENTRYPOINT ")
    evidence = known(case.folder / "evidence.toml", text)
    rewrite = run(Source(text), (split_stages,), Selection(least=Safety.NEEDS_PROOF), known=evidence)
    _, runtime = rewrite.text.split("\n\n")
    assert [line for line in runtime.splitlines() if line.startswith(("WORKDIR", "USER"))] == ["WORKDIR /", "USER 1000"]


def test_the_contract_names_what_stays_behind_and_nothing_that_ships() -> None:
    _, proposal = offered("a_c_program_keeps_the_libraries_it_loads")
    contract = proposal.contract
    removed = {pattern.glob for pattern in contract.removed}
    assert contract.trace is TraceRelation.RESTAGED
    assert contract.packages_removed == {"gcc", "make", "libsqlite3-dev", "perl"}
    assert {"/usr/bin/gcc", "/usr/include", "/usr/lib/gcc"} <= removed
    assert (
        not {"/usr", "/usr/local", "/usr/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0"} & removed
    )
    assert contract.environment == contract.unset == frozenset()


def test_variables_of_the_toolchain_may_go_and_path_may_change() -> None:
    _, proposal = offered("a_static_program_needs_no_base")
    assert proposal.contract.unset == {"GOLANG_VERSION", "GOPATH"}
    assert proposal.contract.environment == {"PATH"}


def test_a_virtual_environment_is_made_by_root_only() -> None:
    case = load(CASES / "python_moves_to_the_slim_image")
    text = case.before.decode().replace("WORKDIR /app\n", "WORKDIR /app\nUSER app\n", 1)
    evidence = known(case.folder / "evidence.toml", text)
    rewrite = run(Source(text), (split_stages,), Selection(least=Safety.NEEDS_PROOF), known=evidence)
    assert "/venv" not in rewrite.text
    assert "site-packages" in rewrite.text


def test_evidence_is_read_from_the_images() -> None:
    case = load(CASES / "python_moves_to_the_slim_image")
    (split,) = (each for each in known(case.folder / "evidence.toml", case.before.decode()) if isinstance(each, Split))
    assert split.obstacle is None
    assert [candidate.image for candidate in split.candidates][:2] == ["python:3.11-slim"] * 2
    assert split.candidates[0].packages == ("libpq5",)
