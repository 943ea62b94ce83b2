"""How an install is brought down to what is needed, as data: options, and what already decides the same.

Nothing here knows a particular tool; the values stand with the other facts of their ecosystem.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Brings(Enum):
    """What an install brings beyond what it needs to."""

    RECOMMENDED = "packages that others only recommend"
    DEVELOPMENT = "development dependencies"
    DOCUMENTATION = "documentation"


class Records(Enum):
    """Where a package manager keeps what is installed (see `optimizer.proof.packages`)."""

    DPKG = "dpkg(1), status"
    APK = "apk, installed database"
    RPM = "rpm, headers of its database"
    PYTHON = "PyPA, Recording installed projects"
    NODE = "package.json below node_modules"


STARTERS = frozenset(
    {
        *(
            "node",
            "nodejs",
            "php",
            "php-fpm",
            "apache2-foreground",
            "nginx",
            "supervisord",
            "python",
            "python3",
            "java",
        ),
        *("sh", "bash", "dash", "ash", "tini", "dumb-init", "docker-entrypoint.sh", "docker-php-entrypoint"),
    }
)
"""Interpreters, servers and init programs that a container starts without a project's dependencies."""


class Notation(Enum):
    """How a manifest is written, and its lists of dependencies."""

    JSON = "tables by name"
    TOML = "tables by name, or lists of requirements (PEP 508)"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file in the working directory that names dependencies; values are keys, with dots between those of tables, and
    `*` stands for any."""

    file: str
    production: tuple[str, ...]
    development: tuple[str, ...]
    scripts: str | None
    """The table of commands."""
    hooks: frozenset[str]
    """Those of them that an install runs."""
    unhooked_with: frozenset[str]
    """Options with which it does not."""
    notation: Notation = Notation.JSON
    members: str = "workspaces"
    """What names further manifests."""
    run: frozenset[str] = frozenset()
    """Subcommands that run the entry named by the next word."""
    run_own: frozenset[str] = frozenset()
    """Subcommands that run the entry of their own name (`npm start`)."""


@dataclass(frozen=True, slots=True)
class Older:
    """A flag for versions of the tool in an official image below a major version."""

    image: str
    below: int
    flag: str


@dataclass(frozen=True, slots=True)
class Trim:
    """An option with which an install brings less. Options are written `--name` or `--name=value`, however given."""

    brings: Brings
    flag: str
    programs: frozenset[str]
    verbs: frozenset[str]
    avoided_by: frozenset[str]
    """Options that have the effect; the flag is one of them."""
    source: str
    wanted_by: frozenset[str] = frozenset()
    """Options that ask for the opposite."""
    setting: str | None = None
    """The name, in lower case, by which an option's value or a line of a configuration file decides the same."""
    places: tuple[str, ...] = ()
    """Configuration files and directories of the image where it may stand."""
    variables: tuple[tuple[str, str], ...] = ()
    """Environment variables and the value that has the effect; another value asks for the opposite."""
    idle_with: frozenset[str] = frozenset()
    """Options with which nothing is installed, or not for the project."""
    records: Records | None = None
    """Where the packages that stay away would have been recorded."""
    unseen: frozenset[str] = frozenset()
    """Packages whose lack no check without a network shows: they must stay."""
    manifest: Manifest | None = None
    """What names the dependencies; calls with operands bring others and are left alone."""
    removes: tuple[str, ...] = ()
    """Paths of the image that may go, beyond the packages' own."""
    changes: tuple[str, ...] = ()
    """Paths that may change; relative to the working directory unless absolute."""
    adds: tuple[str, ...] = ()
    """Paths that may appear: what stands in for something that stays away."""
    shortens: tuple[str, ...] = ()
    """Text files that may lose whole lines."""
    older: tuple[Older, ...] = ()
    unlike: tuple[str, ...] = ()
    """Files beside the manifest that tell of another generation of the tool, which has no such option."""

    @property
    def flags(self) -> frozenset[str]:
        """Every spelling that is ours to write."""
        return frozenset({self.flag, *(each.flag for each in self.older)})


@dataclass(frozen=True, slots=True)
class Locked:
    """A subcommand that installs what the lock file says and nothing else, in place of one that may change it."""

    loose: frozenset[str]
    strict: str
    programs: frozenset[str]
    options: frozenset[str]
    """Options that mean the same to both, by name."""
    manifest: str
    locks: tuple[str, ...]
    """Names of the lock file, the one that wins first."""
    version: str
    """Its key for the version of its format."""
    needs: tuple[tuple[int, str, int], ...]
    """Format version, official image, and the first major version of that image that understands it."""
    root: tuple[str, str]
    """Keys that lead to what the lock file says of the project itself."""
    groups: tuple[str, ...]
    """Tables of dependencies that both files must agree on."""
    removed: tuple[str, ...]
    """What it deletes first, relative to the working directory."""
    changes: tuple[str, ...]
    """What it may write otherwise, relative to the working directory."""
    source: str


def requirement_name(requirement: str) -> str:
    """The name in a requirement, as names are compared (PEP 508, PEP 503): `Flask_Login>=0.6; …` is `flask-login`."""
    end = next((at for at, char in enumerate(requirement) if not (char.isalnum() or char in "-_.")), len(requirement))
    return "-".join(filter(None, requirement[:end].lower().replace("_", "-").replace(".", "-").split("-")))
