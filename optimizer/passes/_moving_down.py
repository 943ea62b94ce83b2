"""Whether a RUN that only installs packages of the operating system may stand below another instruction.

Such a RUN reads its manager's own configuration and writes to the directories of the system (FHS 3.0); it reads nothing
of the project and does not care for the working directory.
"""

from __future__ import annotations

import posixpath
from fnmatch import fnmatchcase

from optimizer.containerfile.nodes import (
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Run,
    Stopsignal,
    Word,
    Workdir,
)
from optimizer.ecosystems import installs_system_packages, purges
from optimizer.ecosystems.model import Ecosystem
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.facts.scripts import Scripts
from optimizer.facts.states import States
from optimizer.shell.query import commands

_OWN_PLACES = ("/usr/local", "/usr/src", "/var/www", "/home", "/srv", "/app")
"""Directories that distributions leave to others (FHS 3.0, 3.17, 4.9, 4.12)."""

_SYSTEM = ("/bin", "/boot", "/etc", "/lib", "/lib32", "/lib64", "/root", "/run", "/sbin", "/tmp", "/usr", "/var")
"""Where packages, their scripts and the files of accounts lie."""

_ALWAYS_READ = ("PATH", "LD_*", "HOME", "TMPDIR", "LANG", "LC_*", "IFS", "ENV")


def may_move_down(run: Run, instruction: Instruction, facts: Facts) -> bool:
    """Whether a RUN does the same below an instruction as above it, and the instruction too."""
    ecosystem = _only_installs(run, facts)
    if ecosystem is None:
        return False
    match instruction:
        case Copy() | Add():
            return _is_elsewhere(instruction, instruction.destination, facts)
        case Workdir(path=path):
            return _is_elsewhere(instruction, path, facts)
        case Env() | Arg():
            return not any(_reads(run, pair.key.raw, ecosystem) for pair in instruction.pairs)
        case Label() | Expose() | Stopsignal() | Healthcheck() | Entrypoint() | Cmd() | Maintainer():
            return True
        case _:
            return False


def _only_installs(run: Run, facts: Facts) -> Ecosystem | None:
    """The package manager of the system to which all of a RUN belongs; None if it does anything else."""
    steps, script = facts[Invocations].of(run), facts[Scripts].of(run)
    if run.flags or script is None or not facts[Invocations].continues(run):
        return None
    if not all(installs_system_packages(each) or purges(each) for each in commands(script)):
        return None
    found = {step.invocation.ecosystem.name: step.invocation.ecosystem for step in steps if step.invocation is not None}
    (ecosystem,) = found.values() if len(found) == 1 else (None,)
    if ecosystem is None or ecosystem.uninstall is None:
        return None
    reads = any(
        step.invocation.local(tuple(word.literal for word in step.words))
        for step in steps
        if step.invocation is not None
    )
    return None if reads else ecosystem


def _is_elsewhere(instruction: Instruction, word: Word, facts: Facts) -> bool:
    """Whether a path is certain to lie in none of the system's own directories."""
    state = facts[States].at(instruction)
    value = state.value(word, facts.file.escape)
    if not value or "$" in value:
        return False
    path = state.path(value)
    if not path.startswith("/") or posixpath.normpath(path) == "/":
        return False
    return _is_below(path, _OWN_PLACES) or not _is_below(path, _SYSTEM)


def _is_below(path: str, tops: tuple[str, ...]) -> bool:
    return any(path == top or path.startswith(f"{top}/") for top in tops)


def _reads(run: Run, name: str, ecosystem: Ecosystem) -> bool:
    known = (*ecosystem.environment, *_ALWAYS_READ)
    return name in run.logical.text or any(fnmatchcase(name, pattern) for pattern in known)
