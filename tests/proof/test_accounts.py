"""What both images say of a user."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.proof.accounts import differences

from .fake import CONFIG
from .trees import tree

PASSWD = "root:x:0:0:root:/root:/bin/sh\napp:x:999:998::/app:/bin/sh\n"
GROUP = "root:x:0:\naudio:x:29:app\nvideo:x:44:\napp:x:998:\n"
BEFORE = {"/etc/passwd": PASSWD, "/etc/group": GROUP}


@pytest.mark.parametrize(
    ("passwd", "group", "said"),
    [
        (PASSWD, GROUP, []),
        (PASSWD, GROUP.replace(":app\n", ":\n"), ["/etc/group app is not in audio any more"]),
        (PASSWD, GROUP.replace("x:44:", "x:44:root,app"), [
            "/etc/group app was not in video before", "/etc/group root was not in video before"]),
        (PASSWD, GROUP.replace("audio:x:29:app\n", ""), []),
        (PASSWD, f"{GROUP}new:x:50:app\n", []),
        (f"{PASSWD}new:x:50:50::/:/bin/sh\n", GROUP, []),
        (PASSWD.partition("app")[0], GROUP, []),
        (PASSWD.replace("/app", "/home/app"), GROUP, ["/etc/passwd home of app: /app → /home/app"]),
        (PASSWD.replace("/app:/bin/sh", "/app:/bin/false"), GROUP, ["/etc/passwd shell of app: /bin/sh → /bin/false"]),
        (PASSWD.replace("999:998", "105:106"), GROUP.replace("998", "106"), []),
        (PASSWD.replace("999:998", "999:29"), GROUP, ["/etc/passwd group of app: app → audio"]),
        (f"{PASSWD}damaged\n", f"{GROUP}damaged\n", []),
    ],
    ids=["alike", "a group less", "a group more", "no such group", "a new group", "a new user", "no such user", "home",
         "shell", "other numbers", "another first group", "damaged"],
)  # fmt: skip
def test_what_is_said_otherwise(tmp_path: Path, passwd: str, group: str, said: list[str]) -> None:
    before = tree(tmp_path / "before", BEFORE)
    after = tree(tmp_path / "after", {"/etc/passwd": passwd, "/etc/group": group})
    assert [f"{each.what} {each.detail}" for each in differences(before, after, CONFIG)] == said


@pytest.mark.parametrize(
    ("user", "said"),
    [("", []), ("app", []), ("daemon", ["home of daemon: /usr/sbin → /"]), ("1:1", ["home of daemon: /usr/sbin → /"])],
)
def test_accounts_that_images_are_born_with_count_for_who_runs(tmp_path: Path, user: str, said: list[str]) -> None:
    daemon = "daemon:x:1:1:daemon:/usr/sbin:/bin/sh\n"
    before = tree(tmp_path / "before", {"/etc/passwd": PASSWD + daemon, "/etc/group": GROUP})
    other = PASSWD.replace("/root:/bin/sh", "/home:/bin/false") + daemon.replace("/usr/sbin:/bin/sh", "/:/sbin/nologin")
    after = tree(tmp_path / "after", {"/etc/passwd": other, "/etc/group": GROUP})
    assert [each.detail for each in differences(before, after, replace(CONFIG, user=user))] == said


def test_images_without_accounts_differ_in_none(tmp_path: Path) -> None:
    assert list(differences(tree(tmp_path / "before", BEFORE), tree(tmp_path / "after", {}), CONFIG)) == []
