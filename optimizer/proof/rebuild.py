"""How long the build takes after one edit of a source file, measured on a copy of the context."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from optimizer.containers.model import Built

_SOURCES = (
    *(".py", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".go", ".rs", ".c", ".cc", ".cpp", ".h"),
    *(".java", ".kt", ".rb", ".php", ".cs", ".ex", ".exs", ".html", ".css", ".sh"),
)
"""Suffixes of files in which one more newline at the end changes nothing but the bytes, likeliest sources first."""
_UNLIKELY = frozenset(
    {"test", "tests", "doc", "docs", "node_modules", "vendor", "example", "examples", "dist", "build"}
)
_TRIES = 3


def rebuild_seconds(context: Path, build: Callable[[Path], Built], scratch: Path) -> float | None:
    """Append a newline to the likeliest source file in a copy of `context` and build that; the next likeliest if no
    step of the build had to run again. None if no such file is found. Raises BuildFailed."""
    for number, source in enumerate(_likeliest(context)[:_TRIES]):
        copy = scratch / f"context-{number}"
        shutil.copytree(context, copy, symlinks=True, copy_function=_link_or_copy)
        try:
            _append_newline(copy / source)
            built = build(copy)
        finally:
            shutil.rmtree(copy, ignore_errors=True)
        if not all(step.cached for step in built.steps if not step.text.upper().startswith("FROM")):
            return built.seconds
    return None


def _link_or_copy(source: str, destination: str) -> str:
    try:
        os.link(source, destination, follow_symlinks=False)
    except OSError:  # another file system, or one without hard links
        shutil.copy2(source, destination, follow_symlinks=False)
    return destination


def _append_newline(path: Path) -> None:
    """Into a file of its own: the name may be a hard link to the user's file."""
    mode = path.stat().st_mode
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data + b"\n")
    path.chmod(mode)


def _likeliest(context: Path) -> list[PurePosixPath]:
    found: list[PurePosixPath] = []
    for directory, names, files in os.walk(context):
        names[:] = [name for name in names if not name.startswith(".") and name.lower() not in _UNLIKELY]
        relative = PurePosixPath(Path(directory).relative_to(context).as_posix())
        found += [relative / name for name in files if PurePosixPath(name).suffix in _SOURCES]
    usable = [path for path in found if not (context / path).is_symlink() and not _is_manifest(path.name)]
    return sorted(usable, key=lambda path: (_SOURCES.index(path.suffix), len(path.parts), str(path)))


def _is_manifest(name: str) -> bool:
    """Files that installations read: to edit one is no edit of a source."""
    return name in ("setup.py", "noxfile.py", "conftest.py", "build.rs") or ".config." in name
