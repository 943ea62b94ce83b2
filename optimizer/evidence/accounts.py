"""Users and groups that a build made, from passwd(5) and group(5) before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from optimizer.evidence.split import Account, Group
from optimizer.evidence.tree import Root

_USER_TOOLS = ("useradd", "adduser")
_GROUP_TOOLS = ("groupadd", "addgroup")
_SYSTEM = 1000
"""Below this number are the accounts that packages make (Debian Policy, 9.2.2; login.defs(5), SYS_UID_MAX)."""


def _lines(root: Root, path: str, fields: int) -> Iterator[list[str]]:
    for line in root.text(path).splitlines():
        parts = line.split(":")
        if len(parts) >= fields and parts[2].isdecimal():
            yield parts


def made(
    root: Root, base: Root, runs: Iterable[str], user: str = "", owning: Iterable[tuple[int, int]] = ()
) -> tuple[tuple[Account, ...], tuple[Group, ...]]:
    """The accounts that are new since the base image and that a RUN made by name. Those of packages are made again by
    installing the packages, but with other numbers: so the image's `user` is among them, and who has a number of
    `owning`, by which something that was built has an owner."""
    texts = tuple(runs)
    users, groups = (frozenset(side) for side in zip(*owning, strict=True)) if owning else (frozenset(), frozenset())
    known_groups = {parts[0] for parts in _lines(base, "/etc/group", 4)}
    new = {parts[0]: parts for parts in _lines(root, "/etc/group", 4) if parts[0] not in known_groups}
    names = {int(parts[2]): parts[0] for parts in _lines(root, "/etc/group", 4)}
    known = {parts[0] for parts in _lines(base, "/etc/passwd", 7)}
    accounts: list[Account] = []
    wanted = {name: False for name in new if _named(name, texts, _GROUP_TOOLS)}
    packaged = [name for name, parts in new.items() if int(parts[2]) in groups and int(parts[2]) < _SYSTEM]
    for name, _, uid, gid, comment, home, shell, *_ in _lines(root, "/etc/passwd", 7):
        ours = _named(name, texts, _USER_TOOLS) or (name == user and int(uid) >= _SYSTEM)
        if name in known or not (ours or name == user or (int(uid) in users and int(uid) < _SYSTEM)):
            continue
        group = names.get(int(gid), gid)
        if ours:
            others = tuple(other for other, parts in new.items() if name in parts[3].split(","))
            wanted.update({each: False for each in (group, *others) if each in new})
            accounts.append(Account(name, int(uid), group, int(gid), comment, home, shell, home in root.nodes, others))
        else:
            packaged += [group] if group in new else []
            accounts.append(Account(name, int(uid), group, int(gid), comment, home, shell, False, packaged=True))
    wanted |= {name: True for name in packaged if name not in wanted}
    return tuple(accounts), tuple(Group(name, int(new[name][2]), each) for name, each in wanted.items())


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
    for account in (each for each in accounts if not each.packaged):
        for path in root.below("/etc/skel"):
            own = f"{account.home}/{path.removeprefix('/etc/skel/')}"
            if own in root.nodes and root.read(own) == root.read(path):
                yield own
