"""What an image runs, followed to the last program."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.containers.model import Health, ImageConfig
from optimizer.evidence.entrypoint import Command, Entry, resolve
from optimizer.evidence.tree import Root
from tests.evidence.world import CONFIG, Layered, debian, write

FILES = {
    "/usr/bin/python3.11": "elf libc.so.6",
    "/usr/bin/python3": "-> python3.11",
    "/usr/local/bin/gunicorn": "x #!/usr/bin/python3\nimport sys\n",
    "/usr/bin/env": "elf libc.so.6",
    "/usr/bin/node": "elf libc.so.6",
    "/usr/bin/npm": "x #!/usr/bin/env node\n",
    "/usr/bin/curl": "elf libc.so.6",
    "/usr/bin/tini": "elf libc.so.6",
    "/usr/bin/java": "elf libc.so.6",
    "/usr/bin/migrate": "elf libc.so.6",
    "/usr/sbin/gosu": "static",
    "/app/app.jar": "PK",
    "/app/server.js": "1",
    "/app/package.json": '{"scripts": {"prestart": "migrate up", "start": "A=x node server.js", "other": "curl"}}',
    "/app/start.sh": 'x #!/bin/sh\nset -e\nif [ -n "$DEBUG" ]; then curl x; fi\nexec "$@"\n',
}


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(write(tmp_path, debian().then(Layered(FILES))))


def entry(root: Root, **changes: object) -> Entry:
    config = replace(CONFIG, workdir="/app", env=("PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin", "PORT=80"), **changes)  # type: ignore[arg-type]
    assert isinstance(config, ImageConfig)
    return resolve(root, config)


@pytest.mark.parametrize(
    ("entrypoint", "cmd", "programs"),
    [
        ((), ("python3", "x.py"), {"/usr/bin/python3", "/usr/bin/python3.11"}),
        ((), ("/bin/sh", "-c", "exec gunicorn -b :$PORT a"), {"/bin/sh", "/usr/local/bin/gunicorn"}),
        ((), ("npm", "start"), {"/usr/bin/npm", "/usr/bin/env", "/usr/bin/node", "/usr/bin/migrate"}),
        (("./start.sh",), ("gunicorn",), {"/app/start.sh", "/usr/bin/curl", "/usr/local/bin/gunicorn"}),
        (("tini", "--"), ("java", "-jar", "app.jar"), {"/usr/bin/tini", "/usr/bin/java"}),
        ((), ("env", "A=b", "node", "server.js"), {"/usr/bin/env", "/usr/bin/node"}),
        ((), ("sh", "start.sh"), {"/app/start.sh", "/usr/bin/curl"}),
        ((), ("sh", "-c", "gosu www node x | curl -T - x"), {"/usr/sbin/gosu", "/usr/bin/node", "/usr/bin/curl"}),
    ],
)  # fmt: skip
def test_finds_every_program(root: Root, entrypoint: tuple[str, ...], cmd: tuple[str, ...], programs: set[str]) -> None:
    assert programs <= set(entry(root, entrypoint=entrypoint, cmd=cmd).programs)


def test_follows_only_the_script_that_is_started(root: Root) -> None:
    assert "/usr/bin/curl" not in entry(root, cmd=("npm", "start")).programs


@pytest.mark.parametrize("test", [("CMD", "curl", "-f", "x"), ("CMD-SHELL", "curl -f x || exit 1")])
def test_counts_the_health_check(root: Root, test: tuple[str, ...]) -> None:
    assert "/usr/bin/curl" in entry(root, cmd=("node",), health=Health(test)).programs


def test_files_named_by_arguments_are_found(root: Root) -> None:
    assert entry(root, cmd=("java", "-jar", "app.jar")).files == ("/app/app.jar",)
    assert entry(root, cmd=("node", "--require=/app/server.js")).files == ("/app/server.js",)


def test_a_program_that_is_not_there_is_told(root: Root) -> None:
    assert entry(root, cmd=("ruby", "x")).unknown == ("ruby",)


def test_a_command_that_only_exists_at_run_time_is_told(root: Root) -> None:
    assert entry(root, cmd=("sh", "-c", "$RUNNER x")).computed
    assert not entry(root, entrypoint=("./start.sh",), cmd=("node",)).computed


def test_knows_interpreters_by_any_version(root: Root) -> None:
    found = entry(root, cmd=("gunicorn",))
    assert found.runs("python")
    assert not found.runs("node")


def test_commands_of_others_stand_behind_the_entrypoint_and_need_not_be_there(root: Root) -> None:
    config = replace(CONFIG, workdir="/app", entrypoint=("tini", "--"), cmd=("node", "server.js"))
    extra = [Command(("migrate", "up"), after_entrypoint=True), Command(("/mounted/only",)), Command(("python3", "x"))]
    found = resolve(root, config, extra)
    assert {"/usr/bin/tini", "/usr/bin/migrate", "/usr/bin/python3.11"} <= set(found.programs)
    assert found.unknown == ()


def test_arguments_that_name_a_path_are_no_program_that_is_missing(root: Root) -> None:
    assert entry(root, entrypoint=("curl",), cmd=("Europe/Berlin",)).unknown == ()
    assert entry(root, cmd=("Europe/Berlin",)).unknown == ("Europe/Berlin",)
