from __future__ import annotations

import pytest

from optimizer.containerfile.globs import has_wildcard, matcher


@pytest.mark.parametrize(
    ("pattern", "matches", "not_matches"),
    [
        ("*.py", ("a.py", ".py"), ("src/a.py", "a.pyc")),
        ("src/*", ("src/a", "src/a.b"), ("src", "src/a/b")),
        ("a?c", ("abc", "a+c"), ("ac", "a/c", "abbc")),
        ("[ab].txt", ("a.txt", "b.txt"), ("c.txt",)),
        ("[^a].txt", ("b.txt",), ("a.txt",)),
        ("[0-9]*", ("1", "12x"), ("x1",)),
        ("a+b(c)|d*", ("a+b(c)|d", "a+b(c)|def"), ("aab", "d")),
        ("\\*.txt", ("*.txt",), ("a.txt",)),
        ("$a.*", ("$a.b",), ("a.b",)),
    ],
)
def test_wildcards_match_as_in_go(pattern: str, matches: tuple[str, ...], not_matches: tuple[str, ...]) -> None:
    test = matcher(pattern)
    assert test is not None
    assert [path for path in (*matches, *not_matches) if test(path)] == list(matches)


@pytest.mark.parametrize("pattern", ["[a", "a/**/b", "[[:alpha:]]*"])
def test_says_so_when_it_does_not_know_the_pattern(pattern: str) -> None:
    assert matcher(pattern) is None


def test_knows_wildcards() -> None:
    assert [path for path in ("a*", "a?", "[a]", "a\\b", "a+b", "a b") if has_wildcard(path)] == [
        "a*",
        "a?",
        "[a]",
        "a\\b",
    ]
