"""What is installed, read from the records that package managers keep in the root file system itself.

Records: dpkg(1) `status` and, without dpkg, `status.d` (one file per package); apk's `installed` database (apk-tools
wiki, "Apk spec"); Python's `.dist-info` (PyPA, Recording installed projects) and `.egg-info`; `package.json` below
`node_modules` (npm docs, folders); rpm's database, but for Berkeley DB, whose files are compared as any others.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from enum import Enum
from pathlib import PurePosixPath

from optimizer.proof import rpm
from optimizer.proof.rootfs import Tree


class Manager(Enum):
    """Who keeps the record."""

    DPKG = "Debian package"
    APK = "Alpine package"
    RPM = "rpm package"
    PYTHON = "Python distribution"
    NODE = "Node package"


@dataclass(frozen=True, slots=True)
class Package:
    """One installed package. `record` is the path that stands for it: a contract that covers it covers the package."""

    manager: Manager
    name: str
    version: str
    record: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A package that both sides have, in other versions."""

    manager: Manager
    name: str
    before: frozenset[str]
    after: frozenset[str]


@dataclass(frozen=True, slots=True)
class PackageChanges:
    """How two sets of packages differ."""

    removed: tuple[Package, ...]
    added: tuple[Package, ...]
    drifted: tuple[Drift, ...]


_DPKG_INFO = "/var/lib/dpkg/info"
_DPKG_DIRECTORY = re.compile(r"/var/lib/dpkg/status\.d/[^/]+")
_DIST_INFO = re.compile(r"(.*/)([^/]+)\.dist-info/METADATA")
_EGG_INFO = re.compile(r"(.*/)([^/]+)\.egg-info(/PKG-INFO)?")
_NODE = re.compile(r"(.*/node_modules/(?:@[^/]+/)?[^/@.][^/]*)/package\.json")


def installed(tree: Tree) -> frozenset[Package]:
    """Every package that a record in the tree names."""
    return frozenset([*_dpkg(tree), *_apk(tree), *_rpm(tree), *_by_path(tree)])


def changes(before: frozenset[Package], after: frozenset[Package]) -> PackageChanges:
    """Compare by manager, name and version; where a package lies does not matter."""
    old, new = _versions(before), _versions(after)
    drifted = [
        Drift(manager, name, versions, new[manager, name])
        for (manager, name), versions in old.items()
        if (manager, name) in new and versions != new[manager, name] and not new[manager, name] < versions
    ]
    drifting = {(drift.manager, drift.name) for drift in drifted}
    return PackageChanges(
        removed=_only(before, new, drifting), added=_only(after, old, drifting), drifted=tuple(drifted)
    )


_Key = tuple[Manager, str]


def _versions(packages: Iterable[Package]) -> Mapping[_Key, frozenset[str]]:
    found: dict[_Key, set[str]] = defaultdict(set)
    for package in packages:
        found[package.manager, package.name].add(package.version)
    return {key: frozenset(versions) for key, versions in found.items()}


def _only(
    packages: frozenset[Package], other: Mapping[_Key, frozenset[str]], drifting: set[_Key]
) -> tuple[Package, ...]:
    lacking = (
        package
        for package in packages
        if (package.manager, package.name) not in drifting
        and package.version not in other.get((package.manager, package.name), frozenset())
    )
    return tuple(sorted(lacking, key=lambda package: (package.manager.value, package.name, package.record)))


def owned(tree: Tree, packages: Iterable[Package]) -> frozenset[str]:
    """The paths that packages brought, as their records list them; directories that others use too are among them."""
    listed = tuple(packages)
    of_rpm = frozenset(package.name for package in listed if package.manager is Manager.RPM)
    paths = rpm.payload(tree, of_rpm) if of_rpm else frozenset[str]()
    return paths.union(path for package in listed for path in _payload(tree, package))


def owners_of(paths: Iterable[str], tree: Tree) -> Mapping[str, str]:
    """The Debian package that brought each of these paths, if one did."""
    wanted = frozenset(paths)
    names = {path.rpartition("/")[2] for path in wanted}
    found: dict[str, str] = {}
    for record in tree.below(_DPKG_INFO) if wanted else ():
        if record.endswith(".list"):
            name = record.rpartition("/")[2].removesuffix(".list").partition(":")[0]
            lines = (tree.text(record) or "").splitlines()
            places = (tree.place(line) for line in lines if line.rpartition("/")[2] in names)
            found.update((place, name) for place in places if place in wanted)
    return found


def _payload(tree: Tree, package: Package) -> Iterator[str]:
    match package.manager:
        case Manager.DPKG:
            stem = package.record.removesuffix(".list")
            yield from (path for path in tree.below(_DPKG_INFO) if path.rpartition(".")[0] == stem)
            for line in (tree.text(package.record) or "").splitlines():
                place = tree.place(line)
                if place is not None:
                    yield place
        case Manager.APK:
            yield from _apk_payload(tree, package.name)
        case Manager.RPM:
            return  # all of them are looked up at once
        case Manager.PYTHON:
            yield package.record
            yield from tree.below(package.record)
            yield from _record_lines(tree, package.record)
        case Manager.NODE:
            yield package.record
            yield from tree.below(package.record)


def _paragraphs(text: str) -> Iterator[Mapping[str, str]]:
    """The fields of each paragraph (deb822(5)), folded ones on one line."""
    for paragraph in text.split("\n\n"):
        pairs = (line.partition(":") for line in re.sub(r"\n[ \t]+", " ", paragraph).splitlines())
        fields = {name: value.strip() for name, colon, value in pairs if colon}
        if fields:
            yield fields


def dpkg_entries(tree: Tree) -> Iterator[Mapping[str, str]]:
    """The fields of every Debian package that is installed; all of them have a name and a version."""
    texts = [tree.text("/var/lib/dpkg/status") or ""]
    texts += [
        tree.text(path) or ""
        for path in tree.below("/var/lib/dpkg/status.d")
        if _DPKG_DIRECTORY.fullmatch(path) and not path.endswith(".md5sums")
    ]
    for text in texts:
        for fields in _paragraphs(text):
            known = "Package" in fields and "Version" in fields
            if known and fields.get("Status", "install ok installed").endswith("installed"):
                yield fields


def _dpkg(tree: Tree) -> Iterator[Package]:
    for fields in dpkg_entries(tree):
        name = fields["Package"]
        qualified = f"{_DPKG_INFO}/{name}:{fields.get('Architecture')}.list"
        record = qualified if qualified in tree.nodes else f"{_DPKG_INFO}/{name}.list"
        yield Package(Manager.DPKG, name, fields["Version"], record)


_APK = ("/lib/apk/db/installed", "/usr/lib/apk/db/installed")


def apk_entries(tree: Tree) -> Iterator[tuple[str, list[str]]]:
    """The path of the database and the lines of every Alpine package."""
    for path in _APK:
        for paragraph in (tree.text(path) or "").split("\n\n"):
            if paragraph.strip():
                yield path, paragraph.splitlines()


def _apk(tree: Tree) -> Iterator[Package]:
    for path, lines in apk_entries(tree):
        fields = {line[0]: line[2:] for line in lines if line[1:2] == ":"}
        if "P" in fields and "V" in fields:
            yield Package(Manager.APK, fields["P"], fields["V"], f"{path}#{fields['P']}")


def _apk_payload(tree: Tree, name: str) -> Iterator[str]:
    for _, lines in apk_entries(tree):
        if f"P:{name}" not in lines:
            continue
        directory = ""
        for line in lines:
            if line.startswith("F:"):
                directory = f"/{line[2:]}" if line[2:] else ""
                yield directory
            elif line.startswith("R:"):
                yield f"{directory}/{line[2:]}"


def _rpm(tree: Tree) -> Iterator[Package]:
    place, found = rpm.read(tree)
    for each in found:
        yield Package(Manager.RPM, each.name, each.version, f"{place}#{each.name}")


def _by_path(tree: Tree) -> Iterator[Package]:
    """Packages whose records are files of their own, wherever they lie."""
    for path in tree.nodes:
        package: Package | None = None
        if path.endswith("/METADATA") and (found := _DIST_INFO.fullmatch(path)):
            package = _python(tree, path, found[1] + found[2] + ".dist-info", found[2])
        elif ".egg-info" in path and (found := _EGG_INFO.fullmatch(path)):
            package = _python(tree, path, found[1] + found[2] + ".egg-info", found[2])
        elif path.endswith("/package.json") and (found := _NODE.fullmatch(path)):
            package = _node(tree, path, found[1])
        if package is not None:
            yield package


def _python(tree: Tree, path: str, record: str, stem: str) -> Package | None:
    text = tree.text(path)
    if text is None:
        return None
    headers = HeaderParser().parsestr(text.split("\n\n", 1)[0], headersonly=True)
    name = str(headers.get("Name", stem.partition("-")[0]))
    version = str(headers.get("Version", stem.partition("-")[2]))
    # PEP 503: names are compared in lower case, with runs of -_. as one dash.
    return Package(Manager.PYTHON, re.sub(r"[-_.]+", "-", name).lower(), version, record)


def _record_lines(tree: Tree, record: str) -> Iterator[str]:
    """Files that RECORD names, relative to the directory that holds `.dist-info`."""
    site = record.rpartition("/")[0]
    for line in (tree.text(f"{record}/RECORD") or "").splitlines():
        name = line.strip('"').split(",", 1)[0]
        place = tree.place(name if name.startswith("/") else f"{site}/{name}")
        if place is not None:
            yield place


def _node(tree: Tree, path: str, directory: str) -> Package | None:
    text = tree.text(path)
    if text is None:
        return None
    try:
        manifest = json.loads(text)
    except ValueError:
        return None
    match manifest:
        case {"name": str(name), "version": str(version)}:
            return Package(Manager.NODE, name, version, directory)
    return None


def top_level(tree: Tree, package: Package) -> tuple[str, ...]:
    """The names that a Python distribution can be imported by: `top_level.txt`, else what RECORD puts at the top."""
    listed = tree.text(f"{package.record}/top_level.txt")
    if listed is not None:
        return tuple(sorted({line.strip() for line in listed.splitlines() if line.strip().isidentifier()}))
    names: set[str] = set()
    for line in (tree.text(f"{package.record}/RECORD") or "").splitlines():
        path = PurePosixPath(line.strip('"').split(",", 1)[0])
        if path.parts and path.parts[0] not in ("..", "/") and path.suffix in (".py", ".so"):
            names.add(path.parts[0] if len(path.parts) > 1 else path.name.partition(".")[0])
    return tuple(sorted(name for name in names if name.isidentifier()))
