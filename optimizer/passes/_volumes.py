"""Whether a command line may leave something in a volume, where the next RUN does not find it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.facts.states import State
from optimizer.shell.nodes import Script, Simple, Word
from optimizer.shell.query import every_command, redirections, unwrap

_MODES = frozenset({"chmod", "chown", "chgrp"})
"""Programs whose first operand is no path."""

_NAMED_ONLY = _MODES | {"cp", "install", "ln", "mkdir", "mv", "rm", "rmdir", "touch"}
"""Programs that write to the paths that they are given, and nowhere else."""


def may_write(script: Script, state: State) -> bool:
    """Whether it names a volume, or works in one by relative paths. Too careful rather than too bold."""
    inside = any(_below(state.path("."), volume) for volume in state.volumes)
    for command in every_command(script) if state.volumes else ():
        targets = [redirection.target for redirection in redirections(command)]
        paths = [*targets, *(_paths(command) if isinstance(command, Simple) else ())]
        if any(volume in word.raw for word in paths for volume in state.volumes):
            return True
        if inside and not (_is_named_only(command) and all(word.raw.startswith("/") for word in paths)):
            return True
    return False


def _paths(simple: Simple) -> Iterator[Word]:
    """Words that may be paths which it opens."""
    words = unwrap(simple).words
    yield from (assignment.value for assignment in simple.assignments)
    yield from _operands(words)


def _operands(words: Sequence[Word]) -> Iterator[Word]:
    name = words[0].literal if words else None
    options = [word for word in words[1:] if word.raw.startswith("-")]
    operands = [word for word in words[1:] if not word.raw.startswith("-")]
    if name in _MODES:
        operands = operands[1:]
    elif name == "ln" and any("s" in option.raw for option in options):
        operands = operands[-1:] if len(operands) > 1 else operands  # a symbolic link's target is only text
    yield from operands
    yield from (option for option in options if "/" in option.raw)


def _is_named_only(command: object) -> bool:
    if not isinstance(command, Simple):
        return False
    words = unwrap(command).words
    return bool(words) and words[0].literal in _NAMED_ONLY


def _below(path: str, parent: str) -> bool:
    return path == parent or path.startswith(parent.rstrip("/") + "/")
