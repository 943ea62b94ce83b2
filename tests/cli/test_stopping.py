"""What ends the program early: signals, a reader that goes away, a second writer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.build import BEFORE, write
from tests.interrupts import heeded

CHECKOUT = Path(__file__).parents[2]
# A program that waits in a proof for as long as it is let, and leaves a mark when it cleans up.
WAITING = """
import sys, time
from contextlib import contextmanager
from pathlib import Path
import optimizer.cli.prove as prove

class Workshop:
    def judge_for(self, settings, progress):
        @contextmanager
        def judge(source, original):
            Path("begun").touch()
            time.sleep(60)
            yield None
        return judge

    def evidence_for(self, settings):
        return None

@contextmanager
def workshop(arguments):
    try:
        yield Workshop()
    finally:
        Path("cleaned").touch()

prove.workshop = workshop
sys.argv = ["optimize", *sys.argv[1:]]
from optimizer.cli import main
main()
"""


def start(directory: Path, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heeded,
    )


def wait_for(place: Path) -> None:
    for _ in range(1200):  # a minute
        if place.exists():
            return
        time.sleep(0.05)
    pytest.fail(f"{place.name} did not come")


@pytest.mark.parametrize(
    "number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["INT", "TERM", "HUP"]
)
def test_a_signal_cleans_up_and_says_one_line(tmp_path: Path, number: signal.Signals, code: int) -> None:
    place = write(tmp_path / "Containerfile")
    program = start(tmp_path, "-c", WAITING, "--write")
    wait_for(tmp_path / "begun")
    program.send_signal(number)
    out, err = program.communicate(timeout=20)
    assert (program.returncode, out, err) == (code, "", "optimize: interrupted\n")
    assert (tmp_path / "cleaned").exists()
    assert place.read_text() == BEFORE


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    # More than a pipe holds, so that writing must wait for a reader.
    pair = f"RUN apt-get update\nRUN apt-get install -y {'package ' * 1000}\nUSER nobody\n"
    write(tmp_path / "Containerfile", "FROM debian\n" + pair * 20)
    program = start(tmp_path, "-m", "optimizer", "-q", "--select", "merge_runs")
    assert program.stdout is not None
    assert program.stdout.readline() == "--- a/Containerfile\n"
    program.stdout.close()
    assert program.stderr is not None
    assert program.stderr.read() == ""
    assert program.wait(timeout=20) == 0


def test_python_m_optimizer_is_the_program(tmp_path: Path) -> None:
    program = start(tmp_path, "-m", "optimizer", "--version")
    out, err = program.communicate(timeout=20)
    assert (program.returncode, out.split()[0], err) == (0, "optimize", "")
