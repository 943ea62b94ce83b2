"""Files that a tool keeps to be faster next time, and how not to ship them, as data.

Nothing here knows a particular tool; the values stand with the other facts of their ecosystem.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from optimizer.ecosystems.verbs import Verb


def is_one_of(image: str, images: frozenset[str]) -> bool:
    """Whether an official image (`debian:jessie-slim`) is in a set of names (`debian`) and versions (`debian:8`)."""
    name, _, tag = image.partition(":")
    versions = (tag, *(tag[:at] for at, sign in enumerate(tag) if sign in ".-"))
    return name in images or any(f"{name}:{version}" in images for version in versions)


PLAIN = frozenset({"debian", "ubuntu", "alpine", "fedora", "centos", "rockylinux", "almalinux", "buildpack-deps"})
"""Official images that set no variables for languages."""


@dataclass(frozen=True, slots=True)
class Avoidance:
    """An option with which the cache is not filled. All `spellings` have the same effect; the first is ours."""

    verbs: frozenset[Verb]
    spellings: tuple[str, ...]
    unknown_in: frozenset[str] = frozenset()
    """Official images, with a version or its name, that bring a tool too old for it."""

    def is_unknown_in(self, image: str) -> bool:
        """Whether the image (`debian:jessie-slim`) is one of those."""
        return is_one_of(image, self.unknown_in)

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
    images: frozenset[str] = frozenset()
    """Official images in which the cache lies where the command looks, if that differs between images."""

    instead: tuple[tuple[str, str], ...] = ()
    """Programs that fill the cache and cannot empty it, and those that can."""

    def written(self, program: str) -> str:
        """The command exactly as it is put into a RUN."""
        return self.command.replace("{program}", dict(self.instead).get(program, program))


class Sharing(Enum):
    """How concurrent builds share a cache mount (Dockerfile reference, "RUN --mount=type=cache")."""

    SHARED = "shared"
    LOCKED = "locked"


class Whose(Enum):
    """Whose calls keep their cache in a place."""

    ANYONE = "anyone"
    ROOT = "root"
    OTHERS = "anyone but root"


@dataclass(frozen=True, slots=True)
class CacheMount:
    """How a cache is given as `--mount=type=cache`. `~` in the target must be written out. It never holds anything that
    is no cache: what lies there does not reach the image."""

    target: str
    sharing: Sharing = Sharing.SHARED
    id: str | None = None
    """Set if it also holds what was built for one base image, which would not run in another: each has its own then."""
    whose: Whose = Whose.ANYONE
    programs: frozenset[str] = frozenset()
    """Programs of the ecosystem that keep it there; all of them if there are none."""
    images: frozenset[str] = frozenset()
    """Official images in which it lies there; all if there are none."""
    kept_with: str | None = None
    """Options behind the verb without which the tool, or the base image, empties it again after each call."""

    def serves(self, program: str, image: str, *, root: bool) -> bool:
        """Whether a call of `program` in `image` keeps its cache there."""
        return (
            (self.whose is Whose.ANYONE or (self.whose is Whose.ROOT) is root)
            and (not self.programs or program in self.programs)
            and (not self.images or is_one_of(image, self.images))
        )


@dataclass(frozen=True, slots=True)
class Cache:
    """Files that a tool keeps to be faster next time, and how not to ship them.

    A cache with neither `purge` nor `avoid` is worth a mount but not a cleanup: emptying it frees nothing.
    """

    name: str
    paths: tuple[str, ...]
    """Directories; everything below them is the cache."""
    filled_by: frozenset[Verb]
    mounts: tuple[CacheMount, ...]
    """Where it lies; those hold that serve a call."""
    purge: Purge | None = None
    avoid: Avoidance | None = None
    switches: tuple[Switch, ...] = ()
    needed_by: frozenset[Verb] = frozenset()
    """Verbs that fail without it unless an UPDATE came before; empty for a cache that only saves time."""
    unneeded_with: frozenset[str] = frozenset()
    """Options with which those verbs refresh what they need."""
    needed_with: frozenset[str] = frozenset()
    """Options that make a later call rely on it (`--offline`)."""
    reused_by: frozenset[Verb] = frozenset()
    """Verbs that work from it and would fill it again: it stays until the last of them is done."""
    unfilled_with: frozenset[str] = frozenset()
    """Options with which it is not filled."""
    moved_by: tuple[str, ...] = ()
    """Environment variables that put it elsewhere."""
    moved_with: frozenset[str] = frozenset()
    """Options that put it elsewhere."""
    moved_in: tuple[str, ...] = ()
    """Words in an option's value that put it elsewhere."""
    narrowed_in: tuple[str, ...] = ()
    """Words in an option's value that make an UPDATE refresh a part of it only."""
    also_emptied_by: tuple[str, ...] = ()
    """Globs whose removal counts as emptying it, besides those of `paths`."""
    only_one: bool = False
    """Whether the tool uses one of `paths` only, so that removing any of them counts as emptying it."""
    unlike: tuple[str, ...] = ()
    """Words in a Containerfile that tell of another generation of the tool, of which none of this holds."""
    emptied_by_base: str | None = None
    """A file in the official base images that keeps it empty; only without that file is there anything to do."""

    def mounted(self, program: str, image: str, *, root: bool) -> tuple[CacheMount, ...]:
        """The mounts that serve a call of `program` in an official image; none where that is not certain."""
        return tuple(each for each in self.mounts if each.serves(program, image, root=root))
