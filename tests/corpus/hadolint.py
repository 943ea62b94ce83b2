"""hadolint as a judge: what becomes of its findings, and whether a rewrite brings new ones.

usage: python tests/corpus/hadolint.py DIRECTORY|FILE … [--jobs N] [--every N] [--declined FILE]

Of each rule that a pass can mend, the table says how many findings there are, how many are gone after a dry run's own
changes, how many more if every proof is passed, and the reasons why the rest stands (DL3059 with `--merge all`). A new
finding, of whatever rule, is printed on standard error; exit code 1 if there is one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from optimizer.containerfile.nodes import Containerfile, Instruction, Run, Unknown  # noqa: E402
from optimizer.containerfile.parser import parse  # noqa: E402
from optimizer.containerfile.stages import stages  # noqa: E402
from optimizer.context import MemoryContext  # noqa: E402
from optimizer.ecosystems import REGISTRY  # noqa: E402
from optimizer.ecosystems.model import Ecosystem  # noqa: E402
from optimizer.engine import Rewrite, Source, run  # noqa: E402
from optimizer.facts import Facts  # noqa: E402
from optimizer.facts.scripts import Scripts  # noqa: E402
from optimizer.passes import PIPELINE  # noqa: E402
from optimizer.passes._cleanup_later import steps_of  # noqa: E402
from optimizer.policy import MergePolicy, Policy  # noqa: E402
from optimizer.proposal import Declined, Safety  # noqa: E402
from optimizer.selection import Selection  # noqa: E402
from optimizer.shell.query import has_opaque  # noqa: E402
from optimizer.text import Edit, apply, decode, encode  # noqa: E402
from tests.corpus.files import distinct  # noqa: E402

ECOSYSTEMS = {
    "DL3009": "apt",
    "DL3015": "apt",
    "DL3019": "apk",
    "DL3032": "dnf",
    "DL3036": "zypper",
    "DL3040": "dnf",
    "DL3042": "pip",
    "DL3060": "yarn",
}
"""Whose caches or installs a rule is about."""

MENDED_BY = {
    "DL3009": "append_cache_cleanup",
    "DL3015": "trim_installs",
    "DL3019": "append_cache_cleanup",
    "DL3020": "add_to_copy",
    "DL3032": "append_cache_cleanup",
    "DL3036": "append_cache_cleanup",
    "DL3040": "append_cache_cleanup",
    "DL3042": "append_cache_cleanup",
    "DL3059": "merge_runs",
    "DL3060": "append_cache_cleanup",
}
"""The pass that looks at what a rule finds."""

T = TypeVar("T")

_PATIENCE = 300
"""Seconds that hadolint may take for some files: ShellCheck takes very long for some scripts."""

SAFE = "by itself"
PROVEN = "when proven"
ALL = "all merged"
WAYS = {
    SAFE: (Selection(), Policy()),
    PROVEN: (Selection(least=Safety.NEEDS_PROOF), Policy()),
    ALL: (Selection(least=Safety.NEEDS_PROOF), Policy(merge=MergePolicy.ALL)),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that hadolint finds."""

    rule: str
    line: int
    words: str


@dataclass(frozen=True, slots=True)
class Left:
    """A finding that stands after everything was tried, and what our pass says of that place (empty: nothing)."""

    rule: str
    reason: str
    path: Path
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One file: findings by rule before, and after in each way; what is left; what is new."""

    before: Counter[str]
    after: dict[str, Counter[str]]
    left: tuple[Left, ...]
    new: tuple[str, ...]
    unsaid: Counter[str]
    """Findings, in all ways, that show now but were there before (see `new_findings`)."""


def lint(texts: Sequence[str], directory: Path) -> list[list[Finding] | None]:
    """What hadolint finds in each text; None where it cannot read it, or not in time. No configuration and no pragma
    counts."""
    paths = [directory / f"{number}.Dockerfile" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(encode(text))
    command = ["hadolint", "--no-fail", "--disable-ignore-pragma", "--format", "json", *map(str, paths)]
    try:
        output = subprocess.run(command, cwd=directory, capture_output=True, check=False, timeout=_PATIENCE).stdout
    except subprocess.TimeoutExpired:
        return [None for _ in texts]
    found: list[list[Finding] | None] = [[] for _ in texts]
    for entry in json.loads(output or b"[]"):
        number = int(Path(entry["file"]).name.split(".")[0])
        findings = found[number]
        if entry["code"] == "DL1000":
            found[number] = None
        elif findings is not None:
            findings.append(Finding(entry["code"], entry["line"], entry["message"]))
    return found


def _batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def judge(paths: Sequence[Path]) -> list[Judged]:
    """Judge some files at once: the program is started few times."""
    texts = [decode(path.read_bytes()) for path in paths]
    rewrites = [{way: _run(text, way) for way in WAYS} for text in texts]
    different = dict.fromkeys(texts) | {each.text: None for ways in rewrites for each in ways.values()}
    with tempfile.TemporaryDirectory() as name:
        found = dict(zip(different, lint(list(different), Path(name)), strict=True))
    judged = []
    for path, text, ways in zip(paths, texts, rewrites, strict=True):
        if (before := found[text]) is not None:
            judged.append(
                _judged(path, text, ways, before, {way: found[rewrite.text] for way, rewrite in ways.items()})
            )
    return judged


def _run(text: str, way: str) -> Rewrite:
    selection, policy = WAYS[way]
    return run(Source(text, context=MemoryContext()), PIPELINE, selection, policy)


def _judged(
    path: Path, text: str, ways: dict[str, Rewrite], before: list[Finding], after: dict[str, list[Finding] | None]
) -> Judged:
    counts = Counter(each.rule for each in before)
    new = tuple(
        f"{path} ({way}): {rule}: " + "; ".join(each.words for each in findings or () if each.rule == rule)
        for way, findings in after.items()
        for rule in new_findings(text, counts, Counter(each.rule for each in findings or ()))
    )
    unsaid: Counter[str] = Counter()
    for findings in after.values():
        shown = Counter(each.rule for each in findings or ())
        unsaid += (shown - counts) - Counter({rule: shown[rule] for rule in new_findings(text, counts, shown)})
    left = tuple(
        one
        for way in (PROVEN, ALL)
        for one in _left(path, ways[way].text, way, after[way] or [])
        if (one.rule == "DL3059") == (way == ALL)
    )
    return Judged(
        counts,
        {way: Counter(each.rule for each in findings or ()) for way, findings in after.items()},
        left,
        new,
        unsaid,
    )


def new_findings(text: str, before: Counter[str], after: Counter[str]) -> Iterator[str]:
    """Rules that are broken more often than before. Not new is what was there and hadolint did not say:

    * DL3045 says of a COPY what no rule says of an ADD, so it shows once DL3020 is mended;
    * DL3059 passes over neighbours of which one has several commands, so it shows once one of two is gone (a needless
      `cd`, a `chown` that a COPY does now): the RUNs stood side by side before, and no more of them do now;
    * SC2103 is said of a `cd` that nothing guards where a bare `cd ..` follows, SC2164 of the same `cd` where none does
      (`cd .. && rm …`);
    * of a RUN, hadolint says only one of the things that ShellCheck finds, so another shows once that one is gone. What
      the rules of `_OF_ONE_COMMAND` find does not depend on what stands around it: they are asked of each command.
    """
    for rule, number in after.items():
        known = before[rule]
        if number > known and rule == "DL3045":
            known += max(before["DL3020"] - after["DL3020"], 0)
        if number > known and rule == "SC2164":
            known += max(before["SC2103"] - after["SC2103"], 0)
        if number > known and rule == "DL3059":
            known = max(known, neighbours(text))
        if number > known and rule.startswith(_OF_ONE_COMMAND):
            known = max(known, _found_apart(text, rule))
        if number > known:
            yield rule


_OF_ONE_COMMAND = ("SC2046", "SC3")
"""Unquoted substitutions, and what POSIX sh does not define."""


def neighbours(text: str) -> int:
    """How many RUNs follow another one."""
    pairs = (pair for stage in stages(parse(text)) for pair in pairwise(stage.instructions))
    return sum(isinstance(first, Run) and isinstance(second, Run) for first, second in pairs)


def _found_apart(text: str, rule: str) -> int:
    """How often a rule is broken if each command of a RUN is a RUN of its own."""
    with tempfile.TemporaryDirectory() as name:
        (findings,) = lint([apart(text)], Path(name))
    return sum(each.rule == rule for each in findings or ())


def apart(text: str) -> str:
    """The same commands, each in a RUN of its own and on one line."""
    facts = Facts(parse(text))
    edits = []
    for each in facts.file.instructions:
        script = facts[Scripts].of(each) if isinstance(each, Run) else None
        if script is not None:
            lines = [f"RUN {item.pipeline.span.of(script.text)}".replace("\n", " ") for item in script.body.items]
            end = "\n" if each.span.of(text).endswith("\n") else ""
            edits.append(Edit(each.span, "\n".join(lines) + end))
    return apply(text, edits)


def _left(path: Path, text: str, way: str, findings: Sequence[Finding]) -> Iterator[Left]:
    """What our passes say of the findings that are left: they are asked again, about the text they made."""
    if not any(each.rule in MENDED_BY for each in findings):
        return
    file, again = parse(text), _run(text, way)
    spans = [(file.position(each.block.start), file.position(each.span.end), each) for each in file.instructions]
    for finding in findings:
        rule = MENDED_BY.get(finding.rule)
        if rule is None:
            continue
        here = next((each for first, last, each in spans if first.line <= finding.line <= last.line), None)
        reasons = {
            each.declined.why.name
            for each in again.refused
            if here is not None and each.declined.rule == rule and here.block.start <= each.origin <= here.block.end
            if _is_about(each.declined, finding.rule)
        }
        if not reasons and not is_read(file):
            reasons = {"the file cannot be read with certainty"}
        cleans = rule == "append_cache_cleanup"
        if not reasons and cleans and here is not None and _is_emptied(here, ECOSYSTEMS[finding.rule], Facts(file)):
            reasons = {"emptied in the same RUN"}
        if not reasons and here is not None and _is_opaque(here, Facts(file)):
            reasons = {"its shell cannot be read"}
        shown = "" if here is None else here.span.of(text)
        yield Left(finding.rule, "+".join(sorted(reasons)), path, finding.line, shown)


def _is_about(declined: Declined, code: str) -> bool:
    """Whether a refused cleanup is one of the tool that the rule is about; other passes refuse only one thing."""
    if declined.rule != "append_cache_cleanup":
        return True
    return any(each.name == ECOSYSTEMS[code] and declined.detail in _caches(each) for each in REGISTRY)


def _caches(ecosystem: Ecosystem) -> set[str]:
    return {cache.name for cache in ecosystem.caches}


def _is_emptied(instruction: Instruction, name: str, facts: Facts) -> bool:
    return any(ecosystem.name == name for step in steps_of(instruction, facts) for ecosystem, _ in step.empties)


def _is_opaque(instruction: Instruction, facts: Facts) -> bool:
    script = facts[Scripts].of(instruction) if isinstance(instruction, Run) else None
    return script is not None and has_opaque(script)


def is_read(file: Containerfile) -> bool:
    """Whether passes look at it at all."""
    return stages(file).readable and not any(isinstance(each, Unknown) for each in file.instructions)


def main() -> int:
    """Judge and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("places", nargs="+", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="take every Nth file only")
    parser.add_argument("--declined", type=Path, help="write all that is left, with reason and instruction, here")
    options = parser.parse_args()
    paths = distinct(options.places)[:: options.every]
    before: Counter[str] = Counter()
    after: defaultdict[str, Counter[str]] = defaultdict(Counter)
    left: list[Left] = []
    unsaid: Counter[str] = Counter()
    new = files = 0
    with ProcessPoolExecutor(options.jobs) as pool:
        for judged in pool.map(judge, _batched(paths, 10)):
            for one in judged:
                files += 1
                before += one.before
                for way, counts in one.after.items():
                    after[way] += counts
                left += one.left
                new += len(one.new)
                unsaid += one.unsaid
                for words in one.new:
                    print(words, file=sys.stderr, flush=True)
    print(f"{files} files that hadolint can read, of {len(paths)}; new findings: {new}")
    told = ", ".join(f"{rule} {number}" for rule, number in sorted(unsaid.items())) or "none"
    print(f"there before, but not said (all ways): {told}\n")
    _table(before, after, left)
    if options.declined:
        with options.declined.open("w") as out:
            for each in sorted(left, key=lambda one: (one.rule, one.reason)):
                out.write(f"\n=== {each.rule} {each.reason or 'nothing said'} {each.path}:{each.line}\n{each.text}\n")
    return int(bool(new))


def _table(before: Counter[str], after: dict[str, Counter[str]], left: Sequence[Left]) -> None:
    print("| rule | found | fixed unasked | fixed when proven | left, by reason |\n|---|---|---|---|---|")
    for rule in sorted(MENDED_BY):
        found = before[rule]
        proven = after[ALL if rule == "DL3059" else PROVEN][rule]
        reasons = Counter(each.reason or "nothing said" for each in left if each.rule == rule)
        told = ", ".join(f"{reason} {_share(number, found)}" for reason, number in reasons.most_common())
        fixed = [_share(found - number, found) for number in (after[SAFE][rule], proven)]
        print(f"| {rule} | {found} | {' | '.join(fixed)} | {told} |")


def _share(number: int, of: int) -> str:
    return f"{100 * number / of:.1f} %" if of else "-"


if __name__ == "__main__":
    sys.exit(main())
