"""What the commands of a RUN read from directories that were copied before."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from optimizer.containerfile.mounts import MountKind, mounts
from optimizer.containerfile.nodes import Run
from optimizer.context import Context
from optimizer.ecosystems.verbs import Verb, words
from optimizer.facts import Facts
from optimizer.facts.inputs import Inputs, inputs
from optimizer.facts.invocations import Invocations
from optimizer.facts.manifest import Obstacle
from optimizer.facts.scripts import Scripts
from optimizer.facts.states import State, States
from optimizer.facts.steps import Step
from optimizer.passes._ownership import path_of
from optimizer.passes._places import is_below
from optimizer.shell.nodes import Joint, Script, Simple, Word

_NAMES = words(
    "echo printf : true false set export addgroup adduser delgroup deluser groupadd groupdel groupmod passwd useradd "
    "userdel usermod update-ca-certificates ldconfig locale-gen update-locale dpkg-reconfigure apt-mark dpkg"
)
"""Commands whose operands are names and texts: only what begins with `/` is a path."""

_PATHS = words("mkdir rm touch ln chmod chown curl wget tar unzip gpg apt-key install mv cp")
"""Commands that read and write the paths they name, and no others."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a RUN reads, as context paths; `calls` are the package managers in it that install."""

    inputs: Inputs
    installs: bool


@dataclass(frozen=True, slots=True)
class Unclear:
    """It may read more than is known. `obstacle` None: a command that is no package manager is to blame."""

    obstacle: Obstacle | None
    installs: bool


Find = Callable[[str], str | None]
"""Where an absolute path comes from: a context path, or None if no copied directory holds it."""


def reading(run: Run, copied: tuple[str, ...], find: Find, context: Context, facts: Facts) -> Reading | Unclear:
    """What a RUN reads below the directories `copied` (absolute paths in the image)."""
    script = facts[Scripts].of(run)
    steps = facts[Invocations].of(run)
    installs = any(step.invocation is not None and step.invocation.verb.name == "INSTALL" for step in steps)
    state = facts[States].at(run)
    if script is None or not _is_plain(script) or len(script.body.items) != len(steps) or not _keeps_out(run, copied):
        return Unclear(None, installs)
    known = {**state.args, **state.env}
    found = Inputs(certain=not any(_holds(value, copied) for value in state.env.values()))
    here = state.workdir
    for item, step in zip(script.body.items, steps, strict=True):
        (command,) = item.pipeline.commands
        assert isinstance(command, Simple)
        targets = [path_of(each.target, known) for each in command.redirections if each.operator not in (">&", "<&")]
        if any(target is None or _inside(target, here, copied) for target in targets):
            return Unclear(None, installs)
        program = step.words[0].literal if step.words else None
        if program == "cd" and len(step.words) == 2:
            to = path_of(step.words[1], known)
            if to is None or item.joint is Joint.OR:
                return Unclear(None, installs)
            here = posixpath.normpath(posixpath.join(here, to))
            continue
        one = _of_step(step, here, copied, find, context, state, known)
        if isinstance(one, Unclear):
            return replace(one, installs=installs)
        found = Inputs(found.files | one.files, found.writes | one.writes, found.certain and one.certain)
    return Reading(found, installs)


def _is_plain(script: Script) -> bool:
    """Whether it is simple commands one after another, and nothing in it looks into directories on its own."""
    return not script.substitutions and all(
        len(item.pipeline.commands) == 1
        and isinstance(item.pipeline.commands[0], Simple)
        and item.joint is not Joint.BACKGROUND
        for item in script.body.items
    )


def _keeps_out(run: Run, copied: tuple[str, ...]) -> bool:
    kinds = (MountKind.CACHE, MountKind.SECRET, MountKind.SSH, MountKind.TMPFS)
    return all(
        mount.kind in kinds and not any(is_below(mount.target or "", path) for path in copied) for mount in mounts(run)
    )


def _holds(value: str, copied: tuple[str, ...]) -> bool:
    return any(is_below(part, path) for part in value.split(":") for path in copied)


def _inside(path: str, here: str, copied: tuple[str, ...]) -> bool:
    """Whether a path may lie in a copied directory; one that is relative to what is not known may."""
    place = posixpath.normpath(posixpath.join(here, path))
    return not place.startswith("/") or any(is_below(place, each) or is_below(each, place) for each in copied)


def _of_step(
    step: Step,
    here: str,
    copied: tuple[str, ...],
    find: Find,
    context: Context,
    state: State,
    known: Mapping[str, str],
) -> Inputs | Unclear:
    call = step.invocation
    if call is not None and call.verb is Verb.ENVIRONMENT:
        makes = (_prefix(step.words[index], known) for index in call.operands)
        if any(each is None or _inside(each, here, copied) for each in makes):
            return Unclear(None, False)
        # `python -m` looks for modules in the working directory first.
        return Inputs(certain=call.name in call.program.names or not _inside(".", here, copied))
    if call is not None and set(step.wrappers) <= {"sudo", "env"}:
        one = inputs(step, call, context, lambda path: find(posixpath.normpath(posixpath.join(here, path))))
        return Unclear(one, True) if isinstance(one, Obstacle) else one
    program = posixpath.basename(step.words[0].literal or "") if step.words else ":"
    values = [_prefix(word, known) for word in step.words[1:]]
    if program in _NAMES:
        texts = [word.raw if value is None else value for word, value in zip(step.words[1:], values, strict=True)]
        named = [part for text in texts for part in (text, text.partition("=")[2]) if part.startswith("/")]
        return Unclear(None, True) if any(_inside(each, here, copied) for each in named) else Inputs()
    if program in ("chmod", "chown"):
        values = [value for value in values if value is None or not value.startswith("-")][1:]
    away = not _inside(".", here, copied) or _says_where(program, values)
    if program in _PATHS and away and not any(_may_be_inside(value, here, copied) for value in values):
        return Inputs()
    return Unclear(None, True)


def _says_where(program: str, values: Sequence[str | None]) -> bool:
    """Whether a command that would write into the working directory is told another place."""
    options = [value for value in values if value is not None and value.startswith("-")]
    letters = {letter for option in options if not option.startswith("--") for letter in option[1:]}
    match program:
        case "curl":
            return "O" not in letters and "--remote-name" not in options
        case "wget":
            return bool(letters & set("OP")) or any(each.startswith("--output-document") for each in options)
        case "tar":
            return "C" in letters or any(each.startswith("--directory") for each in options)
        case "unzip":
            return "d" in letters
        case "ln":
            return len(values) - len(options) > 1
        case _:
            return True


def _prefix(word: Word, known: Mapping[str, str]) -> str | None:
    """What a word is, or the directory in which a pattern looks for names; None if neither is certain."""
    value = path_of(word, known)
    if value is not None or set(word.raw) & set("$`\"'\\{~"):
        return value
    end = min((at for at in map(word.raw.find, "*?[") if at >= 0), default=len(word.raw))
    return posixpath.dirname(word.raw[:end]) or "."


def _may_be_inside(value: str | None, here: str, copied: tuple[str, ...]) -> bool:
    """Whether a word may name something in a copied directory. Options and addresses do not."""
    if value is None:
        return True
    if value.startswith("-"):
        _, equals, value = value.partition("=")
        return bool(equals) and value.startswith("/") and _inside(value, here, copied)
    return "://" not in value and _inside(value, here, copied)
