"""Whether every Python distribution that could be imported before can still be imported, tried in the image itself."""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from optimizer.containers.model import Engine, Network, RunRequest
from optimizer.containers.stop import Stop
from optimizer.proof.compare import Delta
from optimizer.proof.model import Difference, DifferenceKind
from optimizer.proof.packages import Manager, Package, top_level
from optimizer.proof.usercheck import Side

_LIMIT = 300.0
"""Seconds for one run over all names."""

# Each import in a process of its own: one that exits, crashes or hangs says nothing about the next.
_SCRIPT = """
import importlib, json, os, signal, sys
failed = []
for name in json.load(sys.stdin):
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        code = 1
        try:
            importlib.import_module(name)
            code = 0
        finally:
            os._exit(code)
    if os.waitpid(child, 0)[1] != 0:
        failed.append(name)
json.dump(failed, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class _Name:
    """A module and the interpreter that should import it."""

    interpreter: str
    module: str


def differences(
    engine: Engine,
    before: Side,
    after: Side,
    deltas: Sequence[Delta],
    packages: tuple[frozenset[Package], frozenset[Package]],
    stop: Stop,
) -> tuple[Difference, ...]:
    """Modules of distributions that both images have, which only the image before imports. Nothing is run where no
    file of Python changed. What is told after `stop` is worth nothing."""
    if not any(_is_python(delta) for delta in deltas):
        return ()
    old = _modules(before, packages[0])
    new = _modules(after, packages[1])
    shared = {key: name for key, name in new.items() if key in old}
    failed = _failing(engine, after, shared.values(), stop)
    suspects = {key: old[key] for key, name in shared.items() if name in failed}
    failed_before = _failing(engine, before, suspects.values(), stop)
    return tuple(
        Difference(DifferenceKind.IMPORT, module, f"of {distribution}, could be imported before")
        for (distribution, module), name in sorted(suspects.items())
        if name not in failed_before
    )


_SITE = re.compile(r"(.*)/lib/(python3(?:\.\d+)?)/(?:site|dist)-packages(?:/.*)?")
_LIBRARY = re.compile(r".*/lib/python3[^/]*/.*")


def _is_python(delta: Delta) -> bool:
    return delta.kind is not DifferenceKind.ADDED and _LIBRARY.fullmatch(delta.path) is not None


def _modules(side: Side, packages: Iterable[Package]) -> dict[tuple[str, str], _Name]:
    found: dict[tuple[str, str], _Name] = {}
    for package in packages:
        if package.manager is not Manager.PYTHON:
            continue
        interpreter = _interpreter(side, package.record)
        if interpreter is not None:
            for module in top_level(side.tree, package):
                found[package.name, module] = _Name(interpreter, module)
    return found


def _interpreter(side: Side, record: str) -> str | None:
    """The interpreter that has the distribution's directory on its path: the one beside it, else the system's."""
    site = _SITE.fullmatch(record)
    if site is None:
        return None
    beside = [f"{site[1]}/bin/{name}" for name in (site[2], "python3", "python")]
    system = [f"{prefix}/bin/{site[2]}" for prefix in ("/usr/local", "/usr")]
    for place in (*beside, *system):
        if side.tree.resolve(place) is not None:
            return place
    return None


def _failing(engine: Engine, side: Side, names: Iterable[_Name], stop: Stop) -> frozenset[_Name]:
    groups: Mapping[str, set[str]] = defaultdict(set)
    for name in names:
        groups[name.interpreter].add(name.module)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        asked = {name: pool.submit(_ask, engine, side, name, sorted(modules), stop) for name, modules in groups.items()}
        return frozenset(_Name(name, module) for name, failed in asked.items() for module in failed.result())


def _ask(engine: Engine, side: Side, interpreter: str, modules: list[str], stop: Stop) -> list[str]:
    """The modules that an interpreter cannot import."""
    done = engine.run(
        RunRequest(
            side.image,
            entrypoint=(interpreter,),
            command=("-c", _SCRIPT),
            stdin=json.dumps(modules).encode(),
            network=Network.NONE,
            timeout=_LIMIT,
            stop=stop,
        )
    )
    try:
        failed = json.loads(done.stdout)
    except ValueError:
        failed = None
    if done.exit_code != 0 or not isinstance(failed, list):
        return modules  # the interpreter itself does not start
    return [str(module) for module in failed]
