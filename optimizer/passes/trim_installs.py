"""Bring installs down to what is needed. Page: `golden/trim_installs/README.md`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import unique

from optimizer.containerfile.nodes import Containerfile, ExecForm, Instruction, Onbuild, Run
from optimizer.ecosystems.installing import package_name
from optimizer.ecosystems.trimming import Locked, Trim
from optimizer.ecosystems.verbs import ADDING
from optimizer.evidence.recommended import Recommended
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.facts.shipping import Shipping
from optimizer.facts.steps import Step
from optimizer.passes import _lock_file as lock_file
from optimizer.passes import _project as project
from optimizer.passes._behind_operands import behind_operands
from optimizer.passes._behind_verb import behind_verb, verb_of
from optimizer.passes._cleanup_later import steps_of
from optimizer.passes._trim_said import Said, said
from optimizer.passes.base import rewrite
from optimizer.proposal import (
    Contract,
    Declined,
    Finding,
    PathPattern,
    Proposal,
    Refusal,
    Safety,
    TraceRelation,
    Unnamed,
)
from optimizer.text import Edit

_NAME = "trim_installs"


@unique
class Why(Refusal):
    """Why an install brings as much as before."""

    BUILDER_STAGE = "the stage does not ship, so what it installs too much is not shipped either"
    ONBUILD = "it runs when another image is built on this one, whose needs are not known"
    FORM = "a RUN in JSON form is left as it is"
    HEREDOC = "the commands stand in a here-document"
    QUOTED = "the command stands in a quoted string whose positions are not certain"
    WANTED = "the file asks for it, by an option, a setting or a variable, or by a variable whose value is not known"
    MANIFEST = "which packages must stay is not known: no COPY brings the manifest, or it names workspaces"
    PROJECT_SCRIPT = "the install runs a script of the project, which may need what would stay away"
    BUILD_NEEDS_DEV = "a later step builds, or is not known, and may need what would stay away"
    START_NEEDS_DEV = "what the container starts may be one of the packages that would stay away"
    LOCK_NOT_COPIED = "the lock file in the context is not copied before the install"
    LOCK_STALE = "the lock file was not made for this manifest"
    LOCK_VERSION = "the tool in the base image does not read lock files of this version"
    PACKAGES_THERE = "packages lie there already, and a strict install deletes them first"


@rewrite(weakest=Safety.NEEDS_PROOF, refuses=Why, codes=("DL3015",))
def trim_installs(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Keep away what an install brings and nothing needs."""
    for stage in facts[Shipping].stages:
        for instruction in stage.instructions:
            yield from _trimmed(instruction, facts)
            yield from _held(instruction, facts)


def _trimmed(instruction: Instruction, facts: Facts) -> Iterator[Finding]:
    """One finding for each option that calls of this instruction lack."""
    lacking: dict[Trim, list[Step]] = {}
    wanted: set[Trim] = set()
    for call, trim in _trimmable(instruction, facts):
        match said(call, trim, instruction, facts):
            case Said.NOTHING:
                lacking.setdefault(trim, []).append(call)
            case Said.WANTED:
                wanted.add(trim)
            case Said.AVOIDED:
                continue
    for trim in wanted:
        yield Declined(_NAME, instruction.span, Why.WANTED, trim.brings.value)
    for trim, calls in lacking.items():
        found = _finding(instruction, trim, calls, facts)
        if found is not None:
            yield found


def _trimmable(instruction: Instruction, facts: Facts) -> Iterator[tuple[Step, Trim]]:
    """The calls of an instruction that could be told to bring less, and the option for it."""
    for call in steps_of(instruction, facts):
        made = call.invocation
        if made is None or made.verb_index is None:
            continue
        verb = call.words[made.verb_index].literal
        for trim in made.ecosystem.trims:
            for_all = trim.manifest is None or not made.operands
            if made.name in trim.programs and verb in trim.verbs and for_all and not made.has(trim.idle_with):
                yield call, trim


def _finding(instruction: Instruction, trim: Trim, calls: Sequence[Step], facts: Facts) -> Finding | None:
    why = _where(instruction, facts)
    if why is None and trim.manifest is not None:
        outcome = _of_project(calls, trim, facts)
        if isinstance(outcome, Why):
            why = outcome
        elif outcome is None:
            return None
        else:
            return _proposal(calls, trim, facts, outcome)
    elif why is None:
        return _proposal(calls, trim, facts, _of_packages(trim, facts))
    return Declined(_NAME, instruction.span, why, trim.brings.value)


def _where(instruction: Instruction, facts: Facts) -> Why | None:
    """The reason why nothing can be put into this instruction."""
    if isinstance(instruction, Onbuild):
        return Why.ONBUILD
    assert isinstance(instruction, Run)
    if instruction not in facts[Shipping]:
        return Why.BUILDER_STAGE
    if isinstance(instruction.command, ExecForm):
        return Why.FORM
    return Why.HEREDOC if instruction.heredocs else None


def _of_packages(trim: Trim, facts: Facts) -> Contract:
    """All packages may go that no command line of the file names."""
    named = {
        step.words[index].literal or ""
        for run in facts.file.instructions
        if isinstance(run, Run)
        for step in facts[Invocations].of(run)
        if step.invocation is not None and step.invocation.verb in ADDING
        for index in step.invocation.operands
    }
    kept = frozenset(package_name(name) for name in named if name) | trim.unseen
    return Contract(
        TraceRelation.TRIMS,
        removed=_patterns(trim.removes),
        changed=_patterns(trim.changes),
        added=_patterns(trim.adds),
        shortened=_patterns(trim.shortens),
        unnamed=frozenset({Unnamed(trim.records, kept)}) if trim.records is not None else frozenset(),
    )


def _patterns(paths: Sequence[str]) -> frozenset[PathPattern]:
    return frozenset(PathPattern(path) for path in paths)


def _of_project(calls: Sequence[Step], trim: Trim, facts: Facts) -> Contract | Why | None:
    """What may go by what the manifest says; None if it names nothing that could."""
    assert trim.manifest is not None
    contract = Contract(TraceRelation.TRIMS)
    for call in calls:
        assert call.invocation is not None
        found = project.project(call, trim.manifest, facts)
        if found is None:
            return Why.MANIFEST
        stays = found.names(trim.manifest.production)
        if found.names(trim.manifest.development) <= stays:
            return None
        if project.lies_beside(found, trim.unlike, facts):
            return None
        if found.runs_hooks(call.invocation):
            return Why.PROJECT_SCRIPT
        if project.builds_later(call, facts):
            return Why.BUILD_NEEDS_DEV
        if project.starts_with_development(found, call.run, facts):
            return Why.START_NEEDS_DEV
        unnamed = frozenset({Unnamed(trim.records, stays)}) if trim.records is not None else frozenset()
        contract = replace(
            contract,
            removed=contract.removed | _below(found.where, trim.removes),
            changed=contract.changed | _below(found.where, trim.changes),
            unnamed=contract.unnamed | unnamed,
        )
    return contract


def _below(where: str, paths: Sequence[str]) -> frozenset[PathPattern]:
    """Paths of the image; below any directory if where it lies is the base image's secret."""
    top = where if where.startswith("/") else posixpath.join("/**", where)
    return frozenset(PathPattern(posixpath.normpath(posixpath.join(top, path))) for path in paths)


def _proposal(calls: Sequence[Step], trim: Trim, facts: Facts, contract: Contract) -> Finding:
    run = calls[0].run
    flag = _flag(trim, run, facts)
    edits = [behind_verb(call, flag) for call in calls]
    if None in edits:
        return Declined(_NAME, run.span, Why.QUOTED, trim.brings.value)
    found = tuple(edit for edit in edits if edit is not None)
    made = calls[0].invocation
    assert made is not None and made.verb_index is not None
    title = f"keep {trim.brings.value} away"
    verb = calls[0].words[made.verb_index].raw
    reason = f"`{made.name} {verb}` brings {trim.brings.value}; with `{flag}` they stay away"
    proposal = Proposal(_NAME, run.span, title, reason, found, Safety.NEEDS_PROOF, contract)
    return replace(proposal, alternatives=tuple(_adding_back(proposal, calls[-1], trim, facts)))


def _adding_back(proposal: Proposal, call: Step, trim: Trim, facts: Facts) -> Iterator[Proposal]:
    """The same with packages named that nothing brings along any more: what the image was seen to need, and what only a
    network would miss."""
    known = facts.known(Recommended) or Recommended()
    needed = known.needed if trim.records is not None and known.records is trim.records else ()
    ways = dict.fromkeys((tuple(needed), tuple(sorted({*needed, *trim.unseen})), tuple(sorted(trim.unseen))))
    for names in filter(None, ways):
        kept = behind_operands(call, names, facts)
        if kept:
            title = f"{proposal.title} but for {' '.join(names)}"
            yield replace(proposal, edits=(*proposal.edits, *kept), title=title)


def _flag(trim: Trim, run: Run, facts: Facts) -> str:
    """The option as the tool in the base image knows it."""
    for older in trim.older:
        major = project.base_major(run, older.image, facts)
        if major is not None and major < older.below:
            return older.flag
    return trim.flag


def _held(instruction: Instruction, facts: Facts) -> Iterator[Finding]:
    """Installs that may change the lock file and would do the same without."""
    for call in steps_of(instruction, facts):
        made = call.invocation
        if made is None or made.ecosystem.locked is None or made.verb_index is None or made.operands:
            continue
        locked = made.ecosystem.locked
        if made.name not in locked.programs or call.words[made.verb_index].literal not in locked.loose:
            continue
        if all(option.name in locked.options for option in made.options):
            found = _hold(instruction, call, locked, facts)
            if found is not None:
                yield found


def _hold(instruction: Instruction, call: Step, locked: Locked, facts: Facts) -> Finding | None:
    assert call.invocation is not None
    trims = call.invocation.ecosystem.trims
    manifest = next((trim.manifest for trim in trims if trim.manifest is not None), None)
    if manifest is None or _where(instruction, facts) is not None:
        return None
    found = project.project(call, manifest, facts)
    lock = None if found is None else lock_file.lock(found, locked, call.run, facts)
    if found is None or lock is None:
        return None
    why = _why_not_held(call, found, lock, locked, facts)
    place = verb_of(call)
    if why is None and place is None:
        why = Why.QUOTED
    if why is not None or place is None:
        return Declined(_NAME, instruction.span, why or Why.QUOTED, lock.path)
    return Proposal(
        _NAME,
        instruction.span,
        "install what the lock file says",
        f"`{place.of(facts.file.text)}` may rewrite {lock.path}; `{locked.strict}` installs exactly what it names",
        (Edit(place, locked.strict),),
        Safety.NEEDS_PROOF,
        Contract(TraceRelation.TRIMS, changed=_below(found.where, locked.changes)),
    )


def _why_not_held(call: Step, found: project.Project, lock: lock_file.Lock, locked: Locked, facts: Facts) -> Why | None:
    if not lock.sent:
        return Why.LOCK_NOT_COPIED
    version = lock_file.version(lock, locked)
    if version is None or not lock_file.agrees(lock, found, locked):
        return Why.LOCK_STALE
    known = [first for number, image, first in locked.needs if number == version]
    majors = [project.base_major(call.run, image, facts) for number, image, _ in locked.needs if number == version]
    if not known or any(major is not None and major < known[0] for major in majors):
        return Why.LOCK_VERSION
    return Why.PACKAGES_THERE if lock_file.installed_before(call, found, locked, facts) else None
