"""How many files per second go through all static passes: `python tests/bench/bench_passes.py [DIRECTORY]`.

Without a directory, over the golden cases. Prints processor seconds, since machines are shared, and the peak of memory
after the first and the second half, which should not differ by much.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from optimizer.engine import Selection, Source, run  # noqa: E402
from optimizer.passes import PIPELINE  # noqa: E402
from optimizer.text import decode  # noqa: E402


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", nargs="?", type=Path, default=ROOT / "golden")
    parser.add_argument("--most", type=int, default=1000, help="files to take")
    options = parser.parse_args()
    paths = [path for path in sorted(options.directory.rglob("*ockerfile*")) if path.is_file()]
    paths += [path for path in sorted(options.directory.rglob("*ontainerfile*")) if path.is_file()]
    texts = [decode(path.read_bytes()) for path in paths[:: max(1, len(paths) // options.most)]]
    seen: Counter[str] = Counter()
    started = time.process_time()
    peaks: list[int] = []
    for number, text in enumerate(texts, 1):
        rewrite = run(Source(text), PIPELINE, Selection())
        seen["changed"] += rewrite.text != text
        seen["bugs of a pass"] += len(rewrite.bugs)
        seen["applied"] += len(rewrite.applied)
        seen["declined"] += len(rewrite.refused)
        if number in (len(texts) // 2, len(texts)):
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    seconds = time.process_time() - started
    size = sum(map(len, texts)) / max(1, len(texts))
    print(f"{len(texts)} files of {size:.0f} characters, {len(PIPELINE)} passes")
    print(f"{len(texts) / seconds:.0f} files/s ({seconds:.1f} s of processor time)")
    print(f"peak memory {peaks[0] / 1024:.0f} MiB after half of them, {peaks[-1] / 1024:.0f} MiB at the end")
    print(", ".join(f"{count} {name}" for name, count in seen.items()))


if __name__ == "__main__":
    main()
