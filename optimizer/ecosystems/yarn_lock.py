"""The lock file of Yarn 1: which packages others bring along (Yarn documentation, "yarn.lock")."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping


def packages(text: str) -> Mapping[str, frozenset[str]]:
    """Each `name@range` of a lock file, and those that its package depends on."""
    found: dict[str, frozenset[str]] = {}
    heads: tuple[str, ...] = ()
    needed: set[str] = set()
    inside = False
    for line in (*text.splitlines(), "end:"):
        if line and not line[0].isspace() and not line.startswith("#"):
            found.update(dict.fromkeys(heads, frozenset(needed)))
            heads = tuple(each.strip().strip('"') for each in line.rstrip(":").split(","))
            needed, inside = set(), False
        elif line.startswith("    "):
            name, _, wanted = line.strip().partition(" ")
            if inside and wanted:
                needed.add("@".join(each.strip().strip('"') for each in (name, wanted)))
        else:
            inside = line.strip() in ("dependencies:", "optionalDependencies:")
    return found


def only_for_development(manifest: bytes, lock: str) -> frozenset[str]:
    """Names of packages that nothing but `devDependencies` brings; none where something is not in the lock."""
    try:
        project: object = json.loads(manifest)
    except ValueError:
        return frozenset()
    known = packages(lock)
    wanted = [f"{name}@{at}" for group in ("dependencies", "optionalDependencies")
              for name, at in _group(project, group)]  # fmt: skip
    production = _closure(wanted, known)
    if production is None:
        return frozenset()
    names = {_name(each) for each in production}
    return frozenset(name for each in known if (name := _name(each)) not in names)


def _group(project: object, name: str) -> Iterable[tuple[str, str]]:
    group = project.get(name) if isinstance(project, dict) else None
    return [(key, at) for key, at in group.items() if isinstance(at, str)] if isinstance(group, dict) else []


def _closure(wanted: Iterable[str], known: Mapping[str, frozenset[str]]) -> frozenset[str] | None:
    todo, done = list(wanted), set[str]()
    while todo:
        each = todo.pop()
        if each in done:
            continue
        if each not in known:
            return None
        done.add(each)
        todo.extend(known[each])
    return frozenset(done)


def _name(entry: str) -> str:
    """`@scope/name@^1` → `@scope/name`."""
    return entry[:1] + entry[1:].partition("@")[0]
