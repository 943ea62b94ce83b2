"""The judge at work: builds the original once and each candidate, compares them, runs both."""

from __future__ import annotations

import contextlib
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType

from optimizer.containerfile.parser import parse
from optimizer.containerfile.stages import stages
from optimizer.containers.behind import Behind
from optimizer.containers.model import BuildFailed, Built, CacheUse, Engine, Image, ImageId, Progress, Step
from optimizer.containers.names import directory_prefix
from optimizer.containers.stop import Stop
from optimizer.errors import OriginalFails
from optimizer.proof import judge
from optimizer.proof.ahead import Aheads
from optimizer.proof.bases import Bases, base_images, moved
from optimizer.proof.behaviour import Behaviour
from optimizer.proof.building import Builds, OutOfTime
from optimizer.proof.cache import ProofCache, key
from optimizer.proof.compare import compare
from optimizer.proof.failing import original_fails
from optimizer.proof.judge import Findings
from optimizer.proof.measure import measure
from optimizer.proof.model import (
    BuiltOriginal,
    CheckResult,
    Doubt,
    Foresee,
    Measure,
    Proven,
    Refuted,
    Subject,
    Terms,
    Undecided,
    Verdict,
)
from optimizer.proof.noise import Learned, Noise
from optimizer.proof.packages import changes, installed
from optimizer.proof.packing import Packing
from optimizer.proof.reading import Reading
from optimizer.proof.rebuild import rebuild_seconds
from optimizer.proof.rootfs import Tree
from optimizer.proof.smoke import Patience
from optimizer.proof.usercheck import Side
from optimizer.proposal import Contract

_LONG = 1.0
"""Seconds of a step after which its layer is measured while the build goes on."""

_PIN = "pin base images by digest and packages by version, or try again"


@dataclass(frozen=True, slots=True)
class _Made:
    """A built image."""

    built: Built
    image: Image
    side: Side


class Prover:
    """Proves candidates against one original. A context manager: leaving it unmounts and removes temporary files.

    Images stay in the engine's layer cache. Raises MissingTool and EngineError from the engine.
    """

    def __init__(
        self,
        engine: Engine,
        terms: Terms,
        original: Subject,
        containerfile: Path,
        progress: Progress | None = None,
        *,
        cache: ProofCache | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._engine = engine
        self._terms = terms
        self._subject = original
        self._path = containerfile
        self._progress = progress
        self._cache = cache
        self._patience = patience or Patience()
        self._stack = contextlib.ExitStack()
        self._first_bases: Bases = {}
        """What the original's base names meant when it was built."""
        self._stages, self._stages_begun = len(stages(parse(original.text)).needed(terms.target)), 0
        self._packing = Packing(engine)
        self._reading = Reading(engine, lambda: self._aheads.over())
        self._stop = Stop()

    def __enter__(self) -> Prover:
        self._directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix=directory_prefix())))
        self._builds = Builds(self._engine, self._terms, self._directory, self._progress)
        self._aheads = Aheads(self._subject, self._build_ahead)
        self._mounts = self._stack.enter_context(contextlib.ExitStack())
        self._pool = self._stack.enter_context(ThreadPoolExecutor(max_workers=6))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.now()
        self._aheads.end()
        self._packing.end()
        self._stack.close()

    def original(self, foresee: Foresee = lambda build: ()) -> BuiltOriginal:
        """The original, built once, and beside it what is foreseen. Raises OriginalFails with the last lines."""
        self._aheads.start(foresee)
        self._pool.submit(self._engine.versions)  # asked for once, and now is time for it
        # Most of the bytes are the base's, and a build leaves processors idle.
        self._packing.start(self._bases_before.values())
        self._pool.submit(self._reading.bases, self._bases_before.values())
        try:
            made = self._original
        finally:
            self._aheads.original_ended()
        self._packing.start((*self._first_bases.values(), made.built.image))
        if not all(step.cached for step in made.built.steps):  # else it was probably proven before, too
            self._pool.submit(self._behaviour.look_at_original)
        return BuiltOriginal(made.built.image, lambda: self._measure(made))

    def judge(self, candidate: Subject, contract: Contract) -> Verdict:
        """Build the candidate, compare it with the original under the contract, run both. Raises OriginalFails."""
        bases = self._bases(self._subject, candidate, known=self._first_bases)
        known_as = self._key(candidate, contract, bases)
        known = self._cache.get(known_as) if known_as is not None and self._cache is not None else None
        if known is not None and not self._moved(candidate, bases):
            return known
        original = self._original
        self._packing.start(bases.values())
        self._aheads.wait_for(candidate)
        self._pool.submit(lambda: original.side.tree)
        looking = self._pool.submit(self._behaviour.cannot_fail)
        try:
            made = self._made(self._builds.of_candidate(candidate))
        except BuildFailed as failure:
            return Refuted(build=failure.tail)
        except OutOfTime:
            return Undecided(Doubt.TIME, f"the build took more than {self._terms.timeout:g} s: raise --timeout")
        running = self._pool.submit(self._behaviour.look_at, made.side)
        self._pool.submit(lambda: made.side.tree)
        self._packing.start((made.built.image,))
        with ThreadPoolExecutor(1) as beside:  # the pool may be busy with a candidate that was refuted
            moving = beside.submit(self._moved, candidate, bases)
            first_look = judge.look(original.side, made.side, contract, self._terms.context, self._reading.contents)
        if names := moving.result():
            return Undecided(Doubt.DRIFT, f"{names[0]} became another image meanwhile; {_PIN}")
        findings = self._findings(first_look, made, contract)
        if isinstance(findings, Undecided):
            return findings
        differences = findings.differences() or judge.behave(
            self._engine, original.side, made.side, findings.real, self._reading.dynamic
        )
        if differences:
            return Refuted(differences)
        looking.result()
        checks = self._behaviour.checks(made.side, running.result(), contract)
        if any(check.result is CheckResult.FAILED for check in checks):
            return Refuted(checks=checks)
        before, after = self._measure(original), self._measure(made)
        if not self._behaviour.counts(checks):
            return Undecided(Doubt.NO_CHECK, self._behaviour.hint(checks), checks, before, after)
        config = made.image.config
        platform = f"{config.os}/{config.architecture}"
        proven = Proven(before, after, checks, findings.compared, self._engine.versions(), platform)
        if known_as is not None and self._cache is not None:
            self._cache.put(known_as, proven)
        return proven

    def rebuild_seconds(self, subject: Subject) -> float | None:
        """Seconds of a build after one edit of a source file that reaches the image; None if no edit changes a step.
        The subject must have been built before. The user's context is not touched."""
        return rebuild_seconds(
            self._terms.context, lambda context: self._builds.of(subject, context=context), self._directory
        )

    def _key(self, candidate: Subject, contract: Contract, bases: Bases) -> str | None:
        if self._cache is None:
            return None
        return key(self._subject, candidate, contract, self._terms, bases, self._engine.versions())

    def _bases(self, *subjects: Subject, known: Bases | None = None) -> Bases:
        return base_images(self._engine, [each.text for each in subjects], self._terms.build_args, known)

    def _moved(self, candidate: Subject, before: Bases) -> tuple[str, ...]:
        """Names of base images that have become others since, or since the original was built."""
        now = self._bases(self._subject, candidate)
        return (*moved(before, now), *moved(self._first_bases, now))

    def _build_ahead(self, subject: Subject, progress: Progress, stop: Stop, behind: Behind) -> Built:
        built = self._builds.behind(subject, progress, stop, behind)
        if not self._aheads.over():
            self._packing.start((built.image,))
            self._pool.submit(self._reading.built, built.image, self._bases_before.values())
        return built

    @cached_property
    def _bases_before(self) -> Bases:
        """What the original's base names mean before it is built."""
        return self._bases(self._subject)

    @cached_property
    def _original(self) -> _Made:
        return self._made(self._build_original(CacheUse.REUSE))

    @cached_property
    def _second(self) -> _Made:
        """The original once more, nothing taken from the cache: what it does not reproduce itself is noise."""
        return self._made(self._build_original(CacheUse.COLD))

    def _build_original(self, cache: CacheUse) -> Built:
        known = self._first_bases or self._bases_before
        try:
            told = self._progressed if cache is CacheUse.REUSE else None
            built = self._builds.of(self._subject, told, cache=cache)
        except BuildFailed as failure:
            raise original_fails(failure, self._subject.text, self._path) from failure
        except OutOfTime:
            hint = f"it took more than {self._terms.timeout:g} s: give it more with --timeout"
            raise OriginalFails("the original does not build in time", hint=hint, path=self._path) from None
        # What was not here was pulled by the build.
        self._first_bases = {**self._bases(self._subject), **{name: image for name, image in known.items() if image}}
        return built

    @cached_property
    def _behaviour(self) -> Behaviour:
        return Behaviour(self._engine, self._original.side, self._terms.smoke, self._patience, self._stop)

    def _progressed(self, step: Step) -> None:
        if self._progress is not None:
            self._progress(step)
        self._aheads.original_finished(step)
        self._stages_begun += step.text.upper().startswith("FROM ")
        # It probably wrote much, and this build leaves processors idle; layers of an earlier stage seldom ship.
        if not step.cached and step.seconds >= _LONG and self._stages_begun == self._stages:
            self._packing.start((step.image,))

    def _made(self, built: Built) -> _Made:
        image = self._engine.image(built.image)
        return _Made(built, image, Side(built.image, image.config, partial(self._listed, built.image)))

    def _listed(self, image: ImageId) -> Tree:
        root = self._mounts.enter_context(self._engine.rootfs(image))
        return self._reading.listing.of(root, self._engine.layer_changes(image))

    def _measure(self, made: _Made) -> Measure:
        earlier = (self._original.built.steps, *self._aheads.finished)
        return measure(made.image, made.built, self._packing.size(made.built.image), earlier)

    def _findings(self, findings: Findings, made: _Made, contract: Contract) -> Findings | Undecided:
        """What a first look found. Where something is left, a second build of the original tells noise from change."""
        if findings.certain or findings.clean:
            return findings
        again = self._second.side
        own_drift = changes(installed(self._original.side.tree), installed(again.tree)).drifted
        if not own_drift:
            return findings.after(self._learned, made.side.tree)
        # Mirrors moved since the original's layers were cached: the new original is the one to compare with.
        fresh = judge.look(again, made.side, contract, self._terms.context)
        if fresh.certain or fresh.clean:
            return fresh
        names = ", ".join(sorted({drift.name for drift in own_drift})[:3])
        return Undecided(Doubt.DRIFT, f"{names} came in another version: {_PIN}")

    @cached_property
    def _learned(self) -> Learned:
        one, other = self._original.side.tree, self._second.side.tree
        return Learned(Noise().without(compare(one, other), one, other), one, other)
