"""Which accounts of a built image a runtime stage has to make itself, and who else would make them."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.evidence.accounts import joined, made
from optimizer.evidence.split import Joined
from optimizer.evidence.tree import Root
from tests.evidence.world import Layered, Picture, write

ROOT = "root:x:0:0:root:/root:/bin/sh\n"
PASSWD = f"{ROOT}db:x:101:103::/var/lib/db:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n"
GROUP = "root:x:0:\ncerts:x:102:db\ndb:x:103:\napp:x:1000:\n"


def image(tmp_path: Path, passwd: str, group: str) -> Root:
    return Root(write(tmp_path, Picture([Layered({"/etc/passwd": passwd, "/etc/group": group})])))


@pytest.mark.parametrize(
    ("runs", "user", "owning", "expected"),
    [
        ((), "", {(0, 0)}, []),
        ((), "", {(101, 103)}, [("db", 101, True, ()), ("db", 103, True)]),
        ((), "", {(0, 102)}, [("certs", 102, True)]),
        ((), "db", {(0, 0)}, [("db", 101, True, ()), ("db", 103, True)]),
        (
            ("useradd db",),
            "",
            {(101, 103)},
            [("db", 101, False, ("certs",)), ("db", 103, False), ("certs", 102, False)],
        ),
        ((), "app", {(1000, 1000)}, [("app", 1000, False, ()), ("app", 1000, False)]),
        ((), "", {(1000, 1000)}, []),
        (("groupadd certs",), "", {(0, 102)}, [("certs", 102, False)]),
    ],
)
def test_who_is_made(
    tmp_path: Path,
    runs: tuple[str, ...],
    user: str,
    owning: set[tuple[int, int]],
    expected: list[tuple[object, ...]],
) -> None:
    root, base = image(tmp_path / "root", PASSWD, GROUP), image(tmp_path / "base", ROOT, "root:x:0:\n")
    accounts, groups = made(root, base, runs, user, owning)
    assert [(each.name, each.uid, each.packaged, each.groups) for each in accounts] + [
        (each.name, each.gid, each.packaged) for each in groups
    ] == expected


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("useradd -m -u $UID app", ("$UID", "$UID")),
        ("groupadd --gid=${GID} app && useradd --uid $UID -g app app", ("$UID", "${GID}")),
        ("adduser --disabled-password --uid ${UID} app", ("${UID}", "${UID}")),
        ("adduser --disabled-password --uid ${UID:-1000} app", ("", "")),
        ("useradd app && useradd -u $UID -g app worker", ("", "")),
        ("UID=5; useradd -u $UID app", ("", "")),
        ("useradd -u 1000 app", ("", "")),
        ("useradd -u $UID other && useradd app", ("", "")),
    ],
)
def test_a_number_that_a_variable_holds_is_written_as_the_step_writes_it(
    tmp_path: Path, run: str, words: tuple[str, str]
) -> None:
    root, base = image(tmp_path / "root", PASSWD, GROUP), image(tmp_path / "base", ROOT, "root:x:0:\n")
    (account,), (group,) = made(root, base, (run,))
    assert (account.uid_word, group.gid_word) == words


def test_who_runs_by_number_is_made_too(tmp_path: Path) -> None:
    root, base = image(tmp_path / "root", PASSWD, GROUP), image(tmp_path / "base", ROOT, "root:x:0:\n")
    accounts, _ = made(root, base, (), "101")
    assert [(each.name, each.packaged) for each in accounts] == [("db", True)]


BASE_GROUP = "root:x:0:\naudio:x:29:\nvideo:x:44:node\n"
BASE_PASSWD = f"{ROOT}node:x:1000:1000::/home/node:/bin/sh\n"


def test_who_is_made_is_in_groups_of_the_base_image_too(tmp_path: Path) -> None:
    passwd, group = f"{ROOT}app:x:999:999::/app:/bin/sh\n", "root:x:0:\naudio:x:29:app,x\nvideo:x:44:\napp:x:999:\n"
    root, base = image(tmp_path / "root", passwd, group), image(tmp_path / "base", ROOT, BASE_GROUP)
    (account,), groups = made(root, base, ("useradd -r -G audio app",))
    assert account.groups == ("audio",)
    assert [each.name for each in groups] == ["app"]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("usermod -aG audio,docker node", [Joined("node", ("audio", "docker"))]),
        ("apt-get install -y x && adduser node audio", [Joined("node", ("audio",))]),
        ("sudo gpasswd --add node docker", [Joined("node", ("docker",))]),
        ("echo node audio", []),
        ("usermod -aG video node", []),
        ("usermod -aG audio other", []),
    ],
    ids=["several", "one", "by another tool", "no such tool", "was in it before", "another one"],
)
def test_who_was_there_is_put_into_groups_again(tmp_path: Path, run: str, expected: list[Joined]) -> None:
    group = "root:x:0:\naudio:x:29:node\nvideo:x:44:node\ndocker:x:998:node\n"
    root, base = image(tmp_path / "root", BASE_PASSWD, group), image(tmp_path / "base", BASE_PASSWD, BASE_GROUP)
    accounts, _ = made(root, base, (run,))
    assert list(joined(root, base, (run,), accounts)) == expected


def test_who_is_made_needs_no_second_command(tmp_path: Path) -> None:
    run = "useradd app && usermod -aG audio app"
    passwd, group = f"{ROOT}app:x:999:999::/app:/bin/sh\n", "root:x:0:\naudio:x:29:app\napp:x:999:\n"
    root, base = image(tmp_path / "root", passwd, group), image(tmp_path / "base", ROOT, BASE_GROUP)
    accounts, _ = made(root, base, (run,))
    assert list(joined(root, base, (run,), accounts)) == []
