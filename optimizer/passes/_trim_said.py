"""What a file says already of the extras that an install brings: by options, variables and configuration files."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from optimizer.containerfile.nodes import Instruction
from optimizer.containerfile.words import variables
from optimizer.ecosystems.trimming import Trim
from optimizer.facts import Facts
from optimizer.facts.copies import Copies
from optimizer.facts.scripts import Scripts
from optimizer.facts.steps import Step
from optimizer.passes import _project as project
from optimizer.passes._cleanup_later import steps_of
from optimizer.shell.query import commands

_TRUE = frozenset({"1", "true", "yes", "on", "with", "enable"})
"""What apt.conf(5) and its kin read as true."""


class Said(Enum):
    """What the file says about the extras already."""

    NOTHING = "nothing"
    AVOIDED = "they stay away"
    WANTED = "they shall come"


def said(call: Step, trim: Trim, instruction: Instruction, facts: Facts) -> Said:
    assert call.invocation is not None
    for option in call.invocation.options:
        written = option.name if option.value is None else f"{option.name}={option.value}"
        name, _, value = (option.value or "").lower().partition("=")
        if written in trim.avoided_by or (name == trim.setting and value not in _TRUE):
            return Said.AVOIDED
        if written in trim.wanted_by or name == trim.setting:
            return Said.WANTED
    for variable, value in trim.variables:
        if call.environment.get(variable, "") != "":
            return Said.AVOIDED if call.environment[variable] == value else Said.WANTED
    given = _given_by_variable(call, trim, facts) or _configured(call, trim, instruction, facts)
    return Said.AVOIDED if given else Said.NOTHING


def _given_by_variable(call: Step, trim: Trim, facts: Facts) -> bool:
    """Whether a variable among the words holds the option."""
    names = {name for word in call.words if word.literal is None for name in variables(word.raw, "\\")}
    values = [call.environment.get(name) or "" for name in names]
    script = facts[Scripts].of(call.run)
    if names and script is not None:
        assigned = (each for simple in commands(script) for each in simple.assignments)
        values += [each.value.raw for each in assigned if each.name in names]
    return any(flag in value for value in values for flag in trim.avoided_by)


def _configured(call: Step, trim: Trim, instruction: Instruction, facts: Facts) -> bool:
    """Whether something before the call writes a configuration that decides."""
    if trim.setting is None:
        return False
    setting = trim.setting
    steps = [step for each in project.before(instruction, facts) for step in steps_of(each, facts)]
    for step in steps_of(instruction, facts):
        if step is call:
            break
        steps.append(step)
    # Every program of such a tool takes the setting for one call only, if it stands among its own words.
    texts = [word.raw for step in steps if step.invocation is None for word in step.words]
    return any(setting in text.lower() for text in [*texts, *_copied(trim, instruction, facts)])


def _copied(trim: Trim, instruction: Instruction, facts: Facts) -> Iterator[str]:
    """The configuration files that earlier COPYs bring."""
    earlier = {each.span.start for each in project.before(instruction, facts)}
    for taken in facts[Copies].taken if facts.context is not None else ():
        if taken.instruction.span.start in earlier:
            for path in taken.found:
                place = taken.image_path(path)
                if place is not None and place.startswith(trim.places) and facts.context is not None:
                    yield (facts.context.read(path) or b"").decode("utf-8", "replace")
