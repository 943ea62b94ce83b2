"""What an image holds, seen with our own eyes: nothing of the judge's is used."""

from __future__ import annotations

from pathlib import Path

from optimizer.containers.model import BuildFailed, BuildRequest, Engine

Listing = dict[str, tuple[int, int, bytes]]
"""Mode, owner and content of each path."""

_OF_THE_BUILDER = ("/dev", "/proc", "/sys", "/run", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf")


def listed(engine: Engine, text: str, context: Path, ignore: str | None, scratch: Path) -> Listing | None:
    """Build a text and list its image; None if it does not build."""
    containerfile, ignorefile = scratch / "tried.Containerfile", scratch / "tried.ignore"
    containerfile.write_text(text)
    ignorefile.write_text(ignore or "")
    try:
        image = engine.build(BuildRequest(containerfile, context, ignorefile, passthrough=("--pull-never",))).image
    except BuildFailed:
        return None
    with engine.rootfs(image) as root:
        return {
            name: (path.lstat().st_mode, path.lstat().st_uid, path.read_bytes() if path.is_file() else b"")
            for path in root.rglob("*")
            if not (name := f"/{path.relative_to(root)}").startswith(_OF_THE_BUILDER)
        }
