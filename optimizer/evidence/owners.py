"""To whom each path of the built original belongs: base image, package, cache, language, or the build itself."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache

from optimizer.containers.model import LayerChange
from optimizer.ecosystems import REGISTRY
from optimizer.evidence.build_trees import BuildTrees
from optimizer.evidence.databases import STATE, WRITTEN
from optimizer.evidence.distributions import distributions
from optimizer.evidence.packages import Packages
from optimizer.evidence.packed import Packed
from optimizer.evidence.tree import Kind, Root, parents, under


class Owner(Enum):
    """Who put a path where it is."""

    BASE = "the base image, without a package"
    PACKAGE = "a package of the operating system"
    STATE = "what installing packages leaves behind"
    CACHE = "a cache or temporary file"
    PYTHON = "a Python distribution among the base image's own"
    OWN = "copied or built by the Containerfile"


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction that made a layer: its text, whether it is a RUN, its working directory, whether it is an ADD."""

    text: str
    runs: bool
    change: LayerChange
    workdir: str = "/"
    adds: bool = False

    @property
    def unpacks(self) -> bool:
        """Whether the builder unpacks an archive (Dockerfile reference, "ADD")."""
        return self.adds and any(word.endswith(_UNPACKED) and "://" not in word for word in self.words)

    @property
    def words(self) -> frozenset[str]:
        """The words of its text, without signs around them."""
        return _words(self.text)

    @property
    def installs(self) -> bool:
        """Whether it is a RUN that installed packages."""
        return self.runs and _installs(self.change)

    def works_in(self, directories: Iterable[str]) -> bool:
        """Whether a RUN starts in one of these directories, or its text has one as a word."""
        if not self.runs:
            return False
        return any(each == self.workdir or each in _words(self.text) for each in directories)


@lru_cache(maxsize=64)
def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip("\"'();,").rstrip("/") for word in text.replace("=", " ").split())


_CACHES = (".cache", ".npm", ".yarn", ".pnpm-store", ".node-gyp", ".m2", ".gradle", ".cargo/registry", ".composer")
"""Directories of caches in a home directory, by the documentation of their tools."""

_KEPT_BY_TOOLS = tuple(
    path
    for ecosystem in REGISTRY
    for path in (*(path for cache in ecosystem.caches for path in cache.paths), *ecosystem.tools)
    if "*" not in path
)
"""Caches and what tools keep besides, as the ecosystems know them; `~` is a home directory."""

_UNPACKED = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".txz", ".tar.zst")

_BUILD_CACHES = tuple(f"/{each}" for ecosystem in REGISTRY for each in ecosystem.build_caches)
"""How the paths of directories end in which tools of a project keep what one build leaves for the next."""

_MADE_BY = (("locale-gen", "/usr/lib/locale"), ("localedef", "/usr/lib/locale"))
"""Commands that make files without naming them, and where (their manual pages, section FILES)."""

_INDEXES = (("update-ca-certificates", "/etc/ssl/certs"), ("fc-cache", "/var/cache/fontconfig"))
"""Commands that make an index of other files, which the runtime stage makes again, and where."""

GIVING = frozenset({"chown", "chgrp", "chmod"})
"""Commands that give files to someone."""

_BUILDER = ("/dev", "/proc", "/sys", "/run", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/.dockerenv")
"""What builders and runtimes mount or write themselves."""

_WRITTEN_TO = ("/var/log", "/var/cache", "/run")
"""Where programs expect directories to write to (hier(7)), which steps therefore make."""

_TEMPORARY = ("/tmp", "/var/tmp", "/run", "/var/cache", "/usr/local/cargo/registry", "/go/pkg")

_SYSTEM = ("/etc", "/usr", "/var", "/lib", "/lib64", "/bin", "/sbin", "/boot")


class Owners:
    """The owner of every path of one built image, `root`, which stands on `base`."""

    def __init__(
        self, root: Root, base: Root, packages: Packages, steps: Sequence[Step], env: Iterable[str] = ()
    ) -> None:
        self.root = root
        self.base = base
        self.packages = packages
        self.steps = tuple(steps)
        self._env = tuple(env)
        self.step_of: Mapping[str, int] = _last_writers(root, steps)
        """The last step that wrote a path that is still there; directories only where the base has none."""
        self.distributions = tuple(distributions(root, base, self.step_of))
        self._python = {path for each in self.distributions for path in each.files}
        homes = self._homes = _homes(root)
        own = (each.replace("~", home) for each in _KEPT_BY_TOOLS for home in (homes if each[0] == "~" else [""]))
        self._known: dict[str, Owner] = {}
        self._names: dict[str, frozenset[str]] = {}
        self.build_caches = frozenset(
            path for path in self.step_of if path.endswith(_BUILD_CACHES) and self._sheds(path)
        )
        self._caches = frozenset(
            (*self.build_caches, *_TEMPORARY, *(f"{home}/{name}" for home in homes for name in _CACHES), *own)
        )

    @cached_property
    def _packed(self) -> Packed:
        return Packed(self.root, self.packages)

    @cached_property
    def build_trees(self) -> BuildTrees:
        """Directories in which the build worked."""
        return BuildTrees(self.step_of, lambda path: self.steps[self.step_of[path]].runs)

    def of(self, path: str) -> Owner:
        """The owner of a path of the image."""
        if path not in self._known:
            self._known[path] = self._owner(path)
        return self._known[path]

    def _owner(self, path: str) -> Owner:
        chosen = self._is_chosen(path)
        if under(path, (*STATE, *_BUILDER)) and not chosen:
            return Owner.STATE
        if path not in self.step_of:
            return Owner.PACKAGE if path in self.packages.owner else Owner.BASE
        if path in self.packages.owner:
            return Owner.OWN if self._edited(path) else Owner.PACKAGE
        if self._is_cache(path) and not chosen:
            return Owner.CACHE
        if path in self._python or self._compiled_of(path) in self._python:
            return Owner.PYTHON
        if self._is_leftover(path):
            return Owner.STATE
        return Owner.OWN

    def is_installed(self, path: str) -> bool:
        """Whether installing packages made a path, whoever wrote it last."""
        made = any(path in step.change.written and _installs(step.change) for step in self.steps)
        return made or under(path, STATE) or path in self.packages.owner

    def _is_chosen(self, path: str) -> bool:
        """Whether a step chose an alternative (update-alternatives(1)) without installing anything, or put something
        where usually logs, caches and sockets are written."""
        if path not in self.step_of:
            return False
        step = self.steps[self.step_of[path]]
        if path.startswith("/etc/alternatives/"):
            return not _installs(step.change)
        return under(path, _WRITTEN_TO) and (not step.runs or path in self._named_by(step))

    def _named_by(self, step: Step) -> frozenset[str]:
        """The paths that a step names, without links above them."""
        if step.text not in self._names:
            named = (self.root.place(word) for word in _words(step.text) if word.startswith("/"))
            self._names[step.text] = frozenset(path for path in named if path is not None)
        return self._names[step.text]

    def is_hidden_at_home(self, path: str) -> bool:
        """Whether a directory lies below a hidden one of somebody's home: tools make those when they want them."""
        tops = [home for home in self._homes if path.startswith(f"{home}/.")]
        names = {name for home in tops for name in path.removeprefix(home).strip("/").split("/")}
        return bool(tops) and not any(name in step.text for step in self.steps for name in names)

    def _sheds(self, path: str) -> bool:
        """Whether a step made a directory that whoever may write beside it could make again."""
        node, above = self.root.nodes[path], self.root.nodes[posixpath.dirname(path)]
        made = self.steps[self.step_of[path]].runs and node.kind is Kind.DIRECTORY
        inside = (each for each in self.root.below(path) if not self.steps[self.step_of.get(each, 0)].runs)
        used = any(path in entry for entry in self._env) or any(self._configures(each, path) for each in parents(path))
        return (
            made
            and not used
            and not any(inside)
            and (node.mode, node.uid, node.gid) == (above.mode, above.uid, above.gid)
        )

    def _configures(self, directory: str, cache: str) -> bool:
        """Whether a settings file that lies in a directory names what lies in a cache below it."""
        name = f"{posixpath.basename(cache)}/".encode()
        settings = (each for each in self.root.children(directory) if posixpath.basename(each).startswith("."))
        files = (each for each in settings if self.root.is_file(each) and self.root.nodes[each].size < 1 << 16)
        return any(name in self.root.read(each) for each in files)

    def _is_cache(self, path: str) -> bool:
        return path in self._caches or any(above in self._caches for above in parents(path))

    def _edited(self, path: str) -> bool:
        """Whether a step wrote a package's file that did not install the package and names the file, or the content
        is not the package's. Who installs it too changes settings, and what the step names."""
        if self.root.nodes[path].kind is Kind.DIRECTORY:
            return False
        step = self.steps[self.step_of[path]]
        if not step.runs or (path in step.text and not _installs(step.change)):
            return True
        meant = not _installs(step.change) or path in step.text or self._packed.is_setting(path)
        return meant and self._packed.is_changed(path)

    def _compiled_of(self, path: str) -> str:
        """The source of a `.pyc` (PEP 3147), else nothing."""
        directory, name = posixpath.split(path)
        if posixpath.basename(directory) != "__pycache__":
            return ""
        return posixpath.join(posixpath.dirname(directory), name.split(".", 1)[0] + ".py")

    def _is_leftover(self, path: str) -> bool:
        """A file without package in a directory of the system, written while packages were installed, that the step
        does not speak of; and what an interpreter compiled of a source that is not ours."""
        source = self._compiled_of(path)
        if source and source in self.root.nodes and source not in self.step_of:
            return True
        step = self._maker(path)
        if any(command in step.text and under(path, (place,)) for command, place in _INDEXES):
            return True
        if not step.runs or not _installs(step.change) or not under(path, _SYSTEM):
            return False
        if self._packed.is_setting(path) and self._packed.is_changed(path):
            return False
        if under(path, ("/usr/local",)) and self.root.nodes[path].kind is not Kind.DIRECTORY:
            return False
        if any(command in step.text and under(path, (place,)) for command, place in _MADE_BY):
            return False
        return not any(each in step.text for each in (path, *_specific(path)))

    def _maker(self, path: str) -> Step:
        """The step that wrote a path last, but for those that give it to someone without naming it."""
        writers = [step for step in self.steps if path in step.change.written]
        while len(writers) > 1 and path not in writers[-1].text and not GIVING.isdisjoint(_words(writers[-1].text)):
            writers.pop()
        return writers[-1]


def _specific(path: str) -> tuple[str, ...]:
    """The directories above a path that are deep enough to mean something when a command names them."""
    return tuple(each for each in parents(path) if each.count("/") > 2)


def _installs(change: LayerChange) -> bool:
    return any(database in change.written for database in WRITTEN)


def _last_writers(root: Root, steps: Sequence[Step]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, step in enumerate(steps):
        for path in step.change.written:
            node = root.nodes.get(path)
            if node is None:
                continue
            if node.kind is Kind.DIRECTORY and path in found:
                continue
            found[path] = index
    return found


def _homes(root: Root) -> list[str]:
    fields = [line.split(":") for line in root.text("/etc/passwd").splitlines()]
    homes = {entry[5].rstrip("/") for entry in fields if len(entry) > 5}
    return sorted({"/root"} | {home for home in homes if home.count("/") > 1})
