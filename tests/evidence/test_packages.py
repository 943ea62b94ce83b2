"""Databases of packages, read from root file systems that are laid out on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.evidence.packages import Manager, Package, Packages, build_only, read_packages
from optimizer.evidence.tree import Root
from tests.evidence.world import Layered, Pack, Picture, alpine, debian, write

LIBPQ = Pack(
    "libpq5", {"/usr/lib/x86_64-linux-gnu/libpq.so.5": "so"}, "libc6, libssl3 (>= 3) | libssl1", automatic=True
)
LIBSSL = Pack("libssl3", {"/usr/lib/x86_64-linux-gnu/libssl.so.3": "so"}, "libc6", automatic=True)
CURL = Pack("curl", {"/usr/bin/curl": "elf libssl.so.3"}, "libc6, libssl3", "web")


def packages(tmp_path: Path, picture: Picture) -> Packages:
    return read_packages(Root(write(tmp_path, picture)))


def test_dpkg_says_who_owns_a_path_and_who_was_asked_for(tmp_path: Path) -> None:
    found = packages(tmp_path, debian(LIBPQ, LIBSSL, CURL))
    assert found.manager is Manager.DPKG
    assert found.owner["/usr/bin/curl"] == "curl"
    assert {name for name, each in found.by_name.items() if each.automatic} == {"libpq5", "libssl3"}
    assert found.by_name["libpq5"].depends == (("libc6",), ("libssl3", "libssl1"))
    assert found.by_name["libpq5"].size == 1000 * 1024


def test_dpkg_paths_are_found_behind_merged_directories(tmp_path: Path) -> None:
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    found = packages(tmp_path, debian(Pack("libz", {"/lib/libz.so.1": "so"})))
    assert found.owner["/usr/lib/libz.so.1"] == "libz"


def test_apk_knows_files_world_and_sonames(tmp_path: Path) -> None:
    ssl = Pack("libssl3", {"/usr/lib/libssl.so.3": "so"}, automatic=True)
    found = packages(
        tmp_path, alpine(ssl, Pack("curl", {"/usr/bin/curl": "elf libssl.so.3"}, "libssl3>=3.1 !curl-old"))
    )
    assert found.manager is Manager.APK
    assert found.owner["/usr/bin/curl"] == "curl"
    assert found.by_name["curl"].depends == (("libssl3",),)
    assert found.by_name["libssl3"].automatic and not found.by_name["curl"].automatic


def test_rpm_is_recognised_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "usr/lib/sysimage/rpm").mkdir(parents=True)
    assert read_packages(Root(tmp_path)).manager is Manager.RPM


def test_no_database_is_no_packages(tmp_path: Path) -> None:
    assert read_packages(Root(write(tmp_path, Picture([Layered({"/app": "static"})])))).manager is Manager.NONE


@pytest.mark.parametrize(
    ("wanted", "fewest"),
    [
        ({"libpq5", "libssl3"}, ("libpq5",)),
        ({"curl", "libpq5"}, ("curl", "libpq5")),
        ({"one", "two"}, ("one",)),
        (set(), ()),
    ],
    ids=["a dependency comes along", "neither brings the other", "they need each other", "nothing"],
)
def test_the_fewest_packages_bring_all(tmp_path: Path, wanted: set[str], fewest: tuple[str, ...]) -> None:
    circle = Pack("one", depends="two"), Pack("two", depends="one")
    assert packages(tmp_path, debian(LIBPQ, LIBSSL, CURL, *circle)).fewest(wanted) == fewest


@pytest.mark.parametrize(
    ("name", "section", "expected"),
    [
        ("libpq-dev", "libdevel", True),
        ("gcc", "devel", True),
        ("vim", "editors", True),
        ("python3-dev", "python", True),
        ("openjdk-17-jdk-headless", "java", True),
        (".build-deps", "", True),
        ("openjdk-17-jre-headless", "java", False),
        ("curl", "web", False),
        ("git", "vcs", False),
        ("fonts-dejavu-core", "fonts", False),
        ("universe-thing", "universe/devel", True),
    ],
)
def test_knows_what_is_only_for_building(name: str, section: str, expected: bool) -> None:
    assert build_only(Package(name, "1", section)) is expected
