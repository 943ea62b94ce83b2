"""Go's regular expressions in Python's syntax, as far as ignore patterns can produce them.

Both ignore matchers turn a pattern into a Go regular expression (package `regexp/syntax`, flags `Perl`) and leave some
characters of the pattern alive in it. The two syntaxes look alike and differ in what is an error, in where `{` is
literal, in nested repetition, in `$` before a final newline and in classes, so the text is read here as Go reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_REPEAT_LIMIT = 1000  # regexp/syntax: "bad repetition operator" above it


class BadExpression(ValueError):
    """Go does not compile this expression."""


class UnmodelledExpression(ValueError):
    """Go may compile this expression, but this module does not say what it means."""


def translate(expression: str) -> str:
    """A Python expression for `re.search` that matches what Go's `MatchString` does.

    Raises BadExpression, UnmodelledExpression.
    """
    return "".join(_Reader(expression).read())


class _Reader:
    __slots__ = ("at", "depth", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def read(self) -> Iterator[str]:
        atom = repeated = False
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in "*+?" or (char == "{" and self._counts()):
                if not atom:
                    raise BadExpression(f"nothing to repeat before {char}")
                if repeated:
                    raise BadExpression(f"{char} repeats a repetition")
                yield self._repetition()
                repeated = True
                continue
            atom = repeated = False
            match char:
                case "(":
                    self.depth += 1
                    self.at += 1
                    yield "(?:"
                    continue
                case "|":
                    self.at += 1
                    yield "|"
                    continue
                case ")":
                    self.depth -= 1
                    if self.depth < 0:
                        raise BadExpression("unexpected )")
                    self.at += 1
                    yield ")"
                case "[":
                    yield self._class()
                case "\\":
                    yield re.escape(self._escaped())
                case _:
                    self.at += 1
                    yield {"^": r"(?:\A)", "$": r"(?:\Z)", ".": "."}.get(char, re.escape(char))
            atom = True
        if self.depth:
            raise BadExpression("missing )")

    def _counts(self) -> bool:
        """Whether `{n}`, `{n,}` or `{n,m}` stands here; any other `{` is literal."""
        end = self.text.find("}", self.at)
        if end < 0:
            return False
        low, comma, high = self.text[self.at + 1 : end].partition(",")
        return _number(low) and (not comma or not high or _number(high))

    def _repetition(self) -> str:
        if self.text[self.at] != "{":
            self.at += 1
            return self.text[self.at - 1]
        end = self.text.index("}", self.at) + 1
        counts, self.at = self.text[self.at : end], end
        low, comma, high = counts[1:-1].partition(",")
        if max(int(low), int(high or 0)) > _REPEAT_LIMIT or (comma and high and int(low) > int(high)):
            raise BadExpression(f"bad repetition {counts}")
        return counts

    def _escaped(self) -> str:
        """The character that a backslash makes literal; only punctuation and blanks are certain."""
        char = self.text[self.at + 1 : self.at + 2]
        if not char:
            raise BadExpression("trailing backslash")
        if char.isalnum() or not char.isascii():
            raise UnmodelledExpression(f"escaped {char}")
        self.at += 2
        return char

    def _class(self) -> str:
        self.at += 1
        negated = self.text.startswith("^", self.at)
        self.at += negated
        parts: list[str] = []
        while not parts or not self.text.startswith("]", self.at):
            if self.text.startswith("[:", self.at):
                raise UnmodelledExpression("a named class")
            low = self._member()
            high = low
            if self.text.startswith("-", self.at) and not self.text.startswith("]", self.at + 1):
                self.at += 1
                high = self._member()
            if high < low:
                raise BadExpression(f"bad range {low}-{high}")
            parts.append(re.escape(low) if low == high else f"{re.escape(low)}-{re.escape(high)}")
        self.at += 1
        return f"[{'^' if negated else ''}{''.join(parts)}]"

    def _member(self) -> str:
        char = self.text[self.at : self.at + 1]
        if not char:
            raise BadExpression("missing ]")
        if char == "\\":
            return self._escaped()
        self.at += 1
        return char


def _number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and (text == "0" or not text.startswith("0"))
