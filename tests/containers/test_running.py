"""Which process is the container's first, and how one ended when buildah did not pass its last words on."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from optimizer.containers import proc
from optimizer.containers.process import end_family
from optimizer.containers.runner import buildah_outcome
from optimizer.containers.running import RunningContainer, application_below, signal_number

IGNORES = "trap '' TERM; echo ready; while true; do sleep 0.05; done"
HANDLES = "trap 'exit 1' TERM; echo ready; while true; do sleep 0.05; done"
DIES = "echo ready; while true; do sleep 0.05; done"
CLIENT = 'sh -c "$0" & echo $!; wait $!; exit 1'
"""Like a buildah that lost the line that names the signal: it answers 1 to all that is not 0."""


@contextmanager
def started(program: str, place: Path) -> Iterator[RunningContainer]:
    out, err = place / "out", place / "err"
    with out.open("wb") as out_file, err.open("wb") as err_file:
        client = subprocess.Popen(["sh", "-c", CLIENT, program], stdout=out_file, stderr=err_file)
    try:
        while len(lines := out.read_text().split()) < 2:
            time.sleep(0.01)
        pid = next(int(line) for line in lines if line.isdecimal())
        yield RunningContainer(client, pid, signal_number("TERM"), out, err, (), {}, buildah_outcome)
    finally:
        end_family(client)


@pytest.mark.parametrize(
    ("program", "ended"),
    [(DIES, (143, False)), (HANDLES, (1, False)), (IGNORES, (137, True))],
    ids=["dies of it", "ends by itself", "has to be killed"],
)
def test_the_signal_that_ended_a_program_is_known_without_buildahs_word(
    program: str, ended: tuple[int, bool], tmp_path: Path
) -> None:
    with started(program, tmp_path) as running:
        stopped = running.stop(grace=0.5)
    assert (stopped.exit_code, stopped.timed_out) == ended


@pytest.mark.container
def test_a_client_in_its_new_pid_namespace_is_not_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard makes the namespace while somebody looks for the program below it."""
    guard = ("sh", "-c", "read go; exec unshare --pid --fork --kill-child=KILL sleep 30")
    client = subprocess.Popen(guard, stdin=subprocess.PIPE)
    look = proc.descendants

    def descendants(pid: int) -> tuple[int, ...]:
        assert client.stdin is not None
        if not client.stdin.closed:
            client.stdin.close()
        while not (below := look(pid)):
            assert client.poll() is None
            time.sleep(0.01)
        return below

    monkeypatch.setattr(proc, "descendants", descendants)
    try:
        assert application_below(client.pid) is None
    finally:
        end_family(client)


@pytest.mark.parametrize("name", ["0", "65", "999", "SIGRTMIN+31"])
def test_a_stop_signal_that_no_system_has_is_the_usual_one(name: str) -> None:
    assert signal_number(name) == signal.SIGTERM
