from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from optimizer.proof.packages import Drift, Manager, Package, changes, installed, owned, top_level
from tests.containers.rpm_databases import package as rpm
from tests.containers.rpm_databases import write_ndb, write_sqlite

from .trees import Content, tree

SITE = "/usr/lib/python3.11/site-packages"
STATUS = """Package: libc6
Status: install ok installed
Architecture: amd64
Description: library
 Package: not a field
Version: 2.36-9

Package: gone
Status: deinstall ok config-files
Version: 1
Architecture: all
"""
APK = "C:Q1abc\nP:musl\nV:1.2.4-r2\nF:lib\nR:ld-musl.so.1\nZ:Q1x\n\nP:zlib\nV:1.3\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"/var/lib/dpkg/status": STATUS}, {(Manager.DPKG, "libc6", "2.36-9")}),
        ({"/var/lib/dpkg/status.d/base": STATUS}, {(Manager.DPKG, "libc6", "2.36-9")}),
        ({"/lib/apk/db/installed": APK}, {(Manager.APK, "musl", "1.2.4-r2"), (Manager.APK, "zlib", "1.3")}),
        (
            {f"{SITE}/Foo_Bar-1.0.dist-info/METADATA": "Metadata-Version: 2\nName: Foo.Bar\nVersion: 1.0\n\nName: no"},
            {(Manager.PYTHON, "foo-bar", "1.0")},
        ),
        ({f"{SITE}/old-2.egg-info": "Name: old\nVersion: 2\n"}, {(Manager.PYTHON, "old", "2")}),
        ({f"{SITE}/old-2.egg-info/PKG-INFO": "Name: old\nVersion: 2\n"}, {(Manager.PYTHON, "old", "2")}),
        (
            {
                "/app/node_modules/a/package.json": json.dumps({"name": "a", "version": "1"}),
                "/app/node_modules/a/lib/package.json": json.dumps({"name": "inner", "version": "1"}),
                "/app/node_modules/a/node_modules/b/package.json": json.dumps({"name": "b", "version": "2"}),
                "/app/node_modules/@s/c/package.json": json.dumps({"name": "@s/c", "version": "3"}),
                "/app/node_modules/broken/package.json": "{",
                "/app/node_modules/nameless/package.json": "[]",
                "/app/package.json": json.dumps({"name": "app", "version": "9"}),
            },
            {(Manager.NODE, "a", "1"), (Manager.NODE, "b", "2"), (Manager.NODE, "@s/c", "3")},
        ),
        ({"/etc/passwd": "root"}, set()),
    ],
    ids=["dpkg", "distroless", "apk", "dist-info", "egg file", "egg directory", "node", "nothing"],
)
def test_records_are_read(tmp_path: Path, files: dict[str, Content], expected: set[tuple[Manager, str, str]]) -> None:
    found = installed(tree(tmp_path, files))
    assert {(package.manager, package.name, package.version) for package in found} == expected


def package(name: str, version: str, manager: Manager = Manager.DPKG) -> Package:
    return Package(manager, name, version, f"/{name}")


def test_packages_are_compared_by_name_and_version() -> None:
    before = frozenset({package("same", "1"), package("gone", "1"), package("drift", "1")})
    after = frozenset({package("same", "1"), package("new", "1"), package("drift", "2")})
    found = changes(before, after)
    assert found.removed == (package("gone", "1"),)
    assert found.added == (package("new", "1"),)
    assert found.drifted == (Drift(Manager.DPKG, "drift", frozenset("1"), frozenset("2")),)


def test_one_of_several_versions_less_is_a_removal() -> None:
    both = frozenset({package("a", "1", Manager.NODE), package("a", "2", Manager.NODE)})
    found = changes(both, frozenset({package("a", "2", Manager.NODE)}))
    assert found.removed == (package("a", "1", Manager.NODE),)
    assert not found.drifted


def test_where_a_package_lies_does_not_matter() -> None:
    one, other = (frozenset({Package(Manager.PYTHON, "a", "1", record)}) for record in ("/x", "/y"))
    assert changes(one, other) == changes(one, one)


def test_what_a_python_distribution_brought(tmp_path: Path) -> None:
    record = f"{SITE}/a-1.dist-info"
    found = tree(
        tmp_path,
        {
            f"{record}/METADATA": "Name: a\nVersion: 1\n",
            f"{record}/RECORD": "a/__init__.py,sha256=x,1\n../../../bin/a,,\nmissing.py,,\n",
            f"{SITE}/a/__init__.py": "",
            "/usr/bin/a": "",
        },
    )
    (a,) = installed(found)
    assert owned(found, [a]) == {
        record,
        f"{record}/METADATA",
        f"{record}/RECORD",
        f"{SITE}/a/__init__.py",
        "/usr/bin/a",
    }


@pytest.mark.parametrize(
    ("path", "write"),
    [("/usr/lib/sysimage/rpm/rpmdb.sqlite", write_sqlite), ("/var/lib/rpm/Packages.db", write_ndb)],
    ids=["sqlite", "ndb"],
)
def test_rpm_is_read(tmp_path: Path, path: str, write: Callable[[Path, Sequence[bytes]], None]) -> None:
    files = ["/usr/bin/curl", "/usr/share/doc/curl/README"]
    write(tmp_path / path.lstrip("/"), [rpm("curl", files, epoch=1), rpm("bash", ["/bin/bash"]), rpm("gpg-pubkey")])
    found = tree(tmp_path, {"/usr/bin/curl": "", "/bin/bash": ""})
    assert {(each.manager, each.name, each.version) for each in installed(found)} == {
        (Manager.RPM, "curl", "1:1.0-1.el9"),
        (Manager.RPM, "bash", "1.0-1.el9"),
    }
    # Without documentation: the record names files that are not there.
    assert owned(found, [each for each in installed(found) if each.name == "curl"]) == {"/usr/bin/curl"}


def test_a_damaged_database_of_rpm_differs_where_its_bytes_do(tmp_path: Path) -> None:
    one, other = (
        installed(tree(tmp_path / name, {"/var/lib/rpm/rpmdb.sqlite": f"{name}: no database at all"}))
        for name in ("one", "other")
    )
    assert changes(one, other).drifted


def test_berkeley_db_is_compared_as_a_file(tmp_path: Path) -> None:
    assert installed(tree(tmp_path, {"/var/lib/rpm/Packages": "Berkeley"})) == frozenset()


def test_what_an_alpine_package_brought(tmp_path: Path) -> None:
    found = tree(tmp_path, {"/lib/apk/db/installed": APK})
    musl = next(each for each in installed(found) if each.name == "musl")
    assert owned(found, [musl]) == {"/lib", "/lib/ld-musl.so.1"}


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({"top_level.txt": "yaml\n_yaml\nnot-a-name\n"}, ("_yaml", "yaml")),
        (
            {"RECORD": "a/__init__.py,,\na/b.py,,\nc.py,,\nd.cpython-311.so,,\n../../../bin/a,,\na-1.dist-info/X,,\n"},
            ("a", "c", "d"),
        ),
        ({"METADATA": ""}, ()),
    ],
)
def test_names_to_import(tmp_path: Path, files: dict[str, str], names: tuple[str, ...]) -> None:
    record = f"{SITE}/a-1.dist-info"
    found = tree(tmp_path, {f"{record}/{name}": text for name, text in files.items()})
    assert top_level(found, Package(Manager.PYTHON, "a", "1", record)) == names
