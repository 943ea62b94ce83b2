"""Links are followed as a container would follow them: never out of the root file system."""

from __future__ import annotations

from pathlib import Path

import pytest

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


def test_an_empty_root_has_only_itself() -> None:
    assert set(empty().nodes) == {"/"}


def test_under_counts_whole_names() -> None:
    assert under("/var/lib/x", ("/var",))
    assert under("/var", ("/var",))
    assert not under("/variable", ("/var",))
