"""Comments by which a user tells a tool to leave something alone.

    # optimize ignore=merge_runs,append_cache_cleanup;reason=…    the instruction below
    # optimize global ignore=merge_runs                           the whole file
    # hadolint ignore=DL3059                                      the same wish in hadolint's words
    # hadolint global ignore=DL3059

hadolint reads its pragmas only directly above an instruction, and so do we (hadolint README, "Inline ignores").
"""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.containerfile.nodes import Containerfile, Instruction

_TOOLS = ("optimize", "hadolint")


@dataclass(frozen=True, slots=True)
class Pragma:
    """One such comment: the names or codes it holds, and whether it is meant for the whole file."""

    names: frozenset[str]
    everywhere: bool


def read(comment: str) -> Pragma | None:
    """The pragma that a comment line is; None if it is none."""
    words = comment.strip().lstrip("#").split(";", 1)[0].split()
    if len(words) < 2 or words[0] not in _TOOLS:
        return None
    everywhere = words[1] == "global"
    wish = "".join(words[2:] if everywhere else words[1:])
    name, equals, value = wish.partition("=")
    if name != "ignore" or not equals:
        return None
    return Pragma(frozenset(each for each in value.split(",") if each), everywhere)


def everywhere(file: Containerfile) -> frozenset[str]:
    """All that is to be left alone in the whole file."""
    return frozenset(
        name for line in file.text.splitlines() if "global" in line for name in _names(line, globally=True)
    )


def above(file: Containerfile, instruction: Instruction) -> frozenset[str]:
    """What is to be left alone at one instruction."""
    lines = instruction.leading.of(file.text).splitlines()
    return frozenset(name for line in lines for name in _names(line, globally=False))


def _names(line: str, *, globally: bool) -> frozenset[str]:
    pragma = read(line) if line.lstrip().startswith("#") else None
    return pragma.names if pragma is not None and pragma.everywhere is globally else frozenset()
