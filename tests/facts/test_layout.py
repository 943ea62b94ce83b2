"""What is added looks like its neighbours."""

from __future__ import annotations

import pytest

from optimizer.containerfile.nodes import Run
from optimizer.containerfile.parser import parse
from optimizer.facts import Facts
from optimizer.facts.layout import Layout


def seam(text: str) -> str:
    """What would join another command to the first RUN."""
    facts = Facts(parse(f"FROM debian\n{text}\n"))
    run = next(each for each in facts.file.instructions if isinstance(each, Run))
    return facts[Layout].of(run, facts.file.text).joint()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("RUN a", " \\\n    && ", id="default"),
        pytest.param("RUN a\nRUN b \\\n && c", " \\\n && ", id="as elsewhere in the file"),
        pytest.param("RUN a && \\\n  b", " && \\\n  ", id="trailing operator"),
        pytest.param("RUN a \\\n\t&& b", " \\\n\t&& ", id="leading operator"),
        pytest.param("RUN a \\\n    x \\\n    y", " \\\n    && ", id="arguments one step in"),
        pytest.param("RUN a && b \\\n\t\tx \\\n\t\ty", " \\\n\t&& ", id="arguments two tabs in"),
        pytest.param("RUN a && b \\\n        x \\\n        y", " \\\n    && ", id="arguments two steps in"),
        pytest.param("RUN a \\\n  && b \\\n        x", " \\\n  && ", id="arguments deeper than commands"),
        pytest.param("RUN a && \\\n  b \\\n      x", " && \\\n  ", id="arguments deeper, trailing operator"),
    ],
)
def test_seam(text: str, expected: str) -> None:
    assert seam(text) == expected
