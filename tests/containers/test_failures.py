"""Complaints of the tools, as they were printed, and what the user is told."""

from __future__ import annotations

import pytest

from optimizer.containers.failures import engine_error, missing_tool, recognise

CASES = {
    "crun hybrid": (
        "error running container: from /usr/bin/crun creating container for [/bin/sh -c true]: "
        "cgroups in hybrid mode not supported, drop all controllers from cgroupv2",
        'runtime = "runc"',
    ),
    "crun limits": (
        "Error: crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted: OCI permission denied",
        "ulimits",
    ),
    "runc limits": (
        "Error: runc: runc create failed: unable to start container process: error during container init: "
        "error setting rlimits for ready process: error setting rlimit type 7: operation not permitted",
        "ulimits",
    ),
    "space": ("Error: writing blob: write /var/tmp/x: no space left on device", "buildah prune"),
    "user namespaces": (
        "cannot clone: Operation not permitted\nError: cannot re-exec process",
        "--add-subuids",
    ),
    "no subordinate ids": (
        'Error: no subuid ranges found for user "bob" in /etc/subuid',
        "--add-subuids",
    ),
    "nested overlay": (
        "Error: 'overlay' is not supported over overlayfs, a mount_program is required: backing file system",
        "fuse-overlayfs",
    ),
    "no runtime": (
        'time="2026-11-23T22:54:39Z" level=error msg="did not get container create message from subprocess: EOF"',
        "BUILDAH_ISOLATION=chroot",
    ),
}


@pytest.mark.parametrize(("printed", "advice"), CASES.values(), ids=CASES.keys())
def test_a_known_failure_comes_with_what_helps(printed: str, advice: str) -> None:
    error = engine_error("buildah", "build", printed)
    assert error.hint is not None
    assert advice in error.hint
    assert error.message.startswith("buildah cannot build: ")


def test_an_unknown_failure_is_told_in_the_tools_own_words() -> None:
    error = engine_error("podman", "run the image", "level=warning msg=x\nError: something new.\n")
    assert (error.message, error.hint) == ("podman cannot run the image: something new", None)


def test_a_silent_failure_still_has_a_message() -> None:
    assert engine_error("skopeo", "export the image", "").message == "skopeo cannot export the image: no reason given"


def test_output_of_a_program_in_the_build_is_no_failure_of_the_machine() -> None:
    assert recognise(("E: Unable to locate package nosuch", "Error: building at STEP: exit status 100")) is None


def test_a_missing_tool_says_how_to_install_it() -> None:
    error = missing_tool("buildah")
    assert error.message == "buildah is not installed"
    assert error.hint == "apt-get install buildah podman skopeo, or dnf install buildah podman skopeo"
