"""A failing step is told with the line where it stands."""

from __future__ import annotations

import pytest

from optimizer.containers.model import Step
from optimizer.proof.failing import place

TWO_STAGES = "ARG BASE=a\nFROM $BASE AS one\nRUN make\n\nFROM b\nRUN make\nCOPY --from=one /a /b\n"


@pytest.mark.parametrize(
    "text, number, said, expected",
    [
        ("FROM a\nRUN make\n", 2, "RUN make", "2:1"),
        ("# why\nFROM a\n\n  run  make \\\n  # comment\n  all\n", 2, "RUN make   all", "4:3"),
        (TWO_STAGES, 2, "RUN make", "3:1"),
        (TWO_STAGES, 4, "RUN make", "6:1"),
        ("FROM a AS unused\nRUN make\nFROM b\nRUN one\n", 2, "RUN one", "4:1"),
        ("FROM a AS unused\nFROM b\nRUN make\nRUN make\n", 3, "RUN make", "3:1"),
        ("FROM a\nRUN make\n", 2, "RUN what a builder says otherwise", None),
        ("", 1, "FROM a", None),
        ("FROM a\n", 1, "", None),
    ],
    ids=["plain", "spread", "first stage", "second stage", "skipped stage", "twice", "unknown", "empty", "no text"],
)
def test_a_step_is_found_in_the_file(text: str, number: int, said: str, expected: str | None) -> None:
    found = place(text, Step(number, 9, said, 0.0, cached=False))
    assert (None if found is None else str(found)) == expected
