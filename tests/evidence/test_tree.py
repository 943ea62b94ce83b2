"""Links are followed as a container would follow them: never out of the root file system."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from optimizer.containers.model import Layer, LayerChange
from optimizer.evidence.tree import Kind, Root, empty, under


@pytest.fixture
def root(tmp_path: Path) -> Root:
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/tool").write_bytes(b"#!/bin/sh\n")
    (tmp_path / "usr/bin/tool").chmod(0o755)
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "usr/bin/t").symlink_to("/bin/tool")
    (tmp_path / "out").symlink_to("../../../../etc/passwd")
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    return Root(tmp_path)


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("/bin/tool", "/usr/bin/tool"),
        ("/bin/t", "/usr/bin/tool"),
        ("/usr/bin/../bin/./tool", "/usr/bin/tool"),
        ("/out", None),
        ("/a", None),
        ("/a/b", None),
        ("/none", None),
        ("/", "/"),
    ],
)
def test_resolves_links_inside_the_root(root: Root, path: str, real: str | None) -> None:
    assert root.real(path) == real


def test_names_every_link_on_the_way(root: Root) -> None:
    assert root.chain("/bin/t") == ("/usr/bin/t", "/usr/bin/tool")


def test_reads_files_and_nothing_else(root: Root) -> None:
    assert root.read("/bin/t", 2) == b"#!"
    assert root.read("/usr/bin") == root.read("/out") == b""


def test_knows_programs(root: Root) -> None:
    assert root.is_program("/bin/t")
    assert not root.is_program("/usr/bin")
    assert root.nodes["/bin"].kind is Kind.LINK


def test_what_layers_did_not_write_is_as_below(tmp_path: Path) -> None:
    below, built = tmp_path / "below", tmp_path / "built"
    for top in (below, built):
        for path in ("same/a", "same-too", "gone/deep/b", "changed", "was-directory/c", "opaque/old"):
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).write_text("as it was")
        (top / "link").symlink_to("same")
    shutil.rmtree(built / "gone")
    shutil.rmtree(built / "was-directory")
    (built / "was-directory").write_text("a file now")
    (built / "changed").write_text("longer than it was")
    (built / "changed").chmod(0o755)
    (built / "opaque/old").unlink()
    (built / "same/new").symlink_to("/changed")
    (built / "same/twin").hardlink_to(built / "changed")
    (built / "again").mkdir()
    (built / "again/d").write_text("back")
    layers = (
        change(["/changed", "/brief", "/again", "/again/d"], ["/gone", "/gone/deep", "/gone/deep/b"]),
        change(["/same", "/same/new", "/same/twin", "/was-directory", "/opaque"], ["/brief", "/again", "/again/d"]),
        change(["/again", "/again/d"], ["/opaque/old"]),
    )
    found, walked = Root.over(Root(below), built, layers), Root(built)
    assert list(found.nodes.items()) == list(walked.nodes.items())
    assert list(found.below("/")) == list(walked.below("/"))
    assert found.children("/again") == ("/again/d",)
    assert found.text("/same/new") == "longer than it was"


def change(written: list[str], removed: list[str]) -> LayerChange:
    return LayerChange(Layer("sha256:1", 0), dict.fromkeys(written, 0), frozenset(removed))


def test_an_empty_root_has_only_itself() -> None:
    assert set(empty().nodes) == {"/"}


def test_under_counts_whole_names() -> None:
    assert under("/var/lib/x", ("/var",))
    assert under("/var", ("/var",))
    assert not under("/variable", ("/var",))
