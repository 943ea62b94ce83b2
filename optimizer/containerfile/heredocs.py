"""Which heredocs a logical line announces.

BuildKit splits the whole line into words with its own lexer (quotes, escapes and variables kept, escape character
always the backslash) and takes each word of the form `[fd]<<[-]NAME`. So `<< 'EOF'` is one, `$(( 1 << 2 ))` announces
`2`, `<<EOF;` ends at `EOF;`, `"<<EOF"` is none, and a line that the lexer refuses (an unbalanced quote) has none.
"""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.containerfile.words import BadSubstitution, Raw, raw_words

_SCRIPT_SPACE = "\t\n\f\r "


@dataclass(frozen=True, slots=True)
class Announced:
    """A heredoc whose body is still to be read."""

    name: str
    expands: bool
    strips_tabs: bool


def announced(line: str) -> tuple[Announced, ...]:
    """The heredocs of a logical line, in order."""
    if "<<" not in line:
        return ()
    try:
        words = raw_words(line, Raw.QUOTES | Raw.ESCAPES | Raw.VARIABLES)
    except BadSubstitution:
        return ()
    return tuple(found for found in map(heredoc_of, words) if found is not None)


def heredoc_of(word: str) -> Announced | None:
    """The heredoc that a word announces, if it is of that form."""
    mark = word.find("<<")
    if mark < 0 or not all(char in "0123456789" for char in word[:mark]):
        return None
    rest = word[mark + 2 :]
    strips_tabs = rest.startswith("-")
    rest = rest.removeprefix("-").lstrip(_SCRIPT_SPACE)
    if not rest or "<" in rest:
        return None
    try:
        plain = raw_words(rest, Raw.VARIABLES)
        quoted = raw_words(rest, Raw.VARIABLES | Raw.QUOTES)
    except BadSubstitution:
        return None
    if len(plain) != 1 or len(quoted) != 1:
        return None
    return Announced(plain[0], _quotes(plain[0]) == _quotes(quoted[0]), strips_tabs)


def _quotes(word: str) -> int:
    return word.count("'") + word.count('"')
