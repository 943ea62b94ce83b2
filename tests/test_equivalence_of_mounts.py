"""What the check of equivalence takes for a cache mount in place of a cleanup, and what it must not."""

from __future__ import annotations

import pytest

from optimizer.containerfile.parser import parse
from optimizer.equivalence import problem
from optimizer.facts import Facts
from optimizer.facts.trace import Trace
from optimizer.proposal import TraceRelation

LISTS = "--mount=type=cache,target=/var/lib/apt/lists,sharing=locked"
ARCHIVES = "--mount=type=cache,target=/var/cache/apt,sharing=locked"
PIP = "--mount=type=cache,id=x,target=/root/.cache/pip"


def compare(before: str, after: str) -> str | None:
    """What the check says of RUNs, one a line, that became others."""
    files = ["FROM x\n" + "".join(f"RUN {line}\n" for line in text.splitlines()) for text in (before, after)]
    traces = [Facts(parse(text))[Trace] for text in files]
    return problem(traces[0], traces[1], TraceRelation.MOUNTS)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("apt-get update && rm -rf /var/lib/apt/lists/*", f"{LISTS} apt-get update"),
        ("apt-get update && a && rm -rf /var/lib/apt/lists/* /tmp/*", f"{LISTS} apt-get update && a && rm -rf /tmp/*"),
        ("apt-get update", f"{LISTS} apt-get update"),
        ("apt-get install x", f"{ARCHIVES} apt-get install -o Dir::Cache::Archives=kept/ x"),
        ("pip install --no-cache-dir x", f"{PIP} pip install x"),
        (f"{PIP} pip install x", f"{PIP} pip install x"),
        ("pip install x", "pip install --no-cache-dir x"),
        ('["pip", "install", "x"]', f'{PIP} ["pip", "install", "x"]'),
    ],
)
def test_a_mount_for_a_cleanup_is_no_difference(before: str, after: str) -> None:
    assert compare(before, after) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("apt-get update && rm -rf /var/lib/apt/lists/*", "apt-get update"),
        ("apt-get update && rm -rf /var/lib/apt/lists/*", f"{ARCHIVES} apt-get update"),
        ("apt-get update && rm -rf /var/lib/apt/lists/* /tmp/*", f"{LISTS} apt-get update"),
        ("apt-get update && rm -rf /var/lib/apt/lists/* /tmp/*", "apt-get update && rm -rf /tmp/*"),
        ("apt-get install x", "apt-get install -o Dir::Cache::Archives=kept/ x"),
        ("apt-get install x", f"{ARCHIVES} apt-get install -o Dir::Cache::Archives=/ x"),
        ("pip install --no-cache-dir x", "pip install x"),
        ("pip install --no-cache-dir x\npip install --no-cache-dir y", f"{PIP} pip install x\npip install y"),
        (f"{PIP} pip install x", "pip install x"),
        ("pip install x", "--mount=type=cache,target=/usr/lib pip install x"),
        ("pip install x", "--mount=type=cache,target=/root/.cache/pip,from=other pip install x"),
        ("pip install x", "--mount=type=bind,target=/root/.cache/pip pip install x"),
        ("pip install x", f"{PIP} pip install y"),
    ],
)
def test_anything_else_is_one(before: str, after: str) -> None:
    assert compare(before, after) is not None
