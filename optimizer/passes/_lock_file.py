"""What a lock file says of an install, and whether it may be relied upon."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from optimizer.containerfile.nodes import Run
from optimizer.ecosystems.trimming import Locked
from optimizer.ecosystems.verbs import ADDING
from optimizer.facts import Facts
from optimizer.facts.steps import Step
from optimizer.passes._cleanup_later import steps_of
from optimizer.passes._project import Project, Table, before, copied, read_json, table_of


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock file beside a manifest. `sent` tells whether it is copied too."""

    path: str
    table: Table | None
    sent: bool


def lock(found: Project, locked: Locked, run: Run, facts: Facts) -> Lock | None:
    """The lock file that wins, None if there is none beside the manifest."""
    assert facts.context is not None
    for name in locked.locks:
        path = posixpath.join(posixpath.dirname(found.path), name)
        if facts.context.get(path) is not None:
            sent = copied(posixpath.join(found.where, name), run, facts) == path
            return Lock(path, read_json(path, facts), sent)
    return None


def version(held: Lock, locked: Locked) -> int | None:
    """The version of the lock file's format."""
    found = None if held.table is None else held.table.get(locked.version)
    return found if isinstance(found, int) else None


def agrees(held: Lock, found: Project, locked: Locked) -> bool:
    """Whether the lock file was made for this manifest: same names and ranges, or, in an old format, all names."""
    if held.table is None:
        return False
    first, second = locked.root
    root = table_of(table_of(held.table, first), second) if first in held.table else None
    if root is None:
        return found.names(locked.groups) <= table_of(held.table, "dependencies").keys()
    # An optional dependency is listed among the others too.
    return all(table_of(root, group) == table_of(found.table, group) for group in locked.groups)


def installed_before(call: Step, found: Project, locked: Locked, facts: Facts) -> bool:
    """Whether packages lie there already: copied from the context, or installed by an earlier step."""
    assert facts.context is not None and call.invocation is not None
    for name in locked.removed:
        path = posixpath.join(posixpath.dirname(found.path), name)
        if facts.context.get(path) is not None and copied(posixpath.join(found.where, name), call.run, facts) == path:
            return True
    steps = [step for each in before(call.run, facts) for step in steps_of(each, facts)]
    for step in steps_of(call.run, facts):
        if step is call:
            break
        steps.append(step)
    return any(
        step.invocation is not None
        and step.invocation.ecosystem is call.invocation.ecosystem
        and step.invocation.verb in ADDING
        and not step.invocation.has(frozenset({"-g", "--global"}))
        for step in steps
    )
