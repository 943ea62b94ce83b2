"""`parse`: any text to a lossless, typed tree.

Never raises and never loses a character: what cannot be read becomes `Unknown` and keeps its place. `lexer` finds the
statements, `arguments` cuts them, this module gives them their types.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

from optimizer.containerfile.arguments import Arguments, Unreadable
from optimizer.containerfile.heredocs import heredoc_of
from optimizer.containerfile.lexer import Statement, scan
from optimizer.containerfile.nodes import (
    Add,
    Arg,
    Cmd,
    Containerfile,
    Copy,
    Entrypoint,
    Env,
    Expose,
    Flag,
    From,
    Healthcheck,
    Heredoc,
    Instruction,
    Label,
    ListForm,
    Logical,
    Maintainer,
    Onbuild,
    Part,
    Piece,
    Run,
    Shell,
    Stopsignal,
    Unknown,
    User,
    Volume,
    Word,
    Workdir,
)
from optimizer.text import LineIndex, Span


class _Common(TypedDict):
    keyword: str
    span: Span
    leading: Span
    logical: Logical
    flags: tuple[Flag, ...]
    parts: tuple[Part, ...]
    heredocs: tuple[Heredoc, ...]


def parse(text: str) -> Containerfile:
    """The tree of `text`; `parse(text).render() == text` for any text at all."""
    statements = scan(text, _takes_heredocs)
    crlf = text.count("\r\n")
    return Containerfile(
        text=text,
        head=statements.head,
        directives=statements.directives,
        instructions=tuple([_instruction(item, statements.escape) for item in statements.items]),
        tail=statements.tail,
        newline="\r\n" if crlf > text.count("\n") - crlf else "\n",
        escape=statements.escape,
        lines=LineIndex(text),
    )


def _instruction(statement: Statement, escape: str) -> Instruction:
    line = statement.line
    keyword, _, rest = Arguments(line, 0, len(line.text), escape).keyword()
    logical = rest.cut(rest.start, rest.end)
    flags, arguments = Arguments(logical, 0, len(logical.text), escape).flags()
    common: _Common = {
        "keyword": keyword,
        "span": statement.span,
        "leading": statement.leading,
        "logical": logical,
        "flags": flags,
        "parts": statement.parts,
        "heredocs": statement.heredocs,
    }
    if statement.problem is not None:
        return Unknown(**common, problem=statement.problem)
    return _typed(common, arguments)


def _typed(common: _Common, arguments: Arguments) -> Instruction:
    keyword = common["keyword"].upper()
    read = _READERS.get(keyword)
    if read is None:
        return Unknown(**common, problem=f"unknown instruction {keyword}" if keyword else "an empty continuation")
    if common["flags"] and keyword not in _WITH_FLAGS:
        return Unknown(**common, problem=f"{keyword} takes no flags")
    try:
        return read(common, arguments)
    except Unreadable as problem:
        return Unknown(**common, problem=f"{keyword}: {problem}")


def _takes_heredocs(text: str, escape: str) -> bool:
    """Whether the builder looks for heredocs in this logical line."""
    line = Logical(text, (Piece(0, 0),))
    keyword, _, rest = Arguments(line, 0, len(text), escape).keyword()
    _, arguments = rest.flags()
    if keyword.upper() == "ONBUILD":
        keyword, _, rest = arguments.keyword()
        _, arguments = rest.flags()
    if keyword.upper() not in {"RUN", "COPY", "ADD"}:
        return False
    try:
        return arguments.strings() is None
    except Unreadable:
        return False


def _from(common: _Common, arguments: Arguments) -> Instruction:
    match arguments.words():
        case (image,):
            return From(**common, image=image)
        case (image, Word(raw=keyword), alias) if keyword.upper() == "AS":
            return From(**common, image=image, alias=alias)
        case _:
            raise Unreadable("not of the form image or image AS name")


def _run(common: _Common, arguments: Arguments) -> Instruction:
    return Run(**common, command=arguments.command())


def _cmd(common: _Common, arguments: Arguments) -> Instruction:
    return Cmd(**common, command=arguments.command())


def _entrypoint(common: _Common, arguments: Arguments) -> Instruction:
    return Entrypoint(**common, command=arguments.command())


def _shell(common: _Common, arguments: Arguments) -> Instruction:
    if not arguments.strings():
        raise Unreadable("not a JSON array of at least one string")
    return Shell(**common, command=arguments.command())


def _healthcheck(common: _Common, arguments: Arguments) -> Instruction:
    kind, _, rest = arguments.keyword()
    match kind.upper():
        case "NONE" if not rest.text:
            return Healthcheck(**common, command=None)
        case "CMD":
            if rest.strings() == ():
                raise Unreadable("a command is missing")
            return Healthcheck(**common, command=rest.command())
        case _:
            raise Unreadable("neither NONE nor CMD and a command")


def _paths(arguments: Arguments) -> tuple[tuple[Word, ...], ListForm]:
    words = arguments.string_words()
    return (arguments.words(), ListForm.PLAIN) if words is None else (words, ListForm.JSON)


def _sources(arguments: Arguments) -> tuple[tuple[Word, ...], Word, ListForm]:
    paths, form = _paths(arguments)
    if len(paths) < 2:
        raise Unreadable("a source or the destination is missing")
    if heredoc_of(paths[-1].raw) is not None:
        raise Unreadable("a heredoc cannot be the destination")
    return paths[:-1], paths[-1], form


def _copy(common: _Common, arguments: Arguments) -> Instruction:
    sources, destination, form = _sources(arguments)
    return Copy(**common, sources=sources, destination=destination, form=form)


def _add(common: _Common, arguments: Arguments) -> Instruction:
    sources, destination, form = _sources(arguments)
    return Add(**common, sources=sources, destination=destination, form=form)


def _volume(common: _Common, arguments: Arguments) -> Instruction:
    paths, form = _paths(arguments)
    if not paths or any(not path.raw.strip() for path in paths):
        raise Unreadable("a path is missing")
    return Volume(**common, paths=paths, form=form)


def _expose(common: _Common, arguments: Arguments) -> Instruction:
    ports = arguments.words()
    if not ports:
        raise Unreadable("a port is missing")
    return Expose(**common, ports=ports)


def _env(common: _Common, arguments: Arguments) -> Instruction:
    return Env(**common, pairs=arguments.pairs())


def _label(common: _Common, arguments: Arguments) -> Instruction:
    return Label(**common, pairs=arguments.pairs())


def _arg(common: _Common, arguments: Arguments) -> Instruction:
    return Arg(**common, pairs=arguments.names())


def _user(common: _Common, arguments: Arguments) -> Instruction:
    return User(**common, user=arguments.whole())


def _workdir(common: _Common, arguments: Arguments) -> Instruction:
    return Workdir(**common, path=arguments.whole())


def _stopsignal(common: _Common, arguments: Arguments) -> Instruction:
    return Stopsignal(**common, signal=arguments.whole())


def _maintainer(common: _Common, arguments: Arguments) -> Instruction:
    return Maintainer(**common, name=arguments.whole())


def _onbuild(common: _Common, arguments: Arguments) -> Instruction:
    keyword, offset, rest = arguments.keyword()
    start = arguments.span(offset, offset).start
    if keyword.upper() in {"", "ONBUILD", "FROM", "MAINTAINER"}:
        raise Unreadable(f"{keyword} cannot be a trigger" if keyword else "an instruction is missing")
    flags, inner = rest.flags()
    return Onbuild(
        **common,
        inner=_typed(
            {
                "keyword": keyword,
                "span": Span(start, common["span"].end),
                "leading": Span(start, start),
                "logical": rest.cut(rest.start, rest.end),
                "flags": flags,
                "parts": (),
                "heredocs": common["heredocs"],
            },
            inner,
        ),
    )


_READERS: dict[str, Callable[[_Common, Arguments], Instruction]] = {
    "ADD": _add,
    "ARG": _arg,
    "CMD": _cmd,
    "COPY": _copy,
    "ENTRYPOINT": _entrypoint,
    "ENV": _env,
    "EXPOSE": _expose,
    "FROM": _from,
    "HEALTHCHECK": _healthcheck,
    "LABEL": _label,
    "MAINTAINER": _maintainer,
    "ONBUILD": _onbuild,
    "RUN": _run,
    "SHELL": _shell,
    "STOPSIGNAL": _stopsignal,
    "USER": _user,
    "VOLUME": _volume,
    "WORKDIR": _workdir,
}
_WITH_FLAGS = frozenset({"ADD", "COPY", "FROM", "HEALTHCHECK", "RUN"})
