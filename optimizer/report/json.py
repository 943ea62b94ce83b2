"""Fills the models of `optimizer.report.model`. Imports pydantic: import it late."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.errors import OptimizerError, OriginalFails
from optimizer.outcome import Attempt, Decided, Outcome, PassBug, Refused
from optimizer.proof.model import Check, Difference, Measure, Proven, Refuted, Undecided, Verdict
from optimizer.proposal import FileWrite
from optimizer.report import diff
from optimizer.report.entry import Done, Entry, Failed, Saved
from optimizer.report.model import (
    AttemptModel,
    BugModel,
    CheckModel,
    CostModel,
    DifferenceModel,
    ErrorModel,
    FileModel,
    FoundModel,
    MeasureModel,
    RefusedModel,
    ReportModel,
    ToolModel,
    VerdictModel,
    WriteModel,
)
from optimizer.text import printable


def report(entries: Sequence[Entry], version: str, exit_code: int) -> ReportModel:
    """The report of one run."""
    tool = ToolModel(name="optimize", version=version)
    return ReportModel(tool=tool, exit_code=exit_code, files=tuple(map(_file, entries)))


def to_json(model: ReportModel) -> str:
    """The report as JSON text."""
    return model.model_dump_json(indent=2) + "\n"


def _file(entry: Entry) -> FileModel:
    match entry:
        case Failed(name=name, error=error):
            return FileModel(path=printable(name), status=entry.status, error=_error(error))
        case Done(outcome=outcome):
            return _done(entry, outcome)


def _done(done: Done, outcome: Outcome) -> FileModel:
    return FileModel(
        path=printable(done.name),
        status=done.status,
        written=done.saved is Saved.YES,
        context=None if outcome.context is None else printable(str(outcome.context)),
        diff=printable(diff.plain(diff.of_entry(done))),
        before=printable(outcome.before),
        after=printable(outcome.after),
        writes=tuple(_write(done, write) for write in outcome.writes),
        proposals=tuple(map(_found, outcome.decided)),
        refused=tuple(map(_refused, outcome.refused)),
        bugs=tuple(map(_bug, outcome.bugs)),
        verdict=None if outcome.verdict is None else _verdict(outcome.verdict),
        attempts=tuple(map(_attempt, outcome.attempts)),
        original=None if outcome.original is None else _measure(outcome.original),
    )


def _error(error: OptimizerError) -> ErrorModel:
    return ErrorModel(
        message=printable(error.message),
        hint=None if error.hint is None else printable(error.hint),
        line=None if error.at is None else error.at.line,
        column=None if error.at is None else error.at.column,
        exit_code=error.exit_code,
        tail=tuple(map(printable, error.tail)) if isinstance(error, OriginalFails) else (),
    )


def _write(done: Done, write: FileWrite) -> WriteModel:
    before = None if write.before is None else printable(write.before)
    return WriteModel(path=printable(done.beside(write.path)), before=before, after=printable(write.after))


def _found(decided: Decided) -> FoundModel:
    proposal = decided.proposal
    return FoundModel(
        rule=proposal.rule,
        line=decided.position.line,
        column=decided.position.column,
        title=printable(proposal.title),
        reason=printable(proposal.reason),
        safety=proposal.safety,
        fate=decided.fate,
        because=printable(decided.because),
        saves=proposal.saves,
    )


def _refused(refused: Refused) -> RefusedModel:
    declined = refused.declined
    return RefusedModel(
        rule=declined.rule,
        line=refused.position.line,
        column=refused.position.column,
        why=declined.why.name,
        reason=declined.why.value,
        detail=printable(declined.detail),
    )


def _bug(bug: PassBug) -> BugModel:
    return BugModel(rule=bug.rule, problem=printable(bug.problem))


def _attempt(attempt: Attempt) -> AttemptModel:
    return AttemptModel(rules=attempt.rules, verdict=_verdict(attempt.verdict))


def _measure(measure: Measure) -> MeasureModel:
    return MeasureModel(
        unpacked=measure.unpacked,
        compressed=measure.compressed,
        sampled=measure.sampled,
        layers=measure.layers,
        build_seconds=measure.build_seconds,
        rebuild_seconds=measure.rebuild_seconds,
        cached=measure.cached,
        instructions=tuple(
            CostModel(instruction=printable(each.text), bytes=each.bytes, seconds=each.seconds)
            for each in measure.instructions
        ),
    )


def _verdict(verdict: Verdict) -> VerdictModel:
    match verdict:
        case Proven():
            return VerdictModel(
                result="proven",
                before=_measure(verdict.before),
                after=_measure(verdict.after),
                checks=_checks(verdict.checks),
                compared_paths=verdict.compared_paths,
                tools=tuple(ToolModel(name=tool.tool, version=tool.text) for tool in verdict.tools),
                platform=verdict.platform,
            )
        case Refuted():
            return VerdictModel(
                result="refuted",
                checks=_checks(verdict.checks),
                differences=tuple(map(_difference, verdict.differences)),
                build=tuple(map(printable, verdict.build)),
            )
        case Undecided():
            return VerdictModel(
                result="undecided",
                before=None if verdict.before is None else _measure(verdict.before),
                after=None if verdict.after is None else _measure(verdict.after),
                checks=_checks(verdict.checks),
                doubt=verdict.doubt,
                hint=printable(verdict.hint),
            )


def _checks(checks: tuple[Check, ...]) -> tuple[CheckModel, ...]:
    return tuple(
        CheckModel(kind=each.kind, name=printable(each.name), result=each.result, detail=printable(each.detail))
        for each in checks
    )


def _difference(difference: Difference) -> DifferenceModel:
    return DifferenceModel(kind=difference.kind, what=printable(difference.what), detail=printable(difference.detail))
