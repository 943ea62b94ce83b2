"""Users and groups that a build made, from passwd(5) and group(5) before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from optimizer.evidence.split import Account, Group
from optimizer.evidence.tree import Root

_USER_TOOLS = ("useradd", "adduser")
_GROUP_TOOLS = ("groupadd", "addgroup")


def _lines(root: Root, path: str, fields: int) -> Iterator[list[str]]:
    for line in root.text(path).splitlines():
        parts = line.split(":")
        if len(parts) >= fields and parts[2].isdecimal():
            yield parts


def made(root: Root, base: Root, runs: Iterable[str], user: str = "") -> tuple[tuple[Account, ...], tuple[Group, ...]]:
    """The accounts that are new since the base image and that a RUN made by name, and the image's `user`; those of
    packages are made again by installing the packages."""
    texts = tuple(runs)
    groups = {
        parts[0]: (int(parts[2]), parts[3].split(",") if parts[3] else []) for parts in _lines(root, "/etc/group", 4)
    }
    group_names = {gid: name for name, (gid, _) in groups.items()}
    known_groups = {parts[0] for parts in _lines(base, "/etc/group", 4)}
    known = {parts[0] for parts in _lines(base, "/etc/passwd", 7)}
    accounts: list[Account] = []
    wanted: dict[str, None] = {}
    for name in groups:
        if name not in known_groups and _named(name, texts, _GROUP_TOOLS):
            wanted[name] = None
    for name, _, uid, gid, comment, home, shell, *_ in _lines(root, "/etc/passwd", 7):
        if name in known or not (name == user or _named(name, texts, _USER_TOOLS)):
            continue
        group = group_names.get(int(gid), gid)
        if group not in known_groups and group in groups:
            wanted[group] = None
        others = tuple(other for other, (_, members) in groups.items() if name in members)
        wanted.update({other: None for other in others if other not in known_groups})
        accounts.append(Account(name, int(uid), group, int(gid), comment, home, shell, home in root.nodes, others))
    return tuple(accounts), tuple(Group(name, groups[name][0]) for name in wanted)


def _named(name: str, texts: Iterable[str], tools: tuple[str, ...]) -> bool:
    return any(
        any(tool in text for tool in tools) and name in text.replace("=", " ").replace(";", " ").split()
        for text in texts
    )


def numbers(root: Root) -> tuple[tuple[tuple[int, str], ...], tuple[tuple[int, str], ...]]:
    """Names of users and of groups by number, as the image has them."""
    users = {int(parts[2]): parts[0] for parts in reversed(list(_lines(root, "/etc/passwd", 7)))}
    groups = {int(parts[2]): parts[0] for parts in reversed(list(_lines(root, "/etc/group", 4)))}
    return tuple(sorted(users.items())), tuple(sorted(groups.items()))


def skeleton(root: Root, accounts: Iterable[Account]) -> Iterator[str]:
    """Files of new home directories that useradd(8) copied from /etc/skel and nobody changed."""
    for account in accounts:
        for path in root.below("/etc/skel"):
            own = f"{account.home}/{path.removeprefix('/etc/skel/')}"
            if own in root.nodes and root.read(own) == root.read(path):
                yield own
