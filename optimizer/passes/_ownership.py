"""`chown` and `chmod` as they stand at the beginning of a RUN.

Sources: POSIX.1-2017 `chown` and `chmod`; GNU coreutils, "chown invocation" (`-R` changes symbolic links themselves and
does not follow them); Dockerfile reference, "COPY --chown --chmod".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from optimizer.containerfile.words import BadSubstitution, expand, variables
from optimizer.shell.nodes import Item, Joint, Script, Simple, Word
from optimizer.shell.query import unwrap

_PLAIN_FLAGS = frozenset({"-R", "--recursive", "-v", "--verbose", "-c", "--changes", "-f", "--silent", "--quiet", "-h"})
"""Options after which the command does the same to what a COPY brought."""

_LETTERS = frozenset("Rvcfh")
_MEANS_MORE = frozenset("`*?[]{}~\\'")


@dataclass(frozen=True, slots=True)
class Change:
    """One `chown`, `chmod` or `chgrp`. `value` is the owner or mode as it may stand in a flag, None if that is not
    certain; `paths` are as the shell gives them, None for one that is not known."""

    program: str
    item: Item
    recursive: Word | None
    """The word that holds `-R`."""
    value: str | None
    filled: bool
    """Whether only one of owner and group was given: the other stays as the COPY made it."""
    paths: tuple[str | None, ...]
    plain: bool
    """Whether nothing about it is unusual: options, redirections, wrappers, conditions."""

    @property
    def flag(self) -> str:
        """The flag of COPY that does the same."""
        return f"--{self.program}={self.value}"


def changes(script: Script, known: Mapping[str, str]) -> Iterator[tuple[int, Change]]:
    """Every `chown`, `chmod` and `chgrp` at the top level, with its index. `known`: variables of the Containerfile."""
    for index, item in enumerate(script.body.items):
        match item.pipeline.commands:
            case (Simple() as command,):
                found = _change(item, command, known)
                if found is not None:
                    yield index, found
            case _:
                continue


def _change(item: Item, command: Simple, known: Mapping[str, str]) -> Change | None:
    wrapped = unwrap(command)
    if wrapped.program not in ("chown", "chmod", "chgrp"):
        return None
    words = wrapped.words[1:]
    options = [word for word in words if word.raw.startswith("-") and len(word.raw) > 1]
    operands = [word for word in words if word not in options]
    recursive = next((word for word in options if _is_recursive(word)), None)
    value, filled = None, False
    if operands and wrapped.program == "chmod":
        value = _mode(operands[0])
    elif operands and wrapped.program == "chown":
        value, filled = _owner(operands[0], known)
    plain = (
        not item.pipeline.negated
        and item.joint in (Joint.AND, Joint.END)
        and not command.redirections
        and not command.assignments
        and set(wrapped.wrappers) <= {"sudo"}
        and all(_is_plain(word) for word in options)
    )
    paths = tuple(path_of(word, known) for word in operands[1:])
    return Change(wrapped.program, item, recursive, value, filled, paths, plain)


def _is_recursive(word: Word) -> bool:
    return word.raw == "--recursive" or (not word.raw.startswith("--") and "R" in word.raw)


def _is_plain(word: Word) -> bool:
    return word.raw in _PLAIN_FLAGS or (not word.raw.startswith("--") and set(word.raw[1:]) <= _LETTERS)


def path_of(word: Word, known: Mapping[str, str]) -> str | None:
    """What a word is in the shell, with the variables that the Containerfile sets; None if anything else decides."""
    if word.literal is not None:
        return word.literal
    if _MEANS_MORE & set(word.raw.replace("${", "").replace("}", "")) or "$(" in word.raw:
        return None
    after = [part[:1] for part in word.raw.split("$")[1:]]
    if not variables(word.raw) <= known.keys() or not all(each.isalpha() or each in ("_", "{") for each in after):
        return None
    try:
        return expand(word.raw, known)
    except BadSubstitution:
        return None


def _mode(word: Word) -> str | None:
    """An octal mode of permission bits alone; builders do not agree on more than that."""
    text = word.literal or ""
    digits = text.removeprefix("0") if len(text) == 4 else text
    return text if len(digits) == 3 and set(digits) <= set("01234567") else None


def _owner(word: Word, known: Mapping[str, str]) -> tuple[str | None, bool]:
    """Owner and group as COPY takes them, and whether one of them was filled in: `chown` leaves the one that is not
    named (0 in what a COPY from the context brings), COPY would take the group from the owner."""
    if path_of(word, known) is None or (word.literal is not None and "$" in word.literal):
        return None, False
    text = word.literal if word.literal is not None else word.raw.replace('"', "")
    user, colon, group = text.partition(":")
    if "." in text or " " in text or text.count(":") > 1 or (colon and not group):
        return None, False
    return f"{user or '0'}:{group or '0'}", not user or not group
