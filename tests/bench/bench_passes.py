"""How many files per second go through all static passes, and how much memory that takes.

usage: python tests/bench/bench_passes.py [DIRECTORY|FILE …] [--most N]

Without a place, over the golden cases. One process takes distinct files one after the other. Prints processor seconds,
since machines are shared, over all files and the median of batches of 100, and the peak of memory after 1,000, 5,000
and 10,000 files, which should not differ by much.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from optimizer.cli import collect_seldom  # noqa: E402
from optimizer.engine import Source, run  # noqa: E402
from optimizer.passes import PIPELINE  # noqa: E402
from optimizer.selection import Selection  # noqa: E402
from optimizer.text import decode  # noqa: E402
from tests.corpus.files import distinct  # noqa: E402

_BATCH = 100
_MARKS = (1_000, 5_000, 10_000)


def peak() -> float:
    """The most memory that this process ever had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", nargs="*", type=Path, default=[ROOT / "golden"])
    parser.add_argument("--most", type=int, default=10_000, help="files to take")
    options = parser.parse_args()
    paths = distinct(options.places)
    paths = paths[:: max(1, len(paths) // options.most)][: options.most]
    seen: Counter[str] = Counter()
    batches: list[float] = []
    size = 0
    print(f"{len(paths)} distinct files, {len(PIPELINE)} passes; peak memory {peak():.0f} MiB before the first")
    collect_seldom()  # as the command line does
    started = begun = time.process_time()
    for number, path in enumerate(paths, 1):
        text = decode(path.read_bytes())
        rewrite = run(Source(text), PIPELINE, Selection())
        size += len(text)
        seen["changed"] += rewrite.text != text
        seen["bugs of a pass"] += len(rewrite.bugs)
        seen["applied"] += len(rewrite.applied)
        seen["declined"] += len(rewrite.refused)
        if number % _BATCH == 0:
            batches.append(time.process_time() - begun)
            begun = time.process_time()
        if number in _MARKS or number == len(paths):
            print(f"peak memory {peak():.0f} MiB after {number}")
    seconds = time.process_time() - started
    print(f"{len(paths) / seconds:.0f} files/s of {size / max(1, len(paths)):.0f} characters ", end="")
    print(f"({seconds:.1f} s of processor time); median of {len(batches)} batches: ", end="")
    print(f"{_BATCH / median(batches):.0f} files/s" if batches else "none")
    print(", ".join(f"{count} {name}" for name, count in seen.items()))


if __name__ == "__main__":
    main()
