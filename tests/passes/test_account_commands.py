"""Commands that make accounts again: the mode of a home that is not the usual one, and who is in which groups."""

from __future__ import annotations

import pytest

from optimizer.evidence.packages import Manager
from optimizer.evidence.split import Account, Group, Joined
from optimizer.passes._account_commands import account_commands


@pytest.mark.parametrize(
    ("has_home", "mode", "after"),
    [(True, None, []), (True, 0o700, ["chmod 700 /home/app"]), (False, None, [])],
    ids=["as useradd makes it", "closed to others", "there before"],
)
@pytest.mark.parametrize("manager", [Manager.DPKG, Manager.APK])
def test_a_home_has_the_mode_that_it_had(manager: Manager, has_home: bool, mode: int | None, after: list[str]) -> None:
    account = Account("app", 1000, "app", 1000, "", "/home/app", "/bin/sh", has_home, home_mode=mode)
    made = account_commands([Group("app", 1000)], [account], manager)
    assert made[2:] == after


@pytest.mark.parametrize(
    ("manager", "after"),
    [
        (Manager.DPKG, ["usermod --append --groups app,video node"]),
        (Manager.APK, ["addgroup app audio", "addgroup node app", "addgroup node video"]),
    ],
)
def test_users_are_put_into_groups(manager: Manager, after: list[str]) -> None:
    account = Account("app", 999, "app", 999, "", "/app", "/bin/sh", has_home=False, groups=("audio",))
    made = account_commands([Group("app", 999)], [account], manager, [Joined("node", ("app", "video"))])
    assert made[2:] == after
    assert ("--groups audio" in made[1]) is (manager is Manager.DPKG)
