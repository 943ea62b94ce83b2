"""What git says of a real repository, and of none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from optimizer.history import changes, ignored

AS = ("-c", "user.name=x", "-c", "user.email=x@y", "-c", "commit.gpgsign=false")


def git(place: Path, *arguments: str) -> None:
    subprocess.run(["git", *AS, *arguments], cwd=place, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "app").mkdir()
    for number in range(3):
        (tmp_path / "app" / "often.py").write_text(str(number))
        (tmp_path / "app" / "ü name").write_text("once")
        (tmp_path / "above").write_text(str(number))
        git(tmp_path, "add", "--all")
        git(tmp_path, "commit", "--quiet", "--message", "x")
    return tmp_path


def test_commits_are_counted_by_path(repository: Path) -> None:
    assert changes(repository) == {"app/often.py": 3, "app/ü name": 1, "above": 3}


def test_paths_are_those_of_the_context(repository: Path) -> None:
    assert changes(repository / "app") == {"often.py": 3, "ü name": 1}


def test_nothing_of_the_repository_is_started(repository: Path, tmp_path: Path) -> None:
    """What its own configuration would start for a log: a check of signatures, a pager, an outside diff."""
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for name in ("gpg.program", "core.pager", "pager.log", "diff.external", "core.fsmonitor"):
        git(repository, "config", name, str(trap))
    git(repository, "config", "log.showSignature", "true")
    (repository / ".gitattributes").write_text("* diff=x\n")
    git(repository, "config", "diff.x.textconv", str(trap))
    assert changes(repository)["app/often.py"] == 3
    assert not (tmp_path / "sprung").exists()


def test_where_no_history_is_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("")
    assert (changes(tmp_path), ignored(tmp_path)) == ({}, ())
    git(tmp_path, "init", "--quiet")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (changes(tmp_path), ignored(tmp_path)) == ({}, ())


def test_the_environment_does_not_name_another_repository(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "--quiet")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert changes(repository)["above"] == 3


def test_what_version_control_ignores_is_told_topmost(repository: Path) -> None:
    for path in ("debug.log", "app/x.log", "app/data/big", "app/data/more", "untracked", "kept.log"):
        (repository / path).parent.mkdir(exist_ok=True)
        (repository / path).write_text("")
    (repository / ".gitignore").write_text("*.log\n!kept.log\n")
    (repository / "app" / ".gitignore").write_text("data/\n")
    git(repository, "add", "--force", "app/x.log")
    assert ignored(repository) == ("app/data", "debug.log")
    assert ignored(repository / "app") == ("data",)
