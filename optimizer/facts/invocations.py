"""The calls of package managers in every RUN, and the caches they fill and empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from optimizer.containerfile.nodes import ExecForm, Run
from optimizer.ecosystems.model import Invocation
from optimizer.ecosystems.verbs import ADDING, Verb
from optimizer.facts import Facts
from optimizer.facts.scripts import Scripts
from optimizer.facts.states import States
from optimizer.facts.steps import Step, exec_steps, steps


@dataclass(frozen=True, slots=True)
class Invocations:
    """All steps of all RUNs, by the place of the RUN."""

    by_start: Mapping[int, tuple[Step, ...]]

    @classmethod
    def derive(cls, facts: Facts) -> Self:
        """Look into every RUN."""
        scripts, states = facts[Scripts], facts[States]
        found: dict[int, tuple[Step, ...]] = {}
        for run in facts.file.instructions:
            if isinstance(run, Run) and run.span.start in states.before:
                script, state = scripts.of(run), states.at(run)
                if script is not None:
                    found[run.span.start] = tuple(steps(run, script, state))
                elif isinstance(run.command, ExecForm):
                    found[run.span.start] = tuple(exec_steps(run, run.command.argv, state))
        return cls(MappingProxyType(found))

    def of(self, run: Run) -> tuple[Step, ...]:
        """The steps of a RUN; none for here-documents."""
        return self.by_start.get(run.span.start, ())

    def calls(self, run: Run) -> Iterator[Invocation]:
        """The calls in a RUN."""
        return (step.invocation for step in self.of(run) if step.invocation is not None)

    def updates(self, run: Run) -> frozenset[str]:
        """Ecosystems whose package lists a RUN refreshes and leaves."""
        found: set[str] = set()
        for step in self.of(run):
            if step.invocation is not None and step.invocation.verb is Verb.UPDATE:
                found.add(step.invocation.ecosystem.name)
            found -= _kept_for_later(step)
        return frozenset(found)

    def fills(self, run: Run) -> frozenset[str]:
        """Ecosystems in which a RUN begins an installation and does not finish it: what it filled is there to be
        emptied."""
        found: set[tuple[str, str]] = set()
        for step in self.of(run):
            if step.invocation is not None:
                found.update(_left_by(step.invocation))
            over = _kept_for_later(step)
            emptied = {(ecosystem.name, cache.name) for ecosystem, cache in step.empties}
            found = {each for each in found if each not in emptied and each[0] not in over}
        return frozenset(name for name, _ in found)

    def begins(self, run: Run) -> frozenset[str]:
        """Ecosystems whose installation a RUN begins with, without refreshing the package lists itself."""
        steps = self.of(run)
        if not steps or steps[0].invocation is None or steps[0].invocation.verb not in ADDING:
            return frozenset()
        return frozenset({steps[0].invocation.ecosystem.name})

    def continues(self, run: Run) -> frozenset[str]:
        """The ecosystem that a RUN wholly belongs to: every command installs, removes or cleans up in it."""
        names: set[str] = set()
        for step in self.of(run):
            invocation = step.invocation
            if invocation is not None and invocation.verb in _CONTINUING:
                names.add(invocation.ecosystem.name)
            elif step.empties:
                names.update(ecosystem.name for ecosystem, _ in step.empties)
            else:
                return frozenset()
        return frozenset(names) if len(names) == 1 else frozenset()


def _left_by(call: Invocation) -> Iterator[tuple[str, str]]:
    """Ecosystem and name of what can still be emptied after a call: lists, or caches that no later call uses."""
    if call.verb not in ADDING | {Verb.UPDATE}:
        return
    for cache in call.ecosystem.caches:
        if call.fills(cache) and (cache.purge or cache.avoid) and not cache.reused_by:
            yield call.ecosystem.name, cache.name


_CONTINUING = ADDING | {Verb.UPDATE, Verb.REMOVE, Verb.CLEAN}


def _kept_for_later(step: Step) -> set[str]:
    """Ecosystems of emptied caches that a later call would need: with them the installation is over."""
    return {ecosystem.name for ecosystem, cache in step.empties if cache.needed_by}
