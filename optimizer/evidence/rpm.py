"""Packages of Fedora, Red Hat, SUSE and their kin, and which of them were only installed as a dependency.

The database is read by `containers.rpm_database`. Why a package is there: `packages.toml` of libdnf5 (its documentation
of the system state), `history.sqlite` of dnf and microdnf (libdnf, create_tables.sql; the last word counts), zypper's
`AutoInstalled`. Where none of them is there every package counts as asked for.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from types import MappingProxyType

from optimizer.containers.rpm_database import DIRECTORIES, packages, rows
from optimizer.containers.rpm_header import DatabaseError
from optimizer.ecosystems.verbs import words
from optimizer.evidence.packages import Manager, Package, Packages, own
from optimizer.evidence.tree import Root

_DNF5 = "/usr/lib/sysimage/libdnf5/packages.toml"
_DNF4 = "/var/lib/dnf/history.sqlite"
_ZYPPER = "/var/lib/zypp/AutoInstalled"

_NOT_ASKED_FOR = frozenset({"dependency", "weak dependency", "clean"})
_NOT_ASKED_FOR_NUMBERS = frozenset({1, 3, 4})
"""The same reasons in dnf's history: DEPENDENCY, CLEAN, WEAK_DEPENDENCY."""

_REASONS = (
    "SELECT rpm.name, trans_item.reason FROM trans_item JOIN rpm ON rpm.item_id = trans_item.item_id"
    " ORDER BY trans_item.id"
)

_JOINED = words("and or with without")
_CONDITIONS = words("if unless")
_COMPARED = words("< <= = >= >")


def is_there(root: Root) -> bool:
    """Whether rpm keeps a record."""
    return any(directory in root.nodes for directory in DIRECTORIES)


def read_rpm(root: Root) -> Packages:
    """Read the database."""
    try:
        found = packages(root.on_disk)
    except DatabaseError as error:
        return Packages(Manager.RPM, MappingProxyType({}), MappingProxyType({}), str(error))
    if found is None:
        nothing = f"nothing lies in {' or '.join(DIRECTORIES)}"
        return Packages(Manager.RPM, MappingProxyType({}), MappingProxyType({}), nothing)
    owner: dict[str, str] = {}
    for each in found[1]:
        own(root, each.name, each.files, owner)
    automatic = _automatic(root)
    by_name = {
        each.name: Package(
            each.name,
            each.version,
            each.group,
            tuple(_groups(root, each.requires, owner)),
            each.provides,
            each.name in automatic,
            each.size,
        )
        for each in found[1]
    }
    return Packages(Manager.RPM, MappingProxyType(by_name), MappingProxyType(owner))


def _groups(root: Root, requires: tuple[str, ...], owner: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """Groups of alternatives; a path stands for the package that owns it."""
    for text in requires:
        if text.startswith("rpmlib("):
            continue  # what rpm itself must be able to do
        names = alternatives(text) if text.startswith("(") else (text,)
        yield tuple(owner.get(root.place(name) or name, name) if name.startswith("/") else name for name in names)


def alternatives(text: str) -> tuple[str, ...]:
    """The capabilities that a boolean dependency may bring, without those that are only its condition (rpm.org,
    "Boolean Dependencies"): `((a >= 1 or b) if c)` is a, b."""
    found: list[str] = []
    depth, condition, version = 0, 0, False
    for word in text.split():
        bare = word.lstrip("(")
        depth += len(word) - len(bare)
        closed = max(0, bare.count(")") - bare.count("("))
        bare = bare[: len(bare) - closed]
        if bare in _CONDITIONS:
            condition = condition or depth
        elif bare == "else" and condition == depth:
            condition = 0
        elif bare in _COMPARED:
            version = True
        elif version:
            version = False
        elif not condition and bare and bare not in _JOINED:
            found.append(bare)
        depth -= closed
        condition = condition if depth >= condition else 0
    return tuple(found)


def _automatic(root: Root) -> frozenset[str]:
    """Names of packages that nobody asked for."""
    if root.is_file(_DNF5):
        return frozenset(_said_by_dnf5(root.text(_DNF5)))
    if (place := root.on_disk(_DNF4)) is not None and root.is_file(_DNF4):
        try:
            last = {str(name): reason for name, reason in rows(place, _REASONS)}
        except DatabaseError:
            return frozenset()
        return frozenset(name for name, reason in last.items() if reason in _NOT_ASKED_FOR_NUMBERS)
    lines = (line.strip() for line in root.text(_ZYPPER).splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _said_by_dnf5(text: str) -> Iterator[str]:
    """Keys are `name.architecture`."""
    try:
        found = tomllib.loads(text).get("packages")
    except tomllib.TOMLDecodeError:
        return
    for key, value in found.items() if isinstance(found, dict) else ():
        reason = value.get("reason") if isinstance(value, dict) else None
        if isinstance(reason, str) and reason.lower() in _NOT_ASKED_FOR:
            yield key.rpartition(".")[0]
