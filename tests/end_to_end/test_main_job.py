"""The main job, as a user does it: see what would change, have it proven, have it written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.end_to_end.account import Account, stored
from tests.end_to_end.apps import (
    MERGE,
    MERGED,
    SCRIPT,
    SERVER,
    SERVER_FILES,
    VERIFY,
    WRITE,
    application,
    git,
    held,
    script,
)

pytestmark = pytest.mark.container

IGNORE = (
    "# caches that tools make again\n**/__pycache__\n\n# read by the builder, not by the image\n.containerignore\n"
    "Containerfile\n\n# version history\n.git\n"
)
WRITTEN = {
    "Containerfile": MERGED.encode(),
    ".containerignore": IGNORE.encode(),
    **{name: text.encode() for name, text in SCRIPT.items()},
}


def own_app(account: Account, containerfile: str, files: dict[str, str]) -> Path:
    """An application in the account's home, and belonging to it."""
    place = application(account.home / "app", containerfile, files)
    owner = account.home.stat()
    for path in (place, *place.rglob("*")):
        shutil.chown(path, owner.st_uid, owner.st_gid)
    return place


def times(place: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in place.rglob("*") if ".git" not in path.parts}


def test_a_dry_run_shows_a_diff_builds_nothing_and_touches_nothing(me: Account) -> None:
    place = application(me.home / "app", script(), SCRIPT)
    before = held(place)
    result = me.optimize(*MERGE, cwd=place)
    assert result.code == 0
    assert "+RUN chmod +x run.sh \\\n+    && mkdir data" in result.out
    assert result.err.endswith("not proven: nothing was built or run\n")
    assert held(place) == before
    assert stored(me).nameless == frozenset()


def test_what_is_proven_is_written_and_then_there_is_nothing_to_do(account: Account) -> None:
    place = own_app(account, script(), SCRIPT)
    result = account.optimize(*WRITE, *MERGE, cwd=place)
    assert result.code == 0
    assert all(line.endswith("is done, comparing and running") for line in result.err.splitlines())
    assert held(place) == WRITTEN
    said = result.out.splitlines()
    assert (said[0], said[2]) == ("Containerfile: changed", "  proven")
    for figure in ("size unpacked", "size compressed", "layers", "build"):
        assert any(line.startswith(f"  {figure} ") for line in said)
    assert "checks of behaviour: 1 passed" in result.out
    assert any(line.startswith("  proven with buildah ") for line in said)
    assert stored(account).ours == frozenset()

    before = times(place)
    again = account.optimize(*WRITE, *MERGE, cwd=place)
    assert (again.code, again.out.splitlines()[0]) == (0, "Containerfile: unchanged")
    assert held(place) == WRITTEN
    assert times(place) == before


def test_the_diff_applies_with_git_and_with_patch_and_gives_what_write_writes(me: Account) -> None:
    place = application(me.home / "app", script(), SCRIPT)
    shown = me.optimize(*VERIFY, *MERGE, cwd=place)
    assert shown.code == 0
    assert git(place, "status", "--porcelain") == ""
    patch = me.home / "shown.patch"
    patch.write_text(shown.out)
    for name, command in (("git", ("git", "apply")), ("patch", ("patch", "-p1", "--input"))):
        copy = me.home / name
        shutil.copytree(place, copy)
        applied = me.run(*command, str(patch), cwd=copy)
        assert (applied.code, applied.err) == (0, "")
        assert held(copy) == WRITTEN

    assert me.optimize(*WRITE, *MERGE, cwd=place).code == 0
    assert held(place) == WRITTEN
    assert git(place, "status", "--porcelain") == " M Containerfile\n?? .containerignore\n"
    git(place, "add", "--intent-to-add", ".containerignore")
    changed = [line for line in git(place, "diff").splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    proposed = [line for line in shown.out.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == proposed


def test_a_server_is_asked_before_and_after(account: Account) -> None:
    place = own_app(account, SERVER, SERVER_FILES)
    result = account.optimize(*VERIFY, "--select", "merge_runs", "--output-format", "json", *MERGE, cwd=place)
    assert result.code == 0
    checks = {check["name"]: check for check in json.loads(result.out)["files"][0]["verdict"]["checks"]}
    assert {check["result"] for check in checks.values()} == {"PASSED"}
    assert {"port 8080", "GET :8080/", "HEALTHCHECK", "stop"} <= checks.keys()
    assert checks["GET :8080/"]["detail"] == "answers 200"
    assert checks["stop"]["detail"] == "stops with 0, by itself"
    assert stored(account).ours == frozenset()
