"""Accounts that packages make have a name; their number is an accident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.containers.model import ImageConfig
from optimizer.proof.compare import Aspect, compare
from optimizer.proof.renumbered import without_renumbered
from optimizer.proof.rootfs import Tree

from .fake import CONFIG
from .trees import tree

CRONTAB = "/usr/bin/crontab"
LIST = "/var/lib/dpkg/info/cron.list"


def owned(root: Path, groups: str, gid: int, listed: str = f"{CRONTAB}\n", content: str = "x") -> Tree:
    found = tree(root, {CRONTAB: content, "/etc/group": groups, "/etc/passwd": "root:x:0:0:::\n", LIST: listed})
    return replace(found, nodes={**found.nodes, CRONTAB: replace(found.nodes[CRONTAB], gid=gid)})


def left(
    tmp_path: Path, after: Mapping[str, object], gid: int = 101, config: ImageConfig = CONFIG
) -> list[frozenset[Aspect]]:
    before = owned(tmp_path / "before", "root:x:0:\ncrontab:x:102:\nwww:x:2000:\n", 102)
    given: dict[str, object] = {"groups": "root:x:0:\ncrontab:x:101:\n", **after}
    other = owned(tmp_path / "after", gid=gid, **given)  # type: ignore[arg-type]
    found = without_renumbered(compare(before, other), before, other, config)
    return [delta.aspects for delta in found if delta.path == CRONTAB]


def test_the_same_name_under_another_number_is_no_difference(tmp_path: Path) -> None:
    assert left(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("after", "gid"),
    [
        ({"groups": "root:x:0:\nssh:x:101:\n"}, 101),
        ({"groups": "root:x:0:\n"}, 101),
        ({"groups": "crontab:x:1001:\n"}, 1001),
        ({"groups": "crontab:x:0:\n"}, 0),
        ({"listed": "/usr/bin/other\n"}, 101),
    ],
    ids=["another name", "no name", "a number of people", "root", "no file of the package"],
)
def test_anything_else_is_one(tmp_path: Path, after: Mapping[str, object], gid: int) -> None:
    assert left(tmp_path, after, gid) == [frozenset({Aspect.OWNER})]


@pytest.mark.parametrize(
    "config",
    [
        replace(CONFIG, user="101"),
        replace(CONFIG, user="www:101"),
        replace(CONFIG, volumes=("/usr/bin",)),
        replace(CONFIG, volumes=(f"{CRONTAB}/below",)),
    ],
    ids=["runs by number", "a group by number", "in a volume", "above a volume"],
)
def test_where_numbers_stay_they_count(tmp_path: Path, config: ImageConfig) -> None:
    assert left(tmp_path, {}, config=config) == [frozenset({Aspect.OWNER})]


def test_what_else_differs_stays(tmp_path: Path) -> None:
    assert left(tmp_path, {"content": "y"}) == [frozenset({Aspect.CONTENT})]
