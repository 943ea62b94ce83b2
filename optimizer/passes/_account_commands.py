"""Commands that make users and groups again with their numbers: shadow-utils on Debian, busybox on Alpine."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace

from optimizer.containerfile.nodes import Arg, Env
from optimizer.containerfile.stages import Stage
from optimizer.containerfile.words import variables
from optimizer.evidence.packages import Manager
from optimizer.evidence.split import Account, Group, Joined, Split


def number_words(split: Split) -> str:
    """All that is written instead of numbers."""
    return " ".join([*(each.uid_word for each in split.accounts), *(each.gid_word for each in split.groups)])


def without_other_words(split: Split, stage: Stage) -> Split:
    """Numbers stay numbers where a variable that holds one is no ARG of the stage, which could be said again."""
    declared = {pair.key.raw for each in stage.instructions if isinstance(each, Arg) for pair in each.pairs}
    declared -= {pair.key.raw for each in stage.instructions if isinstance(each, Env) for pair in each.pairs}
    defaults = " ".join(each.logical.text for each in stage.instructions if isinstance(each, Arg))

    def kept(word: str) -> str:
        return word if {*variables(word, "\\"), *(variables(defaults, "\\") if word else ())} <= declared else ""

    return replace(
        split,
        accounts=tuple(replace(each, uid_word=kept(each.uid_word)) for each in split.accounts),
        groups=tuple(replace(each, gid_word=kept(each.gid_word)) for each in split.groups),
    )


def account_commands(
    groups: Iterable[Group], accounts: Sequence[Account], manager: Manager, joined: Iterable[Joined] = ()
) -> list[str]:
    """One command for each group and user (useradd(8), groupadd(8); `adduser --help` of busybox)."""
    modes = [f"chmod {each.home_mode:o} {each.home}" for each in accounts if each.home_mode is not None]
    numbered = [(group.gid_word or str(group.gid), group.name) for group in groups]
    if manager is Manager.APK:
        made = [f"addgroup -g {number} {name}" for number, name in numbered] + [_adduser(each) for each in accounts]
        joined = (*(Joined(each.name, each.groups) for each in accounts), *joined)
    else:
        made = [f"groupadd --gid {number} {name}" for number, name in numbered] + [_useradd(each) for each in accounts]
    return made + modes + _join_commands(joined, manager)


def _join_commands(joined: Iterable[Joined], manager: Manager) -> list[str]:
    """Users put into groups that are there (usermod(8); `addgroup --help` of busybox)."""
    if manager is Manager.APK:
        return [f"addgroup {each.user} {group}" for each in joined for group in each.groups]
    return [f"usermod --append --groups {','.join(each.groups)} {each.user}" for each in joined]


def _useradd(account: Account) -> str:
    words = ["useradd", *(["--system"] if account.uid < 1000 else []), f"--uid {_uid(account)} --gid {account.group}"]
    if account.groups:
        words.append(f"--groups {','.join(account.groups)}")
    if account.comment:
        words.append(f"--comment {shlex.quote(account.comment)}")
    words.append(f"--home-dir {account.home}" + (" --create-home" if account.has_home else " --no-create-home"))
    return " ".join([*words, f"--shell {account.shell}", account.name])


def _uid(account: Account) -> str:
    return account.uid_word or str(account.uid)


def _adduser(account: Account) -> str:
    system = " -S" if account.uid < 1000 else ""
    home = "" if account.has_home else " -H"
    who = f"-u {_uid(account)} -G {account.group} -h {account.home} -s {account.shell} {account.name}"
    return f"adduser -D{system}{home} {who}"
