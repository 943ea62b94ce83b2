"""Which sources ADD unpacks: by content, by name, and as buildah does it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import subprocess
import tarfile
from pathlib import Path

import pytest

from optimizer.context import MemoryContext
from optimizer.facts.archives import Unpacking, of_content, of_context, of_name
from tests.conftest import Store


def archive(mode: str = "w") -> bytes:
    """A tar archive with one file, `inside`."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=mode) as tar:  # type: ignore[call-overload]
        entry = tarfile.TarInfo("inside")
        entry.size = 3
        tar.addfile(entry, io.BytesIO(b"abc"))
    return held.getvalue()


CONTENTS = {
    "tar": (archive(), Unpacking.MAYBE),
    "gzip": (archive("w:gz"), Unpacking.MAYBE),
    "bzip2": (archive("w:bz2"), Unpacking.MAYBE),
    "xz": (archive("w:xz"), Unpacking.MAYBE),
    "text": (b"#!/bin/sh\n", Unpacking.NEVER),
    "empty": (b"", Unpacking.NEVER),
    "long": (b"x" * 2000, Unpacking.NEVER),
    "text-gzip": (gzip.compress(b"text"), Unpacking.NEVER),
    "text-bzip2": (bz2.compress(b"text"), Unpacking.NEVER),
    "text-xz": (lzma.compress(b"text"), Unpacking.NEVER),
}


@pytest.mark.parametrize(("data", "expected"), CONTENTS.values(), ids=CONTENTS)
def test_content_decides(data: bytes, expected: Unpacking) -> None:
    assert of_content(data) is expected


@pytest.mark.parametrize("data", [archive("w:gz")[:30], b"\x28\xb5\x2f\xfd" + b"x" * 600], ids=["damaged", "zstd"])
def test_what_cannot_be_read_may_be_an_archive(data: bytes) -> None:
    assert of_content(data) is Unpacking.MAYBE


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (".", Unpacking.NEVER),
        ("./", Unpacking.NEVER),
        ("dir/", Unpacking.NEVER),
        ("a/run.sh", Unpacking.NEVER),
        ("App.JAR", Unpacking.NEVER),
        (".npmrc", Unpacking.NEVER),
        ("Gemfile", Unpacking.NEVER),
        ("rootfs", Unpacking.UNKNOWN),
        ("data.bin", Unpacking.UNKNOWN),
        ("conf.d", Unpacking.UNKNOWN),
        ("root.tar.gz", Unpacking.MAYBE),
        ("x.tgz/", Unpacking.MAYBE),
        (".tar", Unpacking.MAYBE),
        ("musl.apk", Unpacking.MAYBE),
    ],
)
def test_a_name_tells_only_what_is_certain(name: str, expected: Unpacking) -> None:
    assert of_name(name) is expected


def test_the_context_is_asked_before_the_name() -> None:
    context = MemoryContext({"rootfs/x.tar": archive(), "a.sh": archive(), "b.tar": b"text"})
    found = {path: of_context(context, path) for path in ("", "rootfs", "a.sh", "b.tar", "gone.tar")}
    assert found == {
        "": Unpacking.NEVER,
        "rootfs": Unpacking.NEVER,
        "a.sh": Unpacking.MAYBE,
        "b.tar": Unpacking.NEVER,
        "gone.tar": Unpacking.MAYBE,
    }


@pytest.mark.container
def test_buildah_unpacks_exactly_what_is_said_to_be_an_archive(store: Store, tmp_path: Path) -> None:
    lines = ["FROM scratch"]
    for name, (data, _) in CONTENTS.items():
        (tmp_path / name).write_bytes(data)
        lines.append(f"ADD {name} /{name}/")
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "a.tar").write_bytes(archive())
    (tmp_path / "Containerfile").write_text("\n".join([*lines, "ADD vendor /vendor/", ""]))
    iid = tmp_path / "iid"
    buildah("bud", "--quiet", "--iidfile", str(iid), str(tmp_path))
    container = buildah("from", "--pull-never", iid.read_text().strip())
    root = Path(buildah("mount", container))
    try:
        unpacked = {name for name in CONTENTS if (root / name / "inside").exists()}
        assert unpacked == {name for name, (_, unpacking) in CONTENTS.items() if unpacking is Unpacking.MAYBE}
        assert (root / "vendor" / "a.tar").is_file()
    finally:
        buildah("umount", container)
        buildah("rm", container)


def buildah(*arguments: str) -> str:
    return subprocess.run(["buildah", *arguments], check=True, capture_output=True, text=True).stdout.strip()
