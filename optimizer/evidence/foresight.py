"""What a runtime stage will probably begin with, told before the original is built: its base image, and the packages
that a database, the names in installs and the files of the project speak for.

The base image is taken for what is built, or what the last step that installs packages left; of what other steps add
nothing is known. So nothing is decided by it: the judge builds it beside the original, where a processor idles, and
forgets what turns out otherwise.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace

from optimizer.containerfile.nodes import Cmd, CommandForm, Entrypoint, ExecForm, Healthcheck, Run
from optimizer.containerfile.stages import Stage
from optimizer.containers.model import Health, ImageConfig
from optimizer.context import Context, Kind
from optimizer.ecosystems import compiling
from optimizer.ecosystems.catalogue import Reference, expected_directories, line_of
from optimizer.ecosystems.installing import Installer, package_name
from optimizer.ecosystems.verbs import ADDING
from optimizer.evidence import candidates, mentions
from optimizer.evidence.closure import HISTORIES
from optimizer.evidence.entrypoint import Command
from optimizer.evidence.fetching import LIBRARY_TREES
from optimizer.evidence.images import Images
from optimizer.evidence.mentions import Mentions
from optimizer.evidence.owners import Owners
from optimizer.evidence.packages import Package, build_only, run_time_part
from optimizer.evidence.removals import operands
from optimizer.evidence.runtime import Runtime, has_shell, installer_of
from optimizer.evidence.shipment import Shipment
from optimizer.evidence.split import Candidate, Care, PythonWay, Removal, Split
from optimizer.evidence.stage import BuiltStage
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.policy import RuntimeBase

_ENOUGH = 2
"""So many commands must follow a step that is worth waiting for."""

_SYSTEM = ("/etc/", "/usr/", "/lib/")
"""Where packages put files that somebody removes again."""

_MOST_FILES, _LARGEST = 2000, 1 << 18
"""Files of a project that are read at most, and bytes of one."""


def as_built(base: Runtime, extra: tuple[Command, ...]) -> BuiltStage:
    """The base image, as if the stage had built nothing on it."""
    return BuiltStage(Owners(base.root, base.root, base.packages, ()), base.image.config, extra)


def last_install(facts: Facts, stage: Stage, installer: Installer) -> Run | None:
    """The last step that installs packages, if what it leaves is worth waiting for: after it the build goes on for so
    long that others can be installed meanwhile."""
    runs = [each for each in stage.instructions if isinstance(each, Run)]
    installing = [at for at, run in enumerate(runs) if any(True for _ in named_by(facts, (run,), installer))]
    return runs[installing[-1]] if installing and installing[-1] + _ENOUGH < len(runs) else None


def foreseen(
    facts: Facts, stage: Stage, built: BuiltStage, base: Runtime, images: Images, choice: RuntimeBase
) -> Split | None:
    """How the stage will probably be split, as far as packages are concerned; None where it will not be, or where no
    package is foreseen. `built` is what is known to be there."""
    installer = installer_of(base)
    if installer is None:
        return None
    packages = built.owners.packages
    named = dict.fromkeys(named_by(facts, (each for each in stage.instructions if isinstance(each, Run)), installer))
    new = [name for name in named if name not in packages.by_name]
    line = line_of(Reference.of(base.name))
    words = {posixpath.basename(word) for word in built.entry.words}
    # What is started may still be installed by others than the system's packages: then it is the interpreter's.
    interpreter = (
        line is not None
        and line.interpreter is not None
        and (built.entry.runs(line.interpreter) or not words & named.keys())
    )
    others = images.counterparts(base, base.root, choice, interpreter=interpreter)
    for runtime in sorted(others, key=lambda each: each.image.size):
        missing = candidates.lacking(built, runtime) if has_shell(runtime) else None
        if missing is None:
            continue
        headers = (packages.by_name[name] for name in named if name in packages.by_name)
        libraries = (name for each in headers for name in packages.libraries_behind(each))
        wanted = {*missing, *_asked(new, built), *libraries} - runtime.packages.by_name.keys()
        leaves = runtime.image.id != base.image.id or any(build_only(Package(name, "")) for name in named)
        if not wanted or not leaves:
            return None
        return _split(facts, stage, built, base, runtime, packages.to_install(wanted, named, runtime.packages.by_name))
    return None


def named_in(context: Context) -> Mentions:
    """What the files of a project name, as far as they are small and its own."""
    found = Mentions()
    files = [each for each in context.entries() if each.kind is Kind.FILE and each.size <= _LARGEST]
    own = (each for each in files if not any(tree in f"/{each.path}" for tree in (*LIBRARY_TREES, *HISTORIES)))
    for each, _ in zip(own, range(_MOST_FILES), strict=False):
        data = context.read(each.path) or b""
        if b"\0" not in data:
            found |= mentions.of_source(posixpath.basename(each.path), data)
    return found


def configured(base: ImageConfig, stage: Stage) -> ImageConfig:
    """What the stage says of commands, over what its base says."""
    shell = base.shell or ("/bin/sh", "-c")
    entrypoint, cmd, health = base.entrypoint, base.cmd, base.health
    for each in stage.instructions:
        match each:
            case Entrypoint(command=command):
                entrypoint, cmd = _argv(command, shell), ()
            case Cmd(command=command):
                cmd = _argv(command, shell)
            case Healthcheck(command=command) if command is not None:
                health = Health(("CMD", *_argv(command, shell)))
            case _:
                pass
    return replace(base, entrypoint=entrypoint, cmd=cmd, health=health)


def _argv(form: CommandForm, shell: tuple[str, ...]) -> tuple[str, ...]:
    return form.argv if isinstance(form, ExecForm) else (*shell, form.body.text)


def named_by(facts: Facts, runs: Iterable[Run], installer: Installer) -> Iterator[str]:
    """Packages that steps install by name."""
    invocations = facts[Invocations]
    for run in runs:
        for step in invocations.of(run):
            call = step.invocation
            if call is None or call.verb not in ADDING or call.ecosystem.name != installer.ecosystem:
                continue
            words = (step.words[index].literal for index in call.operands)
            yield from (package_name(word) for word in words if word is not None)


def _asked(new: Iterable[str], built: BuiltStage) -> Iterator[str]:
    """Of packages that the base lacks those that are not for building, and what runs in place of those that are."""
    names = list(new)
    for_building = {name for name in names if build_only(Package(name, ""))}
    idle = compiling(built.entry.runs) if for_building else frozenset[str]()
    for name in names:
        if name not in for_building and name not in idle:
            yield name
        elif (part := run_time_part(name, built.entry.words)) is not None:
            yield part


def _removals(facts: Facts, stage: Stage, base: Runtime) -> Iterator[Removal]:
    """Files of the system that steps remove by name and that only packages can have brought."""
    invocations = facts[Invocations]
    for run in (each for each in stage.instructions if isinstance(each, Run)):
        for step in invocations.of(run):
            for each in operands(step.words):
                # What comes there later, as what is copied, is not removed again.
                again = each.starred and facts.file.text.count(posixpath.dirname(each.path)) > 1
                if each.path.startswith(_SYSTEM) and not each.is_in(base.root) and not again:
                    yield each.removal


def _split(
    facts: Facts, stage: Stage, built: BuiltStage, base: Runtime, runtime: Runtime, install: tuple[str, ...]
) -> Split:
    brought = {*install, *built.owners.packages.closure(install)}
    nothing = frozenset[str]()
    candidate = Candidate(
        image=runtime.name,
        manager=runtime.packages.manager,
        config=runtime.image.config,
        shell=has_shell(runtime),
        packages=install,
        installer=installer_of(runtime),
        size=0,
        shipment=Shipment(frozenset(), (), (), ()),
        python=PythonWay.NONE,
        go=None,
        prunes=(),
        removals=tuple(dict.fromkeys(_removals(facts, stage, base))),
        given=(),
        refreshes=(),
        before_install=expected_directories(brought, runtime.root.nodes),
        care=Care.KNOWN,
        users=frozenset(),
        groups=frozenset(),
        removed=nothing,
        changed=nothing,
        added=nothing,
        packages_removed=nothing,
    )
    return Split(facts.file.text, 1, built.config, base.image.config, candidates=(candidate,))
