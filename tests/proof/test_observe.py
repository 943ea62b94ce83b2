from __future__ import annotations

import pytest

from optimizer.proof.model import CheckKind
from optimizer.proof.observe import Facet, Observation, Precision, difference, joined


def seen(*samples: bytes, precision: Precision = Precision.TEXT, passed: bool = True) -> Observation:
    return Observation(CheckKind.ANSWERS, "GET", passed, (Facet("body", samples, precision),), "answers 200")


@pytest.mark.parametrize(
    ("original", "candidate", "alike"),
    [
        ((b"hello",), b"hello", True),
        ((b"hello",), b"HELLO", False),
        ((b"a\nx1\nb", b"a\nx2\nb"), b"a\nx3\nb", True),
        ((b"a\nx1\nb", b"a\nx2\nb"), b"A\nx3\nb", False),
        ((b"a\nx1\nb", b"a\nx2\nb"), b"a\nx3\nb\nc", False),
        ((b"a\n1", b"a\n1\n2"), b"a\n2", True),
        ((b"one", b"two"), b"", False),
        ((b"one", b"two"), b"a stack trace of many lines", False),
    ],
)
def test_lines_that_vary_are_masked(original: tuple[bytes, ...], candidate: bytes, alike: bool) -> None:
    assert (difference(seen(*original), seen(candidate)) == "") is alike


def test_exact_values_are_one_of_those_seen() -> None:
    original = seen(b"0", b"143", precision=Precision.EXACT)
    assert difference(original, seen(b"143")) == ""
    assert difference(original, seen(b"1")) == "another body"


def test_answers_are_never_told() -> None:
    assert "secret" not in difference(seen(b"secret"), seen(b"secret2"))


def test_a_candidate_that_does_not_pass_differs() -> None:
    assert difference(seen(b"x"), seen(b"x", passed=False)) == "answers 200"


def test_several_looks_are_joined() -> None:
    (both,) = joined([[seen(b"1")], [seen(b"2", passed=False)]])
    assert both.facets[0].samples == (b"1", b"2")
    assert not both.passed
