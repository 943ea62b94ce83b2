"""Variables that a command line sets, and those that it expands."""

from __future__ import annotations

import pytest

from optimizer.shell.dialect import Dialect
from optimizer.shell.reader import read
from optimizer.shell.variables import assigned, declared, expanded, looped


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A=1 && make", {"A"}),
        ("A=1 B=$A; (C=3; ls)", {"A", "B", "C"}),
        ("for f in a b; do echo $f; done", set()),
        ("A=1 make", set()),
        ("x=$(B=2; echo $B)", {"x", "B"}),
        ("export A=1", set()),
    ],
)
def test_sets_what_stands_alone(text: str, names: set[str]) -> None:
    assert assigned(read(text, Dialect.POSIX_SH)) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("export A=1 B", {"A", "B"}),
        ('export A="$(nproc)" && make', {"A"}),
        ("read -r line < /f", {"line"}),
        ("readonly A", {"A"}),
        ("echo A=1", set()),
    ],
)
def test_declares_what_a_utility_is_handed(text: str, names: set[str]) -> None:
    assert declared(read(text, Dialect.POSIX_SH)) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('echo $A ${B} ${C:-$D} "$E"x', {"A", "B", "C", "D", "E"}),
        ("wget $A_1/$B.tar", {"A_1", "B"}),
        ("echo $1 $? $$ $", set()),
        ("echo A", set()),
    ],
)
def test_expands_what_stands_behind_a_dollar(text: str, names: set[str]) -> None:
    assert expanded(read(text, Dialect.POSIX_SH)) == names


def test_knows_the_variables_of_loops() -> None:
    assert looped(read("for f in a b; do for g in c; do echo $f; done; done", Dialect.POSIX_SH)) == {"f", "g"}
