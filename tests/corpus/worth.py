"""What each change of a dry run is worth, file by file: the default passes, an empty context.

usage: python tests/corpus/worth.py DIRECTORY|FILE … [--quiet]

Prints, for each file that is touched, the lines that change, the passes that change them, and the bytes that then do
not ship: what the proposal itself says, else what the cache weighs where it was weighed. No figure is a guess: a cache
that nobody weighed is told as unknown. Each touched file goes through the checks of `check.py` too, by which nothing
outside the edits moves; a problem is printed on standard error, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from optimizer.containerfile.parser import parse  # noqa: E402
from optimizer.context import MemoryContext  # noqa: E402
from optimizer.ecosystems import REGISTRY  # noqa: E402
from optimizer.engine import Source, run  # noqa: E402
from optimizer.passes import PIPELINE  # noqa: E402
from optimizer.proposal import Proposal  # noqa: E402
from optimizer.report.figures import size  # noqa: E402
from optimizer.selection import Selection  # noqa: E402
from optimizer.text import decode  # noqa: E402
from tests.corpus.checks import MODES, check  # noqa: E402
from tests.corpus.files import distinct  # noqa: E402


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes that do not ship; None where they depend on what is installed, or are not known. `how`: who weighed it."""

    bytes: int | None
    how: str


UNKNOWN = Weight(None, "unknown")
_DOWNLOADS = Weight(None, "at least what the call downloads")

WEIGHED = {
    # apt-get update -o Dir::State::lists=DIR; find DIR -type f -printf '%s\n': main of Debian 12, its updates and
    # security, with the official images' docker-gzip-indexes.
    "apt lists": Weight(19_859_340, "main, updates and security of Debian 12"),
    # The indexes of main and community that `ls -la /var/cache/apk` shows in an image: docker-library/ruby#229.
    "apk cache": Weight(1_220_991, "both indexes of Alpine 3.8"),
    # These keep the archives that they fetch as they are (see the sources of each ecosystem).
    "apt archives": _DOWNLOADS,
    "pip cache": _DOWNLOADS,
    "npm cache": _DOWNLOADS,
    "downloaded gems": _DOWNLOADS,
    "composer cache": _DOWNLOADS,
    "pacman packages": _DOWNLOADS,
    # It keeps what it unpacked and built, too.
    "cpanm work directory": _DOWNLOADS,
    "PEAR work directory": Weight(820_000, "what one image had: nextcloud/docker#1110"),
}
"""By the name of the cache."""


@dataclass(frozen=True, slots=True)
class Change:
    """One proposal that was applied. `line` is where it stands in the file, counted from 1."""

    line: int
    rule: str
    title: str
    weight: Weight


@dataclass(frozen=True, slots=True)
class Touched:
    """What a dry run makes of one file."""

    changes: tuple[Change, ...]
    lines: tuple[str, ...]
    """Lines that are taken out or put in, with their sign."""
    problems: tuple[str, ...]


def touched(text: str) -> Touched | None:
    """What changes unasked; None if nothing does."""
    rewrite = run(Source(text, context=MemoryContext()), PIPELINE, Selection())
    if rewrite.text == text:
        return None
    file = parse(text)
    changes = [
        Change(file.position(one.origin).line, one.key.rule, one.proposal.title, weight(one.proposal))
        for one in rewrite.applied
    ]
    shown = difflib.unified_diff(text.splitlines(), rewrite.text.splitlines(), lineterm="", n=0)
    lines = [line for line in list(shown)[2:] if not line.startswith("@@")]
    problems = [f"{each.kind}, {each.rule}: {each.what}" for each in check(text, MODES[0]).problems]
    return Touched(tuple(changes), tuple(lines), tuple(problems))


def weight(proposal: Proposal) -> Weight:
    """What a change is worth, as far as anybody knows."""
    if proposal.saves is not None:
        return Weight(proposal.saves, "said by the pass")
    named = (cache.name for ecosystem in REGISTRY for cache in ecosystem.caches if f" {cache.name} " in proposal.title)
    return WEIGHED.get(next(named, ""), UNKNOWN)


def shown(path: Path, found: Touched) -> Iterator[str]:
    """One file for people."""
    yield f"\n{path}"
    for change in found.changes:
        known = "" if change.weight.bytes is None else f"{size(change.weight.bytes)}, "
        yield f"  line {change.line}, {change.rule}: {change.title} ({known}{change.weight.how})"
    yield from (f"  {line}" for line in found.lines)


def main() -> int:
    """Look and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", nargs="+", type=Path)
    parser.add_argument("--quiet", action="store_true", help="only the sums")
    options = parser.parse_args()
    paths = distinct(options.places)
    kinds: Counter[tuple[str, str, Weight]] = Counter()
    files: defaultdict[tuple[str, str, Weight], set[Path]] = defaultdict(set)
    problems = lines = 0
    for path in paths:
        found = touched(decode(path.read_bytes()))
        if found is None:
            continue
        for change in found.changes:
            kind = (change.rule, change.title, change.weight)
            kinds[kind] += 1
            files[kind].add(path)
        lines += len(found.lines)
        problems += len(found.problems)
        for problem in found.problems:
            print(f"{path}: {problem}", file=sys.stderr)
        if not options.quiet:
            print("\n".join(shown(path, found)))
    count = len(set().union(*files.values()))
    print(f"\n{count} of {len(paths)} files touched ({100 * count / max(1, len(paths)):.1f} %): ", end="")
    print(f"{sum(kinds.values())} changes, {lines} lines taken out or put in, {problems} problems")
    print("| change | changes | files | worth, each |\n|---|---|---|---|")
    for (rule, title, each), number in kinds.most_common():
        known = "" if each.bytes is None else f"{size(each.bytes)}: "
        print(f"| {rule}: {title} | {number} | {len(files[rule, title, each])} | {known}{each.how} |")
    return int(problems > 0)


if __name__ == "__main__":
    sys.exit(main())
