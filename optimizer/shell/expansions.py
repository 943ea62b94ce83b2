"""Quotes and expansions inside words: where they end, and which commands they hold.

Follows POSIX.1-2017, Shell Command Language, 2.2 (quoting) and 2.6 (expansions). Where dash and bash do not agree on an
end, reading fails.
"""

from __future__ import annotations

from abc import abstractmethod
from string import ascii_letters, digits

from optimizer.shell.dialect import Dialect
from optimizer.shell.lexer import END, NAME, Lexer, Unreadable, opaque_list
from optimizer.shell.nodes import Because, List
from optimizer.text import Span

PLAIN = ascii_letters + digits + "_-+./:,@%^=!]}#"
"""Characters that mean only themselves inside a word."""
WINDOW = 64
"""How far a scan for plain characters looks at once: keeps scanning linear in the length of the text."""
_PLAIN_IN_DOUBLE = PLAIN + " \t\n;&|<>()'*?[{~"
_SPECIAL_PARAMETERS = frozenset(digits + "@*#?-$!")


class Expansions(Lexer):
    """Goes past quotes and expansions. Its methods take the place where one begins and give the place where it ends."""

    __slots__ = ()

    @abstractmethod
    def commands(self) -> List:
        """Read a list from `at` up to what cannot continue it."""

    def closing_quote(self, at: int) -> int:
        close = self.text.find("'", at + 1)
        if close < 0:
            raise Unreadable(Because.SYNTAX)
        return close

    def double(self, at: int, value: list[str]) -> tuple[int, bool]:
        """Read `"…"` from its opening quote: where it ends, and whether it holds no expansion."""
        self.enter()
        text = self.text
        literal = True
        at += 1
        while True:
            window = text[at : at + WINDOW]
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
                    at, fixed = self.dollar(at, value, in_double=True)
                    literal = literal and fixed
                case "`":
                    at = self.backticks(at, in_double=True)
                    literal = False
                case "\0":
                    raise Unreadable(Because.SYNTAX)
                case other:
                    value.append(other)
                    at += 1

    def dollar(self, at: int, value: list[str], *, in_double: bool) -> tuple[int, bool]:
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
        """Where `$'…'` ends. Not every shell knows its escapes, so with an escaped quote in it its end is disputed."""
        text = self.text
        at += 2
        while text[at] != "'":
            if text[at] == END:
                raise Unreadable(Because.SYNTAX)
            if text[at] == "\\":
                if text[at + 1] == END or (text[at + 1] == "'" and self.dialect is not Dialect.BASH):
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
        while text[at] in NAME:
            at += 1
        if text[at] in "'\"`\\":
            raise Unreadable(Because.SYNTAX)
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
                    close = self.closing_quote(at)
                    if in_double and not _same_unquoted(text[at + 1 : close]):
                        raise Unreadable(Because.SYNTAX)  # a quote or not, depending on shell and operator
                    at = close + 1
                case '"':
                    at, _ = self.double(at, [])
                case "$":
                    at, _ = self.dollar(at, [], in_double=in_double)
                case "`":
                    at = self.backticks(at, in_double=in_double)
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
                    at, _ = self.dollar(at, [], in_double=True)
                case '"':
                    at, _ = self.double(at, [])
                case "`":
                    at = self.backticks(at, in_double=True)
                case "\0" | ";" | "'" | "\\":
                    raise Unreadable(Because.SYNTAX)
                case _:
                    at += 1

    def _substitution(self, at: int) -> int:
        """Read `$(…)`: where it ends."""
        self.nested(at + 2)
        if self.text[self.at] != ")":
            raise Unreadable(Because.SUBSTITUTION)
        return self.at + 1

    def backticks(self, at: int, *, in_double: bool) -> int:
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
        self.nested(at + 1)
        self.limit = outer
        if self.at != close:
            raise Unreadable(Because.SUBSTITUTION)
        return close + 1

    def nested(self, at: int) -> None:
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

    def expansions(self, at: int, end: int) -> None:
        """Read the substitutions inside the body of a here-document."""
        text = self.text
        while at < end:
            character = text[at]
            if character == "\\":
                at += 2
            elif character == "$":
                at, _ = self.dollar(at, [], in_double=True)
            elif character == "`":
                at = self.backticks(at, in_double=True)
            else:
                at += 1
        if at > end:
            raise Unreadable(Because.SYNTAX)


def _same_unquoted(text: str) -> bool:
    """Whether text in single quotes reads the same where the quotes are ordinary characters."""
    return not any(character in text for character in '}{"$`\\')
