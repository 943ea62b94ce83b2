from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from optimizer.proof.dependencies import differences
from optimizer.proof.judge import look
from optimizer.proof.model import DifferenceKind
from optimizer.proposal import Contract

from .trees import Content, side, tree

STATUS = "/var/lib/dpkg/status"
APK = "/lib/apk/db/installed"


def dpkg(**packages: str) -> dict[str, Content]:
    """A database: each package with further fields, one on a line; `_` in a name stands for `-`."""
    paragraphs = (
        f"Package: {name.replace('_', '-')}\nStatus: install ok installed\nVersion: 1\n{fields}\n"
        for name, fields in packages.items()
    )
    return {STATUS: "\n".join(paragraphs)}


def apk(**packages: str) -> dict[str, Content]:
    return {APK: "".join(f"P:{name}\nV:1\n{fields}\n\n" for name, fields in packages.items())}


def lacking(tmp_path: Path, before: Mapping[str, Content], after: Mapping[str, Content]) -> list[tuple[str, str]]:
    found = differences(tree(tmp_path / "before", before), tree(tmp_path / "after", after))
    assert {each.kind for each in found} <= {DifferenceKind.DEPENDENCY}
    return [(each.what, each.detail) for each in found]


@pytest.mark.parametrize("field", ["Depends", "Pre-Depends"])
def test_a_package_that_stays_without_what_it_depends_on_is_a_difference(tmp_path: Path, field: str) -> None:
    app = f"{field}: libc6 (>= 2.3), libpq5:any"
    assert lacking(tmp_path, dpkg(app=app, libc6="", libpq5=""), dpkg(app=app, libc6="")) == [
        ("Debian package app", "depends on libpq5, which is not installed any more")
    ]


@pytest.mark.parametrize(
    ("needs", "others", "left"),
    [
        ("Depends: b", {"b": ""}, {"b": ""}),
        ("Depends: b | c", {"b": "", "c": ""}, {"c": ""}),
        ("Depends: mail", {"b": "Provides: mail", "c": "Provides: mail, more"}, {"c": "Provides: mail, more"}),
        ("Depends: x (>= 1)", {"b": "Provides: x (= 2)", "x": ""}, {"b": "Provides: x (= 2)"}),
        ("Recommends: b\nSuggests: c", {"b": "", "c": ""}, {}),
        ("Depends: b", {}, {}),
        ("Depends: b,\n c", {"b": "", "c": ""}, {"b": "", "c": ""}),
    ],
    ids=["kept", "the other", "another provides it", "provided with a version", "recommended", "never there", "folded"],
)
def test_what_is_still_satisfied_is_none(
    tmp_path: Path, needs: str, others: dict[str, str], left: dict[str, str]
) -> None:
    assert lacking(tmp_path, dpkg(app=needs, **others), dpkg(app=needs, **left)) == []


def test_what_is_provided_without_a_version_satisfies_no_version(tmp_path: Path) -> None:
    before = dpkg(app="Depends: x (>= 1)", x="", b="Provides: x")
    after = dpkg(app="Depends: x (>= 1)", b="Provides: x")
    assert [what for what, _ in lacking(tmp_path, before, after)] == ["Debian package app"]


def test_a_folded_field_is_read_to_its_end(tmp_path: Path) -> None:
    app = "Depends: b,\n c"
    assert lacking(tmp_path, dpkg(app=app, b="", c=""), dpkg(app=app, b="")) == [
        ("Debian package app", "depends on c, which is not installed any more")
    ]


def test_a_package_that_is_removed_itself_depends_on_nothing(tmp_path: Path) -> None:
    assert lacking(tmp_path, dpkg(app="Depends: b", b=""), dpkg()) == []


def test_one_whose_configuration_alone_is_left_offers_nothing(tmp_path: Path) -> None:
    before = dpkg(app="Depends: b", b="")
    assert isinstance(before[STATUS], str)
    after = before[STATUS].replace(
        "Package: b\nStatus: install ok installed", "Package: b\nStatus: deinstall ok config-files"
    )
    assert len(lacking(tmp_path, before, {STATUS: after})) == 1


@pytest.mark.parametrize(
    ("needs", "others", "left", "lost"),
    [
        ("D:musl>=1.2", {"musl": ""}, {}, "musl"),
        ("D:so:libz.so.1", {"zlib": "p:so:libz.so.1=1.3"}, {}, "so:libz.so.1"),
        ("D:so:libz.so.1", {"zlib": "p:so:libz.so.1=1.3 cmd:z=1"}, {"zlib": "p:so:libz.so.1=1.3 cmd:z=1"}, None),
        ("D:!old cmd:sh", {"busybox": "p:cmd:sh=1"}, {}, "cmd:sh"),
        ("D:a~1", {"a": ""}, {"a": ""}, None),
    ],
)
def test_apk_packages_too(
    tmp_path: Path, needs: str, others: dict[str, str], left: dict[str, str], lost: str | None
) -> None:
    found = lacking(tmp_path, apk(app=needs, **others), apk(app=needs, **left))
    expected = [("Alpine package app", f"depends on {lost}, which is not installed any more")]
    assert found == ([] if lost is None else expected)


def test_a_path_that_an_apk_package_needs_must_be_there(tmp_path: Path) -> None:
    after = apk(app="D:/bin/sh")
    before = {**after, "/usr/bin/busybox": "", "/bin/sh": Path("/usr/bin/busybox")}
    assert len(lacking(tmp_path, before, after)) == 1


def test_no_contract_excuses_it(tmp_path: Path) -> None:
    before = side(tmp_path / "before", dpkg(app="Depends: lib", lib=""))
    after = side(tmp_path / "after", dpkg(app="Depends: lib"))
    contract = Contract(packages_removed=frozenset({"lib"}))
    findings = look(before, after, contract, tmp_path)
    assert [each.kind for each in findings.certain] == [DifferenceKind.DEPENDENCY]
