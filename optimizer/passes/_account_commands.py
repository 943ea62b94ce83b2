"""Commands that make users and groups again with their numbers: shadow-utils on Debian, busybox on Alpine."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from optimizer.evidence.packages import Manager
from optimizer.evidence.split import Account, Group


def account_commands(groups: Iterable[Group], accounts: Iterable[Account], manager: Manager) -> list[str]:
    """One command for each group and user (useradd(8), groupadd(8); `adduser --help` of busybox)."""
    if manager is Manager.APK:
        return [f"addgroup -g {group.gid} {group.name}" for group in groups] + [_adduser(each) for each in accounts]
    return [f"groupadd --gid {group.gid} {group.name}" for group in groups] + [_useradd(each) for each in accounts]


def _useradd(account: Account) -> str:
    words = ["useradd", *(["--system"] if account.uid < 1000 else []), f"--uid {account.uid} --gid {account.group}"]
    if account.groups:
        words.append(f"--groups {','.join(account.groups)}")
    if account.comment:
        words.append(f"--comment {shlex.quote(account.comment)}")
    words.append(f"--home-dir {account.home}" + (" --create-home" if account.has_home else " --no-create-home"))
    return " ".join([*words, f"--shell {account.shell}", account.name])


def _adduser(account: Account) -> str:
    system = " -S" if account.uid < 1000 else ""
    home = "" if account.has_home else " -H"
    who = f"-u {account.uid} -G {account.group} -h {account.home} -s {account.shell} {account.name}"
    return f"adduser -D{system}{home} {who}"
