"""What the steps of a build take from their base image: programs they start, files they name, and what a compiler used.

A path counts for the first step that uses it. What a step computes is not seen; the proof is there for that.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from optimizer.containerfile.nodes import Add, Copy, ExecForm, Run, ShellForm
from optimizer.ecosystems.installing import INSTALLERS, brings_recommended, installer
from optimizer.ecosystems.trimming import Records
from optimizer.ecosystems.verbs import ADDING, words
from optimizer.evidence.elf import Loader
from optimizer.evidence.entrypoint import Command, resolve
from optimizer.evidence.owners import Owner, Owners
from optimizer.evidence.packages import Manager, Packages
from optimizer.evidence.stage import BuiltStage
from optimizer.evidence.tree import Kind
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.facts.states import States
from optimizer.facts.steps import Step

Making = Run | Copy | Add

_COMPILERS = words("gcc g++ gfortran clang")
_TOOLCHAIN = words("gcc libc6-dev")
"""What links a program or library, whatever language it is written in."""

_BY_LIBRARY = {"libstdc++.so": "g++", "libgfortran.so": "gfortran"}
_NODE_GYP = words("g++ make python3")
"""What compiles addons of Node (node-gyp's README, "Installation")."""

_COMMON = words(
    "autoconf automake bzip2 ca-certificates cmake curl file g++ gcc git libc6-dev libtool make patch pkg-config"
    " unzip wget xz-utils"
)
"""What installers of languages start by themselves when they build from source."""


@dataclass(frozen=True, slots=True)
class BuildNeeds:
    """What steps need, each with the index of the first step that does."""

    paths: Mapping[str, int]
    """Paths of the base image."""
    packages: Mapping[str, int]
    """Packages of the base image that compiling used."""
    named: tuple[frozenset[str], ...]
    """For each step, the packages that it asks for by name."""
    new: tuple[frozenset[str], ...]
    """For each step, these and all other packages that are first seen in it."""
    loose: frozenset[int]
    """Steps that install what their packages only recommend, too."""
    builds: int | None
    """The first step that runs something else than an install; None if there is none."""


def build_needs(stage: BuiltStage, base: Packages, workdir: str, making: Sequence[Making], facts: Facts) -> BuildNeeds:
    """Read the steps of a stage; `making` are its RUN, COPY and ADD instructions, `workdir` is the base image's."""
    paths: dict[str, int] = {}
    packages: dict[str, int] = {}
    for index, instruction in enumerate(making):
        if isinstance(instruction, Run):
            for path in _used(stage, workdir, instruction, facts):
                paths.setdefault(path, index)
    for name, index in sorted(_compiling(stage.owners, base), key=lambda each: each[1]):
        if name in base.by_name:
            packages.setdefault(name, index)
    installs = [tuple(_installs(each, facts, base.manager)) for each in making]
    named = tuple(frozenset(name for step in steps for name in _operands(step)) for steps in installs)
    loose = frozenset(
        index
        for index, steps in enumerate(installs)
        if any(step.invocation is not None and brings_recommended(step.invocation) for step in steps)
    )
    return BuildNeeds(paths, packages, named, tuple(_new(stage.owners, named)), loose, _builds(making, facts))


def _builds(making: Sequence[Making], facts: Facts) -> int | None:
    for index, each in enumerate(making):
        if isinstance(each, Run):
            steps = facts[Invocations].of(each)
            if not steps or any(not step.known or _installs_for_language(step) for step in steps):
                return index
    return None


def _installs_for_language(step: Step) -> bool:
    call = step.invocation
    return call is not None and not any(each.ecosystem == call.ecosystem.name for each in INSTALLERS)


def common_tools(base: Packages) -> frozenset[str]:
    """The packages of the base image that builds start without saying so."""
    return frozenset(name for name in _COMMON if name in base.by_name)


def _used(stage: BuiltStage, workdir: str, run: Run, facts: Facts) -> Iterator[str]:
    """Paths of the base image that a RUN starts or names, found in the image before and after all steps."""
    state = facts[States].at(run)
    config = replace(
        stage.config,
        entrypoint=(),
        cmd=(),
        health=None,
        shell=state.shell,
        workdir=posixpath.join(workdir or "/", state.workdir),
    )
    commands = tuple(_commands(run))
    for root in (stage.owners.base, stage.owners.root):
        entry = resolve(root, config, commands)
        for path in (*entry.programs, *(path for path in entry.files if root.nodes[path].kind is not Kind.DIRECTORY)):
            if path in stage.owners.base.nodes:
                yield path


def _commands(run: Run) -> Iterator[Command]:
    match run.command:
        case ExecForm(argv=argv):
            yield Command(argv)
        case ShellForm(body=body):
            yield Command((body.text,), shell_text=True)
    for heredoc in run.heredocs:
        yield Command((heredoc.text,), shell_text=True)


def _installs(instruction: Making, facts: Facts, manager: Manager) -> Iterator[Step]:
    """Calls of a step that install packages of the operating system."""
    found = installer(Records[manager.name]) if manager.name in Records.__members__ else None
    if found is None or not isinstance(instruction, Run):
        return
    for step in facts[Invocations].of(instruction):
        call = step.invocation
        if call is not None and call.verb in ADDING and call.ecosystem.name == found.ecosystem:
            yield step


def _operands(step: Step) -> Iterator[str]:
    for index in step.invocation.operands if step.invocation is not None else ():
        literal = step.words[index].literal
        if literal is not None:
            yield bare(literal)


def bare(name: str) -> str:
    """A package's name without version, release and architecture."""
    for mark in ("=", "/", ":", "<", ">", "~"):
        name = name.partition(mark)[0]
    return name


def _new(owners: Owners, named: Sequence[frozenset[str]]) -> Iterator[frozenset[str]]:
    first: dict[str, int] = {}
    for path, package in owners.packages.owner.items():
        index = owners.step_of.get(path)
        if index is not None and path not in owners.base.nodes:
            first[package] = min(first.get(package, index), index)
    for index, names in enumerate(named):
        yield names | {package for package, at in first.items() if at == index}


def _compiling(owners: Owners, base: Packages) -> Iterator[tuple[str, int]]:
    """Packages that were used to make a program or library by a compiler of the base image, and the step."""
    marks = tuple(_marks(base))
    if not marks:
        return
    loader = Loader(owners.root)
    headers = _development(owners, base)
    for path, index in owners.step_of.items():
        node = owners.root.nodes[path]
        if node.kind is not Kind.FILE or not owners.steps[index].runs or owners.root.read(path, 4) != b"\x7fELF":
            continue
        if owners.of(path) not in (Owner.OWN, Owner.PYTHON):
            continue
        data = owners.root.read(path)
        if not any(mark in data for mark in marks):
            continue
        yield from ((name, index) for name in _TOOLCHAIN)
        if "/node_modules/" in path:
            yield from ((name, index) for name in _NODE_GYP)
        opened, _ = loader.needs(path)
        for library in opened:
            name = posixpath.basename(library)
            yield from ((tool, index) for start, tool in _BY_LIBRARY.items() if name.startswith(start))
            if library in headers:
                yield headers[library], index


def _marks(base: Packages) -> Iterator[bytes]:
    """What compilers of the base image write into the `.comment` section: their package's version (gcc manual,
    `-fno-ident`; the distributions build with `--with-pkgversion`)."""
    if base.manager is not Manager.DPKG:
        return
    for name, package in base.by_name.items():
        if name.partition("-")[0] in _COMPILERS and package.version:
            yield f" {package.version})".encode()


def _development(owners: Owners, base: Packages) -> Mapping[str, str]:
    """For each library of the base image the package that a linker needs for it: the owner of `libx.so`."""
    found: dict[str, str] = {}
    for path, package in base.owner.items():
        if path.endswith(".so") and package.endswith("-dev") and path in owners.base.nodes:
            found.update(dict.fromkeys(owners.base.chain(path)[1:], package))
    return found
