"""The same files through this program and its neighbours, one after the other: files per second, whole and a core.

usage: python tests/bench/bench_beside.py DIRECTORY|FILE … [--most N]

Takes what is on PATH of hadolint (a linter) and dockerfmt (a formatter), and says what is not. dockerfmt stops at the
first file that it cannot read: such files are left out for all. Each file lies in a directory of its own, which is its
build context. Wall time is what a user waits; processor time is what a busy machine does not change. Starting the
programs is counted.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.corpus.files import distinct  # noqa: E402

_OURS = [sys.executable, "-m", "optimizer", "-q"]


def drop_unreadable(directory: Path) -> int:
    """Remove the files at which dockerfmt stops; how many they were."""
    if shutil.which("dockerfmt") is None:
        return 0
    paths = list(directory.glob("*/Dockerfile"))
    for path in paths:
        if subprocess.run(["dockerfmt", str(path)], capture_output=True, check=False).returncode:
            path.unlink()
    return sum(not path.exists() for path in paths)


def commands(directory: Path) -> dict[str, list[str] | None]:
    """What is measured, by name; None for what is not installed."""
    files = sorted(map(str, directory.glob("*/Dockerfile")))
    others = {"hadolint": ["hadolint", "--no-fail", *files], "dockerfmt": ["dockerfmt", *files]}
    return {
        "optimize --jobs 1": [*_OURS, "--jobs", "1", str(directory)],
        "optimize": [*_OURS, str(directory)],
        **{name: command if shutil.which(name) else None for name, command in others.items()},
    }


def measure(command: list[str]) -> tuple[float, float, int]:
    """Wall and processor time in seconds, and the exit code."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environ, capture_output=True, check=False)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.returncode


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=1000, help="files to take")
    options = parser.parse_args()
    paths = distinct(options.places)
    paths = paths[:: max(1, len(paths) // options.most)][: options.most]
    with tempfile.TemporaryDirectory() as name:
        for number, path in enumerate(paths):
            place = Path(name, f"{number:05}")
            place.mkdir()
            shutil.copyfile(path, place / "Dockerfile")
        left_out = drop_unreadable(Path(name))
        count = len(paths) - left_out
        print(f"{count} files ({left_out} left out), {os.cpu_count()} processors")
        for label, command in commands(Path(name)).items():
            if command is None:
                print(f"{label:18} is not installed")
                continue
            wall, spent, code = measure(command)
            rates = f"{count / wall:6.0f} files/s, {count / spent:6.0f} files/s a core"
            print(f"{label:18} {rates} ({wall:.1f} s, {spent:.1f} s of processor time, exit code {code})")


if __name__ == "__main__":
    main()
