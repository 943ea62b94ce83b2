"""Package managers and languages, as data. A pass asks here and names none of them.

Adding one is a module with one value, and its name in `REGISTRY`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from optimizer.ecosystems import removal
from optimizer.ecosystems.apk import APK
from optimizer.ecosystems.apt import APT
from optimizer.ecosystems.bun import BUN
from optimizer.ecosystems.bundler import BUNDLER
from optimizer.ecosystems.caches import Cache
from optimizer.ecosystems.cargo import CARGO
from optimizer.ecosystems.composer import COMPOSER
from optimizer.ecosystems.conda import CONDA
from optimizer.ecosystems.cpanm import CPANM
from optimizer.ecosystems.dnf import DNF
from optimizer.ecosystems.dotnet import DOTNET
from optimizer.ecosystems.gem import GEM
from optimizer.ecosystems.go import GO
from optimizer.ecosystems.gradle import GRADLE
from optimizer.ecosystems.matching import UNKNOWN, Argv, match, runs_modules, runs_scripts
from optimizer.ecosystems.maven import MAVEN
from optimizer.ecosystems.model import Ecosystem, Invocation
from optimizer.ecosystems.npm import NPM
from optimizer.ecosystems.pacman import PACMAN
from optimizer.ecosystems.pecl import PECL
from optimizer.ecosystems.pip import PIP
from optimizer.ecosystems.pipenv import PIPENV
from optimizer.ecosystems.pnpm import PNPM
from optimizer.ecosystems.poetry import POETRY
from optimizer.ecosystems.uv import UV
from optimizer.ecosystems.verbs import Verb
from optimizer.ecosystems.yarn import YARN
from optimizer.ecosystems.zypper import ZYPPER
from optimizer.shell.nodes import Simple, Word
from optimizer.shell.query import unwrap

REGISTRY: tuple[Ecosystem, ...] = (
    APT,
    APK,
    DNF,
    ZYPPER,
    PACMAN,
    PIP,
    UV,
    POETRY,
    PIPENV,
    CONDA,
    NPM,
    YARN,
    PNPM,
    BUN,
    GEM,
    BUNDLER,
    COMPOSER,
    CPANM,
    PECL,
    GO,
    CARGO,
    MAVEN,
    GRADLE,
    DOTNET,
)
"""In the order in which they are asked."""

_OWNED = tuple((ecosystem, cache) for ecosystem in REGISTRY for cache in ecosystem.caches)
_CACHES = tuple(cache for _, cache in _OWNED)

_RUNNERS = frozenset({"xargs", "parallel"})
"""Programs that end by running the rest of their arguments with more appended."""
_MANAGER = "corepack"
"""Runs the package manager that its first argument names (Node.js documentation, "Corepack")."""


def named(name: str) -> Ecosystem:
    """The ecosystem of that name. Raises KeyError if there is none."""
    for ecosystem in REGISTRY:
        if ecosystem.name == name:
            return ecosystem
    raise KeyError(name)


def compiling(runs: Callable[[str], bool]) -> frozenset[str]:
    """Packages that are only there to compile modules for the interpreters that `runs` says are started."""
    return frozenset(
        name for ecosystem in REGISTRY if any(map(runs, ecosystem.interpreters)) for name in ecosystem.compiling
    )


def of(argv: Argv) -> Invocation | None:
    """The invocation that an argument vector is; None if it calls no program known here.

    An element is None where an expansion decides. Wrappers (`sudo`, `env`) must have been taken off.
    """
    if not argv or argv[0] is None or not _may_call(argv[0].rpartition("/")[2]):
        return None
    return match(REGISTRY, argv)


@lru_cache(maxsize=1024)
def _may_call(name: str) -> bool:
    """Whether a program of this name could be one of ours: nearly all commands end here."""
    programs = (program for ecosystem in REGISTRY for program in ecosystem.programs)
    return runs_modules(name) or runs_scripts(name) or any(program.is_called(name) for program in programs)


def called(words: Sequence[Word]) -> tuple[tuple[Word, ...], Invocation] | None:
    """The words of the call itself and what it is, behind `xargs` too; None if they call no program known here."""
    words = tuple(words)
    name = posixpath.basename(_argv(words[:1])[0] or "") if words else ""
    if name == _MANAGER and len(words) > 1:
        found = of(_argv(words[1:]))
        return None if found is None else (words[1:], found)
    if name in _RUNNERS:
        for at in range(1, len(words)):
            found = of(_argv(words[at:]))
            if found is not None:
                return words[at:], found
    found = of(_argv(words))
    return None if found is None else (words, found)


def _option(raw: str) -> str | None:
    name, equals, _ = raw.partition("=")
    plain = name.startswith("-") and name.strip("-").replace("-", "").replace("_", "").isalnum()
    return f"{name}={UNKNOWN}" if equals and plain else None


def _argv(words: Sequence[Word]) -> Argv:
    """The values of the words; of a program in a directory that expands (`~/bin/x`, `$HOME/bin/x`) the name, of an
    option whose value expands (`--path=$X`) the option and an unknown value."""
    values = [word.literal if word.literal is not None else _option(word.raw) for word in words]
    if values and values[0] is None:
        directory, slash, name = words[0].raw.replace('"', "").rpartition("/")
        if slash and not set(name) & set("$`\\*?[{'") and directory.startswith(("~", "$")):
            values[0] = name
    return values


def emptied(words: Sequence[Word]) -> tuple[tuple[Ecosystem, Cache], ...]:
    """The caches that a command empties for certain, by the tool's own way or by removing their files."""
    found = called(words)
    if found is not None:
        ecosystem, call = found[1].ecosystem, found[1]
        return tuple((ecosystem, cache) for cache in ecosystem.caches if call.empties(cache))
    if not removal.is_removal(words):
        return ()
    return tuple(_OWNED[place] for place in removal.emptied(words, _CACHES))


@lru_cache(maxsize=8192)  # looked at before and after each change
def purges(command: Simple) -> bool:
    """Whether a command does nothing but empty caches."""
    words = unwrap(command).words
    found = called(words)
    if found is not None and any(found[1].empties(cache) for cache in found[1].ecosystem.caches):
        return True
    return removal.only_removes(words, _CACHES)


def avoiding_words(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words of a call that are options with which it does not fill its caches."""
    found = called(words)
    if found is None:
        return ()
    own, invocation = found
    return tuple(own[option.index] for option in invocation.options if option.name in _avoiding(invocation))


def every_cache() -> tuple[Cache, ...]:
    """The caches of all ecosystems."""
    return tuple(cache for ecosystem in REGISTRY for cache in ecosystem.caches)


def touched(words: Sequence[Word]) -> tuple[Cache, ...]:
    """The caches from which a command removes something, by the tool's own way or file by file."""
    found = called(words)
    if found is not None:
        return tuple(cache for cache in found[1].ecosystem.caches if found[1].empties(cache))
    return tuple(cache for cache in every_cache() if removal.removes_from(words, cache))


def keeping_words(words: Sequence[Word], caches: Sequence[Cache]) -> tuple[Word, ...]:
    """The words directly behind a verb with which a call leaves the mounts of these caches filled."""
    found = called(words)
    if found is None or found[1].verb_index is None:
        return ()
    own, invocation = found
    start = found[1].verb_index + 1
    filled = [each for each in caches if each in invocation.ecosystem.caches and invocation.verb in each.filled_by]
    options = {tuple((mount.kept_with or "").split()) for cache in filled for mount in cache.mounts}
    for wanted in sorted(options, key=len, reverse=True):
        if wanted and tuple(word.raw for word in own[start : start + len(wanted)]) == wanted:
            return own[start : start + len(wanted)]
    return ()


def _avoiding(invocation: Invocation) -> frozenset[str]:
    return frozenset(_spellings(invocation))


def _spellings(invocation: Invocation) -> Iterator[str]:
    for cache in invocation.ecosystem.caches:
        if cache.avoid is not None and invocation.verb in cache.avoid.verbs:
            yield from cache.avoid.spellings


def trimming_words(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words of a call that make it bring less, or name what must not stay away with the rest."""
    found = called(words)
    if found is None:
        return ()
    own, invocation = found
    trims = [trim for trim in invocation.ecosystem.trims if invocation.name in trim.programs]
    flags = frozenset(flag for trim in trims for flag in trim.flags)
    unseen = frozenset(name for trim in trims for name in trim.unseen)
    operands = (own[index] for index in invocation.operands if own[index].literal in unseen)
    return (*(word for word in own if word.raw in flags), *operands)


def strict_verb(words: Sequence[Word]) -> tuple[Word, str] | None:
    """The verb of a call that may change the lock file, and the one that holds to it; None for any other call."""
    found = called(words)
    if found is None:
        return None
    own, invocation = found
    locked, index = invocation.ecosystem.locked, invocation.verb_index
    if locked is None or index is None or invocation.operands or invocation.name not in locked.programs:
        return None
    verb = own[index]
    return (verb, locked.strict) if verb.literal in locked.loose else None


def uninstalls(command: Simple) -> bool:
    """Whether a command does nothing but remove packages of the operating system, or say which of them stay."""
    words = unwrap(command).words
    found = called(words)
    if found is not None and found[1].verb is Verb.REMOVE and found[1].ecosystem.uninstall is not None:
        return True
    text = " ".join(word.raw for word in words)
    ways = (each.uninstall for each in REGISTRY if each.uninstall is not None)
    return any(text.startswith(f"{keeping} ") for way in ways for keeping in way.keeping)


def installs_system_packages(command: Simple) -> bool:
    """Whether a command only calls a package manager of the operating system, to no matter what end."""
    found = called(unwrap(command).words)
    return found is not None and found[1].ecosystem.uninstall is not None


def grouping_words(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words of an install that put its packages under one name, to be removed by that name."""
    found = called(words)
    if found is None:
        return ()
    own, invocation = found
    uninstall = invocation.ecosystem.uninstall
    group = None if uninstall is None else uninstall.group
    if group is None:
        return ()
    indices = {
        index
        for option in invocation.options
        if option.name in group.spellings
        for index in (option.index, option.value_index)
        if index is not None
    }
    return tuple(own[index] for index in sorted(indices))


__all__ = [
    "REGISTRY",
    "avoiding_words",
    "called",
    "emptied",
    "every_cache",
    "grouping_words",
    "installs_system_packages",
    "keeping_words",
    "named",
    "of",
    "purges",
    "strict_verb",
    "touched",
    "trimming_words",
    "uninstalls",
]
