"""Files are written whole or not at all, and keep what is not their content."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

import pytest

from optimizer.errors import OutputError
from optimizer.output import Write, check, replace_file, write_all


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "Containerfile").write_bytes(b"FROM a\n")
    return tmp_path / "Containerfile"


def held(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_bytes_arrive_as_they_are(place: Path) -> None:
    write_all([Write(place, b"FROM a\n", b"\xef\xbb\xbfFROM b\r\n\x00\xff")])
    assert held(place.parent) == {"Containerfile": b"\xef\xbb\xbfFROM b\r\n\x00\xff"}


def test_mode_and_owner_stay(place: Path) -> None:
    place.chmod(0o640)
    if os.getuid() == 0:
        os.chown(place, 1234, 4321)
    before = place.stat()
    write_all([Write(place, b"FROM a\n", b"FROM b\n")])
    after = place.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_a_new_file_has_the_mode_that_the_umask_leaves(place: Path) -> None:
    old = os.umask(0o027)
    try:
        write_all([Write(place.with_name(".containerignore"), None, b".git\n")])
    finally:
        os.umask(old)
    assert stat.S_IMODE(place.with_name(".containerignore").stat().st_mode) == 0o640


def test_a_link_stays_and_its_target_is_written(place: Path) -> None:
    (place.parent / "sub").mkdir()
    link = place.parent / "sub" / "Dockerfile"
    link.symlink_to("../Containerfile")
    write_all([Write(link, b"FROM a\n", b"FROM b\n")])
    assert link.is_symlink()
    assert place.read_bytes() == b"FROM b\n"


@pytest.mark.parametrize(
    "before, message",
    [(b"FROM old\n", "was changed since it was read"), (None, "appeared since the directory was read")],
)
def test_what_was_changed_meanwhile_is_left_alone(place: Path, before: bytes | None, message: str) -> None:
    with pytest.raises(OutputError, match=message):
        write_all([Write(place, before, b"FROM b\n")])
    assert held(place.parent) == {"Containerfile": b"FROM a\n"}


def test_what_was_removed_meanwhile_does_not_come_back(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="was removed since it was read"):
        write_all([Write(tmp_path / "Containerfile", b"FROM a\n", b"FROM b\n")])
    assert held(tmp_path) == {}


def test_what_is_read_only_is_left_alone_even_by_root(place: Path) -> None:
    place.chmod(0o444)
    with pytest.raises(OutputError, match="is read-only") as caught:
        write_all([Write(place, b"FROM a\n", b"FROM b\n")])
    assert caught.value.hint == f"chmod u+w {place}"
    assert held(place.parent) == {"Containerfile": b"FROM a\n"}


def test_if_the_second_file_cannot_be_written_the_first_is_not(place: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written: no such file or directory"):
        write_all([Write(place, b"FROM a\n", b"FROM b\n"), Write(place.parent / "no" / "dir", None, b"x")])
    assert held(place.parent) == {"Containerfile": b"FROM a\n"}


def test_if_the_second_rename_fails_the_first_is_taken_back(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ignore = place.with_name(".containerignore")
    rename = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target == place:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match="cannot be written: no space left on device"):
        write_all([Write(ignore, None, b".git\n"), Write(place, b"FROM a\n", b"FROM b\n")])
    assert held(place.parent) == {"Containerfile": b"FROM a\n"}


def test_an_interrupt_leaves_no_temporary_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_all([Write(place, b"FROM a\n", b"FROM b\n")])
    assert held(place.parent) == {"Containerfile": b"FROM a\n"}


def test_what_a_killed_run_left_is_removed_and_nothing_that_only_looks_like_it(place: Path) -> None:
    left = place.with_name(".Containerfile.optimize-0123abcd")
    others = [place.with_name(name) for name in (".optimize.toml", ".x.optimize-notes", "y.optimize-0123abcd")]
    for path in (left, *others):
        path.write_bytes(b"FROM")
        os.utime(path, (0, 0))
    check(Write(place, b"FROM a\n", b"FROM a\n"))
    assert not left.exists()
    assert all(path.exists() for path in others)


def test_what_another_run_is_about_to_write_is_left_alone(place: Path) -> None:
    theirs = place.with_name(".Containerfile.optimize-0123abcd")
    with theirs.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        os.utime(theirs, (0, 0))
        write_all([Write(place, b"FROM a\n", b"FROM b\n")])
        assert theirs.exists()
    fresh = place.with_name(".Containerfile.optimize-4567abcd")
    fresh.touch()
    write_all([Write(place, b"FROM b\n", b"FROM c\n")])
    assert fresh.exists()
    assert not theirs.exists()


def test_a_report_replaces_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes(b"old")
    replace_file(tmp_path / "report.json", b"new")
    replace_file(tmp_path / "other.json", b"new")
    assert held(tmp_path) == {"report.json": b"new", "other.json": b"new"}


def test_a_report_can_go_to_a_device() -> None:
    replace_file(Path("/dev/null"), b"x")
    assert not Path("/dev/null").is_file()


def test_a_directory_is_no_place_for_a_report(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written: is a directory"):
        replace_file(tmp_path, b"x")
