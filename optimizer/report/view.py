"""What the reports for people say, apart from how it looks: the same words in text and Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from optimizer.outcome import Decided, Fate, Outcome
from optimizer.proof.model import Check, CheckResult, Difference, Measure, Proven, Refuted, Undecided, Verdict
from optimizer.report.entry import Done, Status
from optimizer.report.figures import Row, cached, size, table
from optimizer.report.visible import line, visible

HEADINGS: tuple[tuple[Fate, str], ...] = (
    (Fate.PROVEN, "proven"),
    (Fate.APPLIED, "safe without a proof"),
    (Fate.WITHDRAWN, "withdrawn, the proof failed"),
    (Fate.NEEDS_PROOF, "need a proof, see --verify"),
    (Fate.SUGGESTED, "suggestions, never applied"),
    (Fate.CONFLICT, "left out, in the way of another change"),
    (Fate.IGNORED, "ignored by a comment in the file"),
    (Fate.DESELECTED, "not selected"),
    (Fate.PASS_BUG, "dropped, the pass broke a rule"),
)
"""What stands above the proposals of one fate, in the order of a report."""

_CHANGES = (Fate.PROVEN, Fate.APPLIED)
_QUIET = (Fate.DESELECTED, Fate.IGNORED)


@dataclass(frozen=True, slots=True)
class Item:
    """One proposal. `line` is that of the original, `because` why it has the fate it has."""

    line: int
    rule: str
    title: str
    reason: str
    saves: str
    because: str


@dataclass(frozen=True, slots=True)
class Group:
    """The proposals of one fate."""

    fate: Fate
    heading: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Refusals:
    """The places that one pass left alone for one reason, by line of the original."""

    rule: str
    why: str
    places: tuple[tuple[int, str], ...]

    @property
    def numbers(self) -> str:
        """The lines as one word: `3, 17, 40`."""
        return ", ".join(str(number) for number in sorted({number for number, _ in self.places}))


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check of behaviour in one line."""

    result: CheckResult
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """One Containerfile as a person reads about it. All text is on one line and fit for a terminal."""

    name: str
    status: Status
    groups: tuple[Group, ...]
    quiet: tuple[Group, ...]
    refusals: tuple[Refusals, ...]
    verdict: Verdict | None
    rows: tuple[Row, ...]
    note: str
    """What to keep in mind when reading `rows`."""
    proof: str
    """By what it was proven, or that it was not."""
    hint: str
    compared: int
    """How many paths of the two root file systems were compared."""
    checks: tuple[CheckLine, ...]
    differences: tuple[str, ...]
    tail: tuple[str, ...]
    """The last lines of a build that failed."""
    attempts: tuple[str, ...]
    bugs: tuple[str, ...]

    @property
    def changes(self) -> int:
        """How many proposals are in the rewritten file."""
        return sum(len(group.items) for group in self.groups if group.fate in _CHANGES)

    @property
    def refused(self) -> int:
        """How many places were left alone."""
        return sum(len(each.places) for each in self.refusals)

    @property
    def counts(self) -> str:
        """How the checks went: `4 passed, 1 not counted`."""
        results = [check.result for check in self.checks]
        passed, failed = results.count(CheckResult.PASSED), results.count(CheckResult.FAILED)
        told = (("passed", passed), ("failed", failed), ("not counted", len(results) - passed - failed))
        return ", ".join(f"{number} {word}" for word, number in told if number)


def view(done: Done) -> View:
    """What there is to say about one Containerfile."""
    outcome = done.outcome
    groups = tuple(_groups(outcome.decided))
    before, after = _measures(outcome)
    return View(
        name=line(done.name),
        status=done.status,
        groups=tuple(group for group in groups if group.fate not in _QUIET),
        quiet=tuple(group for group in groups if group.fate in _QUIET),
        refusals=tuple(_refusals(outcome)),
        verdict=outcome.verdict,
        rows=table(before, after) if before and after else (),
        note=cached(before, after) if before and after else "",
        proof=line(_proof(outcome)),
        hint=line(_hint(outcome)),
        compared=outcome.verdict.compared_paths if isinstance(outcome.verdict, Proven) else 0,
        checks=tuple(_check(check) for check in outcome.verdict.checks) if outcome.verdict is not None else (),
        differences=tuple(_difference(each) for each in _refuted(outcome).differences),
        tail=tuple(map(visible, _refuted(outcome).build)),
        attempts=tuple(line(f"{', '.join(each.rules)}: {told(each.verdict)}") for each in outcome.attempts),
        bugs=tuple(line(f"{bug.rule}: {bug.problem}") for bug in outcome.bugs),
    )


def told(verdict: Verdict) -> str:
    """A verdict in a few words."""
    match verdict:
        case Proven(checks=checks):
            return f"proven, {plural(sum(check.result is CheckResult.PASSED for check in checks), 'check')} passed"
        case Undecided(doubt=doubt):
            return f"not proven, {doubt.value}"
        case Refuted(build=(*_, last)):
            return f"does not build: {last.strip()}"
        case Refuted(differences=(first, *rest)):
            detail = f", {first.detail}" if first.detail else ""
            return f"differs, {first.kind.value}: {first.what}{detail}" + (f" and {len(rest)} more" if rest else "")
        case Refuted(checks=checks):
            names = [check.name for check in checks if check.result is CheckResult.FAILED]
            return f"behaves differently: {', '.join(names)}" if names else "is not what it should be"


def plural(count: int, noun: str) -> str:
    """`1 check`, `2 checks`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _measures(outcome: Outcome) -> tuple[Measure | None, Measure | None]:
    match outcome.verdict:
        case Proven(before=before, after=after):
            return before, after
        case _:
            # What was not proven is not written: its size says nothing about the file as it stays.
            return None, None


def _proof(outcome: Outcome) -> str:
    match outcome.verdict:
        case Proven(tools=tools, platform=platform):
            return f"proven with {', '.join(f'{tool.tool} {tool.text}' for tool in tools)} on {platform}"
        case Undecided(doubt=doubt):
            return f"not proven: {doubt.value}"
        case Refuted() as refuted:
            return f"not proven: {told(refuted)}"
        case None if outcome.original is not None:
            return "built the original; there was nothing to prove"
        case None:
            return "not proven: nothing was built or run"


def _refuted(outcome: Outcome) -> Refuted:
    return outcome.verdict if isinstance(outcome.verdict, Refuted) else Refuted()


def _check(check: Check) -> CheckLine:
    detail = f" ({check.detail})" if check.detail else ""
    what = f"{check.name}: {check.kind.value}{detail}"
    if check.result is not CheckResult.PASSED:
        what = f"{what}; {check.result.value}"
    return CheckLine(check.result, line(what))


def _difference(difference: Difference) -> str:
    detail = f" ({difference.detail})" if difference.detail else ""
    return line(f"{difference.kind.value}: {difference.what}{detail}")


def _hint(outcome: Outcome) -> str:
    return outcome.verdict.hint if isinstance(outcome.verdict, Undecided) else ""


def _groups(decided: Iterable[Decided]) -> Iterable[Group]:
    placed = sorted(decided, key=lambda each: each.position.line)
    for fate, heading in HEADINGS:
        items = tuple(_item(each) for each in placed if each.fate is fate)
        if items:
            yield Group(fate, heading, items)


def _item(decided: Decided) -> Item:
    proposal = decided.proposal
    return Item(
        line=decided.position.line,
        rule=proposal.rule,
        title=line(proposal.title),
        reason=line(proposal.reason),
        saves=size(proposal.saves) if proposal.saves else "",
        because=line(decided.because),
    )


def _refusals(outcome: Outcome) -> Iterable[Refusals]:
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for each in outcome.refused:
        key = (each.declined.rule, str(each.declined.why.value))
        found.setdefault(key, []).append((each.position.line, line(each.declined.detail)))
    for (rule, why), places in found.items():
        yield Refusals(rule, why, tuple(sorted(places)))
