"""Seconds that a dry run of one file takes from the shell: the best of several, and the median.

usage: python tests/bench/bench_cli.py [RUNS]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

CHECKOUT = Path(__file__).parents[2]
LIMIT = 0.25
"""Seconds that the best run may take."""
CONTAINERFILE = """\
FROM python:3.11
WORKDIR /app
COPY . .
RUN apt-get update
RUN apt-get install -y build-essential libpq-dev
RUN pip install -r requirements.txt
CMD ["python", "app.py"]
"""


def seconds(command: list[str], directory: Path, environ: dict[str, str]) -> float:
    """Wall clock of one process, start of the interpreter included."""
    begun = time.perf_counter()
    subprocess.run(command, cwd=directory, env=environ, check=True, capture_output=True)
    return time.perf_counter() - begun


def main(runs: int) -> int:
    """Measure and print; 1 if even the best run was too slow."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "Containerfile").write_text(CONTAINERFILE)
        (directory / "requirements.txt").write_text("flask\n")
        (directory / "app.py").write_text("import flask\n")
        # Bytecode is kept, as pip does when it installs.
        environ = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environ |= {"PYTHONPATH": str(CHECKOUT), "PYTHONPYCACHEPREFIX": str(directory / "bytecode")}
        for label, command in (
            ("python alone", [sys.executable, "-c", "pass"]),
            ("dry run", [sys.executable, "-m", "optimizer", "Containerfile"]),
        ):
            seconds(command, directory, environ)
            times = [seconds(command, directory, environ) for _ in range(runs)]
            print(f"{label:14} best {min(times):.3f} s   median {median(times):.3f} s   of {runs}")
    return int(min(times) > LIMIT)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
