"""One application: its naive file alone in a context, the tool at work on it, and the expert's file beside it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from optimizer.containers.model import BuildRequest, Engine, ImageId, ManifestFormat
from optimizer.context import DirectoryContext
from optimizer.engine import Rewrite, Source, run
from optimizer.optimize import Wishes, optimize
from optimizer.outcome import Outcome
from optimizer.passes.split_stages import split_stages
from optimizer.proof import checks
from optimizer.proof.checks import CommandTest
from optimizer.proof.contract import merge
from optimizer.proof.model import Subject, Terms, Verdict
from optimizer.proof.prover import Prover
from optimizer.proposal import Safety
from optimizer.selection import Selection
from optimizer.text import decode
from tests.applications import APPS
from tests.evidence.gathered import evidence_of, gather

OPTIONS = ("--network=host", "--pull-never")


@dataclass
class Application:
    """One application in a directory of its own. The judge stays in its chair, so the original is built once."""

    name: str
    engine: Engine
    context: Path
    _judge: Prover = field(init=False)

    @property
    def containerfile(self) -> Path:
        return self.context / "Containerfile"

    @property
    def source(self) -> Source:
        return Source(decode(self.containerfile.read_bytes()), self.containerfile, DirectoryContext(self.context))

    @property
    def checks(self) -> tuple[CommandTest, ...]:
        """The user's checks that run something."""
        return tuple(each for each in checks.read(APPS / self.name / "checks.yaml") if isinstance(each, CommandTest))

    @contextmanager
    def judged(self) -> Iterator[None]:
        """With the judge, for as long as it is needed."""
        terms = Terms(self.context, passthrough=OPTIONS, smoke=APPS / self.name / "checks.yaml")
        with Prover(self.engine, terms, Subject(self.source.text, None), self.containerfile) as self._judge:
            yield

    def split(self) -> Outcome:
        """Let the tool split it and prove what it did."""

        @contextmanager
        def judge(source: Source, original: Subject) -> Iterator[Prover]:
            yield self._judge

        wishes = Wishes(pipeline=(split_stages,))
        return optimize(self.source, wishes, judge_for=judge, evidence_for=evidence_of(self.engine))

    def proposal(self, refused: int) -> Rewrite:
        """What the pass proposes after so many refused candidates."""
        known = gather(self.engine, self.source.text, self._judge.original().image)
        first = run(self.source, (split_stages,), Selection(None, Safety.NEEDS_PROOF), known=known)
        if not refused:
            return first
        choices = tuple((placed.key, refused) for placed in first.applied)
        return run(self.source, (split_stages,), Selection(None, Safety.NEEDS_PROOF, choices=choices), known=known)

    def verdict(self, rewrite: Rewrite) -> Verdict:
        """What the judge says to a proposal."""
        return self._judge.judge(Subject(rewrite.text, None), merge(rewrite.contracts))

    def build(self, text: str) -> ImageId:
        """Build some text in the context."""
        place = self.context.parent / "built.Containerfile"
        place.write_text(text)
        request = BuildRequest(place, self.context, None, passthrough=OPTIONS, format=ManifestFormat.DOCKER)
        return self.engine.build(request).image

    def expert(self) -> ImageId:
        """What an expert wrote by hand, built."""
        return self.build((APPS / self.name / "expert.Containerfile").read_text())


def put(name: str, context: Path) -> None:
    """Lay the context out: the expert's file and the checks are no part of it."""
    shutil.copytree(APPS / name, context)
    for extra in ("expert.Containerfile", "checks.yaml"):
        (context / extra).unlink()
