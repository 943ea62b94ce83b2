"""Brings the engine, the judge and the evidence together. Imports what only a proof needs: import it late.

Here, too, what is not needed yet comes later: the judge while the container tools answer, the evidence while the
original is built.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from optimizer.config import Settings
from optimizer.containers.engine import open_engine
from optimizer.containers.model import Engine, Progress, Step
from optimizer.containers.process import needs_unshare, reexec_under_unshare
from optimizer.engine import Source
from optimizer.errors import UsageError
from optimizer.optimize import EvidenceFor, JudgeFor
from optimizer.passes import PIPELINE
from optimizer.passes.drop_build_packages import drop_build_packages
from optimizer.passes.link_static import link_static
from optimizer.passes.merge_runs import merge_runs
from optimizer.passes.shrink_base import shrink_base
from optimizer.passes.split_stages import split_stages
from optimizer.proof.model import BuiltOriginal, Subject, Terms

if TYPE_CHECKING:
    from optimizer.evidence.gather import Gathering
    from optimizer.evidence.mentions import Mentions
    from optimizer.evidence.split import Split
    from optimizer.proof.cache import ProofCache
    from optimizer.proof.prover import Prover

_ASK_FOR_EVIDENCE = frozenset(
    each.name for each in (drop_build_packages, link_static, merge_runs, shrink_base, split_stages)
)
_LARGEST_SECRET = 1 << 16


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all proofs of one run share."""

    engine: Engine
    cache: ProofCache

    def judge_for(self, settings: Settings, progress: Progress | None) -> JudgeFor:
        """How to prove a Containerfile under its settings. Raises UsageError if it has no build context."""

        from optimizer.proof.prover import Prover

        @contextmanager
        def judge(source: Source, original: Subject) -> Iterator[Prover]:
            root = source.context.root if source.context is not None else None
            if root is None:
                raise UsageError("standard input has no build context", hint="name it with --context DIR")
            terms = Terms(
                context=root,
                target=settings.target,
                build_args=tuple(f"{key}={value}" for key, value in settings.build_args),
                passthrough=settings.passthrough,
                smoke=settings.smoke,
                timeout=settings.timeout,
            )
            path = source.path or Path("Containerfile")
            with Prover(self.engine, terms, original, path, progress, cache=self.cache) as prover:
                yield prover

        return judge

    def evidence_for(self, settings: Settings) -> EvidenceFor | None:
        """What the built original shows; None if no pass that is selected asks for it."""
        rules = settings.rules(tuple(each.name for each in PIPELINE))
        if rules is not None and not rules & _ASK_FOR_EVIDENCE:
            return None

        @contextmanager
        def evidence(source: Source) -> Iterator[_Evidence]:
            with ExitStack() as mounts:
                yield _Evidence(self.engine, mounts, source, settings)

        return evidence


@dataclass(frozen=True)
class _Evidence:
    """Of one Containerfile under its settings."""

    engine: Engine
    mounts: ExitStack
    source: Source
    settings: Settings
    _making: Lock = field(default_factory=Lock)

    def foreseen(self) -> Split | None:
        """Told before the original is built."""
        return self._gathering.foreseen(self._mentioned)

    def foreseen_after(self, step: Step, over: Callable[[], bool]) -> Split | None:
        """Told while it is built."""
        return self._gathering.foreseen_after(step, over, self._mentioned)

    def of(self, built: BuiltOriginal) -> tuple[object, ...]:
        """Read off the built original."""
        return self._gathering.of(built.image)

    @cached_property
    def _mentioned(self) -> Mentions | None:
        from optimizer.evidence.foresight import named_in

        return None if self.source.context is None else named_in(self.source.context)

    @property
    def _gathering(self) -> Gathering:
        with self._making:  # a build ahead and the original may end at once
            return self._made

    @cached_property
    def _made(self) -> Gathering:
        from optimizer.evidence.beside import Ours, commands_beside
        from optimizer.evidence.gather import Gathering
        from optimizer.evidence.images import Images

        source, settings = self.source, self.settings
        ours = Ours(source.text, _in_context(source), settings.target)
        extra = () if source.context is None else commands_beside(source.context, ours)
        return Gathering(Images(self.engine, self.mounts), source.text, settings.target, extra, settings.runtime_base)


@contextmanager
def workshop(arguments: Sequence[str]) -> Iterator[Workshop]:
    """The container tools, cleaned of what killed runs left behind; leaving the block leaves nothing running.

    Who is not root goes on in a user namespace of buildah's making: this program is started again with `arguments`.
    Raises MissingTool, EngineError.
    """
    engine = open_engine()
    if needs_unshare():
        sys.stdout.flush()
        reexec_under_unshare([sys.executable, "-m", "optimizer", *arguments])
    try:
        with ThreadPoolExecutor(1) as beside:
            beside.submit(import_module, "optimizer.proof.prover")
            engine.sweep()
        from optimizer.proof.cache import ProofCache, default_path

        yield Workshop(engine, ProofCache(default_path()))
    finally:
        engine.close()


def _in_context(source: Source) -> str | None:
    """The path of the Containerfile in its build context; None if it does not lie there."""
    root = source.context.root if source.context is not None else None
    if root is None or source.path is None:
        return None
    place = source.path.resolve()
    return place.relative_to(root).as_posix() if place.is_relative_to(root) else None


def secret_values(settings: Settings, environ: Mapping[str, str]) -> tuple[str, ...]:
    """What must not show in any report: values of build arguments, and secrets as the builder finds them
    (buildah-build(1), --secret: `id=ID,src=PATH` or `id=ID,env=NAME`)."""
    values = [value for _, value in settings.build_args]
    for option in settings.passthrough:
        name, _, text = option.partition("=")
        if name != "--secret":
            continue
        parts = dict(part.partition("=")[::2] for part in text.split(","))
        variable = parts.get("env") or (parts.get("id", "") if parts.get("type") == "env" else "")
        if variable:
            values.append(environ.get(variable, ""))
        place = Path(parts.get("src") or parts.get("source") or os.devnull)
        try:
            if place.is_file():
                with place.open("rb") as file:
                    values.append(file.read(_LARGEST_SECRET).decode("utf-8", "replace"))
        except OSError:
            continue  # the builder will say so
    return tuple(values)
