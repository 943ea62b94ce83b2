"""Files written whole or not at all.

Each file is first written beside its place, synced, and then renamed over it (rename(2) is atomic within a file
system). Until then the new file is locked (flock(2)): one that is not was left by a writer that was killed. A file that
was changed since it was read, or that its owner made read-only, is left alone. Mode, owner and extended attributes
stay; a symbolic link stays, and what it points to is replaced.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from optimizer.errors import OutputError

_UNFINISHED = ".optimize-"
"""Stands in the name of a file that is not yet in its place, between the name it will have and eight random digits."""
_LOCKED_AFTER = 0.2
"""Seconds; a writer locks its file some microseconds after it made it."""


@dataclass(frozen=True, slots=True)
class Write:
    """A file to write: what it held when it was read (None: there was none) and what it shall hold."""

    path: Path
    before: bytes | None
    after: bytes


@dataclass(frozen=True, slots=True)
class _Staged:
    write: Write
    target: Path
    ready: Path
    lock: int
    """A handle that keeps `ready` locked."""


def write_all(writes: Sequence[Write]) -> None:
    """Write all files in the order given, or none: nothing is renamed before everything is ready on disk.

    Only a kill between two renames leaves some of them done, so give first what does no harm alone. Raises OutputError.
    """
    staged: list[_Staged] = []
    done: list[_Staged] = []
    try:
        for write in writes:
            staged.append(_stage(write))
        for each in staged:
            _unchanged(each.write, each.target)
        for each in staged:
            with _told(each.write.path):
                each.ready.replace(each.target)
            done.append(each)
    except OutputError:
        for each in reversed(done):
            _put_back(each)
        raise
    finally:
        for each in staged:
            with suppress(OSError):
                each.ready.unlink()
            os.close(each.lock)
    for directory in {each.target.parent for each in staged}:
        _sync(directory)


def check(write: Write) -> None:
    """Raise the OutputError that writing would raise, as far as it can be told beforehand. Nothing is written;
    what a killed run left beside the file is removed, so that no build finds it."""
    with _told(write.path):
        target = write.path.resolve()
        _unchanged(write, target)
        _sweep(target.parent)
        if not os.access(target.parent, os.W_OK):
            raise OutputError("cannot be written: its directory is read-only", path=write.path)


def replace_file(path: Path, data: bytes) -> None:
    """Write one file, whatever it held before. Raises OutputError. A device or a pipe is written to directly."""
    if path.exists() and not path.is_file() and not path.is_dir():
        with _told(path):
            path.write_bytes(data)
        return
    with _told(path):
        before = path.read_bytes() if path.exists() else None
    write_all([Write(path, before, data)])


def _stage(write: Write) -> _Staged:
    """Write the new bytes beside the place where they belong."""
    with _told(write.path):
        target = write.path.resolve()
        _unchanged(write, target)
        _sweep(target.parent)
        ready = target.with_name(f".{target.name}{_UNFINISHED}{os.urandom(4).hex()}")
        handle = os.open(ready, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with suppress(OSError):  # not every file system has locks
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with os.fdopen(handle, "wb", closefd=False) as file:
                file.write(write.after)
                if write.before is not None:
                    _take_over(target, file.fileno())
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            ready.unlink()
            os.close(handle)
            raise
    return _Staged(write, target, ready, handle)


def _sweep(directory: Path) -> None:
    """Remove what killed writers left in a directory."""
    for left in directory.glob(f".*{_UNFINISHED}{'[0-9a-f]' * 8}"):
        with suppress(OSError):
            status = left.lstat()
            if stat.S_ISREG(status.st_mode) and time.time() - status.st_mtime > _LOCKED_AFTER:
                with left.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    left.unlink()


def _unchanged(write: Write, target: Path) -> None:
    """Raise OutputError unless the file still holds what was read."""
    with _told(write.path):
        try:
            status = target.stat()
        except FileNotFoundError:
            if write.before is not None:
                raise OutputError("was removed since it was read", path=write.path, hint="run again") from None
            return
        if write.before is None:
            raise OutputError("appeared since the directory was read", path=write.path, hint="run again")
        if not stat.S_ISREG(status.st_mode):
            raise OutputError("is not a regular file", path=write.path)
        if not status.st_mode & 0o222:
            raise OutputError("is read-only", path=write.path, hint=f"chmod u+w {write.path}")
        if target.read_bytes() != write.before:
            raise OutputError("was changed since it was read", path=write.path, hint="run again")


def _take_over(target: Path, handle: int) -> None:
    """Give the new file the owner, mode and extended attributes of the old one, as far as we may."""
    status = target.stat()
    with suppress(PermissionError):
        os.fchown(handle, status.st_uid, status.st_gid)
    os.fchmod(handle, stat.S_IMODE(status.st_mode))
    with suppress(OSError):  # not every file system has them
        for name in os.listxattr(target):
            with suppress(OSError):
                os.setxattr(handle, name, os.getxattr(target, name))


def _put_back(each: _Staged) -> None:
    with suppress(OSError):
        if each.write.before is None:
            each.target.unlink()
        else:
            each.target.write_bytes(each.write.before)


def _sync(directory: Path) -> None:
    with suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the system says about a file into an OutputError."""
    try:
        yield
    except OSError as error:
        words = (error.strerror or str(error)).lower()
        raise OutputError(f"cannot be written: {words}", path=path) from None
