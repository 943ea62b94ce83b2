"""From a shell command line to its tree: `read`.

The grammar is POSIX.1-2017, Shell Command Language, 2.10, by recursive descent, in layers: `lexer`, `expansions`,
`words`, `bashisms`, `commands`, `compounds`. What only bash knows is opaque where its end is certain, else the whole
text is; the same holds for everything that dash and bash read differently.
"""

from __future__ import annotations

from functools import lru_cache

from optimizer.shell.compounds import Compounds
from optimizer.shell.dialect import Dialect
from optimizer.shell.lexer import END, Unreadable, opaque_list
from optimizer.shell.nodes import Because, List, Script
from optimizer.text import Span


@lru_cache(maxsize=512)  # most RUNs stay as they are while a file is rewritten
def read(text: str, dialect: Dialect = Dialect.POSIX_SH) -> Script:
    """The tree of a command line, with exact spans. Never raises: what cannot be read is one opaque command.

    `text` is the logical body of a RUN, or the body of a here-document that a shell runs.
    """
    if dialect is Dialect.NOT_A_SHELL:
        return _opaque(text, Because.NOT_A_SHELL)
    if END in text:
        return _opaque(text, Because.SYNTAX)
    try:
        bodies: dict[int, Span] = {}
        reader = Compounds(text, dialect, bodies)
        body = _all(reader)
        if bodies:  # now it is known where the here-documents lie, which stand after the commands that use them
            reader = Compounds(text, dialect, bodies)
            body = _all(reader)
    except Unreadable as error:
        return _opaque(text, error.because)
    substitutions = sorted(reader.substitutions, key=lambda body: body.span.start)
    return Script(text, body, tuple(reader.comments), tuple(substitutions))


def _opaque(text: str, because: Because) -> Script:
    return Script(text, opaque_list(because, Span(0, len(text))), (), ())


def _all(reader: Compounds) -> List:
    body = reader.commands()
    if reader.at != reader.size:
        raise Unreadable(Because.SYNTAX)
    return body
