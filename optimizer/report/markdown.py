"""The report as a comment on a pull request (GitHub Flavored Markdown; `<details>` folds on GitLab too)."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.errors import OriginalFails
from optimizer.proof.model import Proven
from optimizer.render import render
from optimizer.report import diff
from optimizer.report.entry import Done, Entry, Failed, Status
from optimizer.report.figures import percent, size
from optimizer.report.view import plural, view
from optimizer.report.visible import code, fence, markdown, visible

_MOST_DIFFERENCES = 20
_SHORT_DIFF = 40
"""Lines up to which a diff is not folded."""


def page(entries: Sequence[Entry]) -> str:
    """The whole report: a section for each Containerfile; those without anything to say share one line."""
    telling = [entry for entry in entries if not _silent(entry)]
    parts = [_done(entry) if isinstance(entry, Done) else _failed(entry) for entry in telling]
    if len(telling) < len(entries):
        silent = [code(entry.name) for entry in entries if _silent(entry)]
        parts.append(f"Nothing to change in {', '.join(silent)}.\n")
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _silent(entry: Entry) -> bool:
    if not isinstance(entry, Done) or entry.status is not Status.UNCHANGED:
        return False
    outcome = entry.outcome
    return not outcome.decided and not outcome.refused and not outcome.bugs


def _done(done: Done) -> str:
    lines = diff.of_entry(done)
    patch = "".join(f"{visible(line.text)}\n" for line in lines)
    seen = view(done)
    return render(
        "report/markdown.j2",
        view=seen,
        headline=_headline(done),
        patch=patch,
        count=diff.count(lines),
        short=len(lines) <= _SHORT_DIFF,
        fence=fence(patch + "\n".join(seen.tail)),
        most=_MOST_DIFFERENCES,
        plural=plural,
        md=markdown,
        code=code,
        sentence=_sentence,
    )


def _headline(done: Done) -> str:
    verdict = done.outcome.verdict
    if not isinstance(verdict, Proven):
        return done.status.value
    before, after = verdict.before.unpacked, verdict.after.unpacked
    change = f" ({percent(before, after)})" if before else ""
    return f"{size(before)} → {size(after)}{change}, proven"


def _failed(failed: Failed) -> str:
    error = failed.error
    where = "" if error.at is None else f"line {error.at.line}: "
    lines = [f"### {code(failed.name)}: {failed.status.value}", "", _sentence(markdown(where + error.message))]
    if error.hint:
        lines.append(f"Hint: {markdown(error.hint)}")
    if isinstance(error, OriginalFails) and error.tail:
        tail = "\n".join(map(visible, error.tail))
        lines += ["", f"{fence(tail)}text", tail, fence(tail)]
    return "\n".join(lines) + "\n"


def _sentence(words: str) -> str:
    """The words with a capital and a full stop."""
    return f"{words[:1].upper()}{words[1:]}."
