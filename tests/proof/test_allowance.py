from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.proof.allowance import Allowance, described
from optimizer.proof.compare import compare
from optimizer.proof.model import DifferenceKind
from optimizer.proof.packages import Manager, Package, owned
from optimizer.proposal import Contract, PathPattern

from .trees import Content, tree


def left(tmp_path: Path, before: dict[str, Content], after: dict[str, Content], contract: Contract) -> list[str]:
    one, other = tree(tmp_path / "one", before), tree(tmp_path / "other", after)
    context = tmp_path / "context"
    context.mkdir(exist_ok=True)
    return [delta.path for delta in Allowance(contract, one, context).without(compare(one, other))]


def removed(*globs: str) -> Contract:
    return Contract(removed=frozenset(map(PathPattern, globs)))


def test_directories_emptied_by_the_contract_may_go(tmp_path: Path) -> None:
    before: dict[str, Content] = {"/root/.cache/pip/a": "1", "/root/.cache/pip/b/c": "1"}
    assert left(tmp_path, before, {"/root": None}, removed("/root/.cache/pip/**")) == []


def test_directories_that_held_something_else_too_may_not(tmp_path: Path) -> None:
    before: dict[str, Content] = {"/root/.cache/pip/a": "1", "/root/.cache/other": "1"}
    assert left(tmp_path, before, {"/root": None}, removed("/root/.cache/pip")) == [
        "/root/.cache",
        "/root/.cache/other",
    ]


def test_an_empty_directory_is_not_emptied(tmp_path: Path) -> None:
    assert left(tmp_path, {"/srv/data": None, "/x": "1"}, {"/srv": None}, removed("/x")) == ["/srv/data"]


def test_a_directory_that_was_made_to_hold_what_may_be_added(tmp_path: Path) -> None:
    contract = Contract(added=frozenset({PathPattern("/opt/venv/bin")}))
    assert left(tmp_path, {"/etc": None}, {"/etc": None, "/opt/venv/bin/python": "1"}, contract) == []


def test_what_served_only_what_may_go_goes_with_it(tmp_path: Path) -> None:
    before: dict[str, Content] = {
        "/usr/bin/gcc-12": "1",
        "/usr/bin/gcc": Path("gcc-12"),
        "/usr/bin/cc": Path("/etc/alternatives/cc"),
        "/etc/alternatives/cc": Path("/usr/bin/gcc"),
        "/usr/lib/m.py": "1",
        "/usr/lib/__pycache__/m.cpython-311.pyc": "1",
        "/usr/bin/keep": "1",
        "/usr/bin/link": Path("keep"),
    }
    after: dict[str, Content] = {"/etc/alternatives": None, "/usr/bin/keep": "1", "/usr/lib": None}
    assert left(tmp_path, before, after, removed("/usr/bin/gcc-12", "/usr/lib/m.py")) == ["/usr/bin/link"]


IGNORED = Contract(ignored=frozenset({"tests", ".git", "docs/manual.md"}))


@pytest.mark.parametrize(
    ("context", "image", "allowed"),
    [
        ({"tests/a.py": "1"}, {"/app/tests/a.py": "1"}, True),
        ({"tests/deep/a.py": "1"}, {"/app/tests/deep/a.py": "1"}, True),
        ({"docs/manual.md": "1"}, {"/app/docs/manual.md": "1"}, True),
        ({"docs/manual.md": "1"}, {"/app/manual.md": "1"}, True),
        ({"tests/a.py": "1"}, {"/app/tests/a.py": "2"}, False),
        ({"tests/a.py": "1"}, {"/app/tests/b.py": "1"}, False),
        ({"tests/a.py": ""}, {"/app/a.py": ""}, False),
        ({"tests/a.py": "", "pkg/tests/a.py": ""}, {"/app/pkg/tests/a.py": ""}, False),
        ({"tests/a.py": "", "pkg/tests/a.py": ""}, {"/app/tests/a.py": ""}, False),
        ({"tests/a.py": "", "pkg/tests/a.py": ""}, {"/app/tests/a.py": "", "/app/pkg/tests/a.py": ""}, True),
        ({"tests/l": Path("x")}, {"/app/tests/l": Path("x")}, True),
        ({"tests/l": Path("x")}, {"/app/tests/l": Path("y")}, False),
        ({".git": None}, {"/app/.git": None}, True),
    ],
    ids=[
        "copied",
        "deep",
        "file",
        "its directory was copied",
        "other content",
        "other name",
        "tests itself was copied",
        "another tests",
        "either tests",
        "each tests in its place",
        "link",
        "other link",
        "directory",
    ],
)
def test_only_copies_of_ignored_paths_may_be_missing(
    tmp_path: Path, context: dict[str, Content], image: dict[str, Content], allowed: bool
) -> None:
    tree(tmp_path / "context", context)
    parents: dict[str, Content] = {path.rpartition("/")[0]: None for path in image}
    _, *others = image
    kept = {path: image[path] for path in others}
    missing = left(tmp_path, image | parents, parents | kept, IGNORED)
    assert (missing == []) is allowed


def test_what_a_removed_package_brought_may_go(tmp_path: Path) -> None:
    info = "/var/lib/dpkg/info"
    one = tree(
        tmp_path / "one",
        {
            "/lib": Path("usr/lib"),
            "/usr/lib/libfoo.so": "1",
            "/usr/lib/other": "1",
            f"{info}/foo:amd64.list": "/.\n/lib\n/lib/libfoo.so\n",
            f"{info}/foo:amd64.md5sums": "x",
            f"{info}/foobar.list": "/usr/lib/other\n",
        },
    )
    gone = owned(one, [Package(Manager.DPKG, "foo", "1", f"{info}/foo:amd64.list")])
    assert {"/usr/lib/libfoo.so", f"{info}/foo:amd64.list", f"{info}/foo:amd64.md5sums"} <= gone
    assert not {"/usr/lib/other", f"{info}/foobar.list"} & gone


def test_what_lies_below_a_missing_directory_is_counted(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", {"/app/a/b": "1", "/app/c": "1", "/apple": "1"})
    other = tree(tmp_path / "other", {"/new": "1"})
    assert described(compare(one, other)) == [
        (DifferenceKind.REMOVED, "/app", "directory with 3 paths below it"),
        (DifferenceKind.REMOVED, "/apple", "file"),
        (DifferenceKind.ADDED, "/new", "file"),
    ]


def test_changes_are_told_with_both_values(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", {"/a": "1", "/l": Path("x"), "/k": "1"})
    other = tree(tmp_path / "other", {"/a": "22", "/l": Path("y"), "/k": None})
    assert [detail for _, _, detail in described(compare(one, other))] == [
        "content, 1 → 2 bytes",
        "file → directory",
        "target x → y",
    ]


@pytest.mark.parametrize(
    ("after", "allowed"),
    [
        ("root:x:0\n", True),
        ("root:x:0\nsshd:x:101\n", True),
        ("", True),
        ("messagebus:x:100\nroot:x:0\n", False),
        ("root:x:0\nsshd:x:100\n", False),
        ("root:x:0\nnew:x:1\n", False),
        ("root:x:0", True),
    ],
)
def test_a_file_that_may_lose_lines_may_change_in_nothing_else(tmp_path: Path, after: str, allowed: bool) -> None:
    one = tree(tmp_path / "one", {"/etc/passwd": "root:x:0\nmessagebus:x:100\nsshd:x:101\n"})
    other = tree(tmp_path / "other", {"/etc/passwd": after})
    contract = Contract(shortened=frozenset({PathPattern("/etc/passwd")}))
    rest = Allowance(contract, one, tmp_path, after=other).without(compare(one, other))
    assert (rest == ()) is allowed
