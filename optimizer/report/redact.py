"""Keeps secrets out of reports: the values of build arguments and secrets, wherever a build or a check repeats them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from optimizer.errors import OptimizerError, OriginalFails
from optimizer.outcome import Attempt, Outcome
from optimizer.proof.model import Check, Difference, Measure, Proven, Refuted, Undecided, Verdict
from optimizer.report.entry import Done, Entry, Failed

_SHORTEST = 4
HIDDEN = "***"


class Redactor:
    """Replaces secret values by `***`. Values of fewer than four characters are no secrets and stay readable."""

    def __init__(self, values: Iterable[str]) -> None:
        lines = {line.strip() for value in values for line in (value, *value.splitlines())}
        # The longest first: one value may be part of another.
        self._values = sorted((line for line in lines if len(line) >= _SHORTEST), key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without the values."""
        for value in self._values:
            text = text.replace(value, HIDDEN)
        return text

    def entry(self, entry: Entry) -> Entry:
        """The same entry; only the two texts of the files are left as they are, for they hold no values given to us."""
        if not self._values:
            return entry
        match entry:
            case Done(outcome=outcome):
                return replace(entry, outcome=self._outcome(outcome))
            case Failed(error=error):
                return replace(entry, error=self._error(error))

    def _outcome(self, outcome: Outcome) -> Outcome:
        return replace(
            outcome,
            decided=tuple(replace(each, because=self.text(each.because)) for each in outcome.decided),
            verdict=None if outcome.verdict is None else self._verdict(outcome.verdict),
            attempts=tuple(Attempt(each.rules, self._verdict(each.verdict)) for each in outcome.attempts),
            original=None if outcome.original is None else self._measure(outcome.original),
        )

    def _error(self, error: OptimizerError) -> OptimizerError:
        message, hint = self.text(error.message), None if error.hint is None else self.text(error.hint)
        if isinstance(error, OriginalFails):
            tail = tuple(map(self.text, error.tail))
            return OriginalFails(message, tail=tail, hint=hint, path=error.path, at=error.at)
        return type(error)(message, hint=hint, path=error.path, at=error.at)

    def _verdict(self, verdict: Verdict) -> Verdict:
        match verdict:
            case Proven(before=before, after=after, checks=checks):
                measures = (self._measure(before), self._measure(after))
                return replace(verdict, before=measures[0], after=measures[1], checks=self._checks(checks))
            case Refuted(differences=differences, checks=checks, build=build):
                return Refuted(tuple(map(self._difference, differences)), self._checks(checks), self._lines(build))
            case Undecided(hint=hint, checks=checks, before=first, after=second):
                return replace(
                    verdict,
                    hint=self.text(hint),
                    checks=self._checks(checks),
                    before=None if first is None else self._measure(first),
                    after=None if second is None else self._measure(second),
                )

    def _lines(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(self.text, lines))

    def _checks(self, checks: tuple[Check, ...]) -> tuple[Check, ...]:
        return tuple(replace(check, name=self.text(check.name), detail=self.text(check.detail)) for check in checks)

    def _difference(self, difference: Difference) -> Difference:
        return replace(difference, what=self.text(difference.what), detail=self.text(difference.detail))

    def _measure(self, measure: Measure) -> Measure:
        return replace(
            measure, instructions=tuple(replace(cost, text=self.text(cost.text)) for cost in measure.instructions)
        )
