"""An independent second reading, by dockerfile-parse, of what the tree says.

It knows nothing of heredocs and ends an instruction at a blank line, so it reads the text itself only where neither
occurs in an instruction, and else the *normalised* text: one line per instruction, padded with `#` lines so that line
numbers hold. Read-only: its setters lose flags and lines.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO

from optimizer.containerfile.nodes import Containerfile, DirectiveKind, Instruction, PartKind
from optimizer.text import printable


@dataclass(frozen=True, slots=True)
class _Reading:
    keyword: str
    line: int
    value: str


def disagreement(file: Containerfile) -> str | None:
    """The first instruction that the second reader sees otherwise, as `line N: …`; None if both agree.

    Instructions without arguments are left out: whether the second reader sees them depends on what follows.
    """
    plain = all(_is_plain(file, instruction) for instruction in file.instructions)
    ours = [_ours(file, instruction) for instruction in file.instructions if instruction.logical.text]
    if plain:
        theirs = _read(printable(file.text).removeprefix("\ufeff"))
    else:
        ours = [_guarded(reading, file.escape) for reading in ours]
        theirs = _read(_normalised(file, ours))
    for mine, other in zip(ours, theirs, strict=False):
        if mine != other:
            return f"line {mine.line}: {_shown(mine)} is read as {_shown(other)} on line {other.line}"
    if len(ours) > len(theirs):
        first = ours[len(theirs)]
        return f"line {first.line}: {_shown(first)} is not seen"
    if len(theirs) > len(ours):
        first = theirs[len(ours)]
        return f"line {first.line}: {_shown(first)} is seen where there is no instruction"
    return None


def _is_plain(file: Containerfile, instruction: Instruction) -> bool:
    """Whether the second reader cuts this instruction as BuildKit does."""
    kinds = [part.kind for part in instruction.parts]
    if PartKind.HEREDOC in kinds or PartKind.BLANK in kinds or kinds[-1] is PartKind.COMMENT:
        return False
    *goes_on, last = (part.span.of(file.text).rstrip() for part in instruction.parts if part.kind is PartKind.TEXT)
    # It takes any blank after the escape character, and two of them, for a continuation; and a keyword must be whole.
    keyword = instruction.parts[0].span.of(file.text).split(maxsplit=1)
    return not last.endswith(file.escape) and keyword[0] == instruction.keyword and bool(goes_on or keyword[1:])


def _ours(file: Containerfile, instruction: Instruction) -> _Reading:
    line = file.position(instruction.span.start).line
    return _Reading(instruction.keyword.upper(), line, printable(instruction.logical.text).strip())


def _guarded(reading: _Reading, escape: str) -> _Reading:
    """With a mark after an escape character at the end, which would join the line to the next one."""
    return replace(reading, value=f"{reading.value} #") if reading.value.endswith(escape) else reading


def _normalised(file: Containerfile, readings: list[_Reading]) -> str:
    """One line per instruction at its own line number."""
    lines = [f"# escape={item.value}" for item in file.directives if item.kind is DirectiveKind.ESCAPE]
    for reading in readings:
        lines += ["#"] * (reading.line - 1 - len(lines))
        lines.append(f"{reading.keyword} {reading.value}")
    return "\n".join(lines) + "\n"


def _read(text: str) -> list[_Reading]:
    # Imported late: only a changed file is read twice.
    from dockerfile_parse import DockerfileParser

    structure = DockerfileParser(fileobj=BytesIO(text.encode()), env_replace=False).structure
    return [
        _Reading(item["instruction"], item["startline"] + 1, item["value"].strip())
        for item in structure
        if item["instruction"] != "COMMENT" and item["value"].strip()
    ]


def _shown(reading: _Reading) -> str:
    value = reading.value if len(reading.value) <= 60 else reading.value[:59] + "…"
    return f"{reading.keyword} {value}".strip()
