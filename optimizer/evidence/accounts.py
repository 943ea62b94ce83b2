"""Users and groups that a build made, from passwd(5) and group(5) before and after."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from optimizer.evidence.split import Account, Group, Joined
from optimizer.evidence.tree import Root
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read

_USER_TOOLS = ("useradd", "adduser")
_GROUP_TOOLS = ("groupadd", "addgroup")
_JOINING_TOOLS = ("usermod", "adduser", "addgroup", "gpasswd")
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
        ours = _named(name, texts, _USER_TOOLS) or (user in (name, uid) and int(uid) >= _SYSTEM)
        if name in known or not (ours or user in (name, uid) or (int(uid) in users and int(uid) < _SYSTEM)):
            continue
        group = names.get(int(gid), gid)
        if ours:
            others = tuple(_groups_of(name, root))
            wanted.update({each: False for each in (group, *others) if each in new})
            has_home = _is_made_with(root, home, int(uid))
            word = _number(name, texts, _USER_TOOLS, ("-u", "--uid"))
            mode = root.nodes[home].mode if has_home and root.nodes[home].mode not in _usual(root) else None
            known_as = Account(name, int(uid), group, int(gid), comment, home, shell, has_home, others)
            accounts.append(replace(known_as, uid_word=word, home_mode=mode))
        else:
            packaged += [group] if group in new else []
            accounts.append(Account(name, int(uid), group, int(gid), comment, home, shell, False, packaged=True))
    wanted |= {name: True for name in packaged if name not in wanted}
    words = {name: _number(name, texts, _GROUP_TOOLS, ("-g", "--gid")) for name in wanted}
    for each in accounts:  # useradd and adduser give a group of the user's own the same number
        if each.uid_word and each.name == each.group and each.uid == each.gid:
            words[each.group] = words.get(each.group, "") or each.uid_word
    groups_made = (Group(name, int(new[name][2]), each, words[name]) for name, each in wanted.items())
    return tuple(accounts), tuple(groups_made)


def joined(root: Root, base: Root, runs: Iterable[str], accounts: Iterable[Account]) -> Iterator[Joined]:
    """Users of the base image or of packages that a RUN put into groups by name."""
    every = (unwrap(each).words for text in runs for each in commands(read(text)))
    literals = ([word.literal or "" for word in words] for words in every)
    said = [
        {part for word in words for part in word.split(",")}
        for words in literals
        if words and posixpath.basename(words[0]) in _JOINING_TOOLS
    ]
    made = {each.name for each in accounts if not each.packaged}
    for user in sorted({name for *_, names in _members(root) for name in names} - made):
        before = set(_groups_of(user, base))
        groups = [
            group
            for group in _groups_of(user, root)
            if group not in before and any({user, group} <= words for words in said)
        ]
        if groups:
            yield Joined(user, tuple(groups))


def _members(root: Root) -> Iterator[tuple[str, frozenset[str]]]:
    for name, _, _, members, *_ in _lines(root, "/etc/group", 4):
        yield name, frozenset(members.split(",")) - {""}


def _groups_of(user: str, root: Root) -> Iterator[str]:
    """Groups that a user is in, besides the one of its line in passwd(5)."""
    return (group for group, names in _members(root) if user in names)


_VARIABLE = re.compile(r"\$\w+|\$\{\w+\}")


def _name(variable: str) -> str:
    return variable.strip("${}")


def _number(name: str, texts: Iterable[str], tools: tuple[str, ...], options: tuple[str, ...]) -> str:
    """How a command that makes `name` writes the number behind one of its options, if a variable holds it."""
    for words in (unwrap(each).words for text in texts for each in commands(read(text))):
        raw = [word.raw for word in words]
        if raw[:1] and posixpath.basename(raw[0]) in tools and words[-1].literal == name:
            for at, word in enumerate(raw):
                option, equals, value = word.partition("=")
                found = value if equals else raw[at + 1] if at + 1 < len(raw) else ""
                if option in options and _VARIABLE.fullmatch(found) and f"{_name(found)}=" not in " ".join(texts):
                    return found
    return ""


def _usual(root: Root) -> frozenset[int]:
    """The modes that a new home may have (login.defs(5), HOME_MODE and UMASK; busybox, adduser.c)."""
    settings = dict(line.split()[:2] for line in root.text("/etc/login.defs").splitlines() if len(line.split()) > 1)
    mode, umask = settings.get("HOME_MODE", ""), settings.get("UMASK", "022")
    if not settings or not f"{mode}{umask}".isdecimal():
        return frozenset({0o755, 0o2755})
    return frozenset({int(mode, 8) if mode else 0o777 & ~int(umask, 8)})


def _is_made_with(root: Root, home: str, uid: int) -> bool:
    """Whether a home directory was made together with its account: useradd(8) gives it away and copies /etc/skel into
    it, but leaves alone what is there already."""
    skeleton = (path.removeprefix("/etc/skel") for path in root.children("/etc/skel"))
    there = root.nodes.get(home)
    return there is not None and there.uid == uid and all(f"{home}{name}" in root.nodes for name in skeleton)


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
