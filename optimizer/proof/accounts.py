"""Users that both images have: whether they are in the same groups, and begin in the same place with the same shell.

The files of accounts may differ as a whole where other packages make accounts (passwd(5), group(5)); what they say of
one user may not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from optimizer.containers.model import ImageConfig
from optimizer.proof.model import Difference, DifferenceKind
from optimizer.proof.rootfs import Tree

_PASSWD, _GROUP = "/etc/passwd", "/etc/group"
_BORN_WITH = frozenset(map(str, (*range(100), 65534)))
"""Numbers of accounts that a distribution gives once and for all (Debian Policy, 9.2.2)."""


@dataclass(frozen=True, slots=True)
class _User:
    number: str
    group: str
    home: str
    shell: str


def differences(before: Tree, after: Tree, config: ImageConfig) -> Iterator[Difference]:
    """What is said otherwise of a user that both have. Groups count that both have; of an account that images are born
    with only the home, if it runs: that becomes HOME."""
    if before.read(_PASSWD) == after.read(_PASSWD) and before.read(_GROUP) == after.read(_GROUP):
        return
    groups = _members(before), _members(after)
    both = groups[0].keys() & groups[1].keys()
    users = _users(before), _users(after)
    runs = config.user.partition(":")[0]
    for name in sorted(users[0].keys() & users[1].keys()):
        old, new = users[0][name], users[1][name]
        said = ("group", old.group, new.group), ("home", old.home, new.home), ("shell", old.shell, new.shell)
        counts = said[1:2] if runs in (name, old.number) else ()
        for what, was, now in counts if old.number in _BORN_WITH else said:
            if was != now:
                yield Difference(DifferenceKind.CHANGED, _PASSWD, f"{what} of {name}: {was} → {now}")
        for group in sorted(both):
            inside = name in groups[0][group], name in groups[1][group]
            if inside[0] != inside[1]:
                says = f"is not in {group} any more" if inside[0] else f"was not in {group} before"
                yield Difference(DifferenceKind.CHANGED, _GROUP, f"{name} {says}")


def _lines(tree: Tree, path: str, fields: int) -> Iterator[list[str]]:
    for line in (tree.text(path) or "").splitlines():
        parts = line.split(":")
        if len(parts) >= fields:
            yield parts


def _members(tree: Tree) -> Mapping[str, frozenset[str]]:
    return {parts[0]: frozenset(parts[3].split(",")) for parts in _lines(tree, _GROUP, 4)}


def _users(tree: Tree) -> Mapping[str, _User]:
    """The group by its name: numbers depend on what else is installed."""
    names = {parts[2]: parts[0] for parts in _lines(tree, _GROUP, 4)}
    return {
        parts[0]: _User(parts[2], names.get(parts[3], parts[3]), parts[5], parts[6])
        for parts in _lines(tree, _PASSWD, 7)
    }
