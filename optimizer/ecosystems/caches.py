"""Files that a tool keeps to be faster next time, and how not to ship them, as data.

Nothing here knows a particular tool; the values stand with the other facts of their ecosystem.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from optimizer.ecosystems.verbs import Verb


@dataclass(frozen=True, slots=True)
class Avoidance:
    """An option with which the cache is not filled. All `spellings` have the same effect; the first is ours."""

    verbs: frozenset[Verb]
    spellings: tuple[str, ...]
    unknown_in: frozenset[str] = frozenset()
    """Official images, with a version or its name, that bring a tool too old for it."""

    def is_unknown_in(self, image: str) -> bool:
        """Whether the image (`debian:jessie-slim`) is one of those."""
        name, _, tag = image.partition(":")
        return any(
            f"{name}:{version}" in self.unknown_in
            for version in (tag, *(tag[:at] for at, sign in enumerate(tag) if sign in ".-"))
        )

    @property
    def flag(self) -> str:
        """What is written."""
        return self.spellings[0]


@dataclass(frozen=True, slots=True)
class Switch:
    """An environment variable with which the cache is not filled. `values` None: any value but the empty one counts."""

    variable: str
    values: frozenset[str] | None = None

    def is_on(self, value: str | None) -> bool:
        """Whether this value switches the cache off; None is a value that is not known, and does not count."""
        return bool(value) and (self.values is None or (value or "").lower() in self.values)


class Means(Enum):
    """How a purge works."""

    REMOVES = "it only removes files, and succeeds where there are none"
    TOOL = "it calls the tool itself, which must still be there, in the same shell and directory"
    SYSTEM = "it calls the system's own package manager, which is there at the end too"


@dataclass(frozen=True, slots=True)
class Purge:
    """The command that empties a cache. `{program}` in it stands for the program as it was called."""

    command: str
    means: Means
    touched: tuple[str, ...] = ()
    """Paths that the command itself may write (logs)."""
    certain: bool = True
    """False if with some versions or settings it does more, or less, than emptying the cache: then it needs proof."""

    def written(self, program: str) -> str:
        """The command exactly as it is put into a RUN."""
        return self.command.replace("{program}", program)


class Sharing(Enum):
    """How concurrent builds share a cache mount (Dockerfile reference, "RUN --mount=type=cache")."""

    SHARED = "shared"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class CacheMount:
    """How the cache is given as `--mount=type=cache`. `~` in the target must be written out."""

    target: str
    sharing: Sharing = Sharing.SHARED


@dataclass(frozen=True, slots=True)
class Cache:
    """Files that a tool keeps to be faster next time, and how not to ship them.

    A cache with neither `purge` nor `avoid` is worth a mount but not a cleanup: later steps build from it.
    """

    name: str
    paths: tuple[str, ...]
    """Directories; everything below them is the cache."""
    filled_by: frozenset[Verb]
    mount: CacheMount
    purge: Purge | None = None
    avoid: Avoidance | None = None
    switches: tuple[Switch, ...] = ()
    needed_by: frozenset[Verb] = frozenset()
    """Verbs that fail without it unless an UPDATE came before; empty for a cache that only saves time."""
    unneeded_with: frozenset[str] = frozenset()
    """Options with which those verbs refresh what they need."""
    needed_with: frozenset[str] = frozenset()
    """Options that make a later call rely on it (`--offline`)."""
    unfilled_with: frozenset[str] = frozenset()
    """Options with which it is not filled."""
    moved_by: tuple[str, ...] = ()
    """Environment variables that put it elsewhere."""
    moved_with: frozenset[str] = frozenset()
    """Options that put it elsewhere."""
    moved_in: tuple[str, ...] = ()
    """Words in an option's value that put it elsewhere, or make an UPDATE refresh a part of it only."""
    also_emptied_by: tuple[str, ...] = ()
    """Globs whose removal counts as emptying it, besides those of `paths`."""
    only_one: bool = False
    """Whether the tool uses one of `paths` only, so that removing any of them counts as emptying it."""
    unlike: tuple[str, ...] = ()
    """Words in a Containerfile that tell of another generation of the tool, of which none of this holds."""
    emptied_by_base: str | None = None
    """A file in the official base images that keeps it empty; only without that file is there anything to do."""
