"""What bash adds to the grammar, read only as far as it takes to know where it ends.

Source: bash manual, "Conditional Constructs", "Looping Constructs", "Arrays" and "Process Substitution".
"""

from __future__ import annotations

from optimizer.shell.lexer import END, TERMINATORS, Unreadable
from optimizer.shell.nodes import Because, Word
from optimizer.shell.words import Words

_LONGEST = 1000
"""Longer arithmetic is not looked through, so that `((((…` does not cost a scan of all text for each level."""


class Bashisms(Words):
    """Goes past bash's own constructs. Raises Unreadable where their end is not certain in every shell."""

    __slots__ = ()

    def skip_double_bracket(self) -> None:
        """Go past `[[ … ]]`, from after the opening brackets on."""
        text = self.text
        parentheses = 0
        while True:
            while text[self.at] in " \t\n":
                self.at += 1
            match text[self.at]:
                case "(":
                    parentheses += 1
                case ")":
                    parentheses -= 1
                case "&" | "|" as operator:
                    if not parentheses:
                        self.at += 1
                        if text[self.at] != operator:
                            raise Unreadable(Because.BASHISM)
                case "<" | ">":
                    pass
                case _:
                    word = None if text[self.at] == "#" else self.word()
                    if word is None:
                        raise Unreadable(Because.BASHISM)
                    if word.raw == "]]" and text[word.span.start - 1] in " \t\n":
                        break
                    continue
            self.at += 1
        if parentheses or self.pending:
            raise Unreadable(Because.BASHISM)

    def skip_arithmetic(self, *, forbidden: str) -> bool:
        """Go past `((…))`; False if it does not end in `))` or holds what could hide where it ends."""
        parentheses = 0
        furthest = self.at + _LONGEST
        while True:
            character = self.text[self.at]
            if (
                character == END
                or self.at == furthest
                or character in forbidden
                or self.text.startswith(("$(", "${"), self.at)
            ):
                return False
            self.at += 1
            parentheses += (character == "(") - (character == ")")
            if not parentheses:
                return True
            if parentheses == 1 and character == ")" and self.text[self.at] != ")":
                return False

    def skip_array(self) -> None:
        """The elements of `name=(…)`, from the parenthesis on."""
        self.at += 1
        self.skip_lines()
        while self.word() is not None:
            self.skip_lines()
        self._close()

    def skip_process_substitution(self) -> None:
        """`<(…)` and `>(…)` as a word of their own."""
        self.nested(self.at + 2)
        self._close()

    def _close(self) -> None:
        """Go past the parenthesis that must be here and end the word."""
        if self.text[self.at] != ")" or self.text[self.at + 1] not in TERMINATORS:
            raise Unreadable(Because.BASHISM)
        self.at += 1


def is_bash_assignment(word: Word) -> bool:
    """Whether a first word is `name+=value` or `name[index]=value`, which bash alone takes for assignments."""
    raw = word.raw
    name, bracket, _ = raw.partition("[")
    if bracket and is_name(name):
        if "]" not in raw:
            raise Unreadable(Because.BASHISM)  # for bash the index may hold blanks
        return "]=" in raw or "]+=" in raw
    name, equals, _ = raw.partition("=")
    return bool(equals) and is_name(name.removesuffix("+"))


def is_name(text: str) -> bool:
    """Whether it is a name as POSIX has it (3.235): letters, digits, underscores, no digit first."""
    return text.isidentifier() and text.isascii()
