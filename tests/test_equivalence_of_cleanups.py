"""What the check of equivalence takes for a mere cleanup, and what it must not."""

from __future__ import annotations

import pytest

from optimizer.containerfile.parser import parse
from optimizer.equivalence import problem
from optimizer.facts import Facts
from optimizer.facts.trace import Trace
from optimizer.proposal import TraceRelation

PURGE = "rm -rf /var/lib/apt/lists/*"


def compare(before: str, after: str) -> str | None:
    """What the check says of one RUN that became another."""
    traces = [Facts(parse(f"FROM x\nRUN {run}\n"))[Trace] for run in (before, after)]
    return problem(traces[0], traces[1], TraceRelation.CLEANS)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("apt-get update && a", f"apt-get update && a && {PURGE}"),
        ("apt-get update; a", f"apt-get update; a && {PURGE}"),
        ("a || b", f"a || b && {PURGE}"),
        ("set -e; a; b", f"set -e; a; b; {PURGE}"),
        ("set -e; a && b", f"set -e; a && b && {PURGE}"),
        ("npm ci; b", "npm ci && npm cache clean --force; b"),
        ("set -e; npm ci; b", "set -e; npm ci; npm cache clean --force; b"),
        ("pip install x", "pip install --no-cache-dir x"),
        ("sh -c 'pip install x'", "sh -c 'pip install --no-cache-dir x'"),
        ("a && b; c", f"a && b && {PURGE}; c"),
    ],
)
def test_a_cleanup_is_no_difference(before: str, after: str) -> None:
    assert compare(before, after) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("apt-get update; a", f"apt-get update; a; {PURGE}"),
        ("set -e; npm ci; b", "set -e; npm ci && npm cache clean --force; b"),
        ("set -e; a && b", f"set -e; a && b; {PURGE}"),
        ("set -e; (a; b)", f"set -e; (a; b) && {PURGE}"),
        ("a", f"a || {PURGE}"),
        ("a", f"{PURGE} /etc && a"),
        ("a", "a && rm -rf /usr/lib/*"),
        ("pip install x", "pip install --no-deps x"),
        ("npm ci", "npm ci && npm cache clean"),
    ],
)
def test_anything_else_is_one(before: str, after: str) -> None:
    assert compare(before, after) is not None
