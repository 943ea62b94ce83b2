"""Questions asked of a command line."""

from __future__ import annotations

import pytest

from optimizer.shell.query import and_list, argv, commands, every_command, has_opaque, top_level
from optimizer.shell.reader import read


def test_commands_come_in_source_order_wherever_they_stand() -> None:
    text = "a $(b `c`) && if d; then (e); else f; fi | g() { h; }; for i in $(j); do k; done; case $(l) in m) n;; esac"
    names = [simple.words[0].raw for simple in commands(read(text))]
    assert names == ["a", "b", "c", "d", "e", "f", "h", "j", "k", "l", "n"]


def test_commands_inside_a_here_document_count() -> None:
    assert [simple.words[0].raw for simple in commands(read("cat <<E\n$(a)\nE\nb"))] == ["cat", "a", "b"]


def test_the_body_of_a_function_is_a_command() -> None:
    kinds = [type(command).__name__ for command in every_command(read("f() { a; }"))]
    assert kinds == ["Function", "Group", "Simple"]


def test_top_level_opens_no_group() -> None:
    assert len(top_level(read("(a; b) && c"))) == 2


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("a", 1),
        ("a && b && c", 3),
        ("a | b && (c; d)", 2),
        ("a; b", None),
        ("a;", None),
        ("a || b", None),
        ("a && b &", None),
        ("", None),
        ("[[ a ]] && b", None),
        ("a && echo `b \\`c\\``", None),
    ],
)
def test_an_and_list_has_no_other_joint_and_nothing_opaque(text: str, length: int | None) -> None:
    found = and_list(read(text))
    assert (None if found is None else len(found)) == length


@pytest.mark.parametrize(("text", "opaque"), [("a", False), ("a 'b", True), ("(a; ((x)))", True), ("$($[1])", True)])
def test_opaque_parts_are_found_at_any_depth(text: str, opaque: bool) -> None:
    assert has_opaque(read(text)) is opaque


def test_argv_is_values_and_none_where_an_expansion_decides() -> None:
    (simple,) = commands(read("A=1 cmd 'a b' \"$c\" d* >x"))
    assert argv(simple) == ("cmd", "a b", None, None)
