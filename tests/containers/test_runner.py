"""Whose failure it was, and which command runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from optimizer.containers.model import ImageConfig, ImageId, RunRequest
from optimizer.containers.names import Names, RunId
from optimizer.containers.runner import (
    Runner,
    RunWith,
    buildah_failed,
    buildah_outcome,
    chroot_isolation,
    full_command,
    podman_failed,
)

HYBRID = "Error: OCI runtime error: crun: cgroups in hybrid mode not supported, drop all controllers from cgroupv2"
ABSENT = 'Error: runc: runc create failed: unable to start container process: exec: "/nope": no such file or directory'
CONFIG = ImageConfig((), "", "", ("run",), ("a", "b"), (), (), (), "", (), (), None, "amd64", "linux")
IMAGE = ImageId("1234")


@pytest.mark.parametrize(
    ("code", "stderr", "failed"),
    [
        (125, "Error: no space", True),
        (125, "", False),
        (126, HYBRID, True),
        (127, ABSENT, False),
        (1, "Error: the program says so", False),
        (0, "", False),
    ],
    ids=["podman's own", "program's 125", "runtime", "program not there", "program's 1", "fine"],
)
def test_a_failure_of_podman_is_told_from_the_programs(code: int, stderr: str, failed: bool) -> None:
    assert podman_failed(code, stderr) is failed


@pytest.mark.parametrize(
    ("code", "stderr", "failed"),
    [
        (125, "Error: no such container", True),
        (125, "Error: exit status 125", False),
        (1, HYBRID, True),
        (1, "warning: all is well", False),
    ],
    ids=["buildah's own", "program's 125", "runtime", "program's 1"],
)
def test_a_failure_of_buildah_is_told_from_the_programs(code: int, stderr: str, failed: bool) -> None:
    assert buildah_failed(code, stderr) is failed


@pytest.mark.parametrize(
    ("code", "stderr", "expected"),
    [
        (3, b"mine\nsubprocess exited with status 3\nError: exit status 3\n", (3, b"mine\n")),
        (1, b"subprocess exited on terminated\n", (143, b"")),
        (1, b"process failed to start with error: exec: no", (127, b"process failed to start with error: exec: no")),
        (-9, b"", (137, b"")),
        (0, b"subprocess\n", (0, b"subprocess\n")),
    ],
    ids=["code", "signal", "not there", "buildah killed", "program's own words"],
)
def test_buildahs_words_and_codes_become_a_containers(code: int, stderr: bytes, expected: tuple[int, bytes]) -> None:
    assert buildah_outcome(code, stderr) == expected


@pytest.mark.parametrize(
    ("entrypoint", "command", "expected"),
    [
        (None, None, ("run", "a", "b")),
        (None, ("c",), ("run", "c")),
        (("sh",), ("c",), ("sh", "c")),
        (("sh",), None, ("sh",)),
        (None, (), ("run",)),
    ],
)
def test_a_new_entry_point_drops_the_images_command(
    entrypoint: tuple[str, ...] | None, command: tuple[str, ...] | None, expected: tuple[str, ...]
) -> None:
    assert full_command(RunRequest(IMAGE, command=command, entrypoint=entrypoint), CONFIG) == expected


@pytest.mark.parametrize(
    ("environ", "passthrough", "expected"),
    [
        ({}, (), False),
        ({"BUILDAH_ISOLATION": "chroot"}, (), True),
        ({"BUILDAH_ISOLATION": "chroot"}, ("--isolation=oci",), False),
        ({}, ("--isolation", "chroot"), True),
        ({}, ("--network=host",), False),
    ],
)
def test_the_isolation_is_the_users_choice(
    environ: dict[str, str], passthrough: tuple[str, ...], expected: bool
) -> None:
    assert chroot_isolation(environ, passthrough) is expected


def programs(place: Path, **scripts: str) -> dict[str, str]:
    """An environment in which programs are these scripts."""
    for name, script in scripts.items():
        (place / name).write_text(f"#!/bin/sh\n{script}\n")
        (place / name).chmod(0o755)
    return {"PATH": f"{place}:/usr/bin:/bin"}


def runner(environ: dict[str, str]) -> Runner:
    return Runner(environ, Names(RunId.own()), lambda image: CONFIG, lambda image: image, RunWith.BEST)


def test_every_thread_goes_on_with_buildah_where_podman_cannot(tmp_path: Path) -> None:
    environ = programs(tmp_path, podman="sleep 0.5; echo Error: no >&2; exit 125", buildah="echo $1")
    one = runner(environ)
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: one.run(RunRequest(IMAGE, command=("x",))), range(3)))
    assert [each.stdout for each in done] == [b"run\n"] * 3


def test_a_container_that_podman_removed_is_not_removed_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    one = runner(programs(tmp_path, podman=f"echo $1 >>{log}; exit 3", buildah="exit 1"))
    assert one.run(RunRequest(IMAGE)).exit_code == 3
    assert log.read_text() == "run\n"


def test_one_that_did_not_end_is_removed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    one = runner(programs(tmp_path, podman=f"echo $1 >>{log}; [ $1 = rm ] || sleep 60", buildah="exit 1"))
    assert one.run(RunRequest(IMAGE, timeout=1.0)).timed_out
    assert log.read_text() == "run\nrm\n"
