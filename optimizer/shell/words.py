"""The words of a shell command line, and what each is worth after quote removal (POSIX.1-2017, 2.2.1 and 2.6.7)."""

from __future__ import annotations

from optimizer.shell.expansions import PLAIN, WINDOW, Expansions
from optimizer.shell.lexer import END, TERMINATORS, Unreadable
from optimizer.shell.nodes import Because, Word
from optimizer.text import Span


class Words(Expansions):
    """Reads words from `at` on."""

    __slots__ = ()

    def word(self) -> Word | None:
        """The word at `at`; None if there is none. Raises Unreadable for an open quote and for what shells dispute."""
        text = self.text
        start = self.at
        window = text[start : start + WINDOW]
        end = start + len(window) - len(window.lstrip(PLAIN))
        if text[end] in TERMINATORS:
            if end == start:
                return None
            self.at = end
            raw = text[start:end]
            return Word(raw, Span(start, end), raw)
        return self._composed(start, end)

    def plain_words(self, words: list[Word]) -> bool:
        """Read the plain words after `at` as long as each stands between single blanks: most of all text, cheaply."""
        text = self.text
        at = self.at
        while text[at] == " ":
            start = at + 1
            end = text.find(" ", start, start + WINDOW)
            if end < 0:
                break
            raw = text[start:end]
            if raw:
                if raw[0] == "#" or raw.lstrip(PLAIN):
                    break
                words.append(Word(raw, Span(start, end), raw))
            at = end
        read = at != self.at
        self.at = at
        return read

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
                close = self.closing_quote(at)
                value.append(text[at + 1 : close])
                at = close + 1
            elif character == '"':
                at, fixed = self.double(at, value)
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
                at, fixed = self.dollar(at, value, in_double=False)
                literal = literal and fixed
            elif character == "`":
                if at == self.limit:
                    break
                at = self.backticks(at, in_double=False)
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
                window = text[at : at + WINDOW]
                plain = max(len(window) - len(window.lstrip(PLAIN)), 1)
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
