"""What is known about splitting one built original: data only, gathered once, read by `split_stages`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

# Passes ask for these types in every dry run, and what they are made of is there only after a build.
if TYPE_CHECKING:
    from optimizer.containers.model import ImageConfig
    from optimizer.ecosystems.installing import Installer
    from optimizer.ecosystems.pruning import Pruning
    from optimizer.evidence.packages import Manager
    from optimizer.evidence.shipment import Shipment


class Obstacle(Enum):
    """Why nothing can be said about a runtime stage."""

    ATTRIBUTION = "the layers of the built image cannot be matched with its instructions"
    DATABASE = "the database of the installed packages cannot be read"
    ENTRY = "what the image runs cannot be found in it"
    BASE = "the stage stands on another stage, or its base image is not here by that name"


class Care(Enum):
    """How much ships that nothing is known to need, for the judge to choose from."""

    KNOWN = "only what is known to be needed"
    SOURCES = "what looks like sources too"
    TOOLS = "the same, and what was installed by name into the base image, and libraries that came with their headers"


class PythonWay(Enum):
    """How installed Python distributions get from one stage to the next."""

    NONE = "nothing to carry"
    VENV = "installed into a virtual environment from the start"
    IN_PLACE = "copied with the directory they lie in"


@dataclass(frozen=True, slots=True)
class PythonBuild:
    """Where the virtual environment begins. `step` counts the RUN, COPY and ADD instructions of the stage from 0."""

    step: int
    interpreter: str


@dataclass(frozen=True, slots=True)
class GoBuild:
    """A step whose Go program can be linked statically, and the programs that it makes."""

    step: int
    programs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prune:
    """A directory whose development dependencies a last step of the build stage takes away, and how: paths that go, and
    paths that are written again."""

    directory: str
    pruning: Pruning
    gone: frozenset[str]
    changes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Account:
    """A user that the build made, with all of its line in passwd(5); `has_home` says whether its home directory was
    made with it."""

    name: str
    uid: int
    group: str
    gid: int
    comment: str
    home: str
    shell: str
    has_home: bool
    groups: tuple[str, ...] = ()
    packaged: bool = False
    """Whether a package makes it where it is not there yet, with a number that depends on what else is installed."""
    uid_word: str = ""
    """How the step writes the number, where a variable holds it."""
    home_mode: int | None = None
    """The mode of its home, where it is none that a new home has."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group that the build made; `packaged` and `gid_word` as for accounts."""

    name: str
    gid: int
    packaged: bool = False
    gid_word: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """A user that the build did not make, and groups that it was put into."""

    user: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """What is removed, as a word of a command; `deep` if it may be a directory."""

    word: str
    deep: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """One runtime stage that should do. Sizes in bytes; the path sets are what the new image may differ in."""

    image: str
    manager: Manager
    config: ImageConfig
    """Of the runtime base."""
    shell: bool
    """Whether the runtime base has a shell, without which no RUN is possible."""
    packages: tuple[str, ...]
    installer: Installer | None
    """How the packages are installed; None where there are none."""
    size: int
    shipment: Shipment
    python: PythonWay
    go: GoBuild | None
    prunes: tuple[Prune, ...]
    removals: tuple[Removal, ...]
    """What the build removed and the runtime stage's base or packages bring back."""
    given: tuple[str, ...]
    """Commands that give files of packages to someone, as the build ran them."""
    refreshes: tuple[str, ...]
    """Commands that make an index of what was copied, as the build ran them."""
    before_install: tuple[str, ...]
    """Directories that scripts of packages expect and that the base lacks."""
    care: Care
    users: frozenset[tuple[int, str]]
    """Numbers and names that the runtime base knows; `groups` likewise."""
    groups: frozenset[tuple[int, str]]
    removed: frozenset[str]
    changed: frozenset[str]
    added: frozenset[str]
    packages_removed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Split:
    """True of one text only. `candidates` are smallest first; with an `obstacle` there are none. `careful` works out
    others, which hold more than is known to be needed."""

    text: str
    size: int
    config: ImageConfig
    base: ImageConfig
    obstacle: Obstacle | None = None
    detail: str = ""
    candidates: tuple[Candidate, ...] = ()
    careful: Callable[[], tuple[Candidate, ...]] = field(default=tuple, compare=False)
    accounts: tuple[Account, ...] = ()
    joined: tuple[Joined, ...] = ()
    groups: tuple[Group, ...] = ()
    python: PythonBuild | None = None
    names: tuple[tuple[int, str], ...] = field(default=())
    """User numbers and the names they have in the original; groups likewise in `group_names`."""
    group_names: tuple[tuple[int, str], ...] = field(default=())
