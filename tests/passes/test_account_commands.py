"""Commands that make accounts again: the mode of a home that is not the usual one."""

from __future__ import annotations

import pytest

from optimizer.evidence.packages import Manager
from optimizer.evidence.split import Account, Group
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
