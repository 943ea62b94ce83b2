"""What `read` makes of a command line, and that it makes something of every text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.shell.dialect import Dialect
from optimizer.shell.nodes import (
    Assignment,
    Because,
    Case,
    Comment,
    For,
    Function,
    Group,
    If,
    Item,
    Joint,
    List,
    Loop,
    Opaque,
    Pipeline,
    Redirection,
    Script,
    Simple,
    Word,
)
from optimizer.shell.query import has_opaque
from optimizer.shell.reader import read
from optimizer.text import Span


def only(text: str, dialect: Dialect = Dialect.POSIX_SH) -> Simple:
    """The one simple command of a text."""
    (item,) = read(text, dialect).body.items
    (command,) = item.pipeline.commands
    assert isinstance(command, Simple)
    return command


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("a", "a"),
        ("'a b'", "a b"),
        ('"a b"', "a b"),
        ("a\\ b", "a b"),
        ("'it'\"'\"'s'", "it's"),
        ('"\\$HOME"', "$HOME"),
        ('"a\\b"', "a\\b"),
        ('"a\\\nb"', "ab"),
        ("a\\\nb", "ab"),
        ("'a\\'", "a\\"),
        ("''", ""),
        ("a$", "a$"),
        ('"$"', "$"),
        ("a~", "a~"),
        ("{}", "{}"),
        ("{{.Id}}", "{{.Id}}"),
        ("a#b", "a#b"),
        ("[", "["),
        ("$A", None),
        ('"$A"', None),
        ("${A}", None),
        ("$(a)", None),
        ("`a`", None),
        ("$((1))", None),
        ("*.c", None),
        ("a?", None),
        ("[ab]", None),
        ("~/x", None),
        ("A=~/x", None),
        ("{a,b}", None),
        ("{1..3}", None),
        ("$'a'", None),
        ('$"a"', None),
        ("'*'", "*"),
        ('"~"', "~"),
        ("\\*", "*"),
    ],
)
def test_the_literal_of_a_word_is_its_value_or_none(word: str, value: str | None) -> None:
    found = only(f"cmd {word} end").words[1]
    assert (found.raw, found.span, found.literal) == (word, Span(4, 4 + len(word)), value)


def test_assignments_stand_before_the_program_only() -> None:
    command = only("A=1 B='x y' C=$D cmd E=2")
    assert [(each.name, each.value.raw, each.value.literal) for each in command.assignments] == [
        ("A", "1", "1"),
        ("B", "'x y'", "x y"),
        ("C", "$D", None),
    ]
    assert [word.raw for word in command.words] == ["cmd", "E=2"]


@pytest.mark.parametrize(
    ("text", "descriptor", "operator", "target"),
    [
        ("cmd 2>&1", "2", ">&", "1"),
        ("cmd >&2", None, ">&", "2"),
        ("cmd >file", None, ">", "file"),
        ("cmd 1>>'a b'", "1", ">>", "'a b'"),
        ("cmd >| file", None, ">|", "file"),
        ("cmd <> file", None, "<>", "file"),
        ("cmd 3<&-", "3", "<&", "-"),
    ],
)
def test_redirections_know_descriptor_operator_and_target(
    text: str, descriptor: str | None, operator: str, target: str
) -> None:
    (found,) = only(text).redirections
    assert (found.descriptor, found.operator, found.target.raw) == (descriptor, operator, target)
    assert found.span.of(text) == text.removeprefix("cmd ")


def test_a_number_before_a_blank_is_a_word_and_no_descriptor() -> None:
    command = only("echo 2 >f")
    assert [word.raw for word in command.words] == ["echo", "2"]
    assert command.redirections[0].descriptor is None


def test_operators_between_pipelines_are_joints_with_a_place() -> None:
    text = "a && b || c; d & e\nf"
    items = read(text).body.items
    assert [item.joint for item in items] == [
        Joint.AND,
        Joint.OR,
        Joint.SEMICOLON,
        Joint.BACKGROUND,
        Joint.NEWLINE,
        Joint.END,
    ]
    assert [item.operator.of(text) for item in items] == ["&&", "||", ";", "&", "\n", ""]


def test_the_body_of_a_here_document_is_found_behind_its_line() -> None:
    text = "cat <<A >x && cat <<-'B'\none $(two)\nA\n\tthree $(\n\tB\nls"
    script = read(text)
    first, second, third = (item.pipeline.commands[0] for item in script.body.items)
    assert isinstance(first, Simple) and isinstance(second, Simple) and isinstance(third, Simple)
    assert [each.heredoc and each.heredoc.of(text) for each in first.redirections] == ["one $(two)\n", None]
    assert [each.heredoc and each.heredoc.of(text) for each in second.redirections] == ["\tthree $(\n"]
    assert [body.span.of(text) for body in script.substitutions] == ["two"]


def test_a_here_document_without_body_in_the_text_stays_open() -> None:
    (redirection,) = only("cat <<EOF").redirections
    assert redirection.heredoc is None


def test_substitutions_are_lists_at_their_own_place() -> None:
    text = 'echo "$(a "$(b)")" `c | d` ${X:-$(e)} $(( $(f) + 1 )) `g \\`h\\``'
    script = read(text)
    assert [body.span.of(text) for body in script.substitutions] == [
        'a "$(b)"',
        "b",
        "c | d",
        "e",
        "f",
        "g \\`h\\`",
    ]
    last = script.substitutions[-1].items[0].pipeline.commands[0]
    assert isinstance(last, Opaque) and last.because is Because.SUBSTITUTION


def test_comments_begin_only_where_a_word_could() -> None:
    text = "a#b http://x/#c '#d' # e\nf # g"
    assert [comment.span.of(text) for comment in read(text).comments] == ["# e", "# g"]


def test_a_comment_ends_at_the_back_tick_around_it() -> None:
    text = "a `b # c` d"
    script = read(text)
    assert [comment.span.of(text) for comment in script.comments] == ["# c"]
    assert [word.raw for word in only(text).words] == ["a", "`b # c`", "d"]


@pytest.mark.parametrize("text", ["", "  ", "# only", "\n\n"])
def test_nothing_to_run_is_an_empty_list(text: str) -> None:
    assert read(text).body.items == ()


@pytest.mark.parametrize(
    ("text", "because", "opaque"),
    [
        ("[[ $a == b && -f c ]] && d", Because.BASHISM, "[[ $a == b && -f c ]]"),
        ("[[ $a =~ ^(x|y)$ ]] || d", Because.BASHISM, "[[ $a =~ ^(x|y)$ ]]"),
        ("((i++)) && d", Because.BASHISM, "((i++))"),
        ("a=(1 2) && d", Because.BASHISM, "a=(1 2)"),
        ("a+=x; d", Because.BASHISM, "a+=x"),
        ("a[1]=x; d", Because.BASHISM, "a[1]=x"),
        ("declare -a a=(1 2); d", Because.BASHISM, "declare -a a=(1 2)"),
        ("cat <(a b) && d", Because.BASHISM, "cat <(a b)"),
        ("a &> f && d", Because.BASHISM, "a &> f"),
        ("cat <<< x && d", Because.BASHISM, "cat <<< x"),
        ("a >& f && d", Because.BASHISM, "a >& f"),
        ("a 10>f && d", Because.BASHISM, "a 10>f"),
        ("function f { a; }; d", Because.BASHISM, "function f { a; }"),
        ("for ((i=0; i<3; i++)); do a; done && d", Because.BASHISM, "for ((i=0; i<3; i++)); do a; done"),
    ],
)
def test_what_only_bash_knows_is_opaque_alone_where_its_end_is_certain(
    text: str, because: Because, opaque: str
) -> None:
    script = read(text)
    first = script.body.items[0].pipeline.commands[0]
    assert isinstance(first, Opaque)
    assert (first.because, first.span.of(text)) == (because, opaque)
    assert isinstance(script.body.items[1].pipeline.commands[0], Simple)


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("a 'b", Because.SYNTAX),
        ('a "b', Because.SYNTAX),
        ("a `b", Because.SYNTAX),
        ("a && ", Because.SYNTAX),
        ("&& a", Because.SYNTAX),
        ("a | ", Because.SYNTAX),
        ("a ; ; b", Because.SYNTAX),
        ("a ;; b", Because.SYNTAX),
        ("(a", Because.SYNTAX),
        ("a)", Because.SYNTAX),
        ("{ a }", Because.SYNTAX),
        ("if a; b; fi", Because.SYNTAX),
        ("for i in a; b; done", Because.SYNTAX),
        ("case a in b) c;;", Because.SYNTAX),
        ("a >", Because.SYNTAX),
        ("a > 2>&1", Because.SYNTAX),
        ("echo ${A'b'}", Because.SYNTAX),
        ("a[ 1 ]=b", Because.BASHISM),
        ("echo ${}", Because.SYNTAX),
        ("cat <<EOF\nnever ended", Because.SYNTAX),
        ("a\0b", Because.SYNTAX),
        ("echo $[1+1]", Because.BASHISM),
        ("echo $'a\\'b'", Because.BASHISM),
        ("a |& b", Because.BASHISM),
        ("select x in a; do b; done", Because.BASHISM),
        ("((a; b))", Because.BASHISM),
        ("echo !(a)", Because.BASHISM),
        ("echo $(a", Because.SUBSTITUTION),
        ("echo $(cat <<E)", Because.SUBSTITUTION),
        ("echo `a 'b` c'`", Because.SYNTAX),
        ("( " * 100 + "a" + ")" * 100, Because.NESTED),
        ("echo " + "$(" * 100 + "a" + ")" * 100, Because.NESTED),
        ('echo "' + "${A:-" * 100 + "}" * 100 + '"', Because.NESTED),
    ],
)
def test_what_is_not_certain_makes_the_whole_text_opaque(text: str, because: Because) -> None:
    assert read(text).body.items[0].pipeline.commands == (Opaque(because, Span(0, len(text))),)


@pytest.mark.parametrize("text", ["((a) || b) && c", "((a); (b))", "((a; b) | c)"])
def test_two_subshells_at_the_start_are_no_arithmetic(text: str) -> None:
    assert not has_opaque(read(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a &> f", ["a"]),
        ("a <<< 'x y'", ["a"]),
        ("a >& f b", ["a", "b"]),
        ("echo $'a\\'b' c", ["echo", "$'a\\'b'", "c"]),
    ],
)
def test_bash_reads_what_only_it_knows(text: str, words: list[str]) -> None:
    assert [word.raw for word in only(text, Dialect.BASH).words] == words


def test_bash_defines_functions_by_keyword_too() -> None:
    (item,) = read("function f { a; }", Dialect.BASH).body.items
    assert isinstance(item.pipeline.commands[0], Function)


def test_what_is_no_shell_is_opaque() -> None:
    assert read("Write-Host hi", Dialect.NOT_A_SHELL).body.items[0].pipeline.commands == (
        Opaque(Because.NOT_A_SHELL, Span(0, 13)),
    )


def test_a_here_document_is_not_read_across_a_newline_in_a_substitution() -> None:
    assert has_opaque(read("cat <<E $(a\nb)\nx\nE\n"))


@pytest.mark.parametrize("piece", ["(", "((", "$(", "`a` ", "a;", "'a'", "\\\n", "a=(", "[[ ", "if ", "cat <<E;"])
def test_long_text_that_nests_or_repeats_without_end_is_read(piece: str) -> None:
    assert read(piece * 8_000).text == piece * 8_000


# Properties: any text, most of it made of the characters that mean something.

SHELL_TEXT = st.one_of(
    st.text(),
    st.text(alphabet="ab1 \t\n'\"\\$`(){}[]<>|&;#=~*!-"),
    st.lists(
        st.sampled_from(
            [
                *(
                    "if",
                    "then",
                    "fi",
                    "for",
                    "in",
                    "do",
                    "done",
                    "while",
                    "case",
                    "esac",
                    "{",
                    "}",
                    "(",
                    ")",
                    "((",
                    "))",
                ),
                *("[[", "]]", "<<E", "\nE\n", "$(", "${", "$((", "`", "'", '"', "\\", "\n", ";", ";;", "&&", "||", "|"),
                *("&", ">", "2>&1", "<(", "a=(", "function", "a", "b=c", "#", " ", "!", "$'", "&>", "<<<"),
            ]
        )
    ).map(" ".join),
)
DIALECTS = st.sampled_from([Dialect.POSIX_SH, Dialect.BASH])


@settings(deadline=None)
@given(SHELL_TEXT, DIALECTS)
def test_any_text_is_read_and_every_span_is_inside(text: str, dialect: Dialect) -> None:
    script = read(text, dialect)
    assert script.text == text
    for word in _nodes(script, Word):
        assert word.raw == word.span.of(text)
    for span in _nodes(script, Span):
        assert span.end <= len(text)


@settings(deadline=None)
@given(SHELL_TEXT, DIALECTS)
def test_spans_nest(text: str, dialect: Dialect) -> None:
    script = read(text, dialect)
    for outer in _nodes(script, (List, Item, Pipeline, Simple, Group, If, Loop, For, Case, Function)):
        around = outer.pipeline.span if isinstance(outer, Item) else outer.span
        for inner in _children(outer):
            assert around.contains(inner), (outer, inner)


def _children(node: object) -> Iterator[Span]:
    """The spans of what stands directly in a node."""
    assert is_dataclass(node)
    stack = [getattr(node, field.name) for field in fields(node) if field.name not in ("span", "operator", "heredoc")]
    while stack:
        value = stack.pop()
        if isinstance(value, tuple):
            stack.extend(value)
        elif isinstance(value, Item):
            yield value.pipeline.span
        elif is_dataclass(value) and hasattr(value, "span"):
            yield value.span


def _nodes(node: object, kind: type | tuple[type, ...]) -> Iterator[object]:
    stack = [node]
    while stack:
        value = stack.pop()
        if isinstance(value, kind):
            yield value
        if isinstance(value, tuple):
            stack.extend(value)
        elif is_dataclass(value):
            stack.extend(getattr(value, field.name) for field in fields(value))


def test_the_tree_is_made_of_the_nodes_that_are_declared() -> None:
    script = read("A=1 a >b; for i in c; do d; done # e")
    assert isinstance(script, Script)
    for kind in (Assignment, Redirection, Comment, For):
        assert list(_nodes(script, kind))
