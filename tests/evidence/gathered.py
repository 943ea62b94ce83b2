"""Evidence for tests: read once, or as `optimize` asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from optimizer.containers.model import Engine, ImageId, Step
from optimizer.engine import Source
from optimizer.evidence.bases import SmallerBases
from optimizer.evidence.gather import Gathering
from optimizer.evidence.images import Images
from optimizer.evidence.split import Split
from optimizer.optimize import EvidenceFor
from optimizer.policy import RuntimeBase
from optimizer.proof.model import BuiltOriginal


def gather(
    engine: Engine,
    text: str,
    built: ImageId,
    target: str | None = None,
    runtime_base: RuntimeBase = RuntimeBase.OFFICIAL,
) -> tuple[object, ...]:
    """What a built original shows, all of it worked out."""
    with ExitStack() as mounts:
        found = Gathering(Images(engine, mounts), text, target, (), runtime_base).of(built)
        return tuple(_worked_out(each) for each in found)


def _worked_out(known: object) -> object:
    match known:
        case Split():
            careful = known.careful()
            return replace(known, careful=lambda: careful)
        case SmallerBases(text, _):
            bases = known.known
            return SmallerBases(text, lambda: bases)
        case _:
            return known


@dataclass(frozen=True)
class _Evidence:
    gathering: Gathering

    def foreseen(self) -> Split | None:
        return self.gathering.foreseen()

    def foreseen_after(self, step: Step, over: Callable[[], bool]) -> Split | None:
        return self.gathering.foreseen_after(step, over)

    def of(self, built: BuiltOriginal) -> tuple[object, ...]:
        return self.gathering.of(built.image)


def evidence_of(engine: Engine, runtime_base: RuntimeBase = RuntimeBase.OFFICIAL) -> EvidenceFor:
    """Evidence from this engine."""

    @contextmanager
    def evidence(source: Source) -> Iterator[_Evidence]:
        with ExitStack() as mounts:
            yield _Evidence(Gathering(Images(engine, mounts), source.text, runtime_base=runtime_base))

    return evidence
