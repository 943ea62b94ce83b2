"""The record that pnpm keeps of what it installed, a lock file: which packages only development brings, and where in
node_modules they lie (pnpm documentation, "Symlinked node_modules structure"; its lockfile-types and dependency-path,
depPathToFilename)."""

from __future__ import annotations

import base64
import hashlib
import json
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from optimizer.ecosystems.pruning import Read

STORE = "node_modules/.pnpm"
RECORD = f"{STORE}/lock.yaml"
MODULES = "node_modules/.modules.yaml"

_LONGEST = 120
"""Characters of a directory's name; a longer one ends in a hash ("Settings (.npmrc)", virtual-store-dir-max-length)."""

_WITH_SHA = 10
"""The version since which that is half a SHA-256 in hexadecimal digits, before it was an MD5 in base 32 (pnpm's release
notes for 10)."""

_UNFIT = str.maketrans(dict.fromkeys('\\/:*?"<>|#', "+"))
"""What pnpm puts for characters that not every file system can hold."""


@dataclass(frozen=True)
class Installed:
    """What was installed: `links` of development dependencies in node_modules, and where in the store the packages lie
    that only development brings, and those that production needs, by `name@version(peers)`."""

    links: frozenset[str]
    development: Mapping[str, str]
    production: Mapping[str, str]

    def gone(self, read: Read) -> frozenset[str]:
        """Directories, links and commands of the packages that nothing but `devDependencies` brings."""
        directories = (f"{STORE}/{each}" for each in self.development.values())
        commands = {
            f"{place}/.bin/{command}"
            for package, directory in self.development.items()
            for command in _commands(read(f"{STORE}/{directory}/node_modules/{_name(package)}/package.json"))
            for place in ("node_modules", f"{STORE}/node_modules")
        }
        return frozenset({*self.links, *directories, *commands})

    @property
    def shims(self) -> frozenset[str]:
        """Where commands lie that packages of production start, which say where else to look for packages."""
        places = (f"{each}/node_modules/{_name(package)}" for package, each in self.production.items())
        return frozenset(f"{STORE}/{place}/node_modules/.bin" for place in places)


def installed(lock: bytes, modules: bytes) -> Installed | None:
    """None where there is more than one project, where packages lie in another way, or where a name of a directory
    cannot be told."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        found: object = yaml.load(lock, Loader=loader)
        laid: object = yaml.load(modules, Loader=loader)  # or JSON, which YAML takes in
    except (yaml.YAMLError, ValueError):
        return None
    project = _project(found)
    if project is None or not _is_usual(laid):
        return None
    packages = _development(found, project)
    if packages is None:
        return None
    version = _major(laid)
    every = {name.removeprefix("/") for group in ("packages", "snapshots") for name in _mapping(found, group)}
    directories = {each: place for each in every if (place := _directory(each, version)) is not None}
    if not packages <= directories.keys():
        return None
    links = {f"node_modules/{name}" for name in _mapping(project, "devDependencies")}
    for package, aliases in _mapping(laid, "hoistedDependencies").items():
        if package.removeprefix("/") in packages and isinstance(aliases, dict):
            links |= {_hoisted(alias, public=kind == "public") for alias, kind in aliases.items()}
    return Installed(
        frozenset(links),
        {each: place for each, place in directories.items() if each in packages},
        {each: place for each, place in directories.items() if each not in packages},
    )


def _name(package: str) -> str:
    """Of `@scope/name@version(peers)` what stands before the version."""
    return package[:1] + package[1:].partition("@")[0]


def _commands(manifest: bytes) -> Iterator[str]:
    """The commands of a package (npm documentation, "package.json", bin)."""
    try:
        said: object = json.loads(manifest)
    except ValueError:
        return
    commands = said.get("bin") if isinstance(said, dict) else None
    match commands:
        case str():
            yield _text(said, "name").rpartition("/")[2]
        case dict():
            yield from (str(each) for each in commands)
        case _:
            pass


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


def _is_usual(laid: object) -> bool:
    """Whether packages lie where they lie if no setting says otherwise."""
    longest = laid.get("virtualStoreDirMaxLength", _LONGEST) if isinstance(laid, Mapping) else None
    place = _text(laid, "nodeLinker"), _text(laid, "virtualStoreDir")
    return place == ("isolated", ".pnpm") and longest == _LONGEST


def _major(laid: object) -> int | None:
    """The version of pnpm that laid the packages."""
    name, _, version = _text(laid, "packageManager").rpartition("@")
    major = version.partition(".")[0]
    return int(major) if name == "pnpm" and major.isdecimal() else None


def _directory(package: str, version: int | None) -> str | None:
    """Where a package lies in the store; None where its name ends in a hash of an unknown kind."""
    name = package.translate(_UNFIT)
    if "(" in name:
        name = name.removesuffix(")").replace(")(", "_").replace("(", "_").replace(")", "_")
    if len(name) <= _LONGEST and name == name.lower():
        return name
    if version is None:
        return None
    digest = _hash(name, version)
    return f"{name[: _LONGEST - len(digest) - 1]}_{digest}"


def _hash(name: str, version: int) -> str:
    if version >= _WITH_SHA:
        return hashlib.sha256(name.encode()).hexdigest()[:32]
    digest = hashlib.md5(name.encode(), usedforsecurity=False).digest()
    return base64.b32encode(digest).decode().rstrip("=").lower()


def _hoisted(alias: str, *, public: bool) -> str:
    return posixpath.join("node_modules" if public else f"{STORE}/node_modules", alias)


def _mapping(value: object, key: str) -> Mapping[str, object]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, dict) else {}


def _text(value: object, key: str) -> str:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""
