"""Which proposals are carried out: what they are known by, what was asked for, and the fate of each."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from optimizer.containerfile import pragmas
from optimizer.containerfile.nodes import Containerfile
from optimizer.outcome import Fate
from optimizer.passes.base import Pass
from optimizer.proposal import Proposal, Safety
from optimizer.text import Edit, Origins


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Names a proposal across runs of the pipeline: its pass, its title and the text it stands at, counted."""

    rule: str
    title: str
    snippet: str
    number: int


@dataclass(frozen=True, slots=True)
class Selection:
    """What may be applied: passes by name (None: all), the least safety, and keys that were withdrawn.

    `choices` says which alternative stands in for a proposal, counted from 1; a proposal that is not in it stands for
    itself.
    """

    rules: frozenset[str] | None = None
    least: Safety = Safety.SAFE
    withdrawn: frozenset[Key] = frozenset()
    choices: tuple[tuple[Key, int], ...] = ()

    def choose(self, key: Key, proposal: Proposal) -> Proposal:
        """The proposal, or the alternative chosen for it."""
        number = dict(self.choices).get(key, 0)
        return proposal.alternatives[number - 1] if number else proposal


@dataclass(frozen=True, slots=True)
class Placed:
    """A proposal with its key, its fate, and its offset in the text that the engine was given. `offered` is what the
    pass yielded; `proposal` may be one of its alternatives."""

    key: Key
    offered: Proposal
    proposal: Proposal
    origin: int
    fate: Fate
    because: str = ""
    round: int = 0
    """How often the pipeline had been gone through before."""


def judge(
    each: Pass, proposals: Iterable[Proposal], file: Containerfile, origins: Origins, selection: Selection, number: int
) -> list[Placed]:
    """The fate of each proposal that a pass makes of a file, in the round of that number."""
    seen: Counter[tuple[str, str, str]] = Counter()
    claimed: list[Edit] = []
    judged: list[Placed] = []
    names = {each.name, *each.codes}
    nowhere = bool(names & pragmas.everywhere(file))
    for offered in proposals:
        name = (offered.rule, offered.title, offered.at.of(file.text))
        key = Key(*name, seen[name])
        seen[name] += 1
        proposal = selection.choose(key, offered)
        fate = _fate(proposal, key, selection)
        if fate is not Fate.DESELECTED and (nowhere or names & _unwanted(offered, file)):
            fate = Fate.IGNORED
        if fate is Fate.APPLIED and _overlaps(claimed, proposal.edits):
            fate = Fate.CONFLICT
        if fate is Fate.APPLIED:
            claimed.extend(proposal.edits)
        judged.append(Placed(key, offered, proposal, origins.back(offered.at.start), fate, "", number))
    return judged


def _fate(proposal: Proposal, key: Key, selection: Selection) -> Fate:
    if selection.rules is not None and proposal.rule not in selection.rules:
        return Fate.DESELECTED
    if key in selection.withdrawn:
        return Fate.WITHDRAWN
    if proposal.safety is Safety.SUGGESTION:
        return Fate.SUGGESTED
    return Fate.APPLIED if proposal.safety >= selection.least else Fate.NEEDS_PROOF


def _unwanted(proposal: Proposal, file: Containerfile) -> frozenset[str]:
    """What comments above the instruction at which a proposal stands tell us to leave alone."""
    at = bisect_right(file.instructions, proposal.at.start, key=lambda one: one.leading.start) - 1
    return pragmas.above(file, file.instructions[at]) if at >= 0 else frozenset()


def _overlaps(claimed: Sequence[Edit], edits: Sequence[Edit]) -> bool:
    return any(old.span.touches(new.span) for old in claimed for new in edits)


def refate(placed: Placed, fate: Fate, because: str) -> Placed:
    """The same with another fate, if it was to be carried out."""
    return replace(placed, fate=fate, because=because) if placed.fate is Fate.APPLIED else placed
