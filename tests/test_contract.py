"""Ties each pass to its page and its cases: whatever is missing is named."""

from __future__ import annotations

import importlib

import pytest

from optimizer.passes import PIPELINE
from optimizer.passes.base import Pass
from tests.golden import GOLDEN, ROOT, cases

HEADINGS = ("## What it does", "## When it is safe", "## What it refuses", "## Sources")
NAMES = [each.name for each in PIPELINE]


@pytest.mark.parametrize("rule", PIPELINE, ids=NAMES)
def test_pass_has_a_module_of_its_name(rule: Pass) -> None:
    module = importlib.import_module(f"optimizer.passes.{rule.name}")
    assert getattr(module, rule.name) is rule
    assert rule.summary


@pytest.mark.parametrize("rule", PIPELINE, ids=NAMES)
def test_pass_has_a_page(rule: Pass) -> None:
    page = (GOLDEN / rule.name / "README.md").read_text()
    assert page.startswith(f"# {rule.name}\n")
    assert [heading for heading in HEADINGS if heading not in page] == []


@pytest.mark.parametrize("rule", PIPELINE, ids=NAMES)
def test_pass_has_a_case_that_changes_and_one_that_declines(rule: Pass) -> None:
    own = [case for case in cases() if case.rule == rule.name]
    assert any(case.changes for case in own)
    assert any(case.declined for case in own)


@pytest.mark.parametrize("rule", PIPELINE, ids=NAMES)
def test_every_reason_to_refuse_is_shown_by_a_case_and_told_on_the_page(rule: Pass) -> None:
    shown = {name for case in cases() if case.rule == rule.name for name in case.declined}
    assert {reason.name for reason in rule.refuses} - shown == set()
    page = (GOLDEN / rule.name / "README.md").read_text()
    assert [reason.value for reason in rule.refuses if reason.value not in page] == []


def test_nothing_golden_belongs_to_no_pass() -> None:
    assert {path.name for path in GOLDEN.iterdir() if path.is_dir()} == set(NAMES)


def test_no_module_of_a_pass_is_left_out_of_the_pipeline() -> None:
    modules = {path.stem for path in (ROOT / "optimizer" / "passes").glob("*.py")} - {"__init__", "base"}
    assert {name for name in modules if not name.startswith("_")} == set(NAMES)
