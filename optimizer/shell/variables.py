"""Which variables a command line sets and which it expands. In doubt it does.

POSIX.1-2017, Shell Command Language, 2.5.3 and 2.6.2; the utilities that set variables: 2.14 and 1.6 of the same, and
the bash manual, "Bash Builtin Commands".
"""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.shell.bashisms import is_name
from optimizer.shell.nodes import For, Script, Simple, Word
from optimizer.shell.query import every_command

_DECLARING = frozenset({"export", "readonly", "declare", "typeset", "local", "read"})


def assigned(script: Script) -> frozenset[str]:
    """Names that it gives a value by an assignment that stands alone."""
    alone = (each for each in every_command(script) if isinstance(each, Simple) and not each.words)
    return frozenset(assignment.name for command in alone for assignment in command.assignments)


def looped(script: Script) -> frozenset[str]:
    """Names of the variables of its `for` loops."""
    return frozenset(each.name for each in every_command(script) if isinstance(each, For))


def declared(script: Script) -> frozenset[str]:
    """Names that it hands to a utility that sets or exports variables."""
    found: set[str] = set()
    for command in every_command(script):
        if isinstance(command, Simple) and command.words and command.words[0].literal in _DECLARING:
            found.update(word.raw.partition("=")[0] for word in command.words[1:])
    return frozenset(filter(is_name, found))


def expanded(script: Script) -> frozenset[str]:
    """Names behind a `$`, quoted or not."""
    return frozenset(_expanded(script.text))


def _expanded(text: str) -> Iterator[str]:
    at = text.find("$")
    while at >= 0:
        start = end = at + 2 if text.startswith("${", at) else at + 1
        while is_name(text[start : end + 1]) and end < len(text):
            end += 1
        if end > start:
            yield text[start:end]
        at = text.find("$", at + 1)


def assigns(word: Word) -> bool:
    """Whether an expansion in it may set a variable: `${x=y}`, `${x:=y}`, `$((x = 1))`, `$((x++))`."""
    raw = word.raw
    if word.literal is not None or "$" not in raw:
        return False
    _, arithmetic, inner = raw.partition("$((")
    if arithmetic and ("=" in inner or "++" in inner or "--" in inner):
        return True
    at = raw.find("${")
    while at >= 0:
        at += 2
        while raw[at : at + 1] == "_" or raw[at : at + 1].isalnum():
            at += 1
        if raw.startswith(("=", ":="), at):
            return True
        at = raw.find("${", at)
    return False
