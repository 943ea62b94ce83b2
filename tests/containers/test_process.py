"""Processes: outcomes, limits, and nobody left behind."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from optimizer.containers import proc, process
from optimizer.containers.behind import Behind
from optimizer.containers.running import signal_number
from optimizer.containers.stop import Stop
from optimizer.errors import EngineError, MissingTool


def gone_soon(pid: int) -> bool:
    limit = time.monotonic() + 5
    while proc.alive(pid) and time.monotonic() < limit:
        time.sleep(0.02)
    return not proc.alive(pid)


def test_output_error_and_code_are_kept_apart() -> None:
    done = process.run(["sh", "-c", "cat; echo err >&2; exit 3"], stdin=b"in")
    assert (done.code, done.stdout, done.stderr, done.timed_out) == (3, b"in", b"err\n", False)


def test_a_missing_program_is_a_missing_tool() -> None:
    with pytest.raises(MissingTool, match="no-such-tool is not installed"):
        process.run(["no-such-tool", "--password=secret"])


def test_a_program_that_cannot_start_is_an_engine_error_without_its_arguments(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("no program")
    (tmp_path / "tool").chmod(0o755)
    with pytest.raises(EngineError) as caught:
        process.run([str(tmp_path / "tool"), "--password=secret"])
    assert "secret" not in str(caught.value)


def test_a_limit_ends_the_whole_family(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = f"setsid sleep 60 & echo $! > {note}; wait"
    done = process.run(["sh", "-c", script], timeout=0.5)
    assert done.timed_out
    assert done.seconds < 5
    assert gone_soon(int(note.read_text()))


def test_an_exception_ends_the_whole_family() -> None:
    with pytest.raises(KeyboardInterrupt), process.started(["sh", "-c", "sleep 60 & sleep 61"]) as child:
        raise KeyboardInterrupt
    assert gone_soon(child.pid)


def test_a_grandchild_that_holds_the_pipe_is_not_waited_for() -> None:
    done = process.run(["sh", "-c", "setsid sleep 5 & echo done"])
    assert done.stdout == b"done\n"
    assert done.seconds < 3


def test_only_so_much_output_is_kept() -> None:
    done = process.run(["sh", "-c", f"head -c {process.LIMIT + 100_000} /dev/zero"])
    assert (done.code, len(done.stdout)) == (0, process.LIMIT)


@pytest.mark.parametrize(("behind", "nice"), [(None, 0), (Behind(), 10), (Behind(19), 19)])
def test_what_comes_behind_lets_all_others_pass(behind: Behind | None, nice: int) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    shown = process.run(["sh", "-c", "sleep 0.3; nice; cat /proc/self/autogroup 2>/dev/null"], behind=behind).out.split(
        "\n"
    )
    # Who is not root cannot give up less than has been given up already.
    assert shown[0] in {str(own if behind is None else nice), str(max(own, nice))}
    # Where the kernel knows sessions, theirs counts: what others start is not in ours.
    assert all(line.endswith(f" nice {nice}") for line in shown[1:])


def test_what_came_behind_catches_up() -> None:
    behind, lines = Behind(), list[str]()

    def told(line: str) -> None:
        lines.append(line)
        if line == "ready":
            behind.catch_up()

    show = "sleep 0.3; nice; cat /proc/self/autogroup 2>/dev/null"
    process.stream(["sh", "-c", f"{show}; echo ready; {show}; true"], told, behind=behind)
    before, _, after = " ".join(lines).partition(" ready ")
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert before.split()[0] == str(max(own, 10))
    # Without a privilege only sessions catch up, where the kernel knows them.
    assert after.split()[0] in {str(own), str(max(own, 10))}
    if (os.geteuid() == 0) or "autogroup" in after:
        assert after.split()[-1] == str(own)
    lines.clear()
    process.stream(["sh", "-c", f"{show}; true"], told, behind=behind)
    assert lines[0] == str(own)


def test_who_stands_behind_others_passes_nobody() -> None:
    script = (
        "from optimizer.containers import process\n"
        "from optimizer.containers.behind import Behind\n"
        "behind = Behind(7)\n"
        "def told(line):\n"
        "    print(line)\n"
        "    behind.catch_up()\n"
        "process.stream(['sh', '-c', 'sleep 0.3; nice; sleep 0.3; nice'], told, behind=behind)\n"
    )
    own = os.getpriority(os.PRIO_PROCESS, 0)
    shown = process.run(["nice", "-n", "5", sys.executable, "-c", script]).out.split()
    assert shown[0] == str(min(19, max(7, own + 5)))
    # Without a privilege nobody catches up.
    assert shown[1] in {str(min(19, own + 5)), shown[0]}


def test_lines_come_in_order_from_both_streams() -> None:
    lines: list[str] = []
    process.stream(["sh", "-c", "echo a; echo b >&2; printf 'c\\r\\nlast'"], lines.append)
    assert lines == ["a", "b", "c", "last"]


def test_a_stream_stops_at_its_limit() -> None:
    done = process.stream(["sh", "-c", "echo a; sleep 60"], lambda _: None, timeout=0.3)
    assert done.timed_out
    assert done.seconds < 5


@pytest.mark.parametrize("early", [True, False])
def test_a_stream_is_ended_from_another_thread(early: bool) -> None:
    stop = Stop()
    if early:
        stop.now()
    done = process.stream(["sh", "-c", "echo a; exec sleep 60"], lambda _: stop.now(), stop=stop)
    assert not done.timed_out
    assert done.seconds < 5


def test_an_exception_in_the_reader_ends_the_process() -> None:
    pids: list[int] = []

    def stop(line: str) -> None:
        pids.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        process.stream(["sh", "-c", "echo $$; exec sleep 60"], stop)
    assert gone_soon(pids[0])


def test_listeners_are_read_from_the_kernels_tables() -> None:
    table = (
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1\n"
        "   1: 0100007F:1F91 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 2\n"
    )
    assert proc.listening(table, "tcp") == {8080}


def test_a_protocol_without_ports_has_no_listener() -> None:
    assert not proc.listens(os.getpid(), 1, "sctp")


@pytest.mark.parametrize(
    ("name", "number"),
    [("SIGQUIT", 3), ("quit", 3), ("9", 9), ("", 15), ("SIGRTMIN+3", 37), ("nonsense", 15)],
)
def test_a_stop_signal_has_its_number(name: str, number: int) -> None:
    assert signal_number(name) == number


def test_a_program_is_seen_as_long_as_it_lives(tmp_path: Path) -> None:
    mine = tmp_path / "somebody"
    mine.symlink_to("/bin/sleep")
    limit = time.monotonic() + 5
    with process.started([str(mine), "60"]):
        while not proc.runs("somebody"):  # the kernel shows the words of a program a little after it has started
            assert time.monotonic() < limit
        assert not proc.runs("somebod")
    assert not proc.runs("somebody")
