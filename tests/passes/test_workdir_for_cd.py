"""What the goldens cannot show: that the engine sees a command which would run in another directory."""

from __future__ import annotations

import pytest

from optimizer.containerfile.parser import parse
from optimizer.equivalence import problem
from optimizer.facts import Facts
from optimizer.facts.trace import Trace
from optimizer.proposal import TraceRelation

BEFORE = "FROM a\nRUN cd /x && cd y && one && two\nRUN cd /x && three\nCOPY f g\nWORKDIR /z\n"


def trace(text: str) -> Trace:
    return Facts(parse(text))[Trace]


@pytest.mark.parametrize(
    "after",
    [
        BEFORE,
        "FROM a\nRUN cd /x/y && one && two\nRUN cd /x && three\nCOPY f g\nWORKDIR /z\n",
        "FROM a\nRUN cd /x && cd ./y && one && two\nRUN cd /x/. && three\nCOPY f g\nWORKDIR /z\n",
    ],
)
def test_another_way_into_the_same_directory_is_equal(after: str) -> None:
    assert problem(trace(BEFORE), trace(after), TraceRelation.ENTERED) is None


@pytest.mark.parametrize(
    "after",
    [
        pytest.param("FROM a\nRUN cd /x && one && two\nRUN cd /x && three\nCOPY f g\nWORKDIR /z\n", id="elsewhere"),
        pytest.param("FROM a\nWORKDIR /x\nRUN cd y && one && two\nRUN three\nCOPY f g\nWORKDIR /z\n", id="a copy"),
        pytest.param("FROM a\nRUN cd /x/y && one && two\nRUN cd /x && three\nCOPY f g\nWORKDIR /x\n", id="the end"),
        pytest.param("FROM a\nRUN cd /x/y && two && one\nRUN cd /x && three\nCOPY f g\nWORKDIR /z\n", id="order"),
        pytest.param("FROM a\nWORKDIR /w\nRUN cd /x/y && one && two\nRUN cd /x && three\nCOPY f g\nWORKDIR /z\n",
                     id="made"),
    ],
)  # fmt: skip
def test_everything_else_is_seen(after: str) -> None:
    assert problem(trace(BEFORE), trace(after), TraceRelation.ENTERED) is not None


def test_a_list_that_goes_on_when_cd_fails_is_not_taken_for_the_same() -> None:
    before = "FROM a\nRUN cd /x && one || two\nWORKDIR /x\n"
    after = "FROM a\nWORKDIR /x\nRUN one || two\n"
    assert problem(trace(before), trace(after), TraceRelation.ENTERED) is not None
