"""Puts packages into a stage: behind those of an install that is there already, else by a RUN of their own."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.containerfile.nodes import Add, Copy, Run
from optimizer.containerfile.stages import Stage
from optimizer.ecosystems.installing import Installer
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.facts.layout import Layout
from optimizer.facts.states import States
from optimizer.facts.steps import Reach, Step
from optimizer.passes._behind_operands import behind_operands
from optimizer.passes._moving import blank
from optimizer.text import Edit, insert

_ROOT = ("root", "0", "root:root", "0:0")


def added_packages(
    facts: Facts, stage: Stage, installer: Installer, packages: tuple[str, ...], before: tuple[str, ...], first: int
) -> tuple[Edit, ...]:
    """Edits that bring packages before step number `first`, counted over RUN, COPY and ADD.

    `before` are directories that scripts of the packages expect.
    """
    making = tuple(each for each in stage.instructions if isinstance(each, Run | Copy | Add))
    if not before:
        for call in _installs(facts, installer, making[: first + 1], first):
            if edits := behind_operands(call, packages, facts):
                return edits
    return (_own_run(facts, stage, making, installer.commands(packages, before)),)


def _installs(facts: Facts, installer: Installer, making: tuple[Run | Copy | Add, ...], first: int) -> Iterator[Step]:
    """Calls that take more packages and run in time, in order."""
    for index, run in enumerate(making):
        if not isinstance(run, Run) or run.heredocs:
            continue
        for step in facts[Invocations].of(run):
            call = step.invocation
            if call is not None and step.reach is Reach.ALWAYS and installer.suits(call):
                yield step
            if index == first and (call is None or call.ecosystem.name != installer.ecosystem):
                break  # what this RUN does from here on may be what needs them


def _own_run(facts: Facts, stage: Stage, making: tuple[Run | Copy | Add, ...], commands: tuple[str, ...]) -> Edit:
    """Above the first step, where packages stay cached longest; directly behind FROM if a user is in force there."""
    newline = facts.file.newline
    lines = ("# what the larger base image had, and this stage needs", f"RUN {facts[Layout].joint().join(commands)}")
    text = "".join(line + newline for line in lines)
    if making and (facts[States].at(making[0]).user or "root") in _ROOT:
        leading = making[0].leading
        above = leading.of(facts.file.text)
        return insert(leading.start + len(blank(above)), text + (newline if above else ""))
    end = stage.from_.block.end
    ended = facts.file.text[end - 1] == "\n"
    return insert(end, text if ended else newline + text.removesuffix(newline))
