"""The README is true: what it shows is what is printed, and what it names is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.cli.app import parse
from optimizer.cli.options import Options
from optimizer.config import Layer, load
from optimizer.errors import Exit
from optimizer.passes import PIPELINE
from tests.readme import README, Shown, blocks, printed, shown

TEXT = README.read_text()


@pytest.mark.parametrize("example", shown(TEXT), ids=lambda example: example.command)
def test_a_command_prints_what_is_shown(example: Shown) -> None:
    assert printed(TEXT, example.command) == example.output, "bring it up to date: python -m tests.readme"


def test_every_command_line_is_understood() -> None:
    lines = [line for _, _, block in blocks(TEXT, "sh") for line in block if line.startswith("optimize ")]
    requests = [parse(line.split("#")[0].split("<")[0].split()[1:]) for line in lines]
    assert len(requests) >= 5
    assert all(isinstance(request, Options) for request in requests)


def test_the_configuration_is_valid(tmp_path: Path) -> None:
    ((_, _, lines),) = blocks(TEXT, "toml")
    (tmp_path / ".git").mkdir()
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "optimize.toml").write_text("\n".join(lines))
    found = load(tmp_path / "app", Layer(), {}, tuple(each.name for each in PIPELINE))
    assert (found.context, found.build_args) == (tmp_path, (("VERSION", "1.2"),))


def test_every_exit_code_is_told() -> None:
    told = {int(line.split("|")[1]) for line in TEXT.splitlines() if line.startswith("| ") and line[2].isdigit()}
    assert told == {code for code in Exit if code is not Exit.INTERRUPTED}


def test_every_file_it_links_to_is_there() -> None:
    links = [part.split(")")[0] for part in TEXT.split("](")[1:]]
    assert [link for link in links if not link.startswith("#") and not (README.parent / link).exists()] == []
