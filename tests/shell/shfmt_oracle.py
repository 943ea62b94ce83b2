"""Second readers for shell text: shfmt (`--to-json`) says where words stand, dash and bash say what is valid.

Many bodies are given to one process, one after another in one text, since starting a process costs more than reading.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.shell.nodes import Assignment, Case, Command, For, Script, Simple, Word
from optimizer.shell.query import every_command, redirections

SHFMT = Path(sys.executable).with_name("shfmt")


@dataclass(frozen=True, slots=True)
class Places:
    """Where a reader found words and redirections, as the text they cover and where it begins."""

    words: frozenset[tuple[int, str]]
    redirections: frozenset[tuple[int, str, str]]


def places(script: Script) -> Places:
    """What our reader found: words of commands, assignments as one word, words of `for` and `case`, targets."""
    words: set[tuple[int, str]] = set()
    found: set[tuple[int, str, str]] = set()
    for command in every_command(script):
        words.update((word.span.start, word.span.of(script.text)) for word in _words(command))
        for each in redirections(command):
            words.add((each.target.span.start, each.target.raw))
            found.add((each.span.start, each.operator, each.span.of(script.text)))
    return Places(frozenset(words), frozenset(found))


def _words(command: Command) -> Iterator[Word | Assignment]:
    match command:
        case Simple(assignments=assignments, words=words):
            yield from assignments
            yield from words
        case For(words=words):
            yield from words
        case Case(subject=subject, arms=arms):
            yield subject
            for arm in arms:
                yield from arm.patterns
        case _:
            return


def shfmt(bodies: Sequence[str], language: str = "bash") -> list[Places | None]:
    """What shfmt finds in each body; None where it reports an error."""
    if not bodies:
        return []
    data = "".join(body + "\n" for body in bodies).encode("utf-8", "surrogateescape")
    run = subprocess.run([SHFMT, "--to-json", "-ln", language], input=data, capture_output=True, check=False)
    if run.returncode:
        if len(bodies) == 1:
            return [None]
        middle = len(bodies) // 2
        return shfmt(bodies[:middle], language) + shfmt(bodies[middle:], language)
    words: set[tuple[int, int]] = set()
    found: set[tuple[int, str, int]] = set()
    _collect(json.loads(run.stdout), words, found)
    answers: list[Places | None] = []
    start = 0
    for body in bodies:
        raw = body.encode("utf-8", "surrogateescape")
        end = start + len(raw) + 1
        answers.append(
            Places(
                frozenset(_place(raw, a - start, b - start) for a, b in words if start <= a < end),
                frozenset(
                    (_place(raw, a - start, b - start)[0], operator, _place(raw, a - start, b - start)[1])
                    for a, operator, b in found
                    if start <= a < end
                ),
            )
        )
        start = end
    return answers


def _place(raw: bytes, start: int, end: int) -> tuple[int, str]:
    """A range of bytes as the offset of its first character and its text."""
    return len(raw[:start].decode("utf-8", "surrogateescape")), raw[start:end].decode("utf-8", "surrogateescape")


def _collect(tree: Any, words: set[tuple[int, int]], found: set[tuple[int, str, int]]) -> None:
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        if not isinstance(node, dict):
            continue
        for redirection in node.get("Redirs") or ():
            target = _span(redirection["Word"])
            found.add((_span(redirection.get("N") or redirection)[0], redirection["Op"], target[1]))
            words.add(target)
        for key in ("Args", "Assigns", "Items", "Variant", "Word"):
            if node.get("Type") in _OWNERS[key]:
                below = node.get(key) or ()
                words.update(_span(word) for word in ([below] if isinstance(below, dict) else below))
        for pattern in node.get("Patterns") or ():
            words.add(_span(pattern))
        if node.get("Type") == "TimeClause":  # a keyword for shfmt, a word for us
            words.add((_span(node)[0], _span(node)[0] + len("time")))
        stack.extend(node.values())


_OWNERS = {
    "Args": ("CallExpr", "DeclClause"),
    "Assigns": ("CallExpr",),
    "Items": ("WordIter",),
    "Variant": ("DeclClause",),
    "Word": ("CaseClause",),
}


def _span(node: dict[str, Any]) -> tuple[int, int]:
    return node["Pos"]["Offset"], node["End"]["Offset"]


def is_valid(text: str, shell: str) -> bool:
    """Whether `dash -n` or `bash -n` accepts it."""
    data = (text + "\n").encode("utf-8", "surrogateescape")
    return not subprocess.run([shell, "-n"], input=data, capture_output=True, check=False).returncode
