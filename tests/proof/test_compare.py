from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.proof.compare import Aspect, Contents, compare
from optimizer.proof.model import DifferenceKind
from optimizer.proof.noise import RULES, Learned, Noise, Scope, source_of
from optimizer.proof.rootfs import Tree

from .trees import Content, tree


def found(before: Tree, after: Tree) -> list[tuple[str, str]]:
    deltas = compare(before, after)
    return [(delta.path, " ".join(sorted(aspect.value for aspect in delta.aspects))) for delta in deltas]


def test_modification_times_are_not_compared(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", {"/a": "x"})
    other = tree(tmp_path / "other", {"/a": "x"})
    (tmp_path / "other/a").touch()
    assert found(one, other) == []


def test_each_aspect_is_told(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", {"/kind": "x", "/mode": "x", "/size": "x", "/same-size": "x", "/link": Path("a")})
    other = tree(
        tmp_path / "other", {"/kind": None, "/mode": "x", "/size": "xx", "/same-size": "y", "/link": Path("b")}
    )
    nodes = {**other.nodes, "/mode": replace(other.nodes["/mode"], mode=0o600, uid=7)}
    assert found(one, replace(other, nodes=nodes)) == [
        ("/kind", "type"),
        ("/link", "target"),
        ("/mode", "mode owner"),
        ("/same-size", "content"),
        ("/size", "content"),
    ]


def test_a_file_of_a_shared_layer_is_not_read(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", {"/a": "x"})
    other = tree(tmp_path / "other", {"/a": "y"})
    assert found(replace(one, origins={"/a": "L1"}), replace(other, origins={"/a": "L1"})) == []
    assert found(replace(one, origins={"/a": "L1"}), replace(other, origins={"/a": "L2"})) == [("/a", "content")]


def test_what_two_layers_hold_is_compared_once(tmp_path: Path) -> None:
    one = replace(tree(tmp_path / "one", {"/a": "x", "/b": "x"}), origins={"/a": "L1", "/b": "L1"})
    other = replace(tree(tmp_path / "other", {"/a": "y", "/b": "x"}), origins={"/a": "L2", "/b": "L2"})
    contents = Contents()
    assert [delta.path for delta in compare(one, other, contents)] == ["/a"]
    (tmp_path / "other/a").unlink()
    (tmp_path / "other/b").unlink()
    assert [delta.path for delta in compare(one, other, contents)] == ["/a"]


def test_what_another_layer_or_none_is_known_to_hold_is_read(tmp_path: Path) -> None:
    one = replace(tree(tmp_path / "one", {"/a": "x"}), origins={"/a": "L1"})
    other = tree(tmp_path / "other", {"/a": "x"})
    contents = Contents()
    assert compare(one, replace(other, origins={"/a": "L2"}), contents) == ()
    (tmp_path / "other/a").write_text("y")
    assert [delta.path for delta in compare(one, replace(other, origins={"/a": "L3"}), contents)] == ["/a"]
    assert [delta.path for delta in compare(one, other, contents)] == ["/a"]
    (tmp_path / "other/a").write_text("x")
    assert compare(one, other, contents) == ()


PYC = b"magic123" + b"timesize"


@pytest.mark.parametrize(
    ("path", "before", "after", "noise"),
    [
        ("/run/secrets/x", None, "left", True),
        ("/run/nginx.pid", "12", "13", True),
        ("/run/php/keep", "x", None, False),
        ("/etc/resolv.conf", "a", None, True),
        ("/var/log/apt/term.log", "monday", "tuesday", True),
        ("/var/log/apt/term.log", "monday", None, False),
        ("/etc/ld.so.cache", "a", "b", True),
        ("/etc/ld.so.cache", "a", None, False),
        ("/etc/shadow", "root:*:19000:0:::\n", "root:*:19001:0:::\n", True),
        ("/etc/shadow", "root:*:19000:0:::\n", "root:$6$x:19000:0:::\n", False),
        ("/lib/a.pyc", PYC + b"code", b"magic123" + b"other   " + b"code", True),
        ("/lib/a.pyc", PYC + b"code", PYC + b"CODE", False),
        ("/lib/a.pyc", PYC + b"code", None, False),
        ("/root/.npm/_logs/2024.log", None, "x", True),
        ("/home/a/.cache/pip/http/1", "monday", "tuesday", True),
        ("/home/a/.cache/pip/http/1", "monday", None, False),
        ("/var/lib/dpkg/status-old", "x", None, True),
        ("/etc/machine-id", "a", "b", True),
        ("/etc/passwd", "a", "b", False),
        ("/tmp/left", None, "x", False),
    ],
)
def test_only_documented_noise_is_left_out(
    tmp_path: Path, path: str, before: Content, after: Content, noise: bool
) -> None:
    parent: dict[str, Content] = {path.rpartition("/")[0]: None}
    one = tree(tmp_path / "one", parent | ({} if before is None else {path: before}))
    other = tree(tmp_path / "other", parent | ({} if after is None else {path: after}))
    deltas = compare(one, other)
    assert len(deltas) == 1
    assert (Noise().without(deltas, one, other) == ()) is noise


def test_the_mode_of_the_root_is_compared(tmp_path: Path) -> None:
    one, other = tree(tmp_path / "one", {"/a": "x"}), tree(tmp_path / "other", {"/a": "x"})
    closed = replace(other, nodes={**other.nodes, "/": replace(other.nodes["/"], mode=0o700)})
    assert (found(one, other), found(one, closed)) == ([], [("/", "mode")])


def test_a_directory_with_nothing_but_noise_is_noise(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", {"/a": "x"})
    other = tree(tmp_path / "other", {"/a": "x", "/run/secrets/x": None})
    full = tree(tmp_path / "full", {"/a": "x", "/run/secrets/x": None, "/run/php": None})
    assert Noise().without(compare(one, other), one, other) == ()
    assert [delta.path for delta in Noise().without(compare(one, full), one, full)] == ["/run", "/run/php"]
    assert [delta.path for delta in Noise().without(compare(full, one), full, one)] == ["/run", "/run/php"]


def test_what_was_compiled_from_an_equal_source_is_noise(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", {"/a/m.py": "1", "/a/__pycache__/m.cpython-311.pyc": PYC + b"code"})
    other = tree(tmp_path / "other", {"/a/m.py": "1", "/a/__pycache__/m.cpython-311.pyc": PYC + b"CODE"})
    changed = tree(tmp_path / "changed", {"/a/m.py": "2", "/a/__pycache__/m.cpython-311.pyc": PYC + b"CODE"})
    assert Noise().without(compare(one, other), one, other) == ()
    assert len(Noise().without(compare(one, changed), one, changed)) == 2


def test_the_source_of_a_compiled_module() -> None:
    assert source_of("/a/__pycache__/m.cpython-311.opt-1.pyc") == "/a/m.py"
    assert source_of("/a/m.pyc") is None


def test_another_mode_is_never_noise_of_content(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", {"/var/log/x": "monday"})
    other = tree(tmp_path / "other", {"/var/log/x": "tuesday"})
    nodes = {**other.nodes, "/var/log/x": replace(other.nodes["/var/log/x"], mode=0o600)}
    other = replace(other, nodes=nodes)
    assert len(Noise().without(compare(one, other), one, other)) == 1


def test_every_rule_gives_its_reason() -> None:
    assert all(rule.reason for rule in RULES)
    assert {rule.glob for rule in RULES if rule.mask} == {rule.glob for rule in RULES if rule.scope is Scope.MASKED}


def test_only_the_same_kind_of_difference_is_learnt(tmp_path: Path) -> None:
    one = tree(tmp_path / "1", {"/d/stamp": "1", "/d/gone": "x"})
    two = tree(tmp_path / "2", {"/d/stamp": "2"})
    learned = Learned(compare(one, two), one, two)
    three = tree(tmp_path / "3", {"/d/stamp": "3"})
    assert learned.without(compare(one, three), three) == ()
    four = tree(tmp_path / "4", {"/d/gone": "y"})
    assert [(delta.path, delta.kind) for delta in learned.without(compare(one, four), four)] == [
        ("/d/gone", DifferenceKind.CHANGED),
        ("/d/stamp", DifferenceKind.REMOVED),
    ]


def test_random_names_are_learnt_for_their_directory_and_kind(tmp_path: Path) -> None:
    one = tree(tmp_path / "1", {"/tmp/aaa/x": "1", "/d": None})
    two = tree(tmp_path / "2", {"/tmp/bbb/x": "1", "/d": None})
    learned = Learned(compare(one, two), one, two)
    three = tree(tmp_path / "3", {"/tmp/ccc/x": "1", "/d": None})
    assert learned.without(compare(one, three), three) == ()
    four = tree(tmp_path / "4", {"/tmp/ccc/x": "1", "/tmp/file": "1", "/d/new": "1"})
    assert [delta.path for delta in learned.without(compare(one, four), four)] == ["/d/new", "/tmp/file"]


def test_aspects_beyond_the_learnt_ones_are_kept(tmp_path: Path) -> None:
    one, two, three = (tree(tmp_path / text, {"/stamp": text}) for text in "123")
    learned = Learned(compare(one, two), one, two)
    nodes = {**three.nodes, "/stamp": replace(three.nodes["/stamp"], mode=0o600)}
    (left,) = learned.without(compare(one, replace(three, nodes=nodes)), three)
    assert left.aspects == {Aspect.CONTENT, Aspect.MODE}


STAMPED = "mode = prod\nbuilt 2024-05-01 12:00:01 as a1b2c3 by make\n"
ONE_LINE = '{"build": "0a1b2c3d-11", "mode": "prod"}'


@pytest.mark.parametrize(
    ("one", "two", "three", "excused"),
    [
        pytest.param(STAMPED, STAMPED.replace("01 as a1", "07 as 9f"), STAMPED.replace("12:00:01", "13:09:44"), True,
                     id="another time"),
        pytest.param(STAMPED, STAMPED.replace(":01", ":07"), STAMPED.replace(":01", ":09").replace("prod", "test"),
                     False, id="another line"),
        pytest.param(STAMPED, STAMPED.replace(":01", ":07"), STAMPED.replace("by make", ""), False, id="a lost word"),
        pytest.param(STAMPED, STAMPED.replace(":01", ":07"), "", False, id="emptied"),
        pytest.param("b1\na\nc", "c\nb2\na", "a\nc\nb3", True, id="in another order"),
        pytest.param(ONE_LINE, ONE_LINE.replace("3d", "77"), ONE_LINE.replace("3d", "e9"), True, id="a random part"),
        pytest.param(ONE_LINE, ONE_LINE.replace("3d", "77"), ONE_LINE.replace("prod", "test"), False, id="one line"),
        pytest.param("\0one", "\0two", "\0six", True, id="no text"),
        pytest.param("\0" * 90, "\0" * 91, "\0" * 9, False, id="no text, cut"),
    ],
)  # fmt: skip
def test_a_file_that_no_build_repeats_keeps_what_all_builds_have(
    tmp_path: Path, one: str, two: str, three: str, excused: bool
) -> None:
    first, second, third = (tree(tmp_path / str(at), {"/f": text}) for at, text in enumerate((one, two, three)))
    learned = Learned(compare(first, second), first, second)
    assert (learned.without(compare(first, third), third) == ()) is excused
