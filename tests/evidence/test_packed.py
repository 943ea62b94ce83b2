"""Files of packages that a build changed ship as it left them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from optimizer.evidence.databases import read_packages
from optimizer.evidence.packed import Packed
from optimizer.evidence.tree import Root
from tests.evidence.test_gather import GCC, best, pack
from tests.evidence.world import Layered, Pack, Picture, alpine, debian, write

SERVER = Pack(
    "nginx",
    {
        "/usr/sbin/nginx": "elf libc.so.6",
        "/usr/share/nginx/html/index.html": "Welcome",
        "/etc/nginx/nginx.conf": "user www-data;",
    },
)
PAGE, SETTINGS = "/usr/share/nginx/html/index.html", "/etc/nginx/nginx.conf"
TEXT = "FROM debian:bookworm\nRUN install\nCOPY . /app\nRUN tool\nCMD x\n"


def packed(tmp_path: Path, picture: Picture) -> Packed:
    root = Root(write(tmp_path, picture))
    return Packed(root, read_packages(root))


@pytest.mark.parametrize(
    ("files", "changed"),
    [
        ({}, set()),
        ({PAGE: "Our own"}, {PAGE}),
        ({PAGE: "welcome", SETTINGS: "user root;"}, {PAGE, SETTINGS}),
        ({SETTINGS: "user www-data;"}, set()),
    ],
    ids=["nothing", "content", "as large as before", "the same again"],
)
def test_a_digest_tells_what_was_changed(tmp_path: Path, files: dict[str, str], changed: set[str]) -> None:
    found = packed(tmp_path, debian(SERVER).then(Layered(files)))
    assert {path for path in SERVER.files if found.is_changed(path)} == changed
    assert {path for path in SERVER.files if found.is_setting(path)} == {SETTINGS}


def test_moved_directories_and_names_of_architectures_are_known(tmp_path: Path) -> None:
    picture = Picture([Layered({"/usr/lib/x/": "", "/lib": "-> usr/lib"}), Layered(packages=(SERVER,))])
    top = write(tmp_path, picture.then(Layered({"/usr/lib/x/y": "1"})))
    info = top / "var/lib/dpkg/info"
    (info / "nginx.md5sums").unlink()
    (info / "nginx:amd64.md5sums").write_text("00000000000000000000000000000000  lib/x/y\n")
    (info / "nginx.list").write_text("/lib/x/y\n")
    root = Root(top)
    assert Packed(root, read_packages(root)).is_changed("/usr/lib/x/y")


def test_settings_of_ucf_and_settings_that_are_a_link_are_known(tmp_path: Path) -> None:
    picture = debian(SERVER).then(
        Layered({"/etc/php.ini": "memory = 2", "/etc/ssh.conf": "plain", "/app": "-> /etc/php.ini"})
    )
    top = write(tmp_path, picture)
    ucf = top / "var/lib/ucf/hashfile"
    ucf.parent.mkdir(parents=True)
    same = hashlib.md5(b"plain").hexdigest()
    ucf.write_text(f"{'0' * 32}  /etc/php.ini\n{same}  /etc/ssh.conf\n")
    (top / SETTINGS[1:]).unlink()
    (top / SETTINGS[1:]).symlink_to("/app")
    root = Root(top)
    found = Packed(root, read_packages(root))
    paths = ("/etc/php.ini", "/etc/ssh.conf", SETTINGS, "/app", "/etc")
    assert [found.is_changed(path) for path in paths] == [True, False, True, False, False]


def test_what_stands_behind_a_digest_is_no_part_of_it(tmp_path: Path) -> None:
    top = write(tmp_path, debian(SERVER).then(Layered({SETTINGS: "user root;"})))
    status = top / "var/lib/dpkg/status"
    lines = (
        f"{line} remove-on-upgrade obsolete" if SETTINGS in line else line for line in status.read_text().splitlines()
    )
    status.write_text("\n".join(lines) + "\n")
    root = Root(top)
    assert Packed(root, read_packages(root)).is_changed(SETTINGS)


@pytest.mark.parametrize("digest", ["newconffile", "", "x y"])
def test_what_is_no_digest_tells_nothing(tmp_path: Path, digest: str) -> None:
    top = write(tmp_path, debian(SERVER))
    status = top / "var/lib/dpkg/status"
    lines = (f" {SETTINGS} {digest}" if SETTINGS in line else line for line in status.read_text().splitlines())
    status.write_text("\n".join(lines) + "\n")
    root = Root(top)
    assert not Packed(root, read_packages(root)).is_changed(SETTINGS)


def test_of_other_package_managers_nothing_is_known(tmp_path: Path) -> None:
    found = packed(tmp_path, alpine(SERVER).then(Layered({PAGE: "Our own"})))
    assert not found.is_changed(PAGE)
    assert not found.is_setting(SETTINGS)


@pytest.mark.parametrize(
    ("installed", "made", "ships"),
    [
        ({}, {PAGE: "Our own"}, {PAGE}),
        ({}, {PAGE: "Welcome"}, set()),
        ({SETTINGS: "user root;"}, {}, {SETTINGS}),
        ({PAGE: "Our own"}, {}, set()),
        ({"/etc/nginx/nginx.conf": "-> /app/x"}, {}, {SETTINGS}),
    ],
    ids=["by a later step", "the same by a later step", "settings, by who installs", "by who installs", "a link"],
)
def test_what_a_build_changed_of_a_package_ships(
    tmp_path: Path, installed: dict[str, str], made: dict[str, str], ships: set[str]
) -> None:
    layer = Layered(installed, packages=(GCC, SERVER, pack("lua", "/usr/bin/lua")))
    found = best(
        tmp_path, layer, Layered({"/app/x": "1"}), TEXT, Layered(made), cmd=("nginx",), env=("PATH=/usr/sbin",)
    )
    assert found.shipment.kept & {PAGE, SETTINGS} == ships


def test_what_the_step_that_installs_names_ships_if_it_changed(tmp_path: Path) -> None:
    text = TEXT.replace("RUN install", f"RUN install && echo > {PAGE}")
    layer = Layered({PAGE: "Our own"}, packages=(GCC, SERVER))
    found = best(tmp_path, layer, Layered({"/app/x": "1"}), text, Layered({}), cmd=("nginx",), env=("PATH=/usr/sbin",))
    assert PAGE in found.shipment.kept
