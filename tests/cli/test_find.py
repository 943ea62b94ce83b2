"""Which files are Containerfiles, and which are not touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.cli.find import STDIN, find
from optimizer.report.entry import Failed


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("FROM scratch\n")


def names(root: Path, *paths: str) -> list[str]:
    return [str(each.relative_to(root)) if isinstance(each, Path) else each.error.message for each in find(paths, root)]


@pytest.mark.parametrize(
    "name",
    [
        "Containerfile",
        "Dockerfile",
        "web.Containerfile",
        "web.Dockerfile",
        "Dockerfile.dev",
        "Containerfile.alpine-3.20",
    ],
)
def test_a_containerfile_is_found(tmp_path: Path, name: str) -> None:
    make(tmp_path, f"a/{name}")
    assert names(tmp_path, ".") == [f"a/{name}"]


@pytest.mark.parametrize(
    "name",
    [
        "Dockerfile.dockerignore",
        "web.Dockerfile.dockerignore",
        "Containerfile.containerignore",
        "Dockerfile.j2",
        "Dockerfile.web.tmpl",
        "Containerfile.orig",
        "Dockerfile.bak",
        "Dockerfile.md",
        "Dockerfile.web~",
        "MyDockerfile",
        "Dockerfiles",
    ],
)
def test_what_only_looks_like_one_is_not(tmp_path: Path, name: str) -> None:
    make(tmp_path, name)
    assert names(tmp_path, ".") == ["no Containerfile in this directory"]


@pytest.mark.parametrize("directory", [".git", "node_modules", "lib/site-packages", "__pycache__"])
def test_directories_of_others_are_skipped(tmp_path: Path, directory: str) -> None:
    make(tmp_path, f"{directory}/x/Dockerfile", "Dockerfile")
    assert names(tmp_path, ".") == ["Dockerfile"]


def test_virtual_environments_are_skipped_whatever_their_name(tmp_path: Path) -> None:
    make(tmp_path, "my-env/pyvenv.cfg", "my-env/x/Dockerfile", "Dockerfile")
    assert names(tmp_path, ".") == ["Dockerfile"]


def test_they_come_in_a_fixed_order_and_once_each(tmp_path: Path) -> None:
    make(tmp_path, "b/Dockerfile", "a/Dockerfile", "a/Containerfile")
    assert names(tmp_path, "b/Dockerfile", ".", "./a/../b/Dockerfile") == [
        "b/Dockerfile",
        "a/Containerfile",
        "a/Dockerfile",
    ]


def test_a_named_file_needs_no_special_name(tmp_path: Path) -> None:
    make(tmp_path, "build.txt")
    assert names(tmp_path, "build.txt") == ["build.txt"]


def test_links_out_of_the_directory_are_not_followed(tmp_path: Path) -> None:
    make(tmp_path, "outside/Dockerfile", "inside/web/Dockerfile")
    (tmp_path / "inside" / "Dockerfile").symlink_to("../outside/Dockerfile")
    (tmp_path / "inside" / "more").symlink_to("../outside")
    (tmp_path / "inside" / "Containerfile").symlink_to("web/Dockerfile")
    assert names(tmp_path, "inside") == ["inside/Containerfile"]


def test_without_arguments_it_is_the_one_here(tmp_path: Path) -> None:
    assert names(tmp_path) == ["no Containerfile and no Dockerfile here"]
    make(tmp_path, "Dockerfile", "web.Dockerfile")
    assert names(tmp_path) == ["Dockerfile"]
    make(tmp_path, "Containerfile")
    assert names(tmp_path) == ["Containerfile"]


def test_an_argument_that_leads_nowhere_does_not_stop_the_others(tmp_path: Path) -> None:
    make(tmp_path, "Dockerfile")
    (missing, found) = find(["none", "."], tmp_path)
    assert isinstance(missing, Failed)
    assert (missing.name, missing.error.message) == ("none", "no such file")
    assert found == tmp_path / "Dockerfile"


def test_a_dash_is_standard_input(tmp_path: Path) -> None:
    assert find(["-"], tmp_path) == (STDIN,)
