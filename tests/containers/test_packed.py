from __future__ import annotations

import gzip
import io
import os
import random
import tarfile
from pathlib import Path

import pytest

from optimizer.containers import packed


def archive(directory: Path) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.add(directory, arcname=".")
    return data.getvalue()


def layer(place: Path) -> Path:
    noise = random.Random(1)
    (place / "srv" / "deep").mkdir(parents=True)
    (place / "srv" / "text").write_text("all the same\n" * 5000)
    (place / "srv" / "deep" / "noise").write_bytes(noise.randbytes(100_000))
    (place / "srv" / "twin").hardlink_to(place / "srv" / "deep" / "noise")
    (place / "srv" / "link").symlink_to("/nowhere")
    (place / os.fsdecode(b"n\xe4me")).touch()
    return place


def test_a_directory_is_as_large_as_its_tar(tmp_path: Path) -> None:
    directory = layer(tmp_path / "layer")
    expected = len(gzip.compress(archive(directory), 3))
    assert packed.size(directory) == pytest.approx(expected, rel=0.01)


def test_a_tar_is_taken_as_it_is(tmp_path: Path) -> None:
    data = archive(layer(tmp_path / "layer"))
    (tmp_path / "tar").write_bytes(data)
    assert packed.size(tmp_path / "tar") == pytest.approx(len(gzip.compress(data, 3)), abs=50)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make device nodes")
def test_a_whiteout_costs_a_name(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    before = packed.size(tmp_path)
    os.mknod(tmp_path / "etc" / "old", 0o020000, os.makedev(0, 0))
    assert before < packed.size(tmp_path) < before + 100


def test_a_layer_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        packed.size(tmp_path / "nowhere")
