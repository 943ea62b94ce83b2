"""What an ecosystem is: a package manager or language, described completely as one frozen value.

Nothing here knows a particular tool. The values stand one module each beside this one; `optimizer.ecosystems` holds the
registry. Paths are absolute; a leading `~` is the home directory of the user in force; `*` stops at `/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from optimizer.ecosystems.caches import Cache
from optimizer.ecosystems.linking import Linking
from optimizer.ecosystems.pruning import Pruning
from optimizer.ecosystems.trimming import Locked, Trim
from optimizer.ecosystems.uninstalling import Uninstall
from optimizer.ecosystems.verbs import Verb


class Operands(Enum):
    """What the words that are neither verb nor option are."""

    NONE = "it takes none, or they do not matter"
    PACKAGES = "package names or specifiers; local paths among them"
    PATHS = "files or directories"


@dataclass(frozen=True, slots=True)
class Action:
    """One subcommand. `names` are its spellings, blanks between words (`cache clean`)."""

    names: tuple[str, ...]
    verb: Verb
    valued: frozenset[str] = frozenset()
    """Options of this subcommand that take a value, besides those of the program."""
    operands: Operands = Operands.NONE
    cleans: frozenset[str] = frozenset()
    """Names of the caches that it empties, unless operands name a part of them."""
    cleans_by: tuple[tuple[str, str], ...] = ()
    """Options, and the caches that each of them has it empty."""
    only_with: frozenset[str] = frozenset()
    """It empties them only if one of these options is given; always if there are none."""
    not_with: frozenset[str] = frozenset()
    """It does not empty them with any of these."""
    certain: bool = True
    """False if some versions of the tool do not do it: then nothing may rely on it having been done."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A verb that is written as an option (`pacman -Syu`): it is meant if all these single letters are given."""

    letters: str
    action: Action
    alone: bool = False
    """Whether it is meant only without operands."""


class Dash(Enum):
    """How options are written."""

    CLUSTER = "one dash begins single letters, two begin a word (POSIX, GNU)"
    WORD = "one dash begins a word (Go, Java)"


@dataclass(frozen=True, slots=True)
class Program:
    """A program and its subcommands."""

    names: frozenset[str]
    actions: tuple[Action, ...]
    valued: frozenset[str] = frozenset()
    """Options that take a value as the next argument, before or after the verb."""
    versioned: bool = False
    """Whether a version may follow the name: `pip3.11`."""
    module: str | None = None
    """The module that `python -m` starts instead."""
    bare: Action | None = None
    """What it does without a subcommand."""
    otherwise: Action | None = None
    """What it does with words that name no subcommand: tasks, scripts."""
    operations: tuple[Operation, ...] = ()
    """Verbs written as options, the more letters the earlier."""
    long: tuple[tuple[str, str], ...] = ()
    """Long spellings of those letters."""
    interpreters: frozenset[str] = frozenset()
    """Interpreters that it is given to as a script (`php composer.phar`, `sh gradlew`)."""
    selector: str | None = None
    """The sign that begins a first word which chooses a version of the tool (`cargo +nightly`)."""
    dash: Dash = Dash.CLUSTER
    homes: frozenset[str] = frozenset()
    """Official images that have it where it installs a newer one of itself, too."""

    def is_called(self, name: str) -> bool:
        """Whether `name` (without directory) starts this program."""
        if name in self.names:
            return True
        stem = name.rstrip("0123456789.") if self.versioned else ""
        return bool(stem) and stem != name and stem in self.names


@dataclass(frozen=True, slots=True)
class Ecosystem:
    """One package manager or language. `sources` name the documentation that its facts come from."""

    name: str
    programs: tuple[Program, ...]
    caches: tuple[Cache, ...]
    sources: tuple[str, ...]
    manifests: tuple[str, ...] = ()
    """Files in the working directory that name what an install without operands brings; globs."""
    locks: tuple[str, ...] = ()
    """Files beside them that pin versions."""
    settings: tuple[str, ...] = ()
    """Further files in the working directory that an install reads."""
    writes: tuple[str, ...] = ()
    """What an install writes below the working directory."""
    hooks: tuple[str, ...] = ()
    """Entries of a manifest by which an install runs the project's own code."""
    file_options: frozenset[str] = frozenset()
    """Options whose value is a file or directory of the project that the call reads."""
    environment: frozenset[str] = frozenset()
    """Environment variables that it reads; a trailing `*` stands for any ending."""
    trims: tuple[Trim, ...] = ()
    """Options with which an install brings less."""
    locked: Locked | None = None
    """How an install is held to the lock file."""
    pruning: Pruning | None = None
    """How development dependencies are taken away behind a build that needed them."""
    tools: tuple[str, ...] = ()
    """What the tool keeps for itself besides its caches: toolchains, indexes, locks."""
    build_caches: tuple[str, ...] = ()
    """Directories of a project in which its tools keep what one build leaves for the next: how their paths end."""
    uninstall: Uninstall | None = None
    """How packages of the operating system are taken away again."""
    interpreters: frozenset[str] = frozenset()
    """Programs that run what it installs."""
    compiling: frozenset[str] = frozenset()
    """Packages of the operating system that are only there to compile native modules, whose source says so."""
    linking: Linking | None = None
    """How a build leaves debug information out of its programs."""

    def cache(self, name: str) -> Cache:
        """The cache of that name. Raises KeyError if there is none."""
        for cache in self.caches:
            if cache.name == name:
                return cache
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Option:
    """An option as given. `value` is None if there is none, or if an expansion decides."""

    name: str
    index: int
    value: str | None = None
    value_index: int | None = None
    """Where the value stands: the same index for `--name=value`, the next one for `--name value`."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command line that belongs to an ecosystem. Indices count words of the argument vector that was asked about."""

    ecosystem: Ecosystem
    program: Program
    name: str
    """The program as it was called, without its directory."""
    action: Action
    verb_index: int | None
    """The last word of the verb; None if the program was called without one."""
    options: tuple[Option, ...]
    operands: tuple[int, ...]

    @property
    def verb(self) -> Verb:
        """What it does."""
        return self.action.verb

    def has(self, names: frozenset[str]) -> bool:
        """Whether one of these options is given. A single letter may stand in a cluster."""
        return any(option.name in names for option in self.options)

    @property
    def files(self) -> tuple[str, ...]:
        """Literal values of the options that name files of the project."""
        named = self.ecosystem.file_options
        return tuple(option.value for option in self.options if option.name in named and option.value is not None)

    def local(self, argv: tuple[str | None, ...]) -> tuple[str, ...]:
        """Operands that are paths, not names: they hold a `/` or begin with `.` (`.[test]`, `./x.deb`)."""
        found = (argv[index] for index in self.operands)
        return tuple(word for word in found if word is not None and is_local(word))

    def fills(self, cache: Cache) -> bool:
        """Whether this call fills the cache, as far as its own words tell."""
        if self.verb not in cache.filled_by or self.has(cache.unfilled_with):
            return False
        avoid = cache.avoid
        return avoid is None or self.verb not in avoid.verbs or not self.has(frozenset(avoid.spellings))

    def empties(self, cache: Cache) -> bool:
        """Whether this call is the tool's own way to empty the cache."""
        action = self.action
        if self.operands or self.has(action.not_with):
            return False
        if any(cache.name == name and self.has(frozenset({option})) for option, name in action.cleans_by):
            return True
        if cache.name not in action.cleans:
            return False
        return not action.only_with or self.has(action.only_with)

    def needs(self, cache: Cache) -> bool:
        """Whether this call relies on what is in the cache."""
        return self.has(cache.needed_with) or (self.verb in cache.needed_by and not self.has(cache.unneeded_with))


def is_local(word: str) -> bool:
    """Whether a package operand names a path: `.`, `./x`, `../x`, `/x`, `file:x`; `@scope/name` and URLs are not."""
    return word in (".", "..") or word.startswith(("./", "../", "/", "file:", ".["))
