"""What the golden cases of `shrink_base` do not show: suggestions, alternatives, contracts, names."""

from __future__ import annotations

from datetime import date

import pytest

from optimizer.containerfile.parser import parse
from optimizer.containerfile.stages import stages
from optimizer.engine import Rewrite, Source, run
from optimizer.outcome import Fate
from optimizer.passes import PIPELINE
from optimizer.passes._base_name import written
from optimizer.passes.shrink_base import shrink_base
from optimizer.passes.split_stages import split_stages
from optimizer.policy import Policy
from optimizer.proposal import Proposal, Safety, TraceRelation
from optimizer.selection import Selection
from optimizer.text import apply
from tests.evidence.case import known
from tests.golden import GOLDEN, load

CASES = GOLDEN / "shrink_base"


def offered(name: str) -> tuple[str, Proposal]:
    """The text of a golden case and what the pass offers for it."""
    case = load(CASES / name)
    (placed,) = case.run().placed
    return case.before.decode(), placed.offered


def without_evidence(text: str) -> Rewrite:
    return run(Source(text), (shrink_base,), Selection(least=Safety.NEEDS_PROOF))


def test_without_evidence_a_smaller_base_is_suggested_where_nothing_is_run() -> None:
    text = 'FROM python:3.11\nCOPY . /app\nCMD ["python", "/app/run.py"]\n'
    rewrite = without_evidence(text)
    (placed,) = rewrite.placed
    assert (rewrite.text, placed.fate) == (text, Fate.SUGGESTED)
    assert apply(text, placed.proposal.edits).startswith("FROM python:3.11-slim\n")


@pytest.mark.parametrize(
    "text",
    [
        "FROM python:3.11\nRUN pip install flask\n",
        "FROM python:3.11\nONBUILD COPY . /app\n",
        "FROM python:3.11-slim\nCOPY . /app\n",
        "FROM somebody/python:3.11\nCOPY . /app\n",
        "FROM golang:1.22\nCOPY . /app\n",
        "ARG BASE=python:3.11\nFROM $BASE\nCOPY . /app\n",
        "FROM scratch\nCOPY . /app\n",
        "",
    ],
)
def test_nothing_is_suggested_where_it_is_not_certain(text: str) -> None:
    assert without_evidence(text).placed == ()


def test_a_base_past_its_end_of_life_is_named_wherever_it_stands() -> None:
    text = "FROM python:3.8 AS build\nRUN make\n\nFROM build\nFROM debian:buster-slim\nCOPY --from=build /x /x\n"
    policy = Policy(today=date(2026, 11, 25))
    rewrite = run(Source(text), (shrink_base,), Selection(least=Safety.NEEDS_PROOF), policy)
    assert rewrite.text == text
    assert [(each.origin, each.fate) for each in rewrite.placed] == [(0, Fate.SUGGESTED), (46, Fate.SUGGESTED)]
    assert "Python 3.8 has had no security fixes since 2024-10-07" in rewrite.placed[0].proposal.reason
    assert run(Source(text), (shrink_base,), Selection(), Policy()).placed == ()


def test_more_careful_candidates_are_alternatives() -> None:
    text, first = offered("a_compiler_and_headers_are_added_back")
    (careful,) = first.alternatives
    assert "recommends gcc libpq-dev" in apply(text, first.edits)
    assert "recommends gcc git libpq-dev" in apply(text, careful.edits)
    assert (first.saves or 0) > (careful.saves or 0)


def test_the_contract_names_what_goes_and_nothing_that_stays() -> None:
    _, proposal = offered("a_compiler_and_headers_are_added_back")
    contract = proposal.contract
    removed = {pattern.glob for pattern in contract.removed}
    assert contract.trace is TraceRelation.REBASED
    assert contract.packages_removed == {"git", "imagemagick", "perl"}
    assert {"/usr/bin/git", "/usr/bin/convert", "/usr/bin/perl"} <= removed
    # Directories that hold something that stays are not named: all below them might go.
    assert not {"/usr", "/usr/bin", "/usr/lib", "/usr/include", "/usr/lib/x86_64-linux-gnu", "/usr/bin/gcc"} & removed
    assert contract.environment == contract.unset == frozenset()


def test_a_split_leaves_nothing_to_do_and_a_withdrawn_one_does() -> None:
    case = load(GOLDEN / "split_stages" / "python_moves_to_the_slim_image")
    text = case.before.decode()
    evidence = known(case.folder / "evidence.toml", text)
    pipeline = (split_stages, shrink_base)
    split = run(Source(text), pipeline, Selection(least=Safety.NEEDS_PROOF), known=evidence)
    (placed,) = split.placed
    assert placed.proposal.rule == "split_stages"
    gone = Selection(least=Safety.NEEDS_PROOF, withdrawn=frozenset({placed.key}))
    ignored = Selection(frozenset({"shrink_base"}), Safety.NEEDS_PROOF)
    for selection in (gone, ignored):
        rewrite = run(Source(text), pipeline, selection, known=evidence)
        assert [each.proposal.rule for each in rewrite.applied] == ["shrink_base"]
        assert rewrite.text.startswith("FROM python:3.11-slim\n")


@pytest.mark.parametrize("case", ["a_compiler_and_headers_are_added_back", "carriage_returns_stay"])
def test_other_passes_go_on_from_there(case: str) -> None:
    one = load(CASES / case)
    rewrite = one.run(PIPELINE)
    assert rewrite.bugs == ()
    rules = [each.proposal.rule for each in rewrite.applied]
    assert rules[0] in ("split_stages", "shrink_base")


@pytest.mark.parametrize(
    ("before", "raw", "image", "word"),
    [
        ("", "python:3.11", "python:3.11-slim", "python:3.11-slim"),
        ("", "docker.io/library/python:3.11", "python:3.11-slim", "docker.io/library/python:3.11-slim"),
        ("ARG V=3.11\n", "python:$V", "python:3.11-slim", "python:$V-slim"),
        ("ARG V=3.11\n", "python:${V}-bookworm", "python:3.11-slim-bookworm", "python:${V}-slim-bookworm"),
        ("", "python:${V:-3.11}", "python:3.11-slim", "python:${V:-3.11}-slim"),
        ("ARG T=3.11-bookworm\n", "python:$T", "python:3.11-slim-bookworm", None),
        ("ARG I=python:3.11\n", "$I", "python:3.11-slim", None),
        ("ARG N=python\n", "$N:3.11", "python:3.11-slim", None),
        ("ARG R=docker.io/library V=3.11\n", "$R/python:$V", "python:3.11-slim", None),
    ],
)
def test_what_the_file_writes_of_the_base_stays(before: str, raw: str, image: str, word: str | None) -> None:
    found = stages(parse(f"{before}FROM {raw}\n"))
    assert written(raw, image, found) == word
