"""What each layer of an image holds, read from overlay directories or from uncompressed layer tars.

Whiteouts: in overlay directories a character device 0:0 removes, and `trusted.overlay.opaque` (`user.overlay.opaque`
without privileges) set to `y` makes a directory opaque (kernel documentation, overlayfs); in tars, and in
fuse-overlayfs without devices, `.wh.NAME` removes and `.wh..wh..opq` makes opaque (OCI image-spec, layer.md).
"""

from __future__ import annotations

import contextlib
import os
import stat
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from optimizer.containers.model import Layer, LayerChange
from optimizer.errors import EngineError

_PREFIX = ".wh."
_OPAQUE = ".wh..wh..opq"
_OPAQUE_ATTRIBUTES = ("trusted.overlay.opaque", "user.overlay.opaque")


@dataclass(frozen=True, slots=True)
class RawChange:
    """One layer before it is laid over the ones below: `gone` and `opaque` are whiteouts as they stand there."""

    written: dict[str, int]
    gone: frozenset[str]
    opaque: frozenset[str]


class _Collector:
    """Sorts entries into a RawChange."""

    def __init__(self) -> None:
        self.written: dict[str, int] = {}
        self.gone: set[str] = set()
        self.opaque: set[str] = set()

    def whiteout_name(self, path: str) -> bool:
        """Whether the path is a whiteout by its name, and if so note what it removes."""
        directory, _, name = path.rpartition("/")
        if name == _OPAQUE:
            self.opaque.add(directory or "/")
        elif name.startswith(_PREFIX):
            self.gone.add(f"{directory}/{name.removeprefix(_PREFIX)}")
        else:
            return False
        return True

    def result(self) -> RawChange:
        return RawChange(self.written, frozenset(self.gone), frozenset(self.opaque))


def _is_opaque(path: str) -> bool:
    for attribute in _OPAQUE_ATTRIBUTES:
        with contextlib.suppress(OSError):
            if os.getxattr(path, attribute, follow_symlinks=False) == b"y":
                return True
    return False


def _walk(directory: str, inside: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    with os.scandir(directory) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            path = f"{inside}/{entry.name}"
            yield path, entry
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, path)


def read_overlay(directory: Path) -> RawChange:
    """One layer from its overlay `diff` directory. A file with several hard links is counted once, at the path that
    sorts first. Raises EngineError."""
    found = _Collector()
    seen: set[tuple[int, int]] = set()
    try:
        if _is_opaque(str(directory)):
            found.opaque.add("/")
        for path, entry in _walk(str(directory), ""):
            info = entry.stat(follow_symlinks=False)
            if stat.S_ISCHR(info.st_mode) and info.st_rdev == 0:
                found.gone.add(path)
            elif found.whiteout_name(path):
                continue
            elif stat.S_ISDIR(info.st_mode):
                found.written[path] = 0
                if _is_opaque(entry.path):
                    found.opaque.add(path)
            else:
                key = (info.st_dev, info.st_ino)
                counted = info.st_nlink > 1 and key in seen
                seen.add(key)
                found.written[path] = info.st_size if stat.S_ISREG(info.st_mode) and not counted else 0
    except OSError as error:
        raise EngineError(f"a layer cannot be read: {(error.strerror or 'unknown reason').lower()}") from None
    return found.result()


def read_tar(file: Path) -> RawChange:
    """One layer from its tar. Raises EngineError."""
    found = _Collector()
    try:
        with tarfile.open(file, "r:*") as archive:
            for member in archive:
                path = "/" + member.name.removeprefix("./").strip("/")
                if path != "/" and not found.whiteout_name(path):
                    found.written[path] = member.size if member.isreg() else 0
    except (OSError, tarfile.TarError):
        raise EngineError("a layer cannot be read: not a tar archive") from None
    return found.result()


def _below(directory: str, paths: Iterable[str]) -> Iterator[str]:
    prefix = directory.rstrip("/") + "/"
    return (path for path in paths if path.startswith(prefix))


def stack(layers: tuple[Layer, ...], changes: Iterable[RawChange]) -> tuple[LayerChange, ...]:
    """Lay layers over each other, oldest first, so that each whiteout names all paths that it removes: a directory's
    stands for everything below it too. A file in the place of a directory removes what was below the directory."""
    present: set[str] = set()
    result = []
    for layer, change in zip(layers, changes, strict=True):
        removed: set[str] = set()
        for path in change.gone:
            removed.add(path)
            removed.update(_below(path, present))
        for directory in change.opaque:
            removed.update(path for path in _below(directory, present) if path not in change.written)
        present -= removed
        present.update(change.written)
        result.append(LayerChange(layer, change.written, frozenset(removed)))
    return tuple(result)
