"""Names tell whose they are."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from optimizer.containers.names import Names, RunId, begun_of_image, run_of_container, run_of_image, run_of_marker


def test_names_lead_back_to_their_run() -> None:
    run = RunId.own()
    names = Names(run)
    assert run_of_container(names.container()) == run
    assert run_of_image(names.image(1795474413)) == run
    assert run_of_marker(names.marker()) == run


def test_an_images_name_tells_when_its_build_began() -> None:
    assert begun_of_image(Names(RunId.own()).image(1795474413)) == 1795474413


def test_no_name_is_given_twice() -> None:
    names = Names(RunId.own())
    assert len({names.container() for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "name",
    ["busybox-working-container", "optimizer-proof-x", "optimizer-proof-a-b-c-d-e", "my-optimizer-proof-a-1-2-3-4", ""],
)
def test_other_containers_are_nobodys(name: str) -> None:
    assert run_of_container(name) is None


@pytest.mark.parametrize(
    "name", ["localhost/x:1", "docker.io/library/python:3.11", "localhost/optimizer-proof/mine:latest"]
)
def test_other_images_are_nobodys(name: str) -> None:
    assert run_of_image(name) is None


def test_this_run_lives() -> None:
    assert not RunId.own().dead()


def test_a_run_that_ended_is_dead() -> None:
    code = "from optimizer.containers.names import RunId; print(RunId.own())"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    run = RunId.parse(shown.strip())
    assert run is not None
    assert run.dead()


def test_a_later_process_with_the_same_pid_is_another_run() -> None:
    own = RunId.own()
    assert dataclasses.replace(own, started=own.started + 1).dead()


def test_a_run_before_the_last_boot_is_dead() -> None:
    assert dataclasses.replace(RunId.own(), boot="00000000").dead()


def test_a_run_that_cannot_be_seen_from_here_counts_as_living() -> None:
    assert not dataclasses.replace(RunId.own(), pid_namespace="1", started=1).dead()
