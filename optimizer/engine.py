"""Proposals in, text out. The engine trusts no pass.

For each pass in turn: read the text, ask the pass, keep what is allowed, carry out the edits, read again, and check
that the tree still tiles the text, that nothing went beyond the contracts (`optimizer.equivalence`), that an
independent reader sees the same instructions, and that the pass has nothing more to offer. If any of these fails, it is
a bug of that pass: the step is dropped, named in the result, and the input of the step kept.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from optimizer.containerfile import pragmas
from optimizer.containerfile.nodes import Containerfile, Unknown
from optimizer.containerfile.parser import parse
from optimizer.containerfile.second_reader import disagreement
from optimizer.containerfile.stages import stages
from optimizer.context import Context, OverlayContext
from optimizer.equivalence import problem
from optimizer.facts import Facts
from optimizer.facts.trace import Trace
from optimizer.outcome import Fate, PassBug
from optimizer.passes.base import Pass
from optimizer.policy import Policy
from optimizer.proposal import Contract, Declined, FileWrite, Finding, Proposal, Safety, TraceRelation
from optimizer.text import Edit, Origins, OverlappingEdits, apply


@dataclass(frozen=True, slots=True)
class Source:
    """One Containerfile to work on. `path` is absolute, None for standard input; `context` None: there is none."""

    text: str
    path: Path | None = None
    context: Context | None = None


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


@dataclass(frozen=True, slots=True)
class PlacedRefusal:
    """A refusal and its offset in the text that the engine was given."""

    declined: Declined
    origin: int


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What came of the pipeline."""

    text: str
    writes: tuple[FileWrite, ...]
    placed: tuple[Placed, ...]
    refused: tuple[PlacedRefusal, ...]
    bugs: tuple[PassBug, ...]

    @property
    def applied(self) -> tuple[Placed, ...]:
        """The proposals that made it into the text."""
        return tuple(each for each in self.placed if each.fate is Fate.APPLIED)

    @property
    def contracts(self) -> tuple[Contract, ...]:
        """What the applied proposals allow to change."""
        return tuple(each.proposal.contract for each in self.applied)


@dataclass(frozen=True, slots=True)
class _Draft:
    """The text between two passes."""

    text: str
    origins: Origins = field(default_factory=Origins)
    writes: Mapping[str, FileWrite] = field(default_factory=dict)


class _Broken(Exception):
    """A pass broke a rule; the message says which."""


def run(
    source: Source,
    pipeline: Sequence[Pass],
    selection: Selection,
    policy: Policy | None = None,
    known: tuple[object, ...] = (),
) -> Rewrite:
    """Send a Containerfile through the pipeline. Never raises for what a file holds or what a pass gets wrong."""
    placed: list[Placed] = []
    refused: list[PlacedRefusal] = []
    bugs: list[PassBug] = []
    draft = _Draft(source.text)
    facts = _facts(draft, source, policy, known)
    for each in pipeline if _readable(facts.file) else ():
        proposals, declined = _ask(each, facts)
        refused.extend(PlacedRefusal(one, draft.origins.back(one.at.start)) for one in declined)
        judged = _judge(each, proposals, facts, draft, selection)
        chosen = [one.proposal for one in judged if one.fate is Fate.APPLIED]
        try:
            _check_names(each, proposals)
            if chosen:
                draft, facts = _step(each, facts, draft, chosen, source, selection, policy, known)
        except _Broken as broken:
            bugs.append(PassBug(each.name, str(broken)))
            judged = [_refate(one, Fate.PASS_BUG, str(broken)) for one in judged]
        placed.extend(judged)
    return Rewrite(draft.text, tuple(draft.writes.values()), tuple(placed), tuple(refused), tuple(bugs))


def unreadable(file: Containerfile) -> Unknown | None:
    """The first instruction that is not known or cannot be read; None if there is none."""
    return next((each for each in file.instructions if isinstance(each, Unknown)), None)


def _readable(file: Containerfile) -> bool:
    """Whether every instruction is known and can be read: in any other file nothing is certain."""
    return stages(file).readable and unreadable(file) is None


def _facts(draft: _Draft, source: Source, policy: Policy | None, known: tuple[object, ...]) -> Facts:
    context = source.context
    if context is not None and draft.writes:
        context = OverlayContext(context, {path: write.after for path, write in draft.writes.items()})
    return Facts(parse(draft.text), context=context, path=source.path, policy=policy, known=known)


def _ask(each: Pass, facts: Facts) -> tuple[list[Proposal], list[Declined]]:
    findings: list[Finding] = list(each(facts.file, facts))
    return (
        [one for one in findings if isinstance(one, Proposal)],
        [one for one in findings if isinstance(one, Declined)],
    )


def _judge(
    each: Pass, proposals: Iterable[Proposal], facts: Facts, draft: _Draft, selection: Selection
) -> list[Placed]:
    seen: Counter[tuple[str, str, str]] = Counter()
    claimed: list[Edit] = []
    judged: list[Placed] = []
    names = {each.name, *each.codes}
    nowhere = bool(names & pragmas.everywhere(facts.file))
    for offered in proposals:
        name = (offered.rule, offered.title, offered.at.of(draft.text))
        key = Key(*name, seen[name])
        seen[name] += 1
        proposal = selection.choose(key, offered)
        fate = _fate(proposal, key, selection)
        if fate is not Fate.DESELECTED and (nowhere or names & _unwanted(offered, facts.file)):
            fate = Fate.IGNORED
        if fate is Fate.APPLIED and _overlaps(claimed, proposal.edits):
            fate = Fate.CONFLICT
        if fate is Fate.APPLIED:
            claimed.extend(proposal.edits)
        judged.append(Placed(key, offered, proposal, draft.origins.back(offered.at.start), fate))
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


def _check_names(each: Pass, proposals: Iterable[Proposal]) -> None:
    for proposal in proposals:
        if proposal.rule != each.name:
            raise _Broken(f"a proposal calls itself {proposal.rule}")
        if proposal.safety < each.weakest:
            raise _Broken(f"a proposal is weaker than {each.weakest.name} says")


def _step(
    each: Pass,
    facts: Facts,
    draft: _Draft,
    chosen: Sequence[Proposal],
    source: Source,
    selection: Selection,
    policy: Policy | None,
    known: tuple[object, ...],
) -> tuple[_Draft, Facts]:
    edits = [edit for proposal in chosen for edit in proposal.edits]
    try:
        text = apply(draft.text, edits)
    except (OverlappingEdits, ValueError) as error:
        raise _Broken(str(error)) from error
    after = _Draft(text, draft.origins.then(edits), _compose(draft.writes, chosen))
    again = _facts(after, source, policy, known)
    _check_tree(again.file)
    relation = max((proposal.contract.trace for proposal in chosen), key=list(TraceRelation).index)
    if found := problem(facts[Trace], again[Trace], relation):
        raise _Broken(f"not equivalent: {found}")
    if found := disagreement(again.file):
        raise _Broken(f"a second reader disagrees: {found}")
    more = [one for one in _judge(each, _ask(each, again)[0], again, after, selection) if one.fate is Fate.APPLIED]
    if more:
        raise _Broken(f"not idempotent: it would go on with “{more[0].proposal.title}”")
    return after, again


def _check_tree(file: Containerfile) -> None:
    if file.render() != file.text:
        raise _Broken("the tree does not tile the text")
    for instruction in file.instructions:
        if isinstance(instruction, Unknown):
            raise _Broken(f"it made an unreadable instruction: {instruction.problem}")


def _compose(writes: Mapping[str, FileWrite], chosen: Iterable[Proposal]) -> Mapping[str, FileWrite]:
    """Put writes of one file together: each of them only appends to what the file held."""
    composed = dict(writes)
    for write in (write for proposal in chosen for write in proposal.writes):
        base = write.before or ""
        earlier = composed.get(write.path)
        if earlier is None:
            composed[write.path] = write
        elif write.after.startswith(base):
            if write.before == earlier.after:
                composed[write.path] = FileWrite(write.path, earlier.before, write.after)
            else:
                composed[write.path] = FileWrite(write.path, earlier.before, earlier.after + write.after[len(base) :])
        else:
            raise _Broken(f"two proposals write {write.path} and one does not only append")
    return composed


def _refate(placed: Placed, fate: Fate, because: str) -> Placed:
    return replace(placed, fate=fate, because=because) if placed.fate is Fate.APPLIED else placed
