"""The record that pnpm keeps of what it installed, a lock file: which packages only development brings, and where in
node_modules they lie (pnpm documentation, "Symlinked node_modules structure"; its lockfile-types and dependency-path,
depPathToFilename)."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping

STORE = "node_modules/.pnpm"
RECORD = f"{STORE}/lock.yaml"
MODULES = "node_modules/.modules.yaml"

_LONGEST = 120
"""Characters of a directory's name, after which it ends in a hash."""

_UNFIT = str.maketrans(dict.fromkeys('\\/:*?"<>|#', "+"))
"""What pnpm puts for characters that not every file system can hold."""


def only_for_development(lock: bytes, modules: bytes) -> frozenset[str]:
    """Directories and links of the packages that nothing but `devDependencies` brings. None where there is more than
    one project, where packages lie in another way, or where a name of a directory cannot be told."""
    import yaml

    try:
        found: object = yaml.load(lock, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        laid: object = json.loads(modules)
    except (yaml.YAMLError, ValueError):
        return frozenset()
    project = _project(found)
    if project is None or _text(laid, "nodeLinker") != "isolated" or _text(laid, "virtualStoreDir") != ".pnpm":
        return frozenset()
    packages = _development(found, project)
    if packages is None:
        return frozenset()
    directories = {each: _directory(each) for each in packages}
    if None in directories.values():
        return frozenset()
    links = {f"node_modules/{name}" for name in _mapping(project, "devDependencies")}
    for package, aliases in _mapping(laid, "hoistedDependencies").items():
        if package.removeprefix("/") in packages and isinstance(aliases, dict):
            links |= {_hoisted(alias, public=kind == "public") for alias, kind in aliases.items()}
    return frozenset({*links, *(f"{STORE}/{each}" for each in directories.values())})


def _project(lock: object) -> object:
    """What the one project of a lock file depends on; None where there are more."""
    importers = _mapping(lock, "importers")
    if not importers:
        return lock  # before version 9, a single project stood at the top
    return importers.get(".") if len(importers) == 1 else None


def _development(lock: object, project: object) -> frozenset[str] | None:
    """Packages, as `name@version(peers)`, that production does not reach."""
    flagged = _mapping(lock, "packages")
    if any("dev" in _mapping(flagged, name) for name in flagged):  # version 6 says it of each
        return frozenset(name.removeprefix("/") for name in flagged if _mapping(flagged, name).get("dev") is True)
    known = _mapping(lock, "snapshots")
    todo, reached = list(_brought(project)), set[str]()
    while todo:
        each = todo.pop()
        if each in reached:
            continue
        if each not in known:
            return None  # a link to elsewhere, or something this does not know
        reached.add(each)
        todo.extend(_brought(known[each]))
    return frozenset(known.keys() - reached)


def _brought(entry: object) -> Iterator[str]:
    for group in ("dependencies", "optionalDependencies"):
        for name, wanted in _mapping(entry, group).items():
            version = _text(wanted, "version") if isinstance(wanted, dict) else str(wanted)
            # An alias says which package it is: `name: other@1.0.0`.
            yield version if "@" in version.partition("(")[0][1:] else f"{name}@{version}"


def _directory(package: str) -> str | None:
    """Where a package lies in the store; None where its name ends in a hash."""
    name = package.translate(_UNFIT)
    if "(" in name:
        name = name.removesuffix(")").replace(")(", "_").replace("(", "_").replace(")", "_")
    return name if len(name) <= _LONGEST and name == name.lower() else None


def _hoisted(alias: str, *, public: bool) -> str:
    return posixpath.join("node_modules" if public else f"{STORE}/node_modules", alias)


def _mapping(value: object, key: str) -> Mapping[str, object]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, dict) else {}


def _text(value: object, key: str) -> str:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""
