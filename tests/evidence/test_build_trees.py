"""Which files of a build tree only serve the build."""

from __future__ import annotations

import pytest

from optimizer.evidence.build_trees import BuildTrees

PATHS = (
    "/src/CMakeLists.txt",
    "/src/build/CMakeCache.txt",
    "/src/build/install_manifest.txt",
    "/in/CMakeCache.txt",
    "/in/install_manifest.txt",
    "/in/list.json",
    "/out/meson-private/coredata.dat",
    "/out/meson-logs/install-log.txt",
    "/rust/target/CACHEDIR.TAG",
)
TREES = BuildTrees(PATHS, lambda path: path not in ("/src/CMakeLists.txt", "/in/list.json"))


@pytest.mark.parametrize(
    ("path", "serves"),
    [
        ("/src/build/app", False),
        ("/src/build/CMakeCache.txt", True),
        ("/src/build/CMakeFiles/app.dir/link.txt", True),
        ("/src/build/deep/cmake_install.cmake", True),
        ("/src/build/libx.a", True),
        ("/src/CMakeFiles/x", False),
        ("/in/list.json", False),
        ("/in/CMakeCache.txt", True),
        ("/out/build.ninja", True),
        ("/out/data/list", False),
        ("/rust/target/release/app", True),
        ("/rust/Cargo.toml", False),
    ],
)
def test_what_serves_the_build(path: str, serves: bool) -> None:
    assert TREES.serve(path) is serves


def test_a_tree_that_holds_what_was_copied_was_not_only_installed_from() -> None:
    assert TREES.installed == ("/out", "/src/build")


@pytest.mark.parametrize(
    ("path", "holds"),
    [("/rust/target/x", True), ("/src/build/CMakeFiles/x", True), ("/src/build/logs", False), ("/src/logs", False)],
)
def test_empty_directories_of_the_tools(path: str, holds: bool) -> None:
    assert TREES.hold(path) is holds
