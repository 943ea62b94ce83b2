"""What came of one Containerfile: everything a report may say, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from optimizer.proof.model import CheckResult, Measure, Proven, Refuted, Undecided, Verdict
from optimizer.proposal import Declined, FileWrite, Proposal
from optimizer.text import Position


class Fate(Enum):
    """What became of a proposal."""

    APPLIED = "applied"
    PROVEN = "applied and proven"
    SUGGESTED = "only a suggestion"
    NEEDS_PROOF = "needs a proof that was not asked for"
    WITHDRAWN = "withdrawn by the proof"
    DESELECTED = "not selected"
    IGNORED = "ignored in the file"
    CONFLICT = "stands in the way of another proposal"
    PASS_BUG = "dropped: its pass broke a rule"


@dataclass(frozen=True, slots=True)
class Decided:
    """A proposal, where it stands in the original, and its fate with the reason (empty when the fate says it all)."""

    proposal: Proposal
    position: Position
    fate: Fate
    because: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal of a pass and where it stands in the original."""

    declined: Declined
    position: Position


@dataclass(frozen=True, slots=True)
class PassBug:
    """A pass broke a rule of the engine; its step was dropped. `rule` names the pass."""

    rule: str
    problem: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One candidate that was built: which proposals it carried and what the proof said."""

    rules: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """One Containerfile, from reading to verdict. `verdict` is None when no proof was asked for or none was needed."""

    path: Path
    before: str
    after: str
    writes: tuple[FileWrite, ...]
    context: Path | None
    decided: tuple[Decided, ...]
    refused: tuple[Refused, ...]
    bugs: tuple[PassBug, ...]
    verdict: Verdict | None = None
    attempts: tuple[Attempt, ...] = ()
    original: Measure | None = None

    @property
    def changed(self) -> bool:
        """Whether anything would be written."""
        return self.before != self.after or bool(self.writes)


def summary(verdict: Verdict) -> str:
    """A verdict in one line."""
    match verdict:
        case Proven(checks=checks):
            return f"proven by {len(checks)} checks"
        case Undecided(doubt=doubt):
            return doubt.value
        case Refuted(build=build) if build:
            return f"it does not build: {build[-1].strip()}"
        case Refuted(differences=(first, *rest)):
            more = f" (and {len(rest)} more)" if rest else ""
            detail = f": {first.detail}" if first.detail else ""
            return f"{first.kind.value}: {first.what}{detail}{more}"
        case Refuted(checks=checks):
            failed = next((check for check in checks if check.result is CheckResult.FAILED), None)
            return f"a check fails: {failed.name}" if failed else "it behaves differently"
