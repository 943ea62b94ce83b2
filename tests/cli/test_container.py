"""The whole program with real tools: what it writes was built and run, and nothing is left running."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.build import Optimize, write

pytestmark = pytest.mark.container

BEFORE = """\
FROM docker.io/library/busybox:latest
RUN echo one > /one
RUN echo two > /two
CMD ["cat", "/one", "/two"]
"""
AFTER = """\
FROM docker.io/library/busybox:latest
RUN echo one > /one \\
    && echo two > /two
CMD ["cat", "/one", "/two"]
"""


@pytest.fixture
def quietly(store: object, here: Path, optimize: Optimize) -> Optimize:
    """The program, over the test's own store of images."""
    return optimize


def containers() -> list[object]:
    done = subprocess.run(["buildah", "containers", "--all", "--json"], check=True, capture_output=True, text=True)
    found: list[object] = json.loads(done.stdout) or []
    return found


def test_what_is_written_was_built_and_run(quietly: Optimize, here: Path) -> None:
    place = write(here / "Containerfile", BEFORE)
    result = quietly("--write", "--merge", "all", "--pull", "never", "--output-format", "json")
    done = "Containerfile: build {} is done, comparing and running\n"
    assert (result.code, result.err) == (0, done.format(1) + done.format(2))
    assert place.read_text() == AFTER
    verdict = json.loads(result.out)["files"][0]["verdict"]
    assert verdict["result"] == "proven"
    assert [check["result"] for check in verdict["checks"]] == ["PASSED"]
    assert verdict["after"]["layers"] == verdict["before"]["layers"] - 1
    assert containers() == []


def test_an_original_that_does_not_build_is_left_alone(quietly: Optimize, here: Path) -> None:
    text = BEFORE.replace("RUN echo one > /one", "RUN echo one > /one && false")
    place = write(here / "Containerfile", text)
    result = quietly("--write", "--merge", "all", "--pull", "never")
    assert (result.code, result.out, place.read_text()) == (4, "", text)
    assert result.err.startswith("Containerfile:2:1: the original does not build")
    assert containers() == []
