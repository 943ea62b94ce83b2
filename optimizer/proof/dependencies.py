"""Whether every package that stays still has what it depends on, by the databases of both images.

dpkg: fields Depends and Pre-Depends, alternatives joined by `|`; a package that another one provides satisfies a
dependency on a version only if it is provided in a version (Debian Policy, 7.1, 7.2 and 7.5). apk: fields `D` (needed,
with `!` a conflict) and `p` (provided), a version behind `<`, `>`, `=` or `~` (apk-tools wiki, "Apk spec"). Versions
are not weighed: a package that both images have in other versions is a difference by itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from optimizer.proof.model import Difference, DifferenceKind
from optimizer.proof.packages import Manager, apk_entries, dpkg_entries
from optimizer.proof.rootfs import Tree


@dataclass(frozen=True, slots=True)
class _Item:
    """What is needed or offered: a name, and whether in a version."""

    name: str
    versioned: bool


_Group = tuple[_Item, ...]
"""Alternatives: one of them is enough."""


@dataclass(frozen=True, slots=True)
class _Database:
    """What the packages of one manager need, by name, and what they offer together."""

    needs: Mapping[str, frozenset[_Group]]
    offered: frozenset[_Item]

    def satisfies(self, group: _Group, tree: Tree) -> bool:
        return any(item in self.offered or (item.name[:1] == "/" and tree.resolve(item.name)) for item in group)


def differences(before: Tree, after: Tree) -> tuple[Difference, ...]:
    """Dependencies of packages that both images have, which only the image before satisfies."""
    return tuple(
        Difference(DifferenceKind.DEPENDENCY, f"{manager.value} {name}", _told(group))
        for manager, read in ((Manager.DPKG, _dpkg), (Manager.APK, _apk))
        for name, group in _lost(read(before), read(after), before, after)
    )


def _told(group: _Group) -> str:
    return f"depends on {' or '.join(item.name for item in group)}, which is not installed any more"


def _lost(old: _Database, new: _Database, before: Tree, after: Tree) -> Iterator[tuple[str, _Group]]:
    for name in sorted(old.needs.keys() & new.needs.keys()):
        for group in sorted(new.needs[name], key=str):
            if not new.satisfies(group, after) and old.satisfies(group, before):
                yield name, group


_RELATION = re.compile(r"\s*([^\s(:\[]+)(?::\w+)?\s*(\()?")
"""The beginning of one relation: a name, perhaps an architecture (`:any`), perhaps a version."""


def _dpkg(tree: Tree) -> _Database:
    needs: dict[str, set[_Group]] = defaultdict(set)
    offered: set[_Item] = set()
    for fields in dpkg_entries(tree):
        name = fields["Package"]
        offered |= {_Item(name, versioned=True), _Item(name, versioned=False)}
        for item in _relations(fields.get("Provides", "")):
            offered |= {item, _Item(item.name, versioned=False)}
        for field in ("Depends", "Pre-Depends"):
            groups = (tuple(_relations(each.replace("|", ","))) for each in fields.get(field, "").split(","))
            needs[name] |= {group for group in groups if group}
    return _database(needs, offered)


def _relations(text: str) -> Iterator[_Item]:
    for each in text.split(","):
        if found := _RELATION.match(each):
            yield _Item(found[1], versioned=found[2] is not None)


_VERSION = re.compile(r"[<>=~]")


def _apk(tree: Tree) -> _Database:
    needs: dict[str, set[_Group]] = defaultdict(set)
    offered: set[_Item] = set()
    for _, lines in apk_entries(tree):
        fields = {line[0]: line[2:] for line in lines if line[1:2] == ":"}
        name = fields.get("P", "")
        wanted = [word for word in fields.get("D", "").split() if not word.startswith("!")]
        needs[name] |= {(_Item(_VERSION.split(word)[0], versioned=False),) for word in wanted}
        provided = [_VERSION.split(word)[0] for word in fields.get("p", "").split()]
        offered |= {_Item(each, versioned=False) for each in (name, *provided)}
    return _database(needs, offered)


def _database(needs: Mapping[str, set[_Group]], offered: set[_Item]) -> _Database:
    return _Database({name: frozenset(groups) for name, groups in needs.items()}, frozenset(offered))
