"""Files of packages that belong to the same accounts under other numbers.

Scripts of Debian packages make system users and groups with the next free number from 100 to 999 (Debian Policy,
9.2.2), which depends on what else is installed, and give files of their packages to them by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from optimizer.containers.model import ImageConfig
from optimizer.proof.compare import Aspect, Delta
from optimizer.proof.packages import owners_of
from optimizer.proof.rootfs import Tree

_GIVEN = range(100, 1000)
"""Numbers that are given as they are free."""


def without_renumbered(deltas: Iterable[Delta], before: Tree, after: Tree, config: ImageConfig) -> tuple[Delta, ...]:
    """The deltas, without those of owners whose names are the same. In volumes numbers stay when images change, and
    whoever runs by number is no name."""
    every = tuple(deltas)
    numbered = any(part.isdecimal() and int(part) in _GIVEN for part in config.user.split(":"))
    suspects = [delta.path for delta in every if Aspect.OWNER in delta.aspects and not _is_kept(delta.path, config)]
    if not suspects or numbered:
        return every
    packages = [owners_of(suspects, tree) for tree in (before, after)]
    users = [_names(tree, "/etc/passwd") for tree in (before, after)]
    groups = [_names(tree, "/etc/group") for tree in (before, after)]

    def is_same(delta: Delta) -> bool:
        old, new = delta.before, delta.after
        if old is None or new is None or delta.path not in packages[0]:
            return False
        owners = packages[0][delta.path] == packages[1].get(delta.path)
        return owners and _is_one(old.uid, new.uid, users) and _is_one(old.gid, new.gid, groups)

    return tuple(_left(every, is_same))


def _is_kept(path: str, config: ImageConfig) -> bool:
    """Whether a path is in a volume, or holds one."""
    return any(f"{path}/".startswith(f"{each}/") or f"{each}/".startswith(f"{path}/") for each in config.volumes)


def _left(deltas: Iterable[Delta], is_same: Callable[[Delta], bool]) -> Iterator[Delta]:
    for delta in deltas:
        if Aspect.OWNER not in delta.aspects or not is_same(delta):
            yield delta
        elif rest := delta.aspects - {Aspect.OWNER}:
            yield replace(delta, aspects=rest)


def _is_one(old: int, new: int, names: list[Mapping[int, str]]) -> bool:
    if old == new:
        return True
    return old in _GIVEN and new in _GIVEN and names[0].get(old, "") == names[1].get(new)


def _names(tree: Tree, path: str) -> Mapping[int, str]:
    """Of passwd(5) or group(5), names by number; the first that has a number counts."""
    lines = [line.split(":") for line in (tree.text(path) or "").splitlines()]
    return {int(fields[2]): fields[0] for fields in reversed(lines) if len(fields) > 3 and fields[2].isdecimal()}
