"""Databases of rpm: written here, and made by rpm itself where it is installed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from optimizer.containers.rpm_database import DatabaseError, packages
from optimizer.containers.rpm_header import RpmPackage, read_header
from tests.containers.rpm_databases import (
    LONG_SIZE,
    NAME,
    OLD_NAMES,
    RELEASE,
    VERSION,
    header,
    package,
    write_ndb,
    write_sqlite,
)

CURL = package(
    "curl",
    ["/usr/bin/curl", "/usr/share/doc/curl/README"],
    version="8.6.0",
    release="3.fc40",
    epoch=1,
    requires=["/bin/sh", "libcurl.so.4()(64bit)", "rpmlib(FileDigests)"],
    provides=["curl", "webclient"],
    size=734,
    group="Applications/Internet",
)
_NDB = struct.pack("<4sIII16x", b"RpmP", 0, 1, 1)
KEY = package("gpg-pubkey", version="a15b79cc", release="63d04c2c")


def finder(top: Path) -> Callable[[str], Path | None]:
    return lambda path: place if (place := top / path.lstrip("/")).exists() else None


def test_a_header_says_what_a_package_is() -> None:
    assert read_header(CURL) == RpmPackage(
        name="curl",
        version="1:8.6.0-3.fc40",
        group="Applications/Internet",
        size=734,
        requires=("/bin/sh", "libcurl.so.4()(64bit)", "rpmlib(FileDigests)"),
        provides=("curl", "webclient"),
        files=("/usr/bin/curl", "/usr/share/doc/curl/README"),
    )


def test_a_header_may_have_a_long_size_and_old_names() -> None:
    found = read_header(
        header({NAME: "big", VERSION: "1", RELEASE: "2", LONG_SIZE: 5 << 30, OLD_NAMES: ["/a", "/b/c"]})
    )
    assert (found.size, found.files, found.version) == (5 << 30, ("/a", "/b/c"), "1-2")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0\1\0\0\0\0",
        struct.pack(">II", 1 << 30, 4),
        header({NAME: "x"}),
        package("x", ["/a"])[:-3],
        struct.pack(">II", 1, 4) + struct.pack(">IIII", NAME, 6, 9, 1) + b"abcd",
        struct.pack(">II", 1, 4) + struct.pack(">IIII", NAME, 6, 0, 1) + b"abcd",
    ],
    ids=["empty", "no index", "huge", "no version", "cut", "offset outside", "no end"],
)
def test_a_damaged_header_is_refused(data: bytes) -> None:
    with pytest.raises(DatabaseError):
        read_header(data)


@pytest.mark.parametrize("directory", ["/var/lib/rpm", "/usr/lib/sysimage/rpm"])
@pytest.mark.parametrize(("name", "write"), [("rpmdb.sqlite", write_sqlite), ("Packages.db", write_ndb)])
def test_both_formats_are_read_in_both_places(
    tmp_path: Path, directory: str, name: str, write: Callable[[Path, Sequence[bytes]], None]
) -> None:
    write(tmp_path / directory.lstrip("/") / name, [CURL, KEY, package("bash", ["/bin/bash"])])
    place, found = packages(finder(tmp_path)) or ("", ())
    assert place == f"{directory}/{name}"
    assert [each.name for each in found] == ["curl", "bash"]  # keys are no packages


def test_what_rpm_has_not_yet_written_back_is_read_too(tmp_path: Path) -> None:
    place = tmp_path / "var/lib/rpm/rpmdb.sqlite"
    write_sqlite(place, [CURL])
    with closing(sqlite3.connect(place)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("INSERT INTO Packages (blob) VALUES (?)", (package("late"),))
        database.commit()
        before = {path: path.read_bytes() for path in sorted(place.parent.iterdir())}
        assert before[place.parent / "rpmdb.sqlite-wal"]
        _, found = packages(finder(tmp_path)) or ("", ())
        assert [each.name for each in found] == ["curl", "late"]
        assert {path: path.read_bytes() for path in sorted(place.parent.iterdir())} == before


def test_no_database_is_none(tmp_path: Path) -> None:
    assert packages(finder(tmp_path)) is None


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("Packages", b"\0" * 12 + b"\x61\x15\x06\x00", "Berkeley DB"),
        ("rpmdb.sqlite", b"no database at all, but long enough to be looked at", "damaged"),
        ("Packages.db", b"RpmP", "damaged"),
        ("Packages.db", b"RpmX" + bytes(64), "damaged"),
        ("Packages.db", _NDB + struct.pack("<4s3I", b"Slot", 1, 99, 1), "damaged"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    place = tmp_path / "var/lib/rpm" / name
    place.parent.mkdir(parents=True)
    place.write_bytes(data)
    with pytest.raises(DatabaseError, match=words):
        packages(finder(tmp_path))


def test_a_table_that_is_missing_is_damage(tmp_path: Path) -> None:
    place = tmp_path / "var/lib/rpm/rpmdb.sqlite"
    place.parent.mkdir(parents=True)
    with closing(sqlite3.connect(place)) as database:
        database.execute("CREATE TABLE other (a)")
    with pytest.raises(DatabaseError, match="damaged"):
        packages(finder(tmp_path))


SPEC = """\
Name: tiny
Version: 1.2
Release: 3
Epoch: 4
Summary: A tiny package
License: MIT
Group: Development/Tools
BuildArch: noarch
Requires: /bin/sh, (alpha or beta)
Provides: virtual-thing = 7
%description
x
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/share/doc/tiny
echo '#!/bin/sh' > %{buildroot}/usr/bin/tiny
ln -s tiny %{buildroot}/usr/bin/small
echo doc > %{buildroot}/usr/share/doc/tiny/README
%files
/usr/bin/tiny
/usr/bin/small
%doc /usr/share/doc/tiny
"""


@pytest.fixture
def rpm(tmp_path: Path) -> Callable[..., str]:
    if shutil.which("rpmbuild") is None:
        if os.environ.get("CI"):
            pytest.fail("rpm is not installed; run tests/lab/setup.sh", pytrace=False)
        pytest.skip("rpm is not installed; run tests/lab/setup.sh")

    def run(*words: str) -> str:
        return subprocess.run(words, check=True, capture_output=True, text=True, cwd=tmp_path).stdout

    return run


def test_reads_what_rpm_itself_writes(tmp_path: Path, rpm: Callable[..., str]) -> None:
    (tmp_path / "tiny.spec").write_text(SPEC)
    rpm("rpmbuild", "-bb", "--define", f"_topdir {tmp_path}/build", "--define", "__os_install_post %{nil}", "tiny.spec")
    built = str(tmp_path / "build/RPMS/noarch/tiny-1.2-3.noarch.rpm")
    there = ("--root", str(tmp_path / "root"), "--dbpath", "/usr/lib/sysimage/rpm")
    rpm("rpm", *there, "--define", "_db_backend sqlite", "--install", "--nodeps", built)
    shown = rpm(
        "rpm", *there, "-qa", "--qf",
        "%{NAME}|%{EPOCH}:%{VERSION}-%{RELEASE}|%{GROUP}|%{SIZE}|[%{REQUIRENAME},]|[%{PROVIDENAME},]|[%{FILENAMES},]",
    )  # fmt: skip
    name, version, group, size, requires, provides, files = shown.split("|")
    lists = [tuple(text.split(",")[:-1]) for text in (requires, provides, files)]
    _, found = packages(finder(tmp_path / "root")) or ("", ())
    assert found == (RpmPackage(name, version, group, int(size), *lists),)
