"""Quote removal and expansion by the builder's rules (not a shell's)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.containerfile.words import BadSubstitution, expand, expand_words, is_literal, variables

ENV = {"A": "one", "EMPTY": "", "PATH": "/usr/local/bin", "FILE": "a.tar.gz", "STAR": "x*y", "TWO": "p q"}


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("plain", "plain"),
        ("'single $A \"x\"'", 'single $A "x"'),
        ('"double $A"', "double one"),
        ("a'b'\"c\"d", "abcd"),
        ("$A", "one"),
        ("$A$A", "oneone"),
        ("$A.b", "one.b"),
        ("$Ab", ""),
        ("${A}b", "oneb"),
        ("$UNKNOWN", ""),
        ("a$", "a$"),
        ("$(A)", "$(A)"),
        ("`$A`", "`one`"),
        ("$1a", "a"),
        ("$12a", "a"),
        ("\\$A", "$A"),
        ("\\\\$A", "\\one"),
        ("a\\bc", "abc"),
        ("a\\", "a"),
        ('"a\\bc"', "a\\bc"),
        ('"a\\"b"', 'a"b'),
        ('"a\\$A"', "a$A"),
        ('"a\\\\b"', "a\\b"),
        ("'a\\b'", "a\\b"),
        ('""', ""),
        ("a b  c", "a b  c"),
    ],
)
def test_quotes_escapes_and_variables(raw: str, value: str) -> None:
    assert expand(raw, ENV) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("${A:-x}", "one"),
        ("${EMPTY:-x}", "x"),
        ("${EMPTY-x}", ""),
        ("${NO-x}", "x"),
        ("${NO:-}", ""),
        ("${NO:-$A}", "one"),
        ("${NO:-${NEITHER:-'d e'}}", "d e"),
        ("${NO:-a b}", "a b"),
        ('${NO:-"}"}', "}"),
        ("${NO:-\\}}", "}"),
        ("${A:+x}", "x"),
        ("${EMPTY:+x}", ""),
        ("${EMPTY+x}", "x"),
        ("${NO+x}", ""),
        ("${A:?gone}", "one"),
        ("${EMPTY?gone}", ""),
        ("${PATH#*/}", "usr/local/bin"),
        ("${PATH##*/}", "bin"),
        ("${PATH%/*}", "/usr/local"),
        ("${PATH%%/*}", ""),
        ("${PATH#x}", "/usr/local/bin"),
        ("${FILE%.*}", "a.tar"),
        ("${FILE%%.*}", "a"),
        ("${FILE#?.}", "tar.gz"),
        ("${FILE#}", "a.tar.gz"),
        ("${STAR#x\\*}", "y"),
        ("${STAR%\\*y}", "x"),
        ("${A#$A}", ""),
        ("${PATH/\\/usr/}", "/local/bin"),
        ("${PATH/l/L}", "/usr/Local/bin"),
        ("${PATH//l/L}", "/usr/LocaL/bin"),
        ("${PATH//\\//-}", "-usr-local-bin"),
        ("${FILE/.*/!}", "a!"),
        ("${FILE//?/x}", "xxxxxxxx"),
        ("${A//*/x}", "x"),
        ("${A///-}", "-o-n-e-"),
        ("${FILE//./$A}", "aonetaronegz"),
        ("${NO#x}${NO/a/b}", ""),
    ],
)
def test_modifiers(raw: str, value: str) -> None:
    assert expand(raw, ENV) == value


@pytest.mark.parametrize(
    "raw",
    [
        "'a",
        '"a',
        '"a\\',
        "${",
        "${A",
        "${}",
        "${:-x}",
        "${{A}}",
        "${A^^}",
        "${A,,}",
        "${A:1}",
        "${A:#x}",
        "${A:-x",
        "${A/x}",
        "${A/x/y",
        "${A#\\x}",
        "${NO?gone}",
        "${NO:?}",
        "${EMPTY:?gone}",
        "${a:-" * 200 + "}" * 200,
    ],
)
def test_malformed_words_are_refused(raw: str) -> None:
    with pytest.raises(BadSubstitution):
        expand(raw, ENV)


def test_the_message_of_a_failing_word_is_its_own() -> None:
    with pytest.raises(BadSubstitution, match="NO: set NO to one"):
        expand("${NO:?set NO to $A}", ENV)


@pytest.mark.parametrize(
    ("raw", "value"),
    [("a`$A", "a$A"), ("C:\\dir", "C:\\dir"), ('"a`"b"', 'a"b'), ("C:\\$A", "C:\\one"), ("a``b", "a`b")],
)
def test_the_escape_character_can_be_the_back_tick(raw: str, value: str) -> None:
    assert expand(raw, ENV, "`") == value


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("80 443", ("80", "443")),
        ("$TWO", ("p", "q")),
        ('"$TWO"', ("p q",)),
        ("a$TWO", ("ap", "q")),
        ("'a b' c\\ d", ("a b", "c d")),
        ("$NO", ()),
        ('""', ()),
        ("${NO:-1 2}", ("1", "2")),
    ],
)
def test_words_are_split_after_expansion(raw: str, words: tuple[str, ...]) -> None:
    assert expand_words(raw, ENV) == words


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ("plain", set()),
        ("$A/${B}", {"A", "B"}),
        ("${A:-${B:+$C}}", {"A", "B", "C"}),
        ("'$A'", set()),
        ('"$A"', {"A"}),
        ("\\$A", set()),
        ("${A#$B}", {"A", "B"}),
        ("${A/$B/$C}", {"A", "B", "C"}),
        ("${A:?$B}", {"A", "B"}),
        ("$A '", {"A"}),
        ("a$", set()),
    ],
)
def test_variables(raw: str, names: set[str]) -> None:
    assert variables(raw) == names


@pytest.mark.parametrize(
    ("raw", "literal"),
    [
        ("a", True), ("'$a'", True), ("a$", True), ("\\$a", True), ("a\\ b", True),
        ("$a", False), ('"$a"', False), ("'a", False), ("${a:-b}", False),
    ],
)  # fmt: skip
def test_is_literal(raw: str, literal: bool) -> None:
    assert is_literal(raw) is literal


@given(st.text(alphabet="aA$ {}'\"\\:-+?#%/*x", max_size=14))
def test_a_literal_word_has_one_value_and_its_variables_decide_the_rest(raw: str) -> None:
    if is_literal(raw):
        assert expand(raw, {}) == expand(raw, {"A": "1", "a": "2", "x": "3"})
        assert not variables(raw)
    used = variables(raw)
    try:
        value = expand(raw, {"A": "1"})
    except BadSubstitution:
        return
    if "A" not in used:
        assert value == expand(raw, {"A": "other"})


@given(st.text(alphabet="ab*?", max_size=8), st.text(alphabet="ab", max_size=8))
def test_longest_takes_at_least_what_shortest_takes(pattern: str, value: str) -> None:
    env = {"V": value}
    assert len(expand("${V##" + pattern + "}", env)) <= len(expand("${V#" + pattern.lstrip("#") + "}", env))
    assert len(expand("${V%%" + pattern + "}", env)) <= len(expand("${V%" + pattern + "}", env))
    assert value.endswith(expand("${V#" + pattern + "}", env))
    assert value.startswith(expand("${V%" + pattern + "}", env))
