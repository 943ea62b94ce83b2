"""Sends every Containerfile below some directories through the passes and checks every step.

usage: python tests/corpus/check.py DIRECTORY|FILE … [--jobs N] [--every N]

Two contexts (none, an empty one) and two modes (what is applied unasked; everything that a proof could let through,
with `--merge all`). Prints the figures, and every problem on standard error; exit code 1 if there is one.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from optimizer.text import decode  # noqa: E402
from tests.corpus.checks import MODES, Checked, Problem, check  # noqa: E402
from tests.corpus.files import distinct  # noqa: E402


def one(path: Path) -> tuple[Path, list[tuple[str, Checked]]]:
    """All that comes of one file."""
    text = decode(path.read_bytes())
    return path, [(mode.name, check(text, mode)) for mode in MODES]


def main() -> int:
    """Check and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", nargs="+", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="take every Nth file only")
    options = parser.parse_args()
    paths = distinct(options.places)[:: options.every]
    changed: Counter[str] = Counter()
    applied: Counter[tuple[str, str]] = Counter()
    problems: list[tuple[Path, Problem]] = []
    started = time.perf_counter()
    # BuildKit's parser brings the runtime of Go, which does not outlive a fork.
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:
        for path, results in pool.map(one, paths, chunksize=50):
            before = decode(path.read_bytes())
            for mode, checked in results:
                changed[mode] += checked.text != before
                applied.update((mode, rule) for rule in checked.applied)
                for each in checked.problems:
                    problems.append((path, each))
                    print(f"{path} ({each.mode}): {each.kind}, {each.rule}: {each.what}", file=sys.stderr, flush=True)
    print(f"{len(paths)} distinct files in {time.perf_counter() - started:.0f} s with {options.jobs} jobs")
    for label, count in changed.items():
        rules = ", ".join(f"{rule} {number}" for (other, rule), number in sorted(applied.items()) if other == label)
        print(f"{label}: {count} files changed ({100 * count / max(1, len(paths)):.1f} %): {rules}")
    print(f"{len(problems)} problems in {len({path for path, _ in problems})} files")
    for (kind, rule), count in Counter((each.kind, each.rule) for _, each in problems).most_common():
        print(f"  {kind}, {rule}: {count}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"peak memory of a process {peak / 1024:.0f} MiB")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
