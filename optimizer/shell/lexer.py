"""The words of a shell command line: quoting, expansions, comments, here-documents, each with its place in the text.

Follows POSIX.1-2017, Shell Command Language, 2.2 (quoting), 2.3 (token recognition), 2.6 (expansions) and 2.7.4
(here-documents). Where dash and bash do not read the same, reading fails, and the caller makes the text opaque.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from string import ascii_letters, digits

from optimizer.shell.dialect import Dialect
from optimizer.shell.nodes import Because, Comment, Item, Joint, List, Opaque, Pipeline, Word
from optimizer.text import Span

END = "\0"
"""Stands after the last character, so that looking one ahead needs no check; a text that holds it is not read."""

NAME = frozenset(ascii_letters + digits + "_")
TERMINATORS = frozenset(" \t\n;&|<>()" + END)
"""Characters that end a word when they are not quoted."""

_PLAIN = ascii_letters + digits + "_-+./:,@%^=!]}#"
"""Characters that mean only themselves inside a word."""
_PLAIN_IN_DOUBLE = _PLAIN + " \t\n;&|<>()'*?[{~"
_SPECIAL_PARAMETERS = frozenset(digits + "@*#?-$!")
_WINDOW = 64
"""How far a scan for plain characters looks at once: keeps scanning linear in the length of the text."""
_DEEPEST = 40
"""Constructs nested deeper than this are not read (recursion); the deepest seen in real files is 6."""


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
    """Reads words from `at` on. The grammar on top of it supplies `commands`, which `$( )` and back-ticks need."""

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
    def commands(self) -> List:
        """Read a list from `at` up to what cannot continue it."""

    def enter(self) -> None:
        """One level deeper; the caller leaves with `depth -= 1`. Raises Unreadable when too deep."""
        self.depth += 1
        if self.depth > _DEEPEST:
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
                    self._expansions(start, at)
                self.at = min(end + 1, self.size)
                return
            at = end + 1
        raise Unreadable(Because.SYNTAX)

    def _expansions(self, at: int, end: int) -> None:
        """Read the substitutions inside the body of a here-document."""
        text = self.text
        while at < end:
            character = text[at]
            if character == "\\":
                at += 2
            elif character == "$":
                at, _ = self._dollar(at, [], in_double=True)
            elif character == "`":
                at = self._backticks(at, in_double=True)
            else:
                at += 1
        if at > end:
            raise Unreadable(Because.SYNTAX)

    def word(self) -> Word | None:
        """The word at `at`; None if there is none. Raises Unreadable for an open quote and for what shells dispute."""
        text = self.text
        start = self.at
        window = text[start : start + _WINDOW]
        end = start + len(window) - len(window.lstrip(_PLAIN))
        if text[end] in TERMINATORS:
            if end == start:
                return None
            self.at = end
            raw = text[start:end]
            return Word(raw, Span(start, end), raw)
        return self._composed(start, end)

    def _composed(self, start: int, at: int) -> Word | None:
        """A word with anything but plain characters in it; up to `at` it is plain."""
        text = self.text
        value = [text[start:at]]
        literal = True
        brace = False
        end = at
        while True:
            character = text[at]
            if character in TERMINATORS:
                break
            if character == "'":
                close = self._closing_quote(at)
                value.append(text[at + 1 : close])
                at = close + 1
            elif character == '"':
                at, fixed = self._double(at, value)
                literal = literal and fixed
            elif character == "\\":
                following = text[at + 1]
                if following == END:
                    raise Unreadable(Because.SYNTAX)
                at += 2
                if following == "\n":
                    continue  # a continuation at the end of the word is not part of it
                value.append(following)
            elif character == "$":
                at, fixed = self._dollar(at, value, in_double=False)
                literal = literal and fixed
            elif character == "`":
                if at == self.limit:
                    break
                at = self._backticks(at, in_double=False)
                literal = False
            elif character in "*?[{~":
                match character:
                    case "[":
                        literal = literal and at == start and text[at + 1] in TERMINATORS
                    case "{":
                        brace = True
                    case "~":
                        literal = literal and at != start and text[at - 1] not in "=:"
                    case _:
                        literal = False
                value.append(character)
                at += 1
            else:
                window = text[at : at + _WINDOW]
                plain = max(len(window) - len(window.lstrip(_PLAIN)), 1)
                value.append(text[at : at + plain])
                at += plain
            end = at
        self.at = at
        if end == start:
            return None
        raw = text[start:end]
        if brace and ("," in raw or ".." in raw):
            literal = False  # bash expands {a,b} and {1..9}, dash does not
        return Word(raw, Span(start, end), "".join(value) if literal else None)

    def _closing_quote(self, at: int) -> int:
        close = self.text.find("'", at + 1)
        if close < 0:
            raise Unreadable(Because.SYNTAX)
        return close

    def _double(self, at: int, value: list[str]) -> tuple[int, bool]:
        """Read `"…"` from its opening quote: where it ends, and whether it holds no expansion."""
        self.enter()
        text = self.text
        literal = True
        at += 1
        while True:
            window = text[at : at + _WINDOW]
            plain = len(window) - len(window.lstrip(_PLAIN_IN_DOUBLE))
            if plain:
                value.append(text[at : at + plain])
                at += plain
            match text[at]:
                case '"':
                    self.depth -= 1
                    return at + 1, literal
                case "\\":
                    following = text[at + 1]
                    if following == END:
                        raise Unreadable(Because.SYNTAX)
                    if following != "\n":
                        value.append(following if following in '$`"\\' else "\\" + following)
                    at += 2
                case "$":
                    at, fixed = self._dollar(at, value, in_double=True)
                    literal = literal and fixed
                case "`":
                    at = self._backticks(at, in_double=True)
                    literal = False
                case "\0":
                    raise Unreadable(Because.SYNTAX)
                case other:
                    value.append(other)
                    at += 1

    def _dollar(self, at: int, value: list[str], *, in_double: bool) -> tuple[int, bool]:
        """Read what a `$` begins: where it ends, and whether it is only a dollar sign."""
        text = self.text
        following = text[at + 1]
        if following in _SPECIAL_PARAMETERS:
            return at + 2, False
        if following in NAME:
            at += 2
            while text[at] in NAME:
                at += 1
            return at, False
        match following:
            case "{":
                return self._parameter(at, in_double=in_double), False
            case "(":
                return (self._arithmetic(at) if text[at + 2] == "(" else self._substitution(at)), False
            case "'" if not in_double:
                return self._ansi_quote(at), False
            case '"' if not in_double:
                return at + 1, False
            case "[":
                raise Unreadable(Because.BASHISM)
            case "\\" if text[at + 2] == "\n":
                raise Unreadable(Because.SYNTAX)
        value.append("$")
        return at + 1, True

    def _ansi_quote(self, at: int) -> int:
        """Where `$'…'` ends. Only bash and ash know its escapes, so with an escape its end is disputed."""
        text = self.text
        at += 2
        while text[at] != "'":
            if text[at] == END:
                raise Unreadable(Because.SYNTAX)
            if text[at] == "\\":
                if self.dialect is not Dialect.BASH or text[at + 1] == END:
                    raise Unreadable(Because.BASHISM)
                at += 1
            at += 1
        return at + 1

    def _parameter(self, at: int, *, in_double: bool) -> int:
        """Where `${…}` ends."""
        self.enter()
        text = self.text
        if text[at + 2] not in NAME and text[at + 2] not in _SPECIAL_PARAMETERS:
            raise Unreadable(Because.SYNTAX)
        at += 3
        while True:
            match text[at]:
                case "}":
                    self.depth -= 1
                    return at + 1
                case "\\":
                    if text[at + 1] == END:
                        raise Unreadable(Because.SYNTAX)
                    at += 2
                case "'":
                    close = self._closing_quote(at)
                    if in_double and not _same_unquoted(text[at + 1 : close]):
                        raise Unreadable(Because.SYNTAX)  # a quote or not, depending on shell and operator
                    at = close + 1
                case '"':
                    at, _ = self._double(at, [])
                case "$":
                    at, _ = self._dollar(at, [], in_double=in_double)
                case "`":
                    at = self._backticks(at, in_double=in_double)
                case "\0":
                    raise Unreadable(Because.SYNTAX)
                case _:
                    at += 1

    def _arithmetic(self, at: int) -> int:
        """Where `$((…))` ends."""
        self.enter()
        text = self.text
        parentheses = 0
        at += 3
        while True:
            match text[at]:
                case "(":
                    parentheses += 1
                    at += 1
                case ")":
                    if not parentheses:
                        if text[at + 1] != ")":
                            raise Unreadable(Because.SYNTAX)  # $( (…) …) written without the blank
                        self.depth -= 1
                        return at + 2
                    parentheses -= 1
                    at += 1
                case "$":
                    at, _ = self._dollar(at, [], in_double=True)
                case '"':
                    at, _ = self._double(at, [])
                case "`":
                    at = self._backticks(at, in_double=True)
                case "\0" | ";" | "'" | "\\":
                    raise Unreadable(Because.SYNTAX)
                case _:
                    at += 1

    def _substitution(self, at: int) -> int:
        """Read `$(…)`: where it ends."""
        self._nested(at + 2)
        if self.text[self.at] != ")":
            raise Unreadable(Because.SUBSTITUTION)
        return self.at + 1

    def _backticks(self, at: int, *, in_double: bool) -> int:
        """Read a substitution in back-ticks: where it ends. With escapes, its text is not what the shell will read."""
        text = self.text
        close = at + 1
        escapes = False
        if at == self.limit:
            raise Unreadable(Because.SUBSTITUTION)
        while text[close] != "`":
            if text[close] == END:
                raise Unreadable(Because.SYNTAX)
            if text[close] == "\\":
                close += 1
                if text[close] == END:
                    raise Unreadable(Because.SYNTAX)
                escapes = escapes or text[close] in "$`\\" or (in_double and text[close] == '"')
            close += 1
        if escapes:
            self.substitutions.append(opaque_list(Because.SUBSTITUTION, Span(at + 1, close)))
            return close + 1
        outer, self.limit = self.limit, close
        self._nested(at + 1)
        self.limit = outer
        if self.at != close:
            raise Unreadable(Because.SUBSTITUTION)
        return close + 1

    def _nested(self, at: int) -> None:
        """Read the list inside a substitution; leaves `at` on what ended it."""
        self.enter()
        pending, self.pending = self.pending, []
        held, self.line_held = self.line_held, self.line_held or bool(pending)
        self.at = at
        self.substitutions.append(self.commands())
        if self.pending:
            raise Unreadable(Because.SUBSTITUTION)  # a here-document that its substitution closes
        self.pending = pending
        self.line_held = held
        self.depth -= 1


def _is_escaped(text: str, newline: int, start: int) -> bool:
    """Whether an odd number of backslashes stands before the newline."""
    at = newline
    while at > start and text[at - 1] == "\\":
        at -= 1
    return (newline - at) % 2 == 1


def _same_unquoted(text: str) -> bool:
    """Whether text in single quotes reads the same where the quotes are ordinary characters."""
    return not any(character in text for character in "}{\"$`\\")
