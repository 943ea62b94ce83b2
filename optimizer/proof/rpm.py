"""What rpm has installed, as the judge reads it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from optimizer.containers.rpm_database import DATABASES, packages
from optimizer.containers.rpm_header import DatabaseError, RpmPackage
from optimizer.proof.rootfs import Tree

_READ_AS_FILE = "/Packages"
"""Berkeley DB, which has no reader here: the file is compared like any other."""


def read(tree: Tree) -> tuple[str, tuple[RpmPackage, ...]]:
    """The path of the database and the packages in it; nothing where there is none.

    One that is damaged is one package whose version is its digest, so that no difference in it is overlooked.
    """
    there = [path for path in DATABASES if tree.resolve(path) is not None]
    try:
        return packages(lambda path: _on_disk(tree, path)) or ("", ())
    except DatabaseError:
        path = there[0]
        if path.endswith(_READ_AS_FILE):
            return "", ()
        place = _on_disk(tree, path)
        digest = hashlib.sha256(place.read_bytes()).hexdigest() if place is not None else ""
        return path, (RpmPackage("damaged database", digest),)


def payload(tree: Tree, names: frozenset[str]) -> frozenset[str]:
    """The paths that packages of these names brought, where they are there."""
    files = (path for package in read(tree)[1] if package.name in names for path in package.files)
    return frozenset(place for path in files if (place := tree.place(path)) is not None)


def _on_disk(tree: Tree, path: str) -> Path | None:
    found = tree.resolve(path)
    return None if found is None else tree.on_disk(found)
