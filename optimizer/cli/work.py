"""The work on each Containerfile: read, settle, optimise, write. Gives entries for the report; prints nothing."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.cli.find import STDIN
from optimizer.cli.options import Action, Options, Proof
from optimizer.cli.progress import Progresses
from optimizer.cli.spread import WORTH, spread
from optimizer.config import Settings, load
from optimizer.containerfile.nodes import DirectiveKind
from optimizer.containerfile.parser import parse
from optimizer.context import DirectoryContext
from optimizer.engine import Source, unreadable
from optimizer.errors import InputError, OptimizerError, Unproven, UsageError
from optimizer.optimize import Wishes, exit_code, optimize
from optimizer.outcome import Outcome
from optimizer.output import Write, check, write_all
from optimizer.passes import PIPELINE
from optimizer.proof.model import Proven
from optimizer.report.entry import STDIN as STDIN_NAME
from optimizer.report.entry import Done, Entry, Failed, Saved, shown
from optimizer.report.redact import Redactor
from optimizer.text import decode, encode

if TYPE_CHECKING:
    from optimizer.cli.prove import Workshop
    from optimizer.containers.model import Step

PASSES = tuple(each.name for each in PIPELINE)

_LARGEST = 4 << 20
"""Bytes; what is larger is no Containerfile."""


class Worker:
    """Works on one Containerfile after the other, or on several at a time."""

    def __init__(self, options: Options, root: Path, workshop: Workshop | None, progresses: Progresses) -> None:
        self._options = options
        self._root = root
        self._workshop = workshop
        self._progresses = progresses
        self._stopped = threading.Event()

    def all(self, found: Sequence[Path | Failed], jobs: int | None) -> Sequence[Entry]:
        """An entry for each, in the same order. `jobs` None: as many at a time as is good."""
        if self._workshop is None and len(found) >= WORTH:
            jobs = len(os.sched_getaffinity(0)) if jobs is None else jobs
            if jobs > 1:
                return spread(self._one, found, jobs)
        if self._workshop is None or jobs is None or jobs == 1 or len(found) == 1:
            return tuple(map(self._one, found))
        # Imported late: one file needs no threads.
        from concurrent.futures import ThreadPoolExecutor, wait

        with ThreadPoolExecutor(max_workers=jobs) as pool:
            futures = [pool.submit(self._one, each) for each in found]
            try:
                wait(futures)
            except BaseException:
                self._stopped.set()
                pool.shutdown(wait=False, cancel_futures=True)
                while wait(futures, timeout=0.2).not_done:
                    _kill_children()
                raise
        return tuple(future.result() for future in futures)

    def _one(self, found: Path | Failed) -> Entry:
        if isinstance(found, Failed):
            return found
        name = STDIN_NAME if found == STDIN else shown(found, self._root)
        redactor = Redactor(())
        try:
            start = self._root if found == STDIN else found.parent
            settings = load(start, self._options.layer, os.environ, PASSES, self._options.config)
            redactor = self._redactor(settings)
            return redactor.entry(self._work(found, name, settings, redactor))
        except OptimizerError as error:
            return redactor.entry(Failed(name, error))

    def _redactor(self, settings: Settings) -> Redactor:
        if self._workshop is None:
            return Redactor(())  # nothing is built, so nothing can repeat a secret
        from optimizer.cli.prove import secret_values

        return Redactor(secret_values(settings, os.environ))

    def _work(self, path: Path, name: str, settings: Settings, redactor: Redactor) -> Done:
        data = _read(path)
        if self._options.action is Action.WRITE:
            if path == STDIN:
                raise UsageError("standard input cannot be written", hint="apply the diff: optimize - | patch FILE")
            # Before minutes are spent on a proof.
            check(Write(path, data, data))
        text = decode(data)
        _check_readable(text, name)
        source = Source(text, None if path == STDIN else path, _context(path, settings))
        judge_for = evidence_for = None
        if self._workshop is not None:
            if source.context is None:
                raise UsageError("standard input has no build context", hint="name it with --context DIR")
            judge_for = self._workshop.judge_for(settings, self._progress(name, redactor))
            evidence_for = self._workshop.evidence_for(settings)
        outcome = optimize(source, _wishes(settings), judge_for=judge_for, evidence_for=evidence_for)
        saved = Saved.NO
        if self._options.action is Action.WRITE and outcome.changed:
            self._write(outcome, data)
            saved = Saved.YES
        return Done(outcome, self._root, exit_code(outcome), saved)

    def _progress(self, name: str, redactor: Redactor) -> Callable[[Step], None] | None:
        inner = self._progresses.of(name, redactor)

        def tell(step: Step) -> None:
            if self._stopped.is_set():
                raise KeyboardInterrupt
            if inner is not None:
                inner(step)

        return tell

    def _write(self, outcome: Outcome, data: bytes) -> None:
        if self._options.proof is Proof.YES and not isinstance(outcome.verdict, Proven):
            raise Unproven("the change was not proven, nothing was written", path=outcome.path)
        # The ignore file first: it fits the old Containerfile too, and the next run does the rest.
        writes = [
            Write((outcome.context or outcome.path.parent) / each.path, _encoded(each.before), encode(each.after))
            for each in outcome.writes
        ]
        if outcome.after != outcome.before:
            writes.append(Write(outcome.path, data, encode(outcome.after)))
        write_all(writes)


def _wishes(settings: Settings) -> Wishes:
    policy = replace(settings.policy, today=_today(os.environ))
    return Wishes(settings.rules(PASSES), policy, times_rebuilds=settings.time_rebuild)


def _today(environ: Mapping[str, str]) -> date:
    """The day by the clock, or the one that SOURCE_DATE_EPOCH names (reproducible-builds.org, its specification)."""
    given = environ.get("SOURCE_DATE_EPOCH", "")
    seconds = int(given) if given.isdecimal() and len(given) < len("253402300800") else None
    now = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return now.date()


def _encoded(text: str | None) -> bytes | None:
    return None if text is None else encode(text)


def _check_readable(text: str, name: str) -> None:
    """Raise InputError for what no builder reads; another frontend may know more instructions."""
    file = parse(text)
    broken = unreadable(file)
    own = [each.value for each in file.directives if each.kind is DirectiveKind.SYNTAX]
    if broken is not None and all("docker/dockerfile" in each for each in own):
        hint = "no builder reads this file: mend it first"
        raise InputError(broken.problem, hint=hint, path=name, at=file.position(broken.span.start))


def _read(path: Path) -> bytes:
    if path == STDIN:
        return sys.stdin.buffer.read(_LARGEST + 1)
    try:
        if path.is_file() and path.stat().st_size > _LARGEST:
            raise InputError("too large for a Containerfile", path=path)
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {(error.strerror or str(error)).lower()}", path=path) from None
    return data


def _context(path: Path, settings: Settings) -> DirectoryContext | None:
    """The build context: as set, else the directory that holds the Containerfile; none for standard input."""
    if settings.context is not None:
        return DirectoryContext(settings.context)
    return None if path == STDIN else DirectoryContext(path.parent)


def _kill_children() -> None:
    """End every process that was started, so that the threads that wait for them come back."""
    from optimizer.containers.proc import descendants

    for pid in descendants(os.getpid()):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
