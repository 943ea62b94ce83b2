"""Many files at a time, in processes of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from optimizer.cli.spread import spread
from optimizer.errors import InputError, OptimizerError, OriginalFails
from optimizer.text import Position
from tests.cli.build import ONE_PASS, Optimize, write


def test_a_directory_comes_out_in_order_whatever_works_on_it(here: Path, optimize: Optimize) -> None:
    for number in range(40):
        write(
            here / f"{number:02}" / "Containerfile",
            f"FROM debian:{number}\nRUN apt-get update\nRUN apt-get install x\n",
        )
    (here / "17" / "optimize.toml").write_text("nonsense = 1\n")
    one = optimize("-j", "1", *ONE_PASS, ".")
    assert one.out.count("+++ b/") == 39
    assert "17/optimize.toml:1:1: unknown key 'nonsense'" in one.err
    assert optimize("-j", "2", *ONE_PASS, ".") == one
    assert optimize(*ONE_PASS, ".") == one


def test_several_processes_share_the_work() -> None:
    found = spread(lambda _: os.getpid(), range(64), 2)
    assert os.getpid() not in found
    assert len(found) == 64


def test_what_a_process_dies_of_is_told() -> None:
    with pytest.raises(OptimizerError, match="a worker process was killed"):
        spread(lambda _: os._exit(9), range(64), 2)


@pytest.mark.parametrize(
    "error",
    [InputError("cannot be read", hint="look", path="x", at=Position(1, 2)), OriginalFails("no", tail=("a", "b"))],
)
def test_errors_come_back_whole(error: OptimizerError) -> None:
    (found, *_) = spread(lambda _: error, range(64), 2)
    assert type(found) is type(error)
    assert vars(found) == vars(error)
