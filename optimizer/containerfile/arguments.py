"""How the builder cuts a logical line into keyword, flags and arguments, with the source position of each.

After BuildKit (moby/buildkit `frontend/dockerfile/parser/split_command.go`, `line_parsers.go` and
`instructions/parse.go`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from json import JSONDecoder

from optimizer.containerfile.nodes import ExecForm, Flag, Logical, Pair, Piece, ShellForm, Word
from optimizer.containerfile.words import SPACE
from optimizer.text import Span

_BLANK = "\t\v\f\r "
_WORD = re.compile(r"[^\t\v\f\r ]+")
_KEYWORD = re.compile(r"([^\t\v\f\r ]+)[\t\v\f\r ]*")
_PLAIN_WORD = re.compile(f"[^{SPACE}]+")


class Unreadable(ValueError):
    """Arguments that no builder accepts. Never leaves this package: the parser makes an Unknown of it."""


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


_JSON = JSONDecoder(parse_constant=_refuse_constant)


@cache
def _stops(escape: str, quote: str) -> re.Pattern[str]:
    """What ends a run of ordinary characters, outside of quotes or within them."""
    if quote == "'":
        return re.compile("'")
    return re.compile(f"[{re.escape(escape)}{quote or chr(39) + chr(34) + SPACE}]")


class Arguments:
    """The range `[start, end)` of a logical line; all offsets taken and given are those of the line."""

    __slots__ = ("end", "escape", "line", "start")

    def __init__(self, line: Logical, start: int, end: int, escape: str) -> None:
        self.line = line
        self.start = start
        self.end = end
        self.escape = escape

    @property
    def text(self) -> str:
        return self.line.text[self.start : self.end]

    def span(self, start: int, end: int) -> Span:
        """Source range of a part of the line."""
        pieces = self.line.pieces
        if len(pieces) == 1:
            base = pieces[0].source
            return Span(base + start, base + end)
        return self.line.source(Span(start, end))

    def cut(self, start: int, end: int) -> Logical:
        """A part of the line that still knows where it came from."""
        if start == 0 and end == len(self.line.text):
            return self.line
        pieces = self.line.pieces
        if len(pieces) == 1:
            return Logical(self.line.text[start:end], (Piece(0, pieces[0].source + start),))
        return self.line.slice(Span(start, end))

    def after(self, start: int) -> Arguments:
        """What follows `start`, blanks skipped."""
        text = self.line.text
        while start < self.end and text[start] in SPACE:
            start += 1
        return Arguments(self.line, start, self.end, self.escape)

    def keyword(self) -> tuple[str, int, Arguments]:
        """The first word, where it begins, and the rest without the blanks around it."""
        text = self.line.text
        start, end = self.start, self.end
        while start < end and text[start] in SPACE:
            start += 1
        while end > start and text[end - 1] in SPACE:
            end -= 1
        match = _KEYWORD.match(text, start, end)
        if match is None:
            return "", end, Arguments(self.line, end, end, self.escape)
        return match[1], start, Arguments(self.line, match.end(), end, self.escape)

    def flags(self) -> tuple[tuple[Flag, ...], Arguments]:
        """Leading words that begin with `--`, unquoted as the builder does, and the rest. A bare `--` ends them."""
        text = self.line.text
        if not text.startswith("--", self.start):
            return (), self.after(self.start)
        found: list[Flag] = []
        at = self.start
        while text.startswith("--", at, self.end):
            begin = at
            word, at = self._flag(at)
            if word == "--":
                break
            name, equals, value = word[2:].partition("=")
            found.append(Flag(name, value if equals else None, self.span(begin, at)))
            while at < self.end and text[at] in _BLANK:
                at += 1
        return tuple(found), self.after(at)

    def _flag(self, at: int) -> tuple[str, int]:
        text = self.line.text
        word: list[str] = []
        quote = ""
        while at < self.end:
            char = text[at]
            if char == self.escape:
                word.append(text[at + 1 : min(at + 2, self.end)])
                at += 2
                continue
            if quote:
                if char == quote:
                    quote = ""
                else:
                    word.append(char)
            elif char in _BLANK:
                break
            elif char in "'\"":
                quote = char
            else:
                word.append(char)
            at += 1
        return "".join(word), min(at, self.end)

    def words(self) -> tuple[Word, ...]:
        """Arguments split at blanks and nothing else: quotes mean nothing here."""
        return tuple(
            Word(match[0], self.span(match.start(), match.end()))
            for match in _WORD.finditer(self.line.text, self.start, self.end)
        )

    def whole(self) -> Word:
        """All arguments as one word. Raises Unreadable if there are none."""
        if self.start == self.end:
            raise Unreadable("an argument is missing")
        return Word(self.text, self.span(self.start, self.end))

    def quoted_words(self) -> Iterator[tuple[str, int, int]]:
        """Words of ENV, LABEL and ARG, quotes and escapes kept: text, start and end of each."""
        text, end, escape = self.line.text, self.end, self.escape
        at = self.start
        written = self.text
        if escape not in written and "'" not in written and '"' not in written:
            for plain in _PLAIN_WORD.finditer(text, at, end):
                yield plain[0], plain.start(), plain.end()
            return
        while True:
            while at < end and text[at] in SPACE:
                at += 1
            if at >= end:
                return
            begin = at
            quote = ""
            stops = _stops(escape, quote)
            while (match := stops.search(text, at, end)) is not None:
                char = match[0]
                at = match.end()
                if char == escape:
                    at += 1
                elif quote or char in "'\"":
                    quote = "" if quote else char
                    stops = _stops(escape, quote)
                else:
                    at -= 1
                    break
            else:
                at = max(at, end)
            if at > end:  # an escape character as the very last one is dropped
                at = end
                if end - begin > 1:
                    yield text[begin : end - 1], begin, end
            else:
                yield text[begin:at], begin, at

    def names(self) -> tuple[Pair, ...]:
        """Names with or without `=value`, as ARG takes them. Raises Unreadable if there are none."""
        pairs = tuple([self._pair(*word) for word in self.quoted_words()])
        if not pairs:
            raise Unreadable("a name is missing")
        return pairs

    def pairs(self) -> tuple[Pair, ...]:
        """Pairs of ENV and LABEL. The first word decides: without `=` it is the old form, one name and the rest.

        Raises Unreadable if there are none, or one has no `=`.
        """
        words = tuple(self.quoted_words())
        if words and "=" not in words[0][0]:
            name, start, rest = self.keyword()
            if rest.start == rest.end:
                raise Unreadable(f"{name} has no value")
            key = Word(name, self.span(start, start + len(name)))
            return (Pair(key, rest.whole(), self.span(self.start, self.end)),)
        for text, _, _ in words:
            if "=" not in text:
                raise Unreadable(f"no = in {text}")
        return self.names()

    def _pair(self, text: str, start: int, end: int) -> Pair:
        key, equals, value = text.partition("=")
        if not key:
            raise Unreadable("a name is empty")
        stop = start + len(key)
        written = Word(value, self.span(stop + 1, end)) if equals else None
        return Pair(Word(key, self.span(start, stop)), written, self.span(start, end))

    def strings(self) -> tuple[str, ...] | None:
        """The JSON array of strings that the arguments are; None if they are not JSON.

        Nothing may follow the array, as in BuildKit since July 2024; older BuildKit and buildah ignore what follows it.
        Raises Unreadable for an array that holds something else than strings.
        """
        written = self.text.lstrip(SPACE)
        if not written.startswith("["):
            return None
        try:
            values = _JSON.decode(written)
        except (ValueError, RecursionError):
            return None
        if not all(isinstance(value, str) for value in values):
            raise Unreadable("a JSON array may hold only strings")
        return tuple(values)

    def string_words(self) -> tuple[Word, ...] | None:
        """As `strings`, each with its place, quotes included; `raw` is the decoded string."""
        values = self.strings()
        if values is None:
            return None
        found: list[Word] = []
        text = self.line.text
        at = self.start
        for value in values:
            begin = text.index('"', at)
            _, at = _JSON.raw_decode(text, begin)
            found.append(Word(value, self.span(begin, at)))
        return tuple(found)

    def command(self) -> ShellForm | ExecForm:
        """A JSON array, or else the whole as text for a shell. Raises Unreadable if there is nothing."""
        if self.start == self.end:
            raise Unreadable("a command is missing")
        argv = self.strings()
        if argv is not None:
            return ExecForm(argv, self.span(self.start, self.end))
        return ShellForm(self.cut(self.start, self.end))
