"""Proposals in, text out. The engine trusts no pass.

For each pass in turn: read the text, ask the pass, keep what is allowed, carry out the edits, read again, and check
that the tree still tiles the text, that nothing went beyond the contracts (`optimizer.equivalence`), that an
independent reader sees the same instructions, and that the pass has nothing more to offer. If any of these fails, it is
a bug of that pass: the step is dropped, named in the result, and the input of the step kept.

What a pass changes may let an earlier one go on. So passes are asked again until none of them has more to offer: a
second run over the result finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from optimizer.containerfile.ignorefile import in_force
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
from optimizer.proposal import Contract, Declined, FileWrite, Finding, Proposal, TraceRelation
from optimizer.selection import Placed, Selection, judge, refate
from optimizer.text import Origins, OverlappingEdits, apply


@dataclass(frozen=True, slots=True)
class Source:
    """One Containerfile to work on. `path` is absolute, None for standard input; `context` None: there is none."""

    text: str
    path: Path | None = None
    context: Context | None = None

    def ignored(self, writes: Iterable[FileWrite] = ()) -> str | None:
        """The text of the ignore file in force, once these files are written; None if there is none."""
        if self.context is None:
            return None
        written = {write.path: write.after for write in writes}
        found = in_force(OverlayContext(self.context, written) if written else self.context, self.path)
        return None if found is None else found.text


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


_ROUNDS = 5
"""How often a pass is asked, at most: real files come to rest in three."""


_MISTAKES = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What code raises that is wrong. A pass that does is named, and the others still do their work; what the system
refuses (OSError) and what is meant for the user (OptimizerError) is no mistake of a pass."""


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
    passes = pipeline if _readable(facts.file) else ()
    heard: dict[str, _Draft] = {}  # by pass: the draft to which it has nothing to add
    for number in range(_ROUNDS):
        begun = draft
        for each in passes:
            if heard.get(each.name) is draft or any(bug.rule == each.name for bug in bugs):
                continue
            try:
                proposals, declined = _ask(each, facts)
            except _Broken as broken:
                bugs.append(PassBug(each.name, str(broken)))
                continue
            left = [PlacedRefusal(one, draft.origins.back(one.at.start)) for one in declined]
            judged = judge(each, proposals, facts.file, draft.origins, selection, number)
            chosen = [one.proposal for one in judged if one.fate is Fate.APPLIED]
            try:
                _check_names(each, proposals)
                _check_rest(chosen, number)
                if chosen:
                    draft, facts = _step(each, facts, draft, chosen, source, selection, policy, known)
            except _Broken as broken:
                bugs.append(PassBug(each.name, str(broken)))
                judged = [refate(one, Fate.PASS_BUG, str(broken)) for one in judged]
            heard[each.name] = draft
            if number and chosen:  # it goes on: of what it said before, only what was done still holds
                placed = [one for one in placed if one.key.rule != each.name or one.fate is Fate.APPLIED]
                refused = [one for one in refused if one.declined.rule != each.name]
            if chosen or not number:
                placed += judged
                refused += left
        if draft is begun:
            break
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
    try:
        findings: list[Finding] = list(each(facts.file, facts))
    except _MISTAKES as error:
        raise _Broken(f"it failed: {type(error).__name__}: {error}") from error
    return (
        [one for one in findings if isinstance(one, Proposal)],
        [one for one in findings if isinstance(one, Declined)],
    )


def _check_names(each: Pass, proposals: Iterable[Proposal]) -> None:
    for proposal in proposals:
        if proposal.rule != each.name:
            raise _Broken(f"a proposal calls itself {proposal.rule}")
        if proposal.safety < each.weakest:
            raise _Broken(f"a proposal is weaker than {each.weakest.name} says")


def _check_rest(chosen: Sequence[Proposal], number: int) -> None:
    if chosen and number == _ROUNDS - 1:
        raise _Broken(f"passes undo one another: it would go on with “{chosen[0].title}”")


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
    offered = judge(each, _ask(each, again)[0], again.file, after.origins, selection, 0)
    more = [one for one in offered if one.fate is Fate.APPLIED]
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
