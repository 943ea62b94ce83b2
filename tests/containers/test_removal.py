"""Containers are removed behind what goes on, those that wait together, and all of them before the end."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from optimizer.containers.removal import Removal

BUILDAH = """#!/bin/sh
echo "$@" >> "$CALLS"
while [ ! -e "$GO" ]; do sleep 0.01; done
exit 1
"""


@pytest.fixture
def tools(tmp_path: Path) -> dict[str, str]:
    """An environment whose buildah notes its calls and waits until `go` is there."""
    program = tmp_path / "bin" / "buildah"
    program.parent.mkdir()
    program.write_text(BUILDAH)
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "CALLS": str(tmp_path / "calls"), "GO": str(tmp_path / "go")}


def test_what_waits_is_removed_by_one_call_and_failures_hold_up_nothing(
    tools: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", tools["PATH"])
    calls = Path(tools["CALLS"])
    removal = Removal(tools)
    removal.begin("one")
    limit = time.monotonic() + 60
    while not (calls.exists() and calls.read_text()) and time.monotonic() < limit:  # made before it is written
        time.sleep(0.01)
    removal.begin("two")
    removal.begin("three")
    assert calls.read_text() == "rm one\n"
    Path(tools["GO"]).touch()
    removal.end()
    assert calls.read_text() == "rm one\nrm two three\n"
    removal.begin("four")
    removal.end()
    assert calls.read_text().endswith("rm four\n")


def test_the_end_has_nothing_to_wait_for(tools: dict[str, str]) -> None:
    Removal(tools).end()
    assert not Path(tools["CALLS"]).exists()


def test_a_tool_that_is_not_there_ends_nothing(tools: dict[str, str]) -> None:
    environ = {**tools, "PATH": "/nowhere"}
    removal = Removal(environ)
    removal.begin("one")
    removal.end()
    environ |= tools
    Path(tools["GO"]).touch()
    removal.begin("two")
    removal.end()
    assert Path(tools["CALLS"]).read_text() == "rm two\n"
