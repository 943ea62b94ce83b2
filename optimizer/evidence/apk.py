"""Packages of Alpine: `installed` (Alpine wiki, "Apk spec") and `/etc/apk/world`, which was asked for by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from optimizer.evidence.packages import Manager, Package, Packages, own
from optimizer.evidence.tree import Root

DATABASES = ("/lib/apk/db/installed", "/usr/lib/apk/db/installed")
"""The place, and the one since Alpine 3.22."""


def is_there(root: Root) -> bool:
    """Whether apk keeps a record."""
    return any(root.is_file(place) for place in DATABASES)


def read_apk(root: Root) -> Packages:
    """Read the record."""
    place = next(place for place in DATABASES if root.is_file(place))
    world = {_name(word) for word in root.text("/etc/apk/world").split() if not word.startswith("!")}
    entries = [_entry(paragraph) for paragraph in root.text(place).split("\n\n")]
    owner: dict[str, str] = {}
    for lines in entries:
        own(root, dict(lines).get("P", ""), _paths(lines), owner)
    found: dict[str, Package] = {}
    for fields in map(dict, entries):
        name = fields.get("P", "")
        if not name:
            continue
        wanted = (_name(word) for word in fields.get("D", "").split() if not word.startswith("!"))
        found[name] = Package(
            name,
            fields.get("V", ""),
            depends=tuple((_provider(root, each, owner),) for each in wanted),
            provides=tuple(_name(word) for word in fields.get("p", "").split()),
            automatic=name not in world,
            size=int(fields["I"]) if fields.get("I", "").isdecimal() else 0,
        )
    return Packages(Manager.APK, MappingProxyType(found), MappingProxyType(owner))


def _entry(paragraph: str) -> list[tuple[str, str]]:
    """Letters and their values; some letters stand more than once."""
    return [(line[0], line[2:]) for line in paragraph.splitlines() if line[1:2] == ":"]


def _paths(lines: Iterable[tuple[str, str]]) -> Iterator[str]:
    directory = ""
    for letter, value in lines:
        if letter == "F":
            directory = value
            yield f"/{value}"
        elif letter == "R":
            yield f"/{directory}/{value}"


def _provider(root: Root, name: str, owner: Mapping[str, str]) -> str:
    """A path that is depended on stands for the package that owns it."""
    return owner.get(root.place(name) or name, name) if name.startswith("/") else name


def _name(word: str) -> str:
    """`so:libz.so.1=1.2` → `so:libz.so.1`; a repository's tag (`name@edge`) is no part of the name (apk-world(5))."""
    for sign in "<>=~@":
        word = word.partition(sign)[0]
    return word
