"""What the goldens cannot show: that the engine sees copies that may not change places."""

from __future__ import annotations

import pytest

from optimizer.containerfile.parser import parse
from optimizer.equivalence import problem
from optimizer.facts import Facts
from optimizer.facts.trace import Trace
from optimizer.proposal import TraceRelation


def trace(*lines: str) -> Trace:
    return Facts(parse("\n".join(("FROM a", "WORKDIR /w", *lines)) + "\n"))[Trace]


@pytest.mark.parametrize(
    ("one", "other"),
    [("COPY a /a", "COPY b /b"), ("COPY a b/ x/", "COPY c /y"), ("COPY --chmod=644 a u", "COPY --chmod=644 b uv")],
)
def test_copies_to_places_apart_may_change_places(one: str, other: str) -> None:
    assert problem(trace(one, other, "RUN x"), trace(other, one, "RUN x"), TraceRelation.SORTED) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("COPY a /x", "COPY b /x"),
        ("COPY a /x/", "COPY b /x/y"),
        ("COPY a .", "COPY b b"),
        ("COPY a $HERE", "COPY b /b"),
        ("COPY a /", "COPY b /b"),
        ("COPY --chown=1 a /x/a", "COPY b /x/b"),
    ],
)
def test_copies_that_touch_may_not(one: str, other: str) -> None:
    assert problem(trace(one, other), trace(other, one), TraceRelation.SORTED) is not None


@pytest.mark.parametrize(
    "after",
    [
        ("COPY a /a", "RUN x", "COPY b /b"),
        ("COPY a /a", "RUN x"),
        ("COPY b /b", "COPY a /a", "COPY c /c", "RUN x"),
        ("COPY b /b", "COPY a /a", "RUN y"),
    ],
)
def test_nothing_else_may_change(after: tuple[str, ...]) -> None:
    assert problem(trace("COPY a /a", "COPY b /b", "RUN x"), trace(*after), TraceRelation.SORTED) is not None
