"""What is known about a smaller base image for one built original: data only, gathered once, read by `shrink_base`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from optimizer.evidence.split import Obstacle

if TYPE_CHECKING:
    from optimizer.evidence.packages import Manager


@dataclass(frozen=True, slots=True)
class Smaller:
    """A base image on which the stage should build and run as before. The path sets are what the new image may differ
    in."""

    image: str
    manager: Manager
    packages: tuple[str, ...]
    """What the larger image had, and a step or the program needs."""
    first: int
    """The first step that needs one of them; the number of steps if only the program does."""
    before_install: tuple[str, ...]
    """Directories that scripts of these packages expect and that the image lacks."""
    size: int
    """Of the whole new image, in bytes, as far as package databases tell."""
    removed: frozenset[str]
    changed: frozenset[str]
    added: frozenset[str]
    packages_removed: frozenset[str]
    environment: frozenset[str]
    """Variables of the base image that have another value in the smaller one and only speak of its tools."""
    unset: frozenset[str]
    """Such variables that it does not have."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """A smaller image that is here and will not do. `lacks` names what no package brings, or how it is configured."""

    image: str
    lacks: str


@dataclass(frozen=True, slots=True)
class Bases:
    """`candidates` are smallest first; with an `obstacle` there are none."""

    size: int
    obstacle: Obstacle | None = None
    detail: str = ""
    triggers: bool = False
    """Whether the base image has ONBUILD triggers."""
    candidates: tuple[Smaller, ...] = ()
    unfit: tuple[Unfit, ...] = ()
    sought: tuple[str, ...] = ()
    """Names of smaller images that were looked for."""


@dataclass(frozen=True)
class SmallerBases:
    """True of one text only, and worked out when it is asked for: nobody asks where the text was split."""

    text: str
    work_out: Callable[[], Bases]

    @cached_property
    def known(self) -> Bases:
        """What is known."""
        return self.work_out()
