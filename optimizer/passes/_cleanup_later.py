"""What comes after a RUN in its own stage and in the stages built on it: does any of it want the cache back?"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from optimizer.containerfile.mounts import mounts
from optimizer.containerfile.nodes import (
    Add,
    Cmd,
    Copy,
    Entrypoint,
    ExecForm,
    Healthcheck,
    Instruction,
    Onbuild,
    Run,
    ShellForm,
)
from optimizer.containerfile.stages import Stage
from optimizer.ecosystems import called
from optimizer.ecosystems.caches import Cache
from optimizer.ecosystems.model import Ecosystem, Invocation
from optimizer.ecosystems.removal import is_forced
from optimizer.ecosystems.verbs import Verb
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.facts.shipping import Shipping
from optimizer.facts.states import States
from optimizer.facts.steps import Reach, Step, parts
from optimizer.shell.dialect import interpreter
from optimizer.shell.nodes import Simple, Word
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read
from optimizer.text import Span


class Want(IntEnum):
    """What the steps after a RUN want of a cache, from nothing to certainty."""

    NOTHING = 0
    UNKNOWN = 1
    """A program whose doing is not known might install something."""
    READS = 2
    """A step names the cache's path."""
    INSTALLS = 3
    """A step installs from it."""


@dataclass(frozen=True, slots=True)
class Later:
    """The question, asked of one cache."""

    facts: Facts
    ecosystem: Ecosystem
    cache: Cache
    refreshed: bool
    """Whether an UPDATE filled it; what a call fills by itself, a later one fills by itself too."""
    mounted: bool = False
    """Whether later RUNs find it on a mount as this one does."""

    def after(self, run: Run) -> Want:
        """The strongest want after `run`, on any way to an image built from it."""
        stage = self.facts[Shipping].stages.stage_of(run)
        if stage is None:
            return Want.NOTHING
        following = [each for each in stage.instructions if each.span.start > run.span.start]
        return max(self._along(stage, following), self._copied(stage))

    def _along(self, stage: Stage, instructions: list[Instruction]) -> Want:
        found = Want.NOTHING
        for instruction in instructions:
            if isinstance(instruction, Cmd | Entrypoint | Healthcheck):
                found = max(found, self._started(instruction))
            for step in steps_of(instruction, self.facts):
                found = max(found, self.of(step))
                if self._renews(step):
                    return found
        stages = self.facts[Shipping].stages
        children = [other for other in stages if stages.base(other) is stage]
        return max([found, *(self._along(child, list(child.instructions)) for child in children)])

    def _started(self, instruction: Cmd | Entrypoint | Healthcheck) -> Want:
        """What a container's own program wants, as far as its command line tells."""
        for words in _command_lines(instruction, self.facts):
            call = called(words)
            if call is not None and call[1].ecosystem is self.ecosystem:
                if call[1].verb is Verb.UPDATE:
                    return Want.NOTHING
                if self._relies(call[1]) or call[1].verb in self.cache.reused_by:
                    return Want.INSTALLS
        return Want.NOTHING

    def of(self, step: Step) -> Want:
        """What one step wants."""
        call = step.invocation
        reuses = call is not None and not self.mounted and call.verb in self.cache.reused_by
        if call is not None and call.ecosystem is self.ecosystem and (reuses or self._relies(call)):
            return Want.INSTALLS
        if call is None and not step.known and self.cache.reused_by:
            return Want.READS
        cleans = (self.ecosystem, self.cache) in step.empties
        if self._is_named(step) and not (cleans and is_forced(step.words)):
            return Want.READS
        return Want.UNKNOWN if self.refreshed and self.cache.needed_by and not step.known else Want.NOTHING

    def _relies(self, call: Invocation) -> bool:
        if call.has(self.cache.needed_with):
            return True
        return call.needs(self.cache) and (self.refreshed or call.verb not in self.cache.filled_by)

    def _renews(self, step: Step) -> bool:
        call = step.invocation
        return (
            call is not None
            and call.ecosystem is self.ecosystem
            and call.verb is Verb.UPDATE
            and call.action.certain
            and not any(step.mentions(word) for word in (*self.cache.moved_in, *self.cache.narrowed_in))
            and step.reach is Reach.ALWAYS
        )

    def _is_named(self, step: Step) -> bool:
        """Whether a command names the cache: its path, or the directory of all caches below a home."""
        if any(step.mentions(path.removeprefix("~")) for path in self.cache.paths):
            return True
        below = any(path.startswith("~/.cache/") for path in self.cache.paths)
        return below and any(_is_caches(word.raw) for word in step.words)

    def _copied(self, stage: Stage) -> Want:
        """Whether another stage copies or mounts the cache out of this one."""
        stages = self.facts[Shipping].stages
        for other in stages:
            for instruction in other.instructions:
                actual = instruction.inner if isinstance(instruction, Onbuild) else instruction
                for source, path in _taken(actual):
                    if stages.resolve(source, other.index) is stage and self._is_cache(path):
                        return Want.READS
        return Want.NOTHING

    def _is_cache(self, path: str) -> bool:
        path = path.rstrip("/")
        names = [name for cache in self.cache.paths for name in (cache.removeprefix("~"), posixpath.dirname(cache)[1:])]
        return any(name and (path.endswith(name) or f"{name}/" in path) for name in names)


def _is_caches(raw: str) -> bool:
    """Whether a word names all caches of a home, and not only another one in it (`/home/.cache/wheels`)."""
    _, found, rest = raw.partition("/.cache")
    return bool(found) and not any(sign.isalnum() for sign in rest)


def _taken(instruction: Instruction) -> Iterator[tuple[str, str]]:
    """Stage and path of everything that an instruction takes from another stage."""
    match instruction:
        case Copy() | Add():
            source = instruction.flag("from")
            if source is not None and source.value is not None:
                yield from ((source.value, word.raw) for word in instruction.sources)
        case Run():
            for mount in mounts(instruction):
                if mount.from_ is not None:
                    yield mount.from_, mount.source or ""
        case _:
            return


def _command_lines(instruction: Cmd | Entrypoint | Healthcheck, facts: Facts) -> Iterator[tuple[Word, ...]]:
    """The simple commands that an instruction has a container run, in source order."""
    match instruction.command:
        case ShellForm(body=body):
            script = read(body.text, interpreter(facts[States].at(instruction).shell).dialect)
            found = commands(script)
        case ExecForm(argv=argv):
            found = iter([Simple((), tuple(Word(word, Span(0, 0), word) for word in argv), (), Span(0, 0))])
        case None:
            return
    for simple in found:
        wrapped = unwrap(simple)
        nested = [wrapped.words] if wrapped.nested is None else map(_words, commands(wrapped.nested.script))
        yield from (words for words in nested if words)


def _words(simple: Simple) -> tuple[Word, ...]:
    return unwrap(simple).words


def steps_of(instruction: Instruction, facts: Facts) -> tuple[Step, ...]:
    """The steps of a RUN, of one with here-documents and of one in an ONBUILD; none for anything else."""
    match instruction:
        case Run(heredocs=()):
            return facts[Invocations].of(instruction)
        case Run():
            return tuple(parts(instruction, facts[States].at(instruction)))
        case Onbuild(inner=Run() as inner):
            return tuple(parts(inner, facts[States].at(instruction)))
        case _:
            return ()
