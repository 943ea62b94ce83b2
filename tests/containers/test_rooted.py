"""Paths in a foreign root never lead out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.containers.rooted import place, remove


@pytest.fixture
def root(tmp_path: Path) -> Path:
    inside = tmp_path / "root"
    (inside / "usr" / "bin").mkdir(parents=True)
    (inside / "bin").symlink_to("usr/bin")
    (inside / "out").symlink_to("../../..")
    (inside / "etc").symlink_to("/usr")
    (inside / "loop").symlink_to("loop")
    return inside


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/usr/bin/app", "usr/bin/app"),
        ("/bin/app", "usr/bin/app"),
        ("/etc/passwd", "usr/passwd"),
        ("/out/etc", "etc"),
        ("/../../etc", "etc"),
        ("/usr/bin/../x", "usr/x"),
        ("/bin", "bin"),
        ("bin/./app", "usr/bin/app"),
    ],
)
def test_a_path_is_found_where_a_process_inside_would(root: Path, path: str, expected: str) -> None:
    assert place(root, path) == root / expected


@pytest.mark.parametrize("path", ["/nowhere/x", "/loop/x", "/", "", "/usr/.."])
def test_what_leads_nowhere_has_no_place(root: Path, path: str) -> None:
    assert place(root, path) is None


def test_removing_a_link_leaves_what_it_points_to(root: Path) -> None:
    (root / "usr" / "bin" / "app").touch()
    remove(root, "/bin")
    assert not (root / "bin").is_symlink()
    assert (root / "usr" / "bin" / "app").exists()


def test_removing_through_a_link_stays_inside(root: Path, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    remove(root, "/out/etc")
    assert (tmp_path / "etc").is_dir()
    assert not (root / "etc").is_symlink()


def test_a_directory_is_removed_with_all_it_holds(root: Path) -> None:
    remove(root, "/usr")
    assert not (root / "usr").exists()
