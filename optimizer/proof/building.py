"""Builds of what is to be compared, all under the user's terms."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from optimizer.containers.behind import Behind
from optimizer.containers.model import BuildFailed, BuildRequest, Built, CacheUse, Engine, ManifestFormat, Progress
from optimizer.containers.stop import Stop
from optimizer.errors import EngineError
from optimizer.proof.model import Subject, Terms
from optimizer.text import encode


class OutOfTime(Exception):
    """A build reached the time limit."""


@dataclass(frozen=True, slots=True)
class Builds:
    """What is built lies in a `directory` of ours; the user's context is not touched. Safe to use from several
    threads. All raise BuildFailed, OutOfTime, and MissingTool and EngineError from the engine."""

    engine: Engine
    terms: Terms
    directory: Path
    progress: Progress | None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def of(
        self,
        subject: Subject,
        progress: Progress | None = None,
        stop: Stop | None = None,
        *,
        cache: CacheUse = CacheUse.REUSE,
        context: Path | None = None,
        behind: Behind | None = None,
    ) -> Built:
        """One build; `context` stands in place of the user's."""
        number = next(self._numbers)
        containerfile = self.directory / f"{number}.Containerfile"
        ignorefile = self.directory / f"{number}.ignore"
        containerfile.write_bytes(encode(subject.text))
        # An empty file, not none: the builder would look for one in the context.
        ignorefile.write_bytes(encode(subject.ignore or ""))
        request = BuildRequest(
            containerfile=containerfile,
            context=context or self.terms.context,
            ignorefile=ignorefile,
            target=self.terms.target,
            build_args=self.terms.build_args,
            passthrough=self.terms.passthrough,
            format=ManifestFormat.DOCKER,
            cache=cache,
            timeout=self.terms.timeout,
            behind=behind,
        )
        begun = time.monotonic()
        try:
            return self.engine.build(request, progress or self.progress, stop)
        except EngineError as error:
            if time.monotonic() - begun >= self.terms.timeout:
                raise OutOfTime from error
            raise

    def behind(self, subject: Subject, progress: Progress, stop: Stop, behind: Behind) -> Built:
        """One that waits for others."""
        return self.of(subject, progress, stop, behind=behind)

    def of_candidate(self, candidate: Subject) -> Built:
        """One that is tried once more: mirrors and registries fail now and then, so one failure shows nothing."""
        try:
            return self.of(candidate)
        except BuildFailed:
            return self.of(candidate)
