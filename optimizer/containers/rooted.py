"""Paths inside a root file system that is not ours: symbolic links are followed as a process with that root would."""

from __future__ import annotations

import shutil
from pathlib import Path

from optimizer.errors import EngineError

_LINKS = 40
"""Linux gives up after as many symbolic links (path_resolution(7))."""


def place(root: Path, path: str) -> Path | None:
    """Where `path` lies below `root`, its last part not followed; never outside of `root`, whatever links say.
    None if a directory on the way is missing or links go in circles."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts or parts[-1] == "..":
        return None
    return _walk(root, parts[:-1], parts[-1])


def _walk(root: Path, parts: list[str], last: str) -> Path | None:
    at: list[str] = []
    links = 0
    while parts:
        part, *parts = parts
        if part == "..":
            at = at[:-1]
            continue
        here = root.joinpath(*at, part)
        if here.is_symlink():
            links += 1
            if links > _LINKS:
                return None
            target = str(here.readlink())
            at = [] if target.startswith("/") else at
            parts = [piece for piece in target.split("/") if piece not in ("", ".")] + parts
        elif here.is_dir():
            at = [*at, part]
        else:
            return None
    return root.joinpath(*at, last)


def remove(root: Path, path: str) -> None:
    """Remove what lies at `path` below `root`, a directory with all it holds; nothing if there is nothing.
    Raises EngineError."""
    found = place(root, path)
    if found is None:
        return
    try:
        if found.is_dir() and not found.is_symlink():
            shutil.rmtree(found)
        else:
            found.unlink(missing_ok=True)
    except OSError as error:
        raise EngineError(f"{path} cannot be removed: {(error.strerror or 'unknown reason').lower()}") from None
