"""What must hold of every rewrite, judged without the engine's own bookkeeping.

The engine checks each step of a pass and names what is wrong as a bug of that pass. Here every bug is a problem, and
besides, the texts before and after are compared by tools that know nothing of passes: BuildKit's parser, the second
reader, the shells themselves.
"""

from __future__ import annotations

import subprocess
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from itertools import pairwise

from optimizer.containerfile.nodes import Containerfile, Run, ShellForm
from optimizer.containerfile.parser import parse
from optimizer.containerfile.second_reader import disagreement as second_reader
from optimizer.context import Context, MemoryContext
from optimizer.engine import Rewrite, Source, run
from optimizer.facts import Facts
from optimizer.facts.states import States
from optimizer.passes import PIPELINE
from optimizer.passes.base import Pass
from optimizer.policy import MergePolicy, Policy
from optimizer.proposal import Finding, Safety
from optimizer.selection import Placed, Selection
from optimizer.shell.dialect import Dialect, interpreter
from tests.containerfile.buildkit_oracle import buildkit, disagreement


class Around(Enum):
    """What build context is known."""

    NOTHING = "no context"
    EMPTY = "an empty context"

    def context(self) -> Context | None:
        """The context itself."""
        return None if self is Around.NOTHING else MemoryContext()


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to run the passes."""

    name: str
    selection: Selection = field(default_factory=Selection)
    policy: Policy = field(default_factory=Policy)


MODES = (
    Mode("default"),
    Mode("all, with proof", Selection(least=Safety.NEEDS_PROOF), Policy(merge=MergePolicy.ALL)),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that must not be. `rule` is the pass, or the whole pipeline."""

    kind: str
    rule: str
    what: str
    mode: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one text in one mode, whatever was known of a context."""

    text: str
    applied: tuple[str, ...]
    """The passes that changed something, once for each change."""
    problems: tuple[Problem, ...]


def check(text: str, mode: Mode) -> Checked:
    """Send a text through all passes, without a context and with an empty one, and look at what comes out."""
    seen: list[str] = []
    problems: list[Problem] = []
    rewrite: Rewrite | None = None
    for around in Around:
        label = f"{mode.name}, {around.value}"
        try:
            steps: list[tuple[str, str]] = []
            rewrite = _all(text, mode, around, steps)
            if rewrite.text not in seen:
                problems += [Problem(*found, label) for found in _problems(text, rewrite, steps, mode, around)]
                seen.append(rewrite.text)
        except Exception:  # noqa: BLE001  whatever it is, it is what we look for
            return Checked(text, (), (Problem("traceback", "pipeline", traceback.format_exc().strip(), label),))
    assert rewrite is not None
    return Checked(rewrite.text, tuple(one.key.rule for one in rewrite.applied), tuple(problems))


def _all(text: str, mode: Mode, around: Around, steps: list[tuple[str, str]] | None = None) -> Rewrite:
    """Run every pass. `steps` takes every text that a pass is asked about, in order, with the pass."""

    def watched(each: Pass) -> Pass:
        def find(file: Containerfile, facts: Facts) -> Iterator[Finding]:
            assert steps is not None
            steps.append((each.name, file.text))
            return each.find(file, facts)

        return replace(each, find=find)

    pipeline = PIPELINE if steps is None else tuple(map(watched, PIPELINE))
    return run(Source(text, context=around.context()), pipeline, mode.selection, mode.policy)


def _problems(
    text: str, whole: Rewrite, steps: Sequence[tuple[str, str]], mode: Mode, around: Around
) -> Iterator[tuple[str, str, str]]:
    """Kind, pass and description of all that is wrong."""
    for bug in whole.bugs:
        yield "bug of a pass", bug.rule, bug.problem
    if whole.text == text:
        return
    # A pass is asked again about what it made.
    changes = [
        (rule, before, after) for (rule, before), (other, after) in pairwise(steps) if rule == other and before != after
    ]
    done: defaultdict[tuple[str, int], list[Placed]] = defaultdict(list)
    for one in whole.applied:
        if one.proposal.edits:
            done[one.key.rule, one.round].append(one)
    rules = [rule for rule, _ in done]
    if [rule for rule, _, _ in changes] != rules and not whole.bugs:
        yield "steps and passes do not match", ", ".join(rules), str(len(changes))
    for (rule, before, after), applied in zip(changes, done.values(), strict=False):
        if not whole.bugs and (found := _moved(before, after, applied)):
            yield "something else moved", rule, found
    for kind, what in compared(text, whole.text):
        yield kind, ", ".join(rules), what
    again = _all(whole.text, mode, around)
    if again.text != whole.text:
        more = ", ".join(sorted({one.key.rule for one in again.applied}))
        yield "not idempotent", more, _first_difference(whole.text, again.text)


def compared(before: str, after: str) -> Iterator[tuple[str, str]]:
    """What independent readers and the shells say of the last text that they did not say of the first."""
    old, new = parse(before), parse(after)
    if (found := second_reader(new)) is not None and second_reader(old) is None:
        yield "second reader", found
    if _read_by_buildkit(before):
        if not _read_by_buildkit(after):
            yield "BuildKit refuses it", ""
        elif (found := disagreement(after, new)) is not None and disagreement(before, old) is None:
            yield "BuildKit reads it otherwise", found
    bodies, others = _bodies(old), _bodies(new)
    refused = [body for body in (others - bodies).elements() if not _is_valid(*body)]
    if len(refused) > sum(not _is_valid(*body) for body in (bodies - others).elements()):
        yield "its shell refuses it", refused[0][1]
    if not _newlines(after) <= _newlines(before):
        yield "newlines are mixed", ""


def _newlines(text: str) -> set[str]:
    return {"\r\n" if line.endswith("\r") else "\n" for line in text.split("\n")[:-1]}


def _read_by_buildkit(text: str) -> bool:
    try:
        return buildkit(text) is not None
    except UnicodeEncodeError:  # bytes that are not UTF-8: the package takes text only
        return False


def _moved(before: str, after: str, applied: Sequence[Placed]) -> str | None:
    """The first piece of text outside all edits that is not where it was; None if there is none.

    What the edits leave must stand in the new text in the same order, with exactly the replacements in between.
    """
    edits = sorted((edit for one in applied for edit in one.proposal.edits), key=lambda edit: edit.span)
    at = done = 0
    for edit in edits:
        kept = before[done : edit.span.start]
        if not after.startswith(kept + edit.replacement, at):
            return kept[-80:]
        at += len(kept) + len(edit.replacement)
        done = edit.span.end
    if after[at:] != before[done:]:
        return before[done:][:80]
    comments = _comments(before) - _comments(after)
    return f"the comment {next(iter(comments))!r} is gone" if comments and not _cuts_comments(applied) else None


def _comments(text: str) -> Counter[str]:
    """Whole lines that are comments, blanks around them aside."""
    return Counter(line.strip() for line in text.split("\n") if line.lstrip().startswith("#"))


def _cuts_comments(applied: Sequence[Placed]) -> bool:
    """Whether a whole instruction is taken out, with the comments above it."""
    return any(not edit.replacement and len(edit.span) for one in applied for edit in one.proposal.edits)


def _bodies(file: Containerfile) -> Counter[tuple[str, str]]:
    """Every RUN in shell form: the program that can parse it, and what it is given."""
    states = Facts(file)[States]
    found: Counter[tuple[str, str]] = Counter()
    for each in file.instructions:
        if each.span.start not in states.before:
            continue
        match each:
            case Run(command=ShellForm(body=body), heredocs=()):
                program = _SHELLS.get(interpreter(states.at(each).shell).dialect)
                if program is not None:
                    found[program, body.text] += 1
            case _:
                continue
    return found


_SHELLS = {
    Dialect.POSIX_SH: "dash",
    Dialect.DASH: "dash",
    Dialect.ASH: "dash",
    Dialect.BASH: "bash",
}


@cache
def _is_valid(program: str, body: str) -> bool:
    data = body.encode("utf-8", "surrogateescape").replace(b"\0", b"")
    return subprocess.run([program, "-n"], input=data, capture_output=True, check=False).returncode == 0


def _first_difference(left: str, right: str) -> str:
    for one, other in zip(left.split("\n"), right.split("\n"), strict=False):
        if one != other:
            return f"{one!r} / {other!r}"
    return f"{left[-60:]!r} / {right[-60:]!r}"
