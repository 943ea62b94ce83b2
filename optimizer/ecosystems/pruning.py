"""How an ecosystem's own tool takes development dependencies away again, as data, and which they are by its records.

Nothing here knows a particular tool; the values stand with the other facts of their ecosystem.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Read = Callable[[str], bytes]
"""Content of a file of the project, by its path below the project's directory; nothing if it is not there."""


def _nothing(_: Read) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Pruning:
    """One command. `record` is the file, below the directory of the project, that says what is installed."""

    program: str
    command: str
    record: str
    development: Callable[[Read], frozenset[str]]
    """Directories and files of the development dependencies, below the directory of the project."""
    changes: tuple[str, ...]
    """What the command writes again, below the directory of the project."""
    source: str
    rewrites: Callable[[Read], frozenset[str]] = _nothing
    """What it writes again of the packages that stay."""
