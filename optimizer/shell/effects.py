"""What a command line leaves behind in its shell: what would change if another one followed it in the same shell.

Each RUN starts a fresh shell; two RUNs made one share it. The built-in utilities named here are those of POSIX.1-2017,
Shell Command Language, 2.14 (special built-ins) and 1.6 (regular ones), and of the bash manual, "Shell Builtin
Commands". What happens in a subshell, in a pipeline of two or more commands or in a substitution stays there (2.12).
In doubt something leaks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from optimizer.shell.dialect import SHELLS, program
from optimizer.shell.nodes import (
    Case,
    Command,
    For,
    Function,
    Group,
    GroupKind,
    If,
    Joint,
    List,
    Loop,
    Opaque,
    Redirection,
    Script,
    Simple,
    Word,
)
from optimizer.shell.programs import DAEMONS, PREFIXES, REPLACING, SPECIAL, UNIT_FILES
from optimizer.shell.query import commands, every_command, lists, redirections
from optimizer.shell.variables import assigns
from optimizer.shell.wrappers import unwrap


class Leak(Enum):
    """What a following command would notice."""

    CD = "it changes the directory"
    EXPORT = "it exports variables"
    ASSIGNMENT = "it sets variables"
    SET = "it changes shell options or limits"
    UMASK = "it changes the umask"
    TRAP = "it sets a trap"
    EXIT = "it may end the shell"
    EXEC = "it replaces the shell or its files"
    FUNCTION = "it defines a function"
    BACKGROUND = "it leaves a process in the background"
    SHELL = "it puts another program in the place of a shell"
    ALIAS = "it defines an alias"
    HASH = "it changes how programs are found"
    SOURCE = "it reads another script into this shell"
    EVAL = "it runs text that is not known"
    COMMENT = "a comment at its end would swallow what follows"
    HEREDOC = "a here-document is still open at its end"
    OPAQUE = "it cannot be read with certainty"


_BUILTINS = {
    "cd": Leak.CD,
    "pushd": Leak.CD,
    "popd": Leak.CD,
    "export": Leak.EXPORT,
    "readonly": Leak.EXPORT,
    "declare": Leak.ASSIGNMENT,
    "typeset": Leak.ASSIGNMENT,
    "local": Leak.ASSIGNMENT,
    "unset": Leak.ASSIGNMENT,
    "read": Leak.ASSIGNMENT,
    "readarray": Leak.ASSIGNMENT,
    "mapfile": Leak.ASSIGNMENT,
    "getopts": Leak.ASSIGNMENT,
    "let": Leak.ASSIGNMENT,
    "shift": Leak.ASSIGNMENT,
    "set": Leak.SET,
    "shopt": Leak.SET,
    "ulimit": Leak.SET,
    "enable": Leak.SET,
    "umask": Leak.UMASK,
    "trap": Leak.TRAP,
    "exit": Leak.EXIT,
    "return": Leak.EXIT,
    "break": Leak.EXIT,
    "continue": Leak.EXIT,
    "logout": Leak.EXIT,
    "exec": Leak.EXEC,
    "coproc": Leak.BACKGROUND,
    "disown": Leak.BACKGROUND,
    "bg": Leak.BACKGROUND,
    "alias": Leak.ALIAS,
    "unalias": Leak.ALIAS,
    "hash": Leak.HASH,
    ".": Leak.SOURCE,
    "source": Leak.SOURCE,
    "eval": Leak.EVAL,
}


@lru_cache(maxsize=512)
def leaks(script: Script) -> frozenset[Leak]:
    """Everything in which `script` would influence a command that followed it in the same shell."""
    found = set(_list(script.body, in_loop=False))
    if any(comment.span.end >= len(script.text) for comment in script.comments):
        found.add(Leak.COMMENT)
    if any(item.joint is Joint.BACKGROUND for body in lists(script) for item in body.items):
        found.add(Leak.BACKGROUND)
    for command in every_command(script):
        if isinstance(command, Opaque):
            found.add(Leak.OPAQUE)
        elif any(_is_open_heredoc(redirection) for redirection in redirections(command)):
            found.add(Leak.HEREDOC)
        if isinstance(command, Simple):
            found |= _outlasting(command)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Precedence:
    """What stands at the top level of a command line, which a bare `&&` before or after it would bind differently."""

    has_or: bool
    """`a || b`"""
    has_sequence: bool
    """`a; b` or two lines: the status of all but the last is dropped."""
    has_background: bool
    """`a & b`"""
    is_negated: bool
    """A pipeline begins with `!`."""
    ends_open: bool
    """It ends in `;`, `&` or a newline, after which no `&&` may stand; or it is empty."""

    @property
    def is_and_list(self) -> bool:
        """Whether it may stand bare on either side of `&&` (a `;` at its very end must be cut first)."""
        return not (self.has_or or self.has_sequence or self.has_background)


def precedence(script: Script) -> Precedence:
    """The operators at the top level of `script`."""
    items = script.body.items
    inner = {item.joint for item in items[:-1]}
    last = items[-1].joint if items else Joint.NEWLINE
    return Precedence(
        has_or=Joint.OR in inner,
        has_sequence=Joint.SEMICOLON in inner or Joint.NEWLINE in inner,
        has_background=Joint.BACKGROUND in inner or last is Joint.BACKGROUND,
        is_negated=any(item.pipeline.negated for item in items),
        ends_open=last is not Joint.END,
    )


def sets_errexit(script: Script) -> bool:
    """Whether it may turn on errexit (`set -e`, `set -eux`, `set -o errexit`) anywhere, subshells included, or set a
    trap that the same failures set off (`trap … ERR`).

    Such a shell stops at a failing command only while it is not on the left of `&&` or `||`, subshells on that left
    included (POSIX.1-2017, `set`).
    """
    return any(_turns_on_errexit(simple) for simple in commands(script))


def _turns_on_errexit(simple: Simple) -> bool:
    words = _without_prefixes(simple.words)
    if words and words[0].literal == "trap":
        return any(word.literal in (None, "ERR", "DEBUG") for word in words[2:])
    if not words or words[0].literal != "set":
        return False
    arguments = iter(words[1:])
    for word in arguments:
        option = word.literal
        if option is None:
            return True  # it may be anything
        if len(option) < 2 or option[0] not in "-+" or option == "--":
            return False
        if option[0] == "-" and "e" in option:
            return True
        for _ in range(option.count("o")):
            named = next(arguments, None)
            if option[0] == "-" and named is not None and named.literal in (None, "errexit"):
                return True
    return False


def _list(body: List, *, in_loop: bool) -> Iterator[Leak]:
    for item in body.items:
        commands = item.pipeline.commands
        # A command in the background or in a longer pipeline runs in a subshell.
        if item.joint is not Joint.BACKGROUND and len(commands) == 1:
            yield from _command(commands[0], in_loop=in_loop)


def _command(command: Command, *, in_loop: bool) -> Iterator[Leak]:
    match command:
        case Simple():
            yield from _simple(command, in_loop=in_loop)
        case Group(kind=GroupKind.SUBSHELL):
            pass
        case Group(body=body):
            yield from _list(body, in_loop=in_loop)
        case If(branches=branches, otherwise=otherwise):
            for condition, body in branches:
                yield from _list(condition, in_loop=in_loop)
                yield from _list(body, in_loop=in_loop)
            if otherwise is not None:
                yield from _list(otherwise, in_loop=in_loop)
        case Loop(condition=condition, body=body):
            yield from _list(condition, in_loop=True)
            yield from _list(body, in_loop=True)
        case For(body=body):
            yield Leak.ASSIGNMENT
            yield from _list(body, in_loop=True)
        case Case(subject=subject, arms=arms):
            words = (subject, *(pattern for arm in arms for pattern in arm.patterns))
            if any(map(assigns, words)):
                yield Leak.ASSIGNMENT
            for arm in arms:
                yield from _list(arm.body, in_loop=in_loop)
        case Function(body=body):
            yield Leak.FUNCTION
            yield from _command(body, in_loop=False)
        case Opaque():
            yield Leak.OPAQUE


def _simple(simple: Simple, *, in_loop: bool) -> Iterator[Leak]:
    targets = (redirection.target for redirection in simple.redirections)
    values = (assignment.value for assignment in simple.assignments)
    if any(assigns(word) for word in (*simple.words, *targets, *values)):
        yield Leak.ASSIGNMENT
    words = _without_prefixes(simple.words)
    if not words:
        if simple.assignments:
            yield Leak.ASSIGNMENT
        return
    name = words[0].literal
    if name is None:
        if "/" not in words[0].raw:  # with a slash it is the path of a program
            yield Leak.EVAL
        return
    if simple.assignments and name in SPECIAL:
        yield Leak.ASSIGNMENT
    if name == "printf" and len(words) > 1 and words[1].literal == "-v":
        yield Leak.ASSIGNMENT
    leak = _BUILTINS.get(name)
    if leak is not None and not (in_loop and name in ("break", "continue")):
        yield leak


def _without_prefixes(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The command behind `command`, `builtin` and `time`; `command -v` only asks, and stays."""
    at = 0
    while at < len(words) and words[at].literal in PREFIXES:
        following = at + 1
        while following < len(words) and words[following].literal in ("-p", "--"):
            following += 1
        if following < len(words) and words[following].raw.startswith("-"):
            break
        at = following
    return words[at:]


def _is_open_heredoc(redirection: Redirection) -> bool:
    return redirection.operator in ("<<", "<<-") and redirection.heredoc is None


def _outlasting(simple: Simple) -> frozenset[Leak]:
    """What lasts however deep in subshells, pipelines and other shells it is done: services, and shells replaced."""
    wrapped = unwrap(simple)
    if wrapped.nested is not None:
        return leaks(wrapped.nested.script) & {Leak.BACKGROUND, Leak.SHELL}
    first = wrapped.words[0].literal if wrapped.words else None
    if first is None:
        return frozenset()
    if program(first) == "systemctl" and _only_links(wrapped.words[1:]):
        return frozenset()
    if program(first) in DAEMONS or first.startswith("/etc/init.d/"):
        return frozenset({Leak.BACKGROUND})
    named = (program(word.literal) for word in wrapped.words[1:] if word.literal is not None)
    return frozenset({Leak.SHELL}) if program(first) in REPLACING and not SHELLS.isdisjoint(named) else frozenset()


def _only_links(words: tuple[Word, ...]) -> bool:
    literals = [word.literal for word in words]
    verb = next((each for each in literals if each is None or not each.startswith("-")), None)
    return verb in UNIT_FILES and "--now" not in literals and not any(each is None for each in literals)
