"""What one manifest says of an install: what it brings along besides the manifest itself, or why that is not known."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import cast

from optimizer.context import Context
from optimizer.ecosystems.model import Invocation
from optimizer.text import decode


class Obstacle(Enum):
    """Why it is not known what a call reads."""

    PROJECT_CODE = "it runs the project's own code"
    LOCAL = "it installs something from a directory of the project"
    UNREADABLE = "what it reads cannot be told from the manifests"
    MISSING = "a file that it reads is not in the context"


@dataclass(frozen=True, slots=True)
class Brought:
    """Context paths, directories among them, that an install reads besides the manifest, and those it may write."""

    files: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()

    def __or__(self, other: Brought) -> Brought:
        return Brought(self.files | other.files, self.writes | other.writes)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One manifest: its text, the call that reads it, and the directory in the context in which it lies."""

    text: str
    call: Invocation
    context: Context
    directory: str

    def path(self, name: str) -> str | None:
        """The context path of a name in the manifest; None if it leads out of the context or is not relative."""
        path = posixpath.normpath(posixpath.join(self.directory, name))
        return None if name.startswith(("/", "~")) or path == ".." or path.startswith("../") else path

    def other(self, path: str) -> Manifest | None:
        """A manifest elsewhere in the context; None if there is none."""
        data = self.context.read(path)
        return None if data is None else Manifest(decode(data), self.call, self.context, posixpath.dirname(path))


NO_SCRIPTS = frozenset({"--ignore-scripts", "--no-scripts"})
"""Options that keep an install from running commands of the project."""


def read_json(text: str) -> Mapping[str, object] | None:
    """A JSON object; None for anything else."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, object]", data) if isinstance(data, dict) else None
