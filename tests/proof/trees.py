"""Root file systems in memory: metadata only, or written to a directory where contents are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from optimizer.containers.model import ImageId
from optimizer.proof.rootfs import Tree, read_tree
from optimizer.proof.usercheck import Side

from .fake import CONFIG

Content = str | bytes | Path | None


def tree(root: Path, files: Mapping[str, Content]) -> Tree:
    """A tree on disk: text or bytes make a file, a path a link, None a directory. Programs (`/bin/`) are executable."""
    root.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        match content:
            case None:
                place.mkdir(exist_ok=True)
            case Path():
                place.symlink_to(content)
            case bytes():
                place.write_bytes(content)
            case str():
                place.write_text(content)
        if "/bin/" in path and not place.is_symlink():
            place.chmod(0o755)
    return read_tree(root)


def side(root: Path, files: Mapping[str, Content]) -> Side:
    listed = tree(root, files)
    return Side(ImageId(root.name), CONFIG, lambda: listed)
