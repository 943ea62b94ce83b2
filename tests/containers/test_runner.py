"""Whose failure it was, and which command runs."""

from __future__ import annotations

import pytest

from optimizer.containers.model import ImageConfig, ImageId, RunRequest
from optimizer.containers.runner import (
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
