"""What the goldens cannot show: that the engine sees a setting which was moved too far."""

from __future__ import annotations

import pytest

from optimizer.containerfile.parser import parse
from optimizer.equivalence import problem
from optimizer.facts import Facts
from optimizer.facts.trace import Trace
from optimizer.proposal import TraceRelation

BEFORE = "FROM a\nARG ONE=1\nENV TWO=$ONE\nLABEL three=$TWO\nRUN first\nRUN second $TWO\n"


def trace(text: str) -> Trace:
    return Facts(parse(text))[Trace]


@pytest.mark.parametrize(
    "after",
    [
        BEFORE,
        "FROM a\nRUN first\nARG ONE=1\nENV TWO=$ONE\nLABEL three=$TWO\nRUN second $TWO\n",
        "FROM a\nARG ONE=1\nENV TWO=$ONE\nRUN first\nRUN second $TWO\nLABEL three=$TWO\n",
    ],
)
def test_what_a_command_does_not_name_may_be_set_later(after: str) -> None:
    assert problem(trace(BEFORE), trace(after), TraceRelation.DEFERRED) is None


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("FROM a\nRUN first\nRUN second $TWO\nARG ONE=1\nENV TWO=$ONE\nLABEL three=$TWO\n", id="named"),
        pytest.param("FROM a\nENV TWO=$ONE\nARG ONE=1\nLABEL three=$TWO\nRUN first\nRUN second $TWO\n", id="swapped"),
        pytest.param("FROM a\nARG ONE=1\nENV TWO=$ONE\nRUN first\nRUN second $TWO\n", id="a label is gone"),
        pytest.param("FROM a\nARG ONE=2\nENV TWO=$ONE\nLABEL three=$TWO\nRUN first\nRUN second $TWO\n", id="other"),
        pytest.param("FROM a\nARG ONE=1\nENV TWO=$ONE\nLABEL three=$TWO\nRUN second $TWO\nRUN first\n", id="commands"),
    ],
)
def test_everything_else_is_seen(after: str) -> None:
    assert problem(trace(BEFORE), trace(after), TraceRelation.DEFERRED) is not None


def test_what_is_set_earlier_is_seen() -> None:
    """The relation has a direction: a command must not see a variable that it did not see."""
    late = "FROM a\nRUN first\nENV TWO=2\n"
    early = "FROM a\nENV TWO=2\nRUN first\n"
    assert problem(trace(early), trace(late), TraceRelation.DEFERRED) is None
    assert problem(trace(late), trace(early), TraceRelation.DEFERRED) is not None
