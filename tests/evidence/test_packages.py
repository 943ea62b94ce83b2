"""Databases of packages, read from root file systems that are laid out on disk."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from optimizer.evidence.databases import read_packages
from optimizer.evidence.packages import Manager, Package, Packages, build_only
from optimizer.evidence.rpm import alternatives
from optimizer.evidence.tree import Root
from tests.containers.rpm_databases import package, write_sqlite
from tests.evidence.world import Layered, Pack, Picture, alpine, debian, fedora, write

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


WORLD = "curl>=8 .build-deps tagged@edge pinned><Q1abc !unwanted fuzzy~1.2"
INSTALLED = """
P:curl
V:8.9-r0
D:so:libcurl.so.4 /bin/sh !curl-old cmd:tool ca-certificates-bundle~2024
p:cmd:curl=8.9-r0

P:libcurl
V:8.9-r0
p:so:libcurl.so.4=4.8.0

P:busybox
V:1.36
F:bin
R:busybox

P:busybox-binsh
V:1.36
p:/bin/sh cmd:sh=1.36
F:bin
R:sh

P:tools
V:1
p:cmd:tool=1

P:ca-certificates-bundle
V:1

P:.build-deps
V:20240101.000000
D:gcc

P:gcc
V:13

P:tagged
V:1

P:pinned
V:1

P:fuzzy
V:1
"""


@pytest.mark.parametrize("place", ["lib/apk/db/installed", "usr/lib/apk/db/installed"])
def test_apk_reads_what_is_provided_and_asked_for(tmp_path: Path, place: str) -> None:
    for path, text in {place: INSTALLED, "etc/apk/world": WORLD, "bin/busybox": "", "bin/sh": ""}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = read_packages(Root(tmp_path))
    assert found.closure(["curl"]) == {"curl", "libcurl", "busybox-binsh", "tools", "ca-certificates-bundle"}
    asked = {name for name, each in found.by_name.items() if not each.automatic}
    assert asked == {"curl", ".build-deps", "tagged", "pinned", "fuzzy"}
    assert build_only(found.by_name[".build-deps"])
    assert found.closure([".build-deps"]) == {".build-deps", "gcc"}


def test_rpm_knows_files_capabilities_and_reasons(tmp_path: Path) -> None:
    libcurl = Pack("libcurl", {"/usr/lib64/libcurl.so.4": "so"}, automatic=True)
    curl = Pack("curl", {"/usr/bin/curl": "elf libcurl.so.4"}, "libcurl /bin/sh rpmlib(FileDigests) nowhere.so.1")
    found = packages(tmp_path, fedora(libcurl, curl))
    assert (found.manager, found.unreadable) == (Manager.RPM, "")
    assert found.owner["/usr/bin/curl"] == "curl"
    assert found.by_name["curl"].depends == (("libcurl",), ("bash",), ("nowhere.so.1",))  # bash owns /bin/sh
    assert found.closure(["curl"]) == {"curl", "libcurl", "bash", "glibc"}
    assert {name for name, each in found.by_name.items() if each.automatic} == {"libcurl"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("(a or b)", ("a", "b")),
        ("(a >= 1:2.0-3 and b)", ("a", "b")),
        ("(a if b)", ("a",)),
        ("((a or b < 2) if c)", ("a", "b")),
        ("((a if b) or c)", ("a", "c")),
        ("(a if b else c)", ("a", "c")),
        ("(a unless (b and c))", ("a",)),
        ("(libz.so.1()(64bit) with python3dist(x) >= 2)", ("libz.so.1()(64bit)", "python3dist(x)")),
    ],
)
def test_boolean_dependencies_without_their_conditions(text: str, names: tuple[str, ...]) -> None:
    assert alternatives(text) == names


def _history(place: Path) -> None:
    place.parent.mkdir(parents=True)
    with contextlib.closing(sqlite3.connect(place)) as database, database:
        database.execute("CREATE TABLE rpm (item_id INTEGER, name TEXT)")
        database.execute("CREATE TABLE trans_item (id INTEGER PRIMARY KEY, item_id INTEGER, reason INTEGER)")
        database.executemany("INSERT INTO rpm VALUES (?, ?)", [(1, "asked"), (2, "needed"), (3, "first-needed")])
        database.executemany(
            "INSERT INTO trans_item (item_id, reason) VALUES (?, ?)", [(1, 2), (2, 1), (3, 1), (3, 2), (2, 4)]
        )


@pytest.mark.parametrize(
    ("path", "write", "automatic"),
    [
        ("var/lib/dnf/history.sqlite", _history, {"needed"}),
        ("var/lib/zypp/AutoInstalled", "# when\nneeded\n\nfirst-needed\n", {"needed", "first-needed"}),
        ("usr/lib/sysimage/libdnf5/packages.toml", "[packages\n", set()),
        ("var/lib/dnf/history.sqlite", "no database", set()),
        ("etc/nothing", "", set()),
    ],
    ids=["dnf and microdnf", "zypper", "damaged toml", "damaged history", "nobody says"],
)
def test_why_a_package_of_rpm_is_there(
    tmp_path: Path, path: str, write: Callable[[Path], None] | str, automatic: set[str]
) -> None:
    write_sqlite(tmp_path / "var/lib/rpm/rpmdb.sqlite", [package(each) for each in ("asked", "needed", "first-needed")])
    place = tmp_path / path
    if isinstance(write, str):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(write)
    else:
        write(place)
    found = read_packages(Root(tmp_path))
    assert {name for name, each in found.by_name.items() if each.automatic} == automatic


@pytest.mark.parametrize(
    ("name", "words"),
    [("Packages", "Berkeley DB"), ("rpmdb.sqlite", "damaged"), ("other", "nothing lies in")],
)
def test_says_why_a_database_of_rpm_cannot_be_read(tmp_path: Path, name: str, words: str) -> None:
    place = tmp_path / "var/lib/rpm" / name
    place.parent.mkdir(parents=True)
    place.write_bytes(b"this is no database of that kind")
    found = read_packages(Root(tmp_path))
    assert found.manager is Manager.RPM
    assert words in found.unreadable


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
    ("wanted", "there", "others"),
    [
        ({"fontconfig", "ghostscript"}, set(), {"dejavu"}),
        ({"fontconfig"}, set(), {"urw", "urw-more"}),
        ({"fontconfig"}, {"urw", "urw-more"}, {"dejavu"}),
        ({"fontconfig", "dejavu", "ghostscript"}, set(), set()),
        ({"ghostscript"}, set(), set()),
        ({"unknown"}, set(), set()),
        ({"mailer"}, set(), {"postfix"}),
        ({"mailer", "postfix"}, set(), set()),
        ({"mailer"}, {"postfix"}, set()),
        ({"virtual"}, set(), set()),
    ],
    ids=["another brings the second", "the first", "the second is there", "named", "no choice", "not here",
         "what is first is not here", "and it is named", "and it is there", "one that provides it"],
)  # fmt: skip
def test_what_may_not_come_where_there_was_a_choice(
    tmp_path: Path, wanted: set[str], there: set[str], others: set[str]
) -> None:
    choice = Pack("fontconfig", depends="dejavu | bitstream | urw"), Pack("ghostscript", depends="urw")
    fonts = Pack("dejavu", automatic=True), Pack("urw", depends="urw-more", automatic=True), Pack("urw-more")
    mail = Pack("mailer", depends="default-mta | mail-agent"), Pack("postfix", provides="mail-agent", automatic=True)
    only = Pack("virtual", depends="mail-agent")
    assert packages(tmp_path, debian(*choice, *fonts, *mail, only)).chosen_elsewhere(wanted, there) == others


@pytest.mark.parametrize(
    ("name", "section", "expected"),
    [
        ("libpq-dev", "libdevel", True),
        ("gcc", "devel", True),
        ("vim", "editors", True),
        ("openssl-devel", "Unspecified", True),
        ("glibc-headers", "", True),
        ("bison", "Development/Tools/Building", True),
        ("openssl-libs", "Unspecified", False),
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
