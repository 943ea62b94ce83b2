"""The value of a word: quote removal and variable expansion as the builder does them, before any shell runs.

The rules are those of BuildKit's own lexer (moby/buildkit `frontend/dockerfile/shell/lex.go`), which also decides where
a heredoc is announced. They are *not* those of a shell: `$(…)` and back-ticks mean nothing here, an unknown variable is
empty, and a backslash before an ordinary character simply disappears.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from enum import Flag as EnumFlag
from enum import auto

from optimizer.containerfile.patterns import BadPattern, replace, trim_prefix, trim_suffix

SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""What Go's `unicode.IsSpace` calls space; `str.strip()` without it would take more (U+001C to U+001F)."""

_NESTING_LIMIT = 60
_SPECIAL = "@*#?-$!0"


class BadSubstitution(ValueError):
    """A word that the builder refuses: an unbalanced quote or brace, an unknown modifier, or a failing `${x:?}`."""


class Raw(EnumFlag):
    """What the lexer leaves as written. Heredoc detection needs quotes, escapes and variables kept."""

    NOTHING = 0
    QUOTES = auto()
    ESCAPES = auto()
    VARIABLES = auto()


def expand(raw: str, env: Mapping[str, str], escape: str = "\\") -> str:
    """The value of a word under `env`; unknown variables are empty. Raises BadSubstitution when it is malformed."""
    if "$" not in raw and "'" not in raw and '"' not in raw and escape not in raw:
        return raw
    return _Lexer(raw, env, escape, Raw.NOTHING).run()[0]


def expand_words(raw: str, env: Mapping[str, str], escape: str = "\\") -> tuple[str, ...]:
    """The words that `raw` makes once expanded: variables are split at blanks, quoted text is not (EXPOSE).

    Raises BadSubstitution when it is malformed.
    """
    return _Lexer(raw, env, escape, Raw.NOTHING).run()[1]


def raw_words(raw: str, keep: Raw) -> tuple[str, ...]:
    """Words split at blanks with `keep` left as written, escape character `\\`; for the heredoc detection.

    Raises BadSubstitution when it is malformed.
    """
    return _Lexer(raw, {}, "\\", keep).run()[1]


def variables(raw: str, escape: str = "\\") -> frozenset[str]:
    """Names of the variables that a word uses, those in defaults too; of a malformed word, those before the fault."""
    if "$" not in raw:
        return frozenset()
    lexer = _Lexer(raw, {}, escape, Raw.VARIABLES)
    with suppress(BadSubstitution):
        lexer.run()
    return frozenset(lexer.names)


def is_literal(raw: str, escape: str = "\\") -> bool:
    """Whether the word is well formed and has the same value under every environment."""
    if "$" not in raw and "'" not in raw and '"' not in raw:
        return True
    lexer = _Lexer(raw, {}, escape, Raw.VARIABLES)
    try:
        lexer.run()
    except BadSubstitution:
        return False
    return not lexer.names


class _Words:
    """Collects words while the text is read; the counterpart of a shell's field splitting."""

    __slots__ = ("buffer", "done")

    def __init__(self) -> None:
        self.done: list[str] = []
        self.buffer: list[str] = []

    def add(self, text: str) -> None:
        """Text whose blanks end words."""
        for char in text:
            if char not in SPACE:
                self.buffer.append(char)
            elif self.buffer:
                self.flush()

    def add_quoted(self, text: str) -> None:
        """Text whose blanks are part of the word."""
        if text:
            self.buffer.append(text)

    def flush(self) -> None:
        if self.buffer:
            self.done.append("".join(self.buffer))
            self.buffer.clear()


class _Lexer:
    __slots__ = ("at", "depth", "env", "escape", "keep_escapes", "keep_quotes", "keep_variables", "names", "text")

    def __init__(self, text: str, env: Mapping[str, str], escape: str, keep: Raw) -> None:
        self.text = text.removeprefix("\ufeff")
        self.at = 0
        self.depth = 0
        self.env = env
        self.escape = escape
        self.keep_quotes = Raw.QUOTES in keep
        self.keep_escapes = Raw.ESCAPES in keep
        self.keep_variables = Raw.VARIABLES in keep
        self.names: set[str] = set()

    def run(self) -> tuple[str, tuple[str, ...]]:
        return self.read_until("", keep_escapes=self.keep_escapes)

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def next(self) -> str:
        char = self.text[self.at : self.at + 1]
        self.at += 1
        return char

    def read_until(self, stop: str, *, keep_escapes: bool) -> tuple[str, tuple[str, ...]]:
        """Read to `stop` (consumed), or to the end if it is empty."""
        self.depth += 1
        if self.depth > _NESTING_LIMIT:
            raise BadSubstitution("substitutions are nested too deeply")
        result: list[str] = []
        words = _Words()
        while char := self.peek():
            if char == stop:
                self.at += 1
                break
            if char == "$":
                value = self.dollar()
                words.add(value)
                result.append(value)
            elif char == "'" or char == '"':
                value = self.single_quoted() if char == "'" else self.double_quoted(keep_escapes=keep_escapes)
                words.add_quoted(value)
                result.append(value)
            elif char == "<":
                value = self.angle()
                words.add_quoted(value)
                result.append(value)
            elif char == self.escape:
                self.at += 1
                escaped = self.next()
                value = (char if keep_escapes else "") + escaped
                words.add_quoted(value)
                result.append(value)
            else:
                self.at += 1
                words.add(char)
                result.append(char)
        else:
            if stop:
                raise BadSubstitution(f"no matching {stop}")
        words.flush()
        self.depth -= 1
        return "".join(result), tuple(words.done)

    def single_quoted(self) -> str:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise BadSubstitution("no matching single quote")
        start, self.at = self.at, end + 1
        return self.text[start : end + 1] if self.keep_quotes else self.text[start + 1 : end]

    def double_quoted(self, *, keep_escapes: bool) -> str:
        self.at += 1
        quote = '"' if self.keep_quotes else ""
        result = [quote]
        while char := self.peek():
            if char == '"':
                self.at += 1
                result.append(quote)
                return "".join(result)
            if char == "$":
                result.append(self.dollar())
                continue
            self.at += 1
            if char == self.escape:
                if keep_escapes:
                    result.append(char)
                follower = self.peek()
                if not follower:
                    break
                # Only these three can be escaped; before anything else the escape character stands for itself.
                if follower == '"' or follower == "$" or follower == self.escape:
                    char = self.next()
            result.append(char)
        raise BadSubstitution("no matching double quote")

    def angle(self) -> str:
        """`<<` keeps the blanks that follow it, so that `<< EOF` is one word."""
        start = self.at
        self.at += 1
        if self.peek() == "<":
            self.at += 1
            while (char := self.peek()) and char in "\t\r ":
                self.at += 1
        return self.text[start : self.at]

    def name(self) -> str:
        start = self.at
        first = self.peek()
        if first.isdecimal():
            while self.peek().isdecimal():
                self.at += 1
        elif first and first in _SPECIAL:
            self.at += 1
        else:
            while (char := self.peek()) and (char.isalpha() or char.isdecimal() or char == "_"):
                self.at += 1
        return self.text[start : self.at]

    def dollar(self) -> str:
        start = self.at
        self.at += 1
        if self.peek() != "{":
            name = self.name()
            if not name:
                return "$"
            return self.value(name, self.text[start : self.at])
        self.at += 1
        if not self.peek() or self.peek() in "{}:":
            raise BadSubstitution("bad substitution")
        name = self.name()
        modifier = self.next()
        if modifier == "}":
            return self.value(name, "${" + name + "}")
        if modifier == "/":
            return self.replaced(name)
        null_is_unset = modifier == ":"
        operator = self.next() if null_is_unset else modifier
        if not operator or operator not in ("-+?" if null_is_unset else "-+?#%"):
            raise BadSubstitution(f"unsupported modifier ({modifier}{operator if null_is_unset else ''})")
        word, _ = self.read_until("}", keep_escapes=operator in "#%")
        value = self.lookup(name)
        if value is None and self.keep_variables:
            return "${" + name + (":" if null_is_unset else "") + operator + word + "}"
        missing = value is None or (null_is_unset and not value)
        match operator:
            case "-":
                return word if missing else value or ""
            case "+":
                return "" if missing else word
            case "?":
                if missing:
                    raise BadSubstitution(f"{name}: {word or 'is not allowed to be unset or empty'}")
                return value or ""
        greedy = word.startswith(operator)
        trim = trim_prefix if operator == "#" else trim_suffix
        try:
            return trim(value or "", word[1:] if greedy else word, longest=greedy)
        except BadPattern as problem:
            raise BadSubstitution(str(problem)) from None

    def replaced(self, name: str) -> str:
        everywhere = self.peek() == "/"
        if everywhere:
            self.at += 1
        pattern, _ = self.read_until("/", keep_escapes=True)
        replacement, _ = self.read_until("}", keep_escapes=True)
        value = self.lookup(name)
        if value is None and self.keep_variables:
            return "${" + name + "/" + pattern + "/" + replacement + "}"
        try:
            return replace(value or "", pattern, replacement, everywhere=everywhere)
        except BadPattern as problem:
            raise BadSubstitution(str(problem)) from None

    def lookup(self, name: str) -> str | None:
        self.names.add(name)
        return self.env.get(name)

    def value(self, name: str, written: str) -> str:
        value = self.lookup(name)
        if value is None:
            return written if self.keep_variables else ""
        return value
