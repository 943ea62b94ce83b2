from __future__ import annotations

import os
from pathlib import Path

import pytest

from optimizer.containers.model import Layer, LayerChange
from optimizer.proof.rootfs import Kind, origins, read_tree, same_content

from .trees import tree


def test_every_path_is_listed_with_its_metadata(tmp_path: Path) -> None:
    found = tree(tmp_path, {"/bin/sh": "#!", "/etc": None, "/lib": Path("usr/lib"), "/usr/lib/x": b"\0" * 7})
    assert {path: node.kind for path, node in found.nodes.items()} == {
        "/": Kind.DIRECTORY,
        "/bin": Kind.DIRECTORY,
        "/bin/sh": Kind.FILE,
        "/etc": Kind.DIRECTORY,
        "/lib": Kind.LINK,
        "/usr": Kind.DIRECTORY,
        "/usr/lib": Kind.DIRECTORY,
        "/usr/lib/x": Kind.FILE,
    }
    assert found.nodes["/bin/sh"].mode == 0o755
    assert found.nodes["/lib"].target == "usr/lib"
    assert (found.nodes["/usr/lib/x"].size, found.nodes["/usr/lib"].size) == (7, 0)


def test_pipes_and_odd_names_are_listed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n")).write_text("x")
    found = read_tree(tmp_path)
    assert found.nodes["/pipe"].kind is Kind.PIPE
    assert found.read("/\udcff\n") == b"x"


def test_attributes_that_a_container_sees_are_listed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    try:
        os.setxattr(tmp_path / "file", "user.note", b"1")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    assert read_tree(tmp_path).nodes["/file"].attributes == (("user.note", b"1"),)


@pytest.mark.parametrize(
    ("path", "reached", "place"),
    [
        ("/bin/sh", "/usr/bin/dash", "/usr/bin/sh"),
        ("/usr/bin/../bin/dash", "/usr/bin/dash", "/usr/bin/dash"),
        ("/abs", "/usr/bin/dash", "/abs"),
        ("/out", None, "/out"),
        ("/loop", None, "/loop"),
        ("/missing", None, None),
        ("usr/bin/dash", "/usr/bin/dash", "/usr/bin/dash"),
        ("/bin/", "/usr/bin", "/bin"),
        ("/bin/./sh", "/usr/bin/dash", "/usr/bin/sh"),
        ("/bin/..", "/usr", "/usr"),
        ("/usr/bin/dash/x", None, None),
        ("/", None, None),
    ],
)
def test_links_are_followed_inside_the_root(tmp_path: Path, path: str, reached: str | None, place: str | None) -> None:
    found = tree(
        tmp_path,
        {
            "/usr/bin/dash": "x",
            "/usr/bin/sh": Path("dash"),
            "/bin": Path("usr/bin"),
            "/abs": Path("/bin/sh"),
            "/out": Path("../../../etc/passwd"),
            "/loop": Path("loop"),
        },
    )
    assert found.resolve(path) == reached
    assert found.place(path) == place


def test_a_path_belongs_to_the_layer_that_wrote_it_last() -> None:
    def layer(name: str, *written: str) -> LayerChange:
        return LayerChange(Layer(name, 1), dict.fromkeys(written, 1), frozenset())

    assert origins([layer("one", "/a", "/b"), layer("two", "/b")]) == {"/a": "one", "/b": "two"}


def test_contents_are_compared_to_the_last_byte(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"x" * (1 << 20) + b"a")
    other.write_bytes(b"x" * (1 << 20) + b"b")
    assert not same_content(one, other)
    assert same_content(one, one)
