"""An independent second reading, by dockerfile-parse, of what the tree says.

It reads the text itself, instruction by instruction. Where it is known not to follow BuildKit (heredocs, blank lines in
a continuation, an escape character where there is none) that one instruction is put on one line and padded with `#`
lines, so that line numbers hold. Read-only: its setters lose flags and lines.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO

from optimizer.containerfile.nodes import Containerfile, DirectiveKind, Instruction, PartKind


@dataclass(frozen=True, slots=True)
class _Reading:
    keyword: str
    line: int
    value: str

    def __str__(self) -> str:
        value = self.value if len(self.value) <= 60 else self.value[:59] + "…"
        return f"{self.keyword} {value}"


def disagreement(file: Containerfile) -> str | None:
    """The first instruction that the second reader sees otherwise, as `line N: …`; None if both agree.

    Instructions without arguments are left out: whether the second reader sees them depends on what follows.
    """
    if file.render() != file.text:
        return "line 1: the tree does not cover the text"
    ours = [reading for instruction in file.instructions if (reading := _ours(file, instruction)).value]
    theirs = _read(_prepared(file))
    for mine, other in zip(ours, theirs, strict=False):
        if mine != other:
            return f"line {mine.line}: {mine} is read as {other} on line {other.line}"
    if len(ours) > len(theirs):
        first = ours[len(theirs)]
        return f"line {first.line}: {first} is not seen"
    if len(theirs) > len(ours):
        first = theirs[len(ours)]
        return f"line {first.line}: {first} is seen where there is no instruction"
    return None


def _ours(file: Containerfile, instruction: Instruction) -> _Reading:
    reading = _Reading(
        _encodable(instruction.keyword.upper()),
        file.position(instruction.span.start).line,
        _encodable(instruction.logical.text).strip(),
    )
    if _is_plain(file, instruction) or not reading.value.endswith(file.escape):
        return reading
    # On one line an escape character at the end would pull in the next instruction: mark it, on both sides.
    return replace(reading, value=f"{reading.value} #")


def _is_plain(file: Containerfile, instruction: Instruction) -> bool:
    """Whether the second reader cuts this instruction as BuildKit does."""
    kinds = [part.kind for part in instruction.parts]
    if PartKind.HEREDOC in kinds or PartKind.BLANK in kinds or kinds[-1] is PartKind.COMMENT:
        return False
    # It takes two escape characters, or any blank after one, for a continuation; and it wants the keyword whole.
    first = instruction.parts[0].span.of(file.text).split(maxsplit=1)
    last = instruction.parts[-1].span.of(file.text).rstrip()
    return not last.endswith(file.escape) and not (first and first[0].endswith(file.escape))


def _prepared(file: Containerfile) -> str:
    """The text, with as many lines, as far as the second reader can read it."""
    escapes = [f"# escape={item.value}\n" for item in file.directives if item.kind is DirectiveKind.ESCAPE]
    head = file.head.of(file.text)
    pieces = [*escapes, "#\n" * (head.count("\n") - len(escapes))]
    for instruction in file.instructions:
        pieces.append(instruction.leading.of(file.text))
        physical = "".join([part.span.of(file.text) for part in instruction.parts])
        if _is_plain(file, instruction):
            pieces.append(physical)
        else:
            reading = _ours(file, instruction)
            pieces += (f"{reading.keyword} {reading.value}\n", "#\n" * (physical.removesuffix("\n").count("\n")))
    pieces.append(file.tail.of(file.text))
    return _encodable("".join(pieces))


def _encodable(text: str) -> str:
    """The text with lone surrogates, which stand for invalid bytes, as question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _read(text: str) -> list[_Reading]:
    # Imported late: only a changed file is read twice.
    from dockerfile_parse import DockerfileParser

    structure = DockerfileParser(fileobj=BytesIO(text.encode()), env_replace=False).structure
    return [
        _Reading(item["instruction"], item["startline"] + 1, item["value"].strip())
        for item in structure
        if item["instruction"] != "COMMENT" and item["value"].strip()
    ]
