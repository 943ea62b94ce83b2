"""Directories of an image by whose they are."""

from __future__ import annotations

import posixpath

_SHARED = ("/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr", "/var")
"""Where base images and packages put their own files (Filesystem Hierarchy Standard 3.0)."""

_FREE = ("/usr/src/", "/usr/local/src/", "/usr/app/", "/var/www/", "/var/app/", "/var/task/")
"""Places below these that are not."""

_TOPS = ("/", "/root", "/home", "/opt", "/srv", "/tmp", "/mnt", "/media")


def is_below(path: str, parent: str) -> bool:
    """Whether a path is another one, or lies below it."""
    return path == parent or path.startswith(parent.rstrip("/") + "/")


def is_shared(path: str) -> bool:
    """Whether others may have files directly there: a system directory, or somebody's home."""
    if path in _TOPS or posixpath.dirname(path) == "/home":
        return True
    return any(is_below(path, top) for top in _SHARED) and not path.startswith(_FREE)
