"""Packages of the operating system, and which path belongs to which: what every database of them comes down to."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from optimizer.ecosystems.trimming import Records
from optimizer.ecosystems.verbs import words
from optimizer.evidence.tree import Root


class Manager(Enum):
    """Who installs packages in an image."""

    DPKG = "dpkg"
    APK = "apk"
    RPM = "rpm"
    NONE = "none"

    @property
    def records(self) -> Records | None:
        """What ecosystems call its records."""
        return _RECORDS.get(self)


_RECORDS = {Manager.DPKG: Records.DPKG, Manager.APK: Records.APK, Manager.RPM: Records.RPM}


@dataclass(frozen=True, slots=True)
class Package:
    """One installed package. `depends` are groups of alternatives; `automatic`: only installed as a dependency.
    `size` in bytes as the database says."""

    name: str
    version: str
    section: str = ""
    depends: tuple[tuple[str, ...], ...] = ()
    provides: tuple[str, ...] = ()
    automatic: bool = False
    size: int = 0


@dataclass(frozen=True)
class Packages:
    """All packages of one root file system, and the owner of every path in it that has one. `unreadable` says why
    nothing is known though there is a database."""

    manager: Manager
    by_name: Mapping[str, Package]
    owner: Mapping[str, str]
    unreadable: str = ""

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """The packages named and all that they depend on, as installed here."""
        providers = self._providers
        todo, done = [name for name in names if name in self.by_name], set[str]()
        while todo:
            name = todo.pop()
            if name in done:
                continue
            done.add(name)
            for group in self.by_name[name].depends:
                todo.extend(found for wanted in group for found in providers.get(wanted, ()))
        return frozenset(done)

    def direct(self, package: Package) -> frozenset[str]:
        """The packages that one depends on itself, as installed here."""
        providers = self._providers
        return frozenset(found for group in package.depends for wanted in group for found in providers.get(wanted, ()))

    def libraries_behind(self, package: Package) -> Iterator[str]:
        """The libraries whose headers a package holds."""
        if package.name.endswith(("-dev", "-devel")):
            for name in sorted(self.direct(package)):
                # `python3-dev` depends on scripts for its documentation, `libjs-…`.
                script = self.by_name[name].section.rpartition("/")[2] == "javascript"
                if name.startswith("lib") and not script and not build_only(self.by_name[name]):
                    yield name

    def fewest(self, names: Iterable[str], asked: Container[str] = ()) -> tuple[str, ...]:
        """Those of `names` that no other of them brings along, sorted; of two that need each other, the first. What was
        `asked` for stays: whoever named it knows it by that name."""
        brings = {name: self.closure([name]) for name in sorted(set(names))}
        return tuple(
            name
            for name, own in brings.items()
            if name in asked
            or not any(
                name in theirs and (other not in own or other < name)
                for other, theirs in brings.items()
                if other != name
            )
        )

    def chosen_elsewhere(self, names: Iterable[str], there: Container[str]) -> frozenset[str]:
        """What `names` bring along here, and may not where only `there` is installed: they depend on it or on others,
        one of which comes anyway, or is written first and so taken where nothing else decides (Debian Policy, 7.5)."""
        wanted = set(names)
        sure, todo, choices = set[str](), sorted(wanted & self.by_name.keys()), list[tuple[str, list[str]]]()
        while todo or choices:
            if not todo:
                first, found = choices.pop(0)
                decided = any(each in sure or each in there for each in found)
                todo += [first] if first in found and not decided else []
                continue
            name = todo.pop()
            if name in sure or name in there:
                continue
            sure.add(name)
            for group in self.by_name[name].depends:
                found = list(dict.fromkeys(each for other in group for each in self._providers.get(other, ())))
                if len(found) == 1 and (len(group) == 1 or group[0] == found[0]):
                    todo += found
                elif found:
                    choices.append((group[0], found))
        return frozenset(each for each in self.closure(wanted) - sure if each not in there)

    def to_install(self, missing: Iterable[str], asked: Container[str], there: Container[str]) -> tuple[str, ...]:
        """What to ask for where `there` is installed, to get what is missing and all that this brings along here."""
        names = set(self.fewest(missing, asked))
        while others := self.chosen_elsewhere(names, there):
            names |= set(self.fewest(others))
        return tuple(sorted(names))

    @cached_property
    def files(self) -> Mapping[str, tuple[str, ...]]:
        """The paths of every package that has some."""
        found: dict[str, list[str]] = {}
        for path, name in self.owner.items():
            found.setdefault(name, []).append(path)
        return {name: tuple(paths) for name, paths in found.items()}

    @cached_property
    def _providers(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for package in self.by_name.values():
            for name in (package.name, *package.provides):
                found.setdefault(name, []).append(package.name)
        return found


_BUILD_SECTIONS = words("devel libdevel debug editors doc introspection introspect")
"""Sections of Debian's archive for what only people and compilers use (https://packages.debian.org/stable/)."""

_BUILD_GROUPS = "Development/Tools"
"""rpm's group of compilers and build tools (rpm, GROUPS)."""

_BUILD_NAMES = words(
    "build-base build-essential gcc g++ gcc-c++ gfortran gcc-gfortran make cmake musl-dev linux-headers clang autoconf"
    " automake libtool binutils cpp pkgconf pkg-config patch ninja ninja-build meson rpm-build redhat-rpm-config vim"
    " vim-minimal nano gdb strace valgrind maven gradle ant cargo rust rustc go golang golang-go"
    " cabal-install haskell-stack opam ghc ocaml ocaml-nox ocaml-findlib"
)
_BUILD_ENDINGS = ("-dev", "-devel", "-headers", "-static", "-dbg", "-dbgsym", "-debuginfo", "-debugsource", "-doc")


LANGUAGE_INSTALLERS = words(
    "cpanminus composer luarocks npm yarnpkg bundler ruby-bundler leiningen python3-pip python3-venv python3-virtualenv"
    " pipx"
)
"""What installs packages of a language: asked for by name, but seldom for what runs."""


def build_only(package: Package) -> bool:
    """Whether a package is one of compilers, headers, debuggers or editors, which no running program asks for."""
    name = package.name
    return (
        package.section.rpartition("/")[2] in _BUILD_SECTIONS
        or package.section.startswith(_BUILD_GROUPS)
        or name in _BUILD_NAMES
        or name.endswith(_BUILD_ENDINGS)
        or name.startswith(".")  # apk's virtual packages, by convention
        or "-jdk" in name
    )


_RUN_TIME = (("-jdk", "-jre-headless", "java"),)
"""What the name of a package for building says, what that of its part for running says instead, and the program in it
(Debian's openjdk source packages)."""


def run_time_part(name: str, started: Container[str]) -> str | None:
    """The package with that part of one for building which runs what is `started`; None if nothing of it is."""
    for building, running, program in _RUN_TIME:
        line, found, _ = name.partition(building)
        if found and program in started and line[-1:].isdigit():
            return line + running
    return None


def own(root: Root, name: str, paths: Iterable[str], owner: dict[str, str]) -> None:
    """Enter a package as the owner of those of its paths that are there, unless they have one."""
    for path in paths:
        place = root.place(path)
        if place is not None and place != "/":
            owner.setdefault(place, name)
