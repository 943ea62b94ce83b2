"""Layers from directories and from tars."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from optimizer.containers.layers import RawChange, read_overlay, read_tar, stack
from optimizer.containers.model import Layer
from optimizer.errors import EngineError


def change(*written: str, gone: tuple[str, ...] = (), opaque: tuple[str, ...] = ()) -> RawChange:
    return RawChange(dict.fromkeys(written, 1), frozenset(gone), frozenset(opaque))


def removed(*changes: RawChange) -> list[set[str]]:
    layers = tuple(Layer(f"sha256:{number}", 1) for number in range(len(changes)))
    return [set(done.removed) for done in stack(layers, changes)]


def tar(place: Path, *members: tuple[str, bytes]) -> Path:
    with tarfile.open(place, "w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return place


def test_files_have_their_size_and_directories_none(tmp_path: Path) -> None:
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv" / "app").write_bytes(b"12345")
    (tmp_path / "srv" / "link").symlink_to("/nowhere")
    assert read_overlay(tmp_path).written == {"/srv": 0, "/srv/app": 5, "/srv/link": 0}


def test_a_file_with_two_hard_links_counts_once(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"12345")
    (tmp_path / "a").hardlink_to(tmp_path / "b")
    assert read_overlay(tmp_path).written == {"/a": 5, "/b": 0}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make device nodes")
def test_a_character_device_0_0_is_a_whiteout(tmp_path: Path) -> None:
    os.mknod(tmp_path / "old", 0o020000, os.makedev(0, 0))
    assert read_overlay(tmp_path) == RawChange({}, frozenset({"/old"}), frozenset())


def test_whiteouts_by_name_are_known_in_directories_and_tars(tmp_path: Path) -> None:
    (tmp_path / "layer" / "etc").mkdir(parents=True)
    (tmp_path / "layer" / "etc" / ".wh.old").touch()
    (tmp_path / "layer" / "etc" / ".wh..wh..opq").touch()
    from_tar = read_tar(tar(tmp_path / "t", ("etc/.wh.old", b""), ("etc/.wh..wh..opq", b"")))
    from_directory = read_overlay(tmp_path / "layer")
    assert from_tar.gone == from_directory.gone == {"/etc/old"}
    assert from_tar.opaque == from_directory.opaque == {"/etc"}


def test_a_tar_gives_absolute_paths(tmp_path: Path) -> None:
    assert read_tar(tar(tmp_path / "t", ("./srv/app", b"123"), ("top", b""))).written == {"/srv/app": 3, "/top": 0}


def test_a_whiteout_of_a_directory_removes_what_lay_below() -> None:
    assert removed(change("/var", "/var/a", "/varnish"), change(gone=("/var",)))[1] == {"/var", "/var/a"}


def test_an_opaque_directory_keeps_only_what_its_own_layer_wrote() -> None:
    below = change("/etc", "/etc/a", "/etc/b", "/srv")
    assert removed(below, change("/etc", "/etc/b", opaque=("/etc",)))[1] == {"/etc/a"}


def test_what_was_removed_and_written_again_can_be_removed_again() -> None:
    gone = change(gone=("/a",))
    assert removed(change("/a"), gone, change("/a"), gone) == [set(), {"/a"}, set(), {"/a"}]


def test_a_file_that_is_no_tar_is_an_engine_error(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"no tar" * 200)
    with pytest.raises(EngineError, match="not a tar archive"):
        read_tar(tmp_path / "t")


def test_a_directory_that_is_gone_is_an_engine_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be read"):
        read_overlay(tmp_path / "gone")
