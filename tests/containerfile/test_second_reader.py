"""dockerfile-parse as second reader: agrees with a right tree, objects to a wrong one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hard_files import hard_files
from hypothesis import HealthCheck, given, settings
from nasty import nasty_file

from optimizer.containerfile.nodes import Containerfile
from optimizer.containerfile.parser import parse
from optimizer.containerfile.second_reader import disagreement
from optimizer.text import Span

HARD = dict(hard_files())
FILE = "# syntax=x\nFROM a AS b\n\nRUN c \\\n  # d\n  e\nCOPY f g\nCMD h\n"


@pytest.mark.parametrize("name", HARD)
def test_agrees_on_hard_files(name: str) -> None:
    assert disagreement(parse(HARD[name])) is None


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(nasty_file)
def test_answers_for_any_file(text: str) -> None:
    found = disagreement(parse(text))
    assert found is None or found.startswith("line ")


@pytest.mark.parametrize("text", [FILE, FILE.replace("  # d\n", "\n"), FILE.replace("CMD h", "RUN <<E\nx\nE\nCMD h")])
def test_agrees_with_a_right_tree(text: str) -> None:
    assert disagreement(parse(text)) is None


@pytest.mark.parametrize(
    "text", ["", "# c\n", "RUN\n", "FROM a\nRUN \udcff b\n", "\ufeffFROM a\n", "FROM a\r\nRUN b \\\r\n c\r\n"]
)
def test_agrees_on_odd_texts(text: str) -> None:
    assert disagreement(parse(text)) is None


def wrong(*, text: str = FILE, told: str) -> Containerfile:
    """The tree of `told`, claimed to be the tree of `text`."""
    return replace(parse(told), text=text)


@pytest.mark.parametrize(
    "told",
    [
        FILE.replace("CMD h", "CMD i"),
        FILE.replace("CMD h", "RUN h"),
        FILE.replace("COPY f g\n", ""),
        FILE.replace("COPY f g\n", "COPY f g\nUSER x\n"),
        FILE.replace("\n\nRUN", "\n\n\nRUN"),
        FILE.replace("COPY f g\n", "COPY f \\\n g\n"),
    ],
    ids=["value", "keyword", "one-less", "one-more", "line-moved", "joined"],
)
def test_objects_to_a_wrong_tree(told: str) -> None:
    found = disagreement(wrong(told=told))
    assert found is not None
    assert found.startswith("line ")


def test_names_the_line_of_an_instruction_that_the_tree_takes_for_a_comment() -> None:
    file = parse(FILE)
    base, run, copy, command = file.instructions
    hiding = replace(command, leading=Span(copy.leading.start, command.leading.end))
    assert disagreement(replace(file, instructions=(base, run, hiding))) == (
        "line 8: CMD h is read as COPY f g on line 7"
    )


def test_objects_to_another_value() -> None:
    file = parse(FILE)
    *others, command = file.instructions
    changed = replace(command, logical=replace(command.logical, text="i"))
    assert disagreement(replace(file, instructions=(*others, changed))) == "line 8: CMD i is read as CMD h on line 8"


def test_objects_beside_a_heredoc_too() -> None:
    file = parse(FILE + "RUN <<E\nx\nE\n")
    base, run, copy, command, heredoc = file.instructions
    hiding = replace(command, leading=Span(copy.leading.start, command.leading.end))
    assert disagreement(replace(file, instructions=(base, run, hiding, heredoc))) is not None


def test_objects_to_a_tree_with_a_gap() -> None:
    file = parse(FILE)
    assert disagreement(replace(file, instructions=file.instructions[:2])) is not None
