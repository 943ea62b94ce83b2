"""From what an image runs to all that it needs: files, packages, and files of the base image that no package owns."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

from optimizer.containers.model import ImageConfig
from optimizer.ecosystems import compiling
from optimizer.evidence import mentions, serving
from optimizer.evidence.certificates import AUTHORITIES, Authorities
from optimizer.evidence.elf import Loader
from optimizer.evidence.elf_strings import loaded
from optimizer.evidence.entrypoint import Command, Entry, resolve
from optimizer.evidence.fetching import FETCHING, LIBRARY_TREES, may_be_started
from optimizer.evidence.mentions import Mentions
from optimizer.evidence.owners import Owner, Owners
from optimizer.evidence.packages import LANGUAGE_INSTALLERS, build_only
from optimizer.evidence.projects import is_for_an_interpreter, only_serves
from optimizer.evidence.split import Care
from optimizer.evidence.tree import Kind, Root

_TEXT_LIMIT = 1 << 20
HISTORIES = ("/.git/", "/.hg/", "/.svn/")
"""What lies here is no part of the application; the sample hooks in it start much."""

_MADE_ONCE = {"locales": "/usr/lib/locale/locale-archive"}
"""Packages whose programs only make a file, which ships (locale-gen(8))."""

_READ: WeakKeyDictionary[Root, dict[str, Mentions]] = WeakKeyDictionary()
"""What the files of each root were found to name: several searches read the same ones."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be in the image that runs. `packages` own a needed file, `wanted` were asked for by name and are no
    build tools; `base_files` come from the base image and have no package; `missing` are libraries that are not found
    in the original either."""

    entry: Entry
    packages: frozenset[str]
    wanted: frozenset[str]
    base_files: frozenset[str]
    missing: frozenset[str]
    reasons: tuple[tuple[str, str], ...] = ()
    """Package and the first file that asked for it."""
    opened: frozenset[str] = frozenset()
    """What the loader opens for those files."""

    @property
    def python(self) -> bool:
        """Whether a Python interpreter is started."""
        return self.entry.runs("python")

    @property
    def node(self) -> bool:
        """Whether Node is started."""
        return self.entry.runs("node", "nodejs")


def needs(
    owners: Owners,
    config: ImageConfig,
    kept: Iterable[str],
    extra: Iterable[Command] = (),
    static: frozenset[str] = frozenset(),
    care: Care = Care.KNOWN,
    mentioned: Mentions | None = None,
) -> Needs:
    """Close over what the image runs and over `kept`, the paths that ship in any case. Files in `static` are taken as
    if they were linked statically; `mentioned` is what other files name, which are not in the image."""
    search = _Search(owners, config, static, care, mentioned or Mentions())
    return search.run(tuple(kept), tuple(extra))


@dataclass(slots=True)
class _Search:
    owners: Owners
    config: ImageConfig
    static: frozenset[str]
    care: Care
    mentioned: Mentions
    packages: dict[str, str] = field(default_factory=dict)
    base_files: dict[str, None] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    loader: Loader = field(init=False)

    def __post_init__(self) -> None:
        environment = dict(entry.partition("=")[::2] for entry in self.config.env)
        self.loader = Loader(self.root, environment.get("LD_LIBRARY_PATH", ""))

    @property
    def root(self) -> Root:
        return self.owners.root

    def run(self, kept: tuple[str, ...], extra: tuple[Command, ...]) -> Needs:
        named = self._named(kept)
        served = only_serves(self.owners, resolve(self.root, self.config, extra))
        scripts = [
            Command((path,))
            for path in kept
            if self._is_script(path) and not (served and is_for_an_interpreter(path, self.owners))
        ]
        programs = [Command((name,)) for name in sorted(named.programs)]
        entry = resolve(self.root, self.config, (*extra, *scripts))
        with_programs = resolve(self.root, self.config, (*extra, *scripts, *programs))
        for path in (*with_programs.programs, *(f for f in entry.files if self._is_plain(f)), *kept):
            self.file(path, path)
        for path in self._guessed(named.words - named.programs):
            self.file(path, path)
        for path in sorted(named.paths):
            if self.root.is_file(path) or self.root.is_program(path):
                for step in self.root.chain(path):
                    self.file(step, path)
        for name in sorted(named.libraries):
            self._library(name)
        for stem in sorted(named.stems):
            for path in self.loader.by_name(stem):
                for step in self.root.chain(path):
                    self.file(step, f"find_library {stem}")
        wanted = frozenset(self._wanted(with_programs, kept))
        self._certificates(with_programs, kept, wanted)
        return Needs(
            with_programs,
            frozenset(self.packages),
            wanted,
            frozenset(self.base_files),
            frozenset(self.missing),
            tuple(sorted(self.packages.items())),
            frozenset(self.opened),
        )

    def file(self, path: str, because: str) -> None:
        """A path is needed: so is its owner, and all that the loader opens for it."""
        if path in self.seen or path not in self.root.nodes:
            return
        self.seen.add(path)
        match self.owners.of(path):
            case Owner.PACKAGE:
                self.packages.setdefault(self.owners.packages.owner[path], because)
            case Owner.BASE if self.root.nodes[path].kind is not Kind.DIRECTORY:
                self.base_files[path] = None
            case _:
                pass
        if self.root.nodes[path].kind is Kind.FILE and path not in self.static:
            opened, missing = self.loader.needs(path)
            self.missing.update(dict.fromkeys(missing))
            self.opened.update(opened)
            for each in opened:
                self.file(each, path)

    def _is_plain(self, path: str) -> bool:
        return self.root.nodes[path].kind is not Kind.DIRECTORY

    def _is_script(self, path: str) -> bool:
        node = self.root.nodes[path]
        outside = not any(tree in path for tree in (*LIBRARY_TREES, *HISTORIES))
        return node.kind is Kind.FILE and bool(node.mode & 0o111) and outside and self.root.read(path, 2) == b"#!"

    def _named(self, kept: tuple[str, ...]) -> Mentions:
        found = self.mentioned
        for path in kept:
            node = self.root.nodes[path]
            if node.kind is not Kind.FILE or not node.size or any(tree in path for tree in HISTORIES):
                continue
            found |= self._mentions(path, node.size)
        return found

    def _mentions(self, path: str, size: int) -> Mentions:
        if path in self.static and self.root.read(path, 4) == b"\x7fELF":
            return Mentions()
        read = _READ.setdefault(self.root, {})
        if path not in read:
            read[path] = self._read_mentions(path, size)
        return read[path]

    def _read_mentions(self, path: str, size: int) -> Mentions:
        name = posixpath.basename(path)
        if any(tree in path for tree in LIBRARY_TREES):
            if name.endswith(".py") and size < _TEXT_LIMIT:
                return mentions.of_dependency(self.root.read(path))
            return Mentions()
        head = self.root.read(path, 4096)
        if head.startswith(b"\x7fELF"):
            return mentions.of_binary(loaded(self.root.read(path)))
        if b"\0" in head or size > _TEXT_LIMIT:
            return Mentions()
        return mentions.of_source(name, self.root.read(path))

    def _guessed(self, words: Iterable[str]) -> Iterator[str]:
        """Programs whose names only may be meant as such: those that nobody needs to build something."""
        nothing = replace(self.config, entrypoint=(), cmd=(), health=None)
        found = resolve(self.root, nothing, [Command((word,)) for word in sorted(words)])
        owner, by_name = self.owners.packages.owner, self.owners.packages.by_name
        return (path for path in found.programs if path in owner and not build_only(by_name[owner[path]]))

    def _library(self, name: str) -> None:
        for path in self.loader.by_name(name.removeprefix("lib").partition(".so")[0]):
            if posixpath.basename(path) == name:
                for step in self.root.chain(path):
                    self.file(step, f"dlopen {name}")

    def _certificates(self, entry: Entry, kept: Iterable[str], wanted: Collection[str]) -> None:
        if AUTHORITIES not in self.owners.packages.by_name:
            return
        asking = Authorities(self.owners, self.loader, self.config, kept, wanted).asked_for_by(self.seen, entry)
        if asking is not None:
            self.packages.setdefault(AUTHORITIES, asking)

    def _wanted(self, entry: Entry, kept: Iterable[str]) -> Iterator[str]:
        """Packages that a step asked for by name, and that are not for building; some only build where
        a compiler was asked for too, and what fetches and unpacks only where something in `kept` may start it."""
        packages = self.owners.packages
        before = {packages.owner[path] for path in packages.owner if path not in self.owners.step_of}
        asked = [each for name, each in packages.by_name.items() if name not in before and not each.automatic]
        idle = compiling(entry.runs) if any(map(build_only, asked)) else frozenset[str]()
        if self.care is Care.KNOWN:
            fetching = FETCHING & {each.name for each in asked}
            started = may_be_started(fetching, self.root, kept, entry) if fetching else fetching
            idle |= LANGUAGE_INSTALLERS | (fetching - started)
            idle |= serving.idle(self.owners, self.config, entry, asked, kept)
            idle |= {name for name, product in _MADE_ONCE.items() if product in kept}
        yield from (each.name for each in asked if not build_only(each) and each.name not in idle)
        if self.care is Care.TOOLS:
            there = (packages.by_name[name] for name in before & packages.by_name.keys())
            tools = (each for each in there if not each.automatic and not each.name.startswith("lib"))
            yield from (each.name for each in (*tools, *asked) if not build_only(each))
            for each in asked:
                yield from packages.libraries_behind(each)
