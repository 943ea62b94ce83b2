"""The ground of the shell reader: where it stands in the text, blanks, comments, newlines and here-documents.

Follows POSIX.1-2017, Shell Command Language, 2.3 (token recognition) and 2.7.4 (here-documents). Where dash and bash do
not read the same, reading fails, and `optimizer.shell.reader` makes the text opaque.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from string import ascii_letters, digits

from optimizer.shell.dialect import Dialect
from optimizer.shell.nodes import Because, Comment, Item, Joint, List, Opaque, Pipeline
from optimizer.text import Span

END = "\0"
"""Stands after the last character, so that looking one ahead needs no check; a text that holds it is not read."""

NAME = frozenset(ascii_letters + digits + "_")
TERMINATORS = frozenset(" \t\n;&|<>()" + END)
"""Characters that end a word when they are not quoted."""

DEEPEST = 40
"""Constructs nested deeper than this are not read: each level costs about ten frames of recursion."""


class Unreadable(Exception):
    """Raised inside the reader only: the text cannot be read with certainty."""

    def __init__(self, because: Because) -> None:
        super().__init__(because.value)
        self.because = because


@dataclass(frozen=True, slots=True)
class Pending:
    """A here-document whose body begins at the next newline."""

    operator: int
    delimiter: str
    quoted: bool
    strips_tabs: bool


def opaque_list(because: Because, span: Span) -> List:
    """A list that is one opaque command."""
    command = Opaque(because, span)
    return List((Item(Pipeline((command,), False, span), Joint.END, Span(span.end, span.end)),), span)


class Lexer(ABC):
    """A place in the text, and how to go past what stands between words.

    Words stand on top of it, and the grammar on top of those; each layer names what it needs of the next as an abstract
    method, since `$( )` in a word holds commands, and the body of a here-document holds words.
    """

    __slots__ = (
        "at", "bodies", "comments", "depth", "dialect", "limit", "line_held", "pending", "size", "substitutions", "text"
    )  # fmt: skip

    def __init__(self, text: str, dialect: Dialect, bodies: dict[int, Span]) -> None:
        self.text = text + END
        self.size = len(text)
        self.at = 0
        self.dialect = dialect
        self.depth = 0
        self.limit = -1
        """Where the back-tick stands that closes the substitution being read."""
        self.pending: list[Pending] = []
        self.line_held = False
        """A here-document outside the current substitution waits for its body: a newline in here is ambiguous."""
        self.bodies = bodies
        """Bodies of here-documents by the offset of their operator: known only after a first reading."""
        self.comments: list[Comment] = []
        self.substitutions: list[List] = []

    @abstractmethod
    def expansions(self, at: int, end: int) -> None:
        """Read the substitutions in the body of a here-document."""

    def enter(self) -> None:
        """One level deeper; the caller leaves with `depth -= 1`. Raises Unreadable when too deep."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable(Because.NESTED)

    def skip_blanks(self) -> None:
        """Go past blanks, line continuations and comments, to the start of a token or to a newline."""
        text = self.text
        at = self.at
        while True:
            character = text[at]
            if character == " " or character == "\t":
                at += 1
            elif character == "\\" and text[at + 1] == "\n":
                at += 2
            elif character == "#":
                stop = self.size if self.limit < 0 else self.limit
                end = text.find("\n", at, stop)
                end = stop if end < 0 else end
                if end < at:  # a quote ran past the closing back-tick
                    raise Unreadable(Because.SUBSTITUTION)
                self.comments.append(Comment(Span(at, end)))
                at = end
            else:
                break
        self.at = at

    def skip_lines(self) -> None:
        """Go past blanks, comments and newlines, and past the bodies of here-documents that begin at a newline."""
        self.skip_blanks()
        while self.text[self.at] == "\n":
            self.newline()
            self.skip_blanks()

    def newline(self) -> None:
        """Go past the newline at `at` and the here-documents whose bodies begin there."""
        if self.line_held:
            raise Unreadable(Because.SYNTAX)
        self.at += 1
        waiting, self.pending = self.pending, []
        for pending in waiting:
            self._heredoc(pending)

    def _heredoc(self, pending: Pending) -> None:
        text = self.text
        start = at = self.at
        if at == self.size:
            return  # left open: the builder holds the body
        while at < self.size:
            end = text.find("\n", at)
            end = self.size if end < 0 else end
            joined = False
            while not pending.quoted and end < self.size and _is_escaped(text, end, at):
                joined = True
                following = text.find("\n", end + 1)
                end = self.size if following < 0 else following
            line = text[at:end]
            if joined:
                line = line.replace("\\\n", "")
            if (line.lstrip("\t") if pending.strips_tabs else line) == pending.delimiter:
                if joined:
                    raise Unreadable(Because.SYNTAX)
                self.bodies[pending.operator] = Span(start, at)
                if not pending.quoted:
                    self.expansions(start, at)
                self.at = min(end + 1, self.size)
                return
            at = end + 1
        raise Unreadable(Because.SYNTAX)


def _is_escaped(text: str, newline: int, start: int) -> bool:
    """Whether an odd number of backslashes stands before the newline."""
    at = newline
    while at > start and text[at - 1] == "\\":
        at -= 1
    return (newline - at) % 2 == 1
