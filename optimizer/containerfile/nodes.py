"""The typed tree of a Containerfile. Every node knows its span in the source; nothing here is ever printed again.

Segmentation follows BuildKit's parser (moby/buildkit `frontend/dockerfile/parser`), whose rules and quirks
`optimizer.containerfile.parser` implements. One class for each instruction, and small ones: a vocabulary is one module.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from optimizer.text import LineIndex, Position, Span


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters that stand together both in the logical text and in the source."""

    logical: int
    source: int


@dataclass(frozen=True, slots=True)
class Logical:
    """Text as the builder sees it (continuations joined, comment and blank lines gone) and where it came from."""

    text: str
    pieces: tuple[Piece, ...]

    def at(self, offset: int) -> int:
        """Source offset of the logical character at `offset`; at the end of the text, just after its last one."""
        if offset > 0 and offset == len(self.text):
            return self.at(offset - 1) + 1
        piece = self.pieces[bisect_right(self.pieces, offset, key=lambda piece: piece.logical) - 1]
        return piece.source + offset - piece.logical

    def source(self, span: Span) -> Span:
        """Source range from the first to the last logical character of `span`, whatever continuations lie between."""
        if not len(span):
            return Span(self.at(span.start), self.at(span.start))
        return Span(self.at(span.start), self.at(span.end - 1) + 1)

    def slice(self, span: Span) -> Logical:
        """The part that `span` covers, still knowing its source positions."""
        start, end = span.start, span.end
        first = bisect_right(self.pieces, start, key=lambda piece: piece.logical)
        inside = [Piece(piece.logical - start, piece.source) for piece in self.pieces[first:] if piece.logical < end]
        return Logical(span.of(self.text), (Piece(0, self.at(start)), *inside))


class PartKind(Enum):
    """What a physical line inside an instruction is."""

    TEXT = "text"
    COMMENT = "comment"
    BLANK = "blank"
    HEREDOC = "heredoc"


@dataclass(frozen=True, slots=True)
class Part:
    """One physical line of an instruction (a heredoc's body and terminator are one part), newline included."""

    kind: PartKind
    span: Span


@dataclass(frozen=True, slots=True)
class Word:
    """One argument as written, quotes and variables included. `optimizer.containerfile.words` reads its value."""

    raw: str
    span: Span


@dataclass(frozen=True, slots=True)
class Flag:
    """`--name=value` between keyword and arguments. A flag without `=` has value None."""

    name: str
    value: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document: `<<NAME`, its body as written and what the builder makes of it."""

    name: str
    body: Span
    expands: bool
    """False when the name was quoted: the body is then taken as it is."""
    strips_tabs: bool
    """True for `<<-`."""
    text: str
    """The body after stripping tabs (if asked), not expanded."""


@dataclass(frozen=True, slots=True)
class ShellForm:
    """A command line for a shell; `body` starts after keyword and flags."""

    body: Logical


@dataclass(frozen=True, slots=True)
class ExecForm:
    """A JSON array of strings."""

    argv: tuple[str, ...]
    span: Span


CommandForm = ShellForm | ExecForm


@dataclass(frozen=True, slots=True)
class Pair:
    """`KEY=value` of ENV, LABEL or ARG, the old form `ENV KEY value` too. `value` is None for ARG without default."""

    key: Word
    value: Word | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What all instructions have. One frozen subclass for each keyword."""

    keyword: str
    """As written, any case."""
    span: Span
    """From the keyword to the last character before the newline that ends the instruction, heredocs included."""
    leading: Span
    """The comments and blank lines directly above, which belong to this instruction and move with it."""
    logical: Logical
    """All that follows keyword and blanks: flags and arguments; heredoc bodies are not in it."""
    flags: tuple[Flag, ...] = ()
    parts: tuple[Part, ...] = ()
    heredocs: tuple[Heredoc, ...] = ()

    @property
    def block(self) -> Span:
        """Owned comments and blank lines, the instruction, and the newline that ends it (if there is one)."""
        return Span(self.leading.start, max(self.span.end, self.parts[-1].span.end if self.parts else self.span.end))

    def flag(self, name: str) -> Flag | None:
        """The last flag of that name, as the builder takes it."""
        return next((flag for flag in reversed(self.flags) if flag.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class From(Instruction):
    """FROM image [AS alias]."""

    image: Word
    alias: Word | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Instruction):
    """RUN. A heredoc script (`RUN <<EOF`) has an empty-but-for-the-redirection ShellForm and a heredoc."""

    command: CommandForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Cmd(Instruction):
    """CMD."""

    command: CommandForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrypoint(Instruction):
    """ENTRYPOINT."""

    command: CommandForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell(Instruction):
    """SHELL, always a JSON array."""

    command: CommandForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthcheck(Instruction):
    """HEALTHCHECK; `command` is None for HEALTHCHECK NONE."""

    command: CommandForm | None


class ListForm(Enum):
    """How a list of paths is written."""

    PLAIN = "plain"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy(Instruction):
    """COPY. A word of the JSON form holds the decoded string as `raw`."""

    sources: tuple[Word, ...]
    destination: Word
    form: ListForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Add(Instruction):
    """ADD."""

    sources: tuple[Word, ...]
    destination: Word
    form: ListForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Env(Instruction):
    """ENV."""

    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arg(Instruction):
    """ARG."""

    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label(Instruction):
    """LABEL."""

    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expose(Instruction):
    """EXPOSE."""

    ports: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume(Instruction):
    """VOLUME."""

    paths: tuple[Word, ...]
    form: ListForm


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Instruction):
    """USER."""

    user: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Workdir(Instruction):
    """WORKDIR."""

    path: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopsignal(Instruction):
    """STOPSIGNAL."""

    signal: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintainer(Instruction):
    """MAINTAINER, deprecated: its whole text."""

    name: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Onbuild(Instruction):
    """ONBUILD; `inner` is the instruction that a child image runs."""

    inner: Instruction


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Instruction):
    """A keyword that no builder knows, or an instruction whose arguments cannot be read; `problem` says which."""

    problem: str


class DirectiveKind(Enum):
    """Parser directives at the head of the file."""

    SYNTAX = "syntax"
    ESCAPE = "escape"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Directive:
    """`# name=value` before any other line."""

    kind: DirectiveKind
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Containerfile:
    """A whole file. `head`, the instructions' blocks and `tail` tile the text without gap or overlap."""

    text: str
    head: Span
    """Byte-order mark and parser directives: nothing is ever inserted above its end."""
    directives: tuple[Directive, ...]
    instructions: tuple[Instruction, ...]
    tail: Span
    """Comments and blank lines after the last instruction."""
    newline: str
    """The newline the file uses most: `\\n` or `\\r\\n`."""
    escape: str
    """The line continuation character."""
    lines: LineIndex = field(compare=False, repr=False)

    def render(self) -> str:
        """The text, put together from the tiles: equal to what was parsed, for any input."""
        return "".join(span.of(self.text) for span in self.tiles())

    def tiles(self) -> Iterator[Span]:
        """Head, instruction blocks and tail, in order."""
        yield self.head
        for instruction in self.instructions:
            yield instruction.block
        yield self.tail

    def position(self, offset: int) -> Position:
        """Line and column of a source offset."""
        return self.lines.position(offset)
