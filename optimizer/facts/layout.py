"""How a file writes long command lines, so that what is added looks like its neighbours."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Self

from optimizer.containerfile.nodes import Instruction, PartKind, Run
from optimizer.facts import Facts


class Operator(Enum):
    """Where `&&` stands when a command line goes over several lines."""

    LEADING = "at the start of a line"
    TRAILING = "at the end of a line"


@dataclass(frozen=True, slots=True)
class Layout:
    """The habits of one file. `indent` is what continuation lines begin with."""

    operator: Operator
    indent: str
    newline: str
    escape: str

    @classmethod
    def derive(cls, facts: Facts) -> Self:
        """Count what the RUNs of the file do; four spaces and a leading `&&` where they do nothing."""
        file = facts.file
        operators: Counter[Operator] = Counter()
        indents: Counter[str] = Counter()
        for run in file.instructions:
            if isinstance(run, Run):
                lines = continuation_lines(run, file.text)
                operators.update(found for line in lines if (found := _operator(line, file.escape)) is not None)
                indents.update(indent_of(line) for line in lines[1:] if line.strip())
        return cls(
            operators.most_common(1)[0][0] if operators else Operator.LEADING,
            indents.most_common(1)[0][0] if indents else "    ",
            file.newline,
            file.escape,
        )

    def of(self, run: Run, text: str) -> Layout:
        """The habits of one RUN, and those of the file where it has none of its own."""
        lines = continuation_lines(run, text)
        operators = [found for line in lines if (found := _operator(line, self.escape)) is not None]
        operator = operators[-1] if operators else self.operator
        return Layout(operator, _command_indent(lines, operator, self.escape) or self.indent, self.newline, self.escape)

    def joint(self, between: tuple[str, ...] = ()) -> str:
        """What stands between two commands that `&&` joins over a line break; `between` are comment lines to keep."""
        comments = "".join(line + self.newline for line in between)
        match self.operator:
            case Operator.LEADING:
                return f" {self.escape}{self.newline}{comments}{self.indent}&& "
            case Operator.TRAILING:
                return f" && {self.escape}{self.newline}{comments}{self.indent}"


def _command_indent(lines: list[str], operator: Operator, escape: str) -> str | None:
    """What lines that begin a command are indented by; None if the RUN stands on one line.

    Where all further lines hold arguments, those that are indented twice leave one step for the command.
    """
    further = [line for line in lines[1:] if line.strip()]
    begin = [
        line
        for above, line in pairwise(lines)
        if line.strip() and _operator(line if operator is Operator.LEADING else above, escape) is operator
    ]
    if begin:
        return indent_of(begin[-1])
    if not further:
        return None
    indent = indent_of(further[0])
    deep = len(indent) >= (2 if indent.startswith("\t") else 8)
    return indent[: len(indent) // 2] if deep else indent


def continuation_lines(instruction: Instruction, text: str) -> list[str]:
    """The physical lines of an instruction that carry text, without their newlines."""
    return [part.span.of(text).rstrip("\r\n") for part in instruction.parts if part.kind is PartKind.TEXT]


def indent_of(line: str) -> str:
    """The blanks that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def _operator(line: str, escape: str) -> Operator | None:
    if line.lstrip(" \t").startswith("&&"):
        return Operator.LEADING
    body = line.rstrip(" \t")
    if body.endswith(escape) and body[: -len(escape)].rstrip(" \t").endswith("&&"):
        return Operator.TRAILING
    return None
