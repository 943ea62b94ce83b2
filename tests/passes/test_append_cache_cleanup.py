"""What the goldens cannot show: contracts, order, and that a rewritten shell still parses and ends as before."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from optimizer.context import MemoryContext
from optimizer.engine import Rewrite, Source, run
from optimizer.passes.append_cache_cleanup import append_cache_cleanup
from optimizer.proposal import PathPattern, Proposal, Safety, TraceRelation
from optimizer.selection import Selection


def rewrite(*lines: str) -> Rewrite:
    """The result for a file that consists of these lines."""
    source = Source("\n".join(lines) + "\n", None, MemoryContext())
    found = run(source, (append_cache_cleanup,), Selection(least=Safety.NEEDS_PROOF))
    assert found.bugs == ()
    return found


def proposal(*lines: str) -> Proposal:
    """The only proposal."""
    (placed,) = rewrite(*lines).placed
    return placed.proposal


def globs(patterns: frozenset[PathPattern]) -> set[str]:
    return {pattern.glob for pattern in patterns}


@pytest.mark.parametrize(
    ("lines", "removed"),
    [
        (("FROM debian", "RUN apt-get update && apt-get install -y x"), {"/var/lib/apt/lists"}),
        (("FROM x", "USER root", "RUN pip install y"), {"/root/.cache/pip"}),
        (("FROM x", "USER 0:0", "RUN pip install y"), {"/root/.cache/pip"}),
        (("FROM x", "USER app", "RUN pip install y"), {"/home/app/.cache/pip"}),
        (("FROM x", "USER 1000", "RUN pip install y"), {"/home/*/.cache/pip"}),
        (("FROM x", "RUN pip install y"), {"/root/.cache/pip", "/home/*/.cache/pip"}),
        (("FROM x", "USER root", "ENV HOME=/data", "RUN pip install y"), {"/root/.cache/pip", "/data/.cache/pip"}),
    ],
)
def test_only_the_cache_may_vanish(lines: tuple[str, ...], removed: set[str]) -> None:
    contract = proposal(*lines).contract
    assert contract.trace is TraceRelation.CLEANS
    assert globs(contract.removed) == removed
    assert not contract.added


def test_a_tool_that_cleans_may_write_its_logs() -> None:
    contract = proposal("FROM node", "USER root", "RUN npm ci").contract
    logs = {"/root/.npm/_logs", "/tmp/node-compile-cache"}
    assert globs(contract.added) == logs
    # A log's name holds the time, so the first one differs between any two builds.
    assert globs(contract.removed) == {"/root/.npm/_cacache"} | logs


def test_the_reason_names_command_and_place() -> None:
    reason = proposal("FROM debian", "RUN apt-get update && apt-get install -y x").reason
    assert "`apt-get update`" in reason
    assert "/var/lib/apt/lists" in reason


def test_a_mount_elsewhere_is_no_cache_mount() -> None:
    run = "RUN --mount=type=cache,target=/root/.cargo --mount=type=bind,target=/src pip install y"
    assert proposal("FROM x", run).edits


@pytest.mark.parametrize(
    "target", ["/root/.cache/pip", "/root/.cache", "/root", "/home/app/.cache/pip", "/root/.cache/"]
)
def test_a_mount_above_the_cache_is_one(target: str) -> None:
    (refused,) = rewrite("FROM x", f"RUN --mount=type=cache,target={target} pip install y").refused
    assert refused.declined.why.name == "CACHE_MOUNT"


SCRIPTS = [
    "apt-get update && apt-get install x",
    "apt-get update; apt-get install x",
    "apt-get update || apt-get install x",
    "apt-get update && apt-get install x || false",
    "set -e; apt-get update; apt-get install x",
    "set -e; apt-get update && apt-get install x",
    "set -e; apt-get update; (apt-get install x; true)",
    "npm ci && npm run build",
    "npm ci; npm run build",
    "set -e; npm ci; npm run build",
    "set -e && npm ci && npm run build; true",
]


@pytest.mark.parametrize("failing", ["none", "update", "install", "ci", "run"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_shell_ends_as_before_whatever_fails(script: str, failing: str, tmp_path: Path) -> None:
    """Runs both command lines with tools that fail on one verb, and compares exit code and calls."""
    after = rewrite("FROM x", "USER root", f"RUN {script}").text.splitlines()[2].removeprefix("RUN ")
    assert after != script
    assert _outcome(script, failing, tmp_path) == _outcome(after, failing, tmp_path)


def _outcome(script: str, failing: str, folder: Path) -> tuple[int, list[str]]:
    for name in ("apt-get", "npm"):
        path = folder / name
        path.write_text(f'#!/bin/sh\necho {name} "$@"\n[ "$1" != {failing} ]\n')
        path.chmod(0o755)
    harmless = script.replace("/var/lib/apt/lists/*", f"{folder}/none/*")
    done = subprocess.run(
        ["/bin/sh", "-c", harmless],
        env={"PATH": f"{folder}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )
    return done.returncode, [line for line in done.stdout.splitlines() if "cache clean" not in line]


@pytest.mark.parametrize("call", ["npm install", "npm ci", "npm i", "pip install", "apk add"])
def test_the_reason_names_the_call_as_the_file_does(call: str) -> None:
    assert proposal("FROM x", f"RUN {call} y").reason.startswith(f"`{call}` leaves files in ")
