"""Packages of Debian and its kin.

`/var/lib/dpkg/status` (deb822(5), deb-control(5)) and `info/*.list`; apt's `extended_states` says what was only
installed as a dependency.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from optimizer.evidence.packages import Manager, Package, Packages, own
from optimizer.evidence.tree import Root


def is_there(root: Root) -> bool:
    """Whether dpkg, or what distroless images have of it, keeps a record."""
    return "/var/lib/dpkg/status" in root.nodes or bool(root.children("/var/lib/dpkg/status.d"))


def read_dpkg(root: Root) -> Packages:
    """Read the record."""
    automatic = {
        fields["Package"]
        for fields in _paragraphs(root.text("/var/lib/apt/extended_states"))
        if fields.get("Auto-Installed") == "1" and "Package" in fields
    }
    texts = [root.text("/var/lib/dpkg/status"), *map(root.text, root.children("/var/lib/dpkg/status.d"))]
    found: dict[str, Package] = {}
    architectures: dict[str, str] = {}
    for fields in (fields for text in texts for fields in _paragraphs(text)):
        name = fields.get("Package", "")
        if not name or not fields.get("Status", "install ok installed").endswith(" installed"):
            continue
        architectures[name] = fields.get("Architecture", "")
        found[name] = Package(
            name,
            fields.get("Version", ""),
            fields.get("Section", ""),
            (*_relations(fields.get("Pre-Depends", "")), *_relations(fields.get("Depends", ""))),
            tuple(first for group in _relations(fields.get("Provides", "")) for first in group[:1]),
            name in automatic,
            int(size) * 1024 if (size := fields.get("Installed-Size", "")).isdecimal() else 0,
        )
    owner: dict[str, str] = {}
    for name, architecture in architectures.items():
        for listing in (f"/var/lib/dpkg/info/{name}:{architecture}.list", f"/var/lib/dpkg/info/{name}.list"):
            if listing in root.nodes:
                own(root, name, root.text(listing).splitlines(), owner)
                break
    return Packages(Manager.DPKG, MappingProxyType(found), MappingProxyType(owner))


def _paragraphs(text: str) -> Iterator[dict[str, str]]:
    for paragraph in text.split("\n\n"):
        fields: dict[str, str] = {}
        for line in paragraph.splitlines():
            name, colon, value = line.partition(":")
            if colon and not line[0].isspace():
                fields[name] = value.strip()
        if fields:
            yield fields


def _relations(text: str) -> tuple[tuple[str, ...], ...]:
    """`a (>= 1) | b, c:any` as groups of names (deb-control(5), "Depends")."""
    groups = (group.split("|") for group in text.split(",") if group.strip())
    return tuple(tuple(each.strip().split(" ")[0].split(":")[0] for each in group) for group in groups)
