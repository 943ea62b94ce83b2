"""Sketches of runtime stages: each is well-formed, says that it is unproven, and is offered for some file."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.containerfile.nodes import Unknown
from optimizer.containerfile.parser import parse
from optimizer.containerfile.second_reader import disagreement
from optimizer.containerfile.stages import stages
from optimizer.ecosystems.stage_templates import TEMPLATES
from optimizer.render import fill
from tests.golden import ROOT, cases

FILES = sorted((ROOT / "templates" / "stages").glob("*.txt"))
SKETCHED = [case.suggested.decode() for case in cases() if case.suggested is not None]
EACH = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def test_each_file_is_a_template_that_something_asks_for() -> None:
    assert {path.stem for path in FILES} == {template.name for template in TEMPLATES}


@EACH
def test_both_readers_agree_on_it(path: Path) -> None:
    file = parse("FROM base AS build\n\n" + fill(f"stages/{path.name}", base="image:1", workdir="/srv"))
    assert disagreement(file) is None
    assert len(stages(file)) == 2
    assert not any(isinstance(each, Unknown) for each in file.instructions)


@EACH
def test_it_says_that_it_is_not_proven(path: Path) -> None:
    assert path.read_text().startswith("# not proven: ")


@EACH
def test_some_golden_case_comes_to_it(path: Path) -> None:
    fixed = [line for line in path.read_text().splitlines() if "$" not in line]
    assert any(all(line in text.splitlines() for line in fixed) for text in SKETCHED)
