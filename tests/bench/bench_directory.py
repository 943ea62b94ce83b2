"""A dry run over a directory of many files: seconds, files per second, and the most memory of each process.

usage: python tests/bench/bench_directory.py DIRECTORY|FILE … [--most N] [--jobs N]

Takes distinct files, each in a directory of its own: what lies beside a file is its build context. Memory is what the
kernel calls VmHWM in proc(5), looked up while the program runs; pages that processes share count in each of them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.corpus.files import distinct  # noqa: E402

_PAUSE = 0.2
"""Seconds between two looks."""


def family(pid: int) -> Iterator[int]:
    """A process and those that it started."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from family(int(child))


def most(pid: int) -> int:
    """The most memory that a process has had so far, in KiB; 0 if it has gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=10_000, help="files to take")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    paths = distinct(options.places)[: options.most]
    with tempfile.TemporaryDirectory() as name:
        for number, path in enumerate(paths):
            place = Path(name, f"{number:05}")
            place.mkdir()
            shutil.copyfile(path, place / "Dockerfile")
        command = [sys.executable, "-m", "optimizer", "-q", "--jobs", str(options.jobs), name]
        begun = time.perf_counter()
        peaks: dict[int, int] = {}
        with subprocess.Popen(
            command,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as started:
            while started.poll() is None:
                for pid in family(started.pid):
                    peaks[pid] = max(peaks.get(pid, 0), most(pid))
                time.sleep(_PAUSE)
        seconds = time.perf_counter() - begun
        parent = peaks.pop(started.pid, 0)
    workers = ", ".join(f"{peak / 1024:.0f}" for peak in peaks.values())
    print(f"{len(paths)} files, {options.jobs} jobs: {seconds:.1f} s, {len(paths) / seconds:.0f} files/s, ", end="")
    print(f"exit code {started.returncode}")
    print(f"peak memory of the parent {parent / 1024:.0f} MiB, of its workers {workers or 'none'} MiB")


if __name__ == "__main__":
    main()
