"""The build as it was: what the original image holds, what its base held, and what each step did. Read once, while the
images are mounted; everything else is computed from it."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from optimizer.containers.model import ImageConfig
from optimizer.ecosystems import REGISTRY
from optimizer.evidence import accounts
from optimizer.evidence.artefacts import Reader, kept_files, own_files
from optimizer.evidence.closure import Needs, needs
from optimizer.evidence.elf import read_elf
from optimizer.evidence.entrypoint import INTERPRETERS, Command, Entry, resolve
from optimizer.evidence.mentions import Mentions
from optimizer.evidence.owners import Owner, Owners
from optimizer.evidence.packages import build_only
from optimizer.evidence.programs import read_program
from optimizer.evidence.projects import is_for_an_interpreter, only_serves
from optimizer.evidence.source_trees import Left, sources_left
from optimizer.evidence.split import Account, Care, GoBuild, Group, Joined, Prune, PythonBuild, PythonWay
from optimizer.evidence.tree import Kind
from optimizer.evidence.virtual_environments import only_isolated, starts_one
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read

_INSTALLERS = frozenset({"pip", "setuptools", "wheel"})
"""Distributions that only install others."""

_OTHER_INSTALLERS = frozenset({"poetry", "pipenv", "uv", "conda", "mamba", "pdm", "easy_install", "hatch", "rye"})

_PIP_WITH_PYTHON = (22, 3)
"""Since this version pip can be told to install for another interpreter (pip's changelog, option `--python`)."""


@dataclass(frozen=True)
class BuiltStage:
    """One built stage. `extra` are commands known from elsewhere than the image, `mentioned` is what files name that
    are not in it."""

    owners: Owners
    config: ImageConfig
    extra: tuple[Command, ...] = ()
    care: Care = Care.KNOWN
    mentioned: Mentions | None = None

    @cached_property
    def entry(self) -> Entry:
        """What the image starts for certain."""
        return resolve(self.owners.root, self.config, self.extra)

    @cached_property
    def sources_left(self) -> Left:
        """Directories of sources that were installed from."""
        if self.care is not Care.KNOWN:
            return Left()
        return sources_left(self.owners, own_files(self.owners), self.entry, self.config)

    @cached_property
    def _own_files(self) -> tuple[str, ...]:
        found = own_files(self.owners)
        return tuple(path for path in found if not self.sources_left.holds(path, self.owners))

    @cached_property
    def _first(self) -> Needs:
        """What would be needed if every language of the build were kept."""
        files = kept_files(self.owners, self._own_files, self.entry, frozenset(Reader))
        return needs(self.owners, self.config, files, self.extra)

    @cached_property
    def kept(self) -> tuple[str, ...]:
        """The build's own files that ship."""
        found = own_files(self.owners)
        if self.care is Care.KNOWN:
            some = set(kept_files(self.owners, self._own_files, self.entry, self._readers))
            found = tuple(path for path in found if path in some or path in self._first.opened)
            if only_serves(self.owners, self.entry):
                found = tuple(path for path in found if not is_for_an_interpreter(path, self.owners))
        skeleton = set(accounts.skeleton(self.owners.root, self.accounts[0]))
        return tuple(path for path in found if path not in skeleton)

    @property
    def begun(self) -> frozenset[str]:
        """What the build copied or made and an interpreter is started with."""
        if not self.entry.runs(*INTERPRETERS):
            return frozenset()
        return frozenset(path for path in (*self.entry.programs, *self.entry.files) if path in self.owners.step_of)

    @cached_property
    def asked(self) -> frozenset[str]:
        """The packages that steps ask for by name."""
        return frozenset(word for step in self.owners.steps if step.installs for word in step.words)

    @property
    def _readers(self) -> frozenset[Reader]:
        first, packages = self._first, self.owners.packages.by_name
        there = {
            Reader.PYTHON: first.python,
            Reader.NODE: first.node,
            Reader.COMPILER: any(build_only(packages[name]) for name in first.packages),
        }
        return frozenset(reader for reader, is_there in there.items() if is_there)

    @property
    def leaves_behind(self) -> bool:
        """Whether something that was copied or built does not ship."""
        return len(self.kept) < len(own_files(self.owners))

    @cached_property
    def accounts(self) -> tuple[tuple[Account, ...], tuple[Group, ...]]:
        """Users and groups that the build made."""
        runs = [step.text for step in self.owners.steps if step.runs]
        user = self.config.user.partition(":")[0]
        own = (self.owners.root.nodes[path] for path in self.owners.step_of if self.owners.of(path) is Owner.OWN)
        owning = {(node.uid, node.gid) for node in own}
        return accounts.made(self.owners.root, self.owners.base, runs, user, owning)

    @property
    def joined(self) -> tuple[Joined, ...]:
        """Users that it did not make and put into groups."""
        runs = (step.text for step in self.owners.steps if step.runs)
        return tuple(accounts.joined(self.owners.root, self.owners.base, runs, self.accounts[0]))

    @cached_property
    def written_by_scripts(self) -> tuple[str, ...]:
        """What scripts of packages wrote, and the directories that they gave to accounts which packages made and in
        which nothing else lies: another set of packages has them write something else."""
        owners = self.owners
        known = [dict(each).keys() for each in accounts.numbers(owners.base)]
        made = [{each.uid for each in self.accounts[0]}, {each.gid for each in self.accounts[1]}]
        there = [dict(each).keys() for each in accounts.numbers(owners.root)]
        users, groups = (set(there[side]) - known[side] - made[side] for side in (0, 1))

        def is_given(path: str) -> bool:
            node = owners.root.nodes[path]
            if node.kind is not Kind.DIRECTORY or not (node.uid in users or node.gid in groups):
                return False
            return all(owners.of(each) is Owner.STATE for each in owners.root.below(path))

        return tuple(
            path
            for path in owners.step_of
            if owners.of(path) is Owner.STATE or (owners.of(path) is Owner.PACKAGE and is_given(path))
        )

    @property
    def _isolated(self) -> bool:
        """Whether no distribution among the base's own can be meant."""
        files = {path for each in self.owners.distributions for path in each.files}
        started = not files.isdisjoint(self._first.entry.programs)
        return not started and only_isolated(self.owners.root, self._first.entry, self.config)

    @cached_property
    def distributions(self) -> tuple[str, ...]:
        """The files of Python distributions that lie among the base's own and are needed."""
        if not self._first.python or self._isolated:
            return ()
        return tuple(sorted({path for each in self.owners.distributions for path in each.files}))

    @cached_property
    def needs(self) -> Needs:
        """All that has to be in the image that runs."""
        kept = (*self.kept, *self.distributions)
        return needs(self.owners, self.config, kept, self.extra, care=self.care, mentioned=self.mentioned)

    @cached_property
    def needs_static(self) -> Needs:
        """The same, with Go programs linked statically."""
        programs = frozenset(self.go.programs) if self.go is not None else frozenset[str]()
        return needs(self.owners, self.config, (*self.kept, *self.distributions), self.extra, programs)

    @cached_property
    def go(self) -> GoBuild | None:
        """Go programs that are linked dynamically only by default: nothing of the sources uses C."""
        root = self.owners.root
        programs = [
            path
            for path in self.kept
            if root.nodes[path].kind is Kind.FILE
            and root.nodes[path].mode & 0o111
            and (elf := read_elf(root, path)) is not None
            and elf.go
            and not elf.static
        ]
        uses_c = any(path.endswith(".go") and b'import "C"' in root.read(path) for path in own_files(self.owners))
        linked = (read_program(root, path) for path in programs)
        if not programs or uses_c or any(each is not None and each.calls_c for each in linked):
            return None
        return GoBuild(min(self.owners.step_of[path] for path in programs), tuple(programs))

    @cached_property
    def python(self) -> PythonBuild | None:
        """Where a virtual environment can begin; None where distributions have to stay in their place."""
        found = [each for each in self.owners.distributions if each.name not in _INSTALLERS]
        if not found or not self.needs.python or self._speaks_of_python_paths():
            return None
        if starts_one(self.owners.root, self.entry):
            return None
        if not all(_only_pip(self.owners.steps[each.step].text) for each in found):
            return None
        if self._pip_version() < _PIP_WITH_PYTHON:
            return None
        names = ("python", "python3")
        interpreter = next((name for name in names if self._on_path(name)), None)
        return None if interpreter is None else PythonBuild(min(each.step for each in found), interpreter)

    @property
    def ways(self) -> tuple[PythonWay, ...]:
        """How its Python distributions can be carried, the way that leaves the base's own files alone first."""
        if not self.distributions:
            return (PythonWay.NONE,)
        return (PythonWay.IN_PLACE,) if self.python is None else (PythonWay.VENV, PythonWay.IN_PLACE)

    def _on_path(self, name: str) -> bool:
        path = dict(entry.partition("=")[::2] for entry in self.config.env).get("PATH", "/usr/local/bin:/usr/bin")
        return any(self.owners.root.is_program(posixpath.join(place, name)) for place in path.split(":"))

    def _pip_version(self) -> tuple[int, ...]:
        """The version of pip in the base image."""
        found = [path for path in self.owners.base.nodes if "/pip-" in path and path.endswith(".dist-info")]
        texts = [posixpath.basename(path).removeprefix("pip-").removesuffix(".dist-info") for path in found]
        versions = [tuple(int(part) for part in text.split(".") if part.isdecimal()) for text in texts]
        return min(versions, default=(0,))

    def _speaks_of_python_paths(self) -> bool:
        """Whether something names a place that a virtual environment would move."""
        root = self.owners.root
        sites = {each.site for each in self.owners.distributions}
        scripts = {path for path in self.distributions if posixpath.dirname(path).endswith("/bin")}
        named = {*sites, *scripts}
        if any(word in named for word in self.entry.words):
            return True
        if any(name.startswith("python3-") for name in self.needs.wanted):
            return True
        small = (path for path in self.kept if 0 < root.nodes[path].size < 1 << 18 and "/node_modules/" not in path)
        return any(place.encode() in root.read(path) for path in small for place in named)

    def prunes(self) -> Iterator[Prune]:
        """Directories with development dependencies that nothing started reads, and whose tool is there."""
        for pruning in (each.pruning for each in REGISTRY if each.pruning is not None):
            for path in self.kept:
                directory = path.removesuffix(f"/{pruning.record}")
                if directory == path or pruning.record.partition("/")[0] in directory.split("/"):
                    continue
                read = self._reader(directory)
                gone = frozenset(f"{directory}/{each}" for each in pruning.development(read))
                if gone and self._on_path(pruning.program) and not self._starts_from(gone):
                    written = (*pruning.changes, *pruning.rewrites(read))
                    changes = frozenset(f"{directory}/{each}" for each in written)
                    yield Prune(directory, pruning, gone, changes)

    def _reader(self, directory: str) -> Callable[[str], bytes]:
        return lambda path: self.owners.root.read(f"{directory}/{path}")

    def _starts_from(self, gone: frozenset[str]) -> bool:
        tops = tuple(f"{each}/" for each in gone)
        return any(
            path.startswith(tops) or path in gone for path in (*self.needs.entry.programs, *self.needs.entry.files)
        )


def _only_pip(text: str) -> bool:
    """Whether the Python installer of a RUN is pip and no other."""
    names = set[str]()
    for command in commands(read(text)):
        wrapped = unwrap(command)
        words = [word.literal or "" for word in wrapped.words]
        names.update(posixpath.basename(word) for word in words[:1])
        if words[1:3] == ["-m", "pip"]:
            return False  # the interpreter of the environment has no pip of its own
        if any(word in ("--target", "-t", "--prefix", "--user", "--root") for word in words):
            return False
        if "--no-build-isolation" in words or any(word.endswith("setup.py") for word in words):
            return False  # built with what the interpreter already has
    pips = {name for name in names if name.rstrip("0123456789.") == "pip"}
    return bool(pips) and not names & _OTHER_INSTALLERS
