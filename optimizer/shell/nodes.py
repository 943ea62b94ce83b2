"""The tree of a shell command line. All spans are offsets into the text that `optimizer.shell.reader.read` was given.

A RUN in shell form is read from its logical body, so `run.command.body.source(node.span)` is the place in the
Containerfile. Grammar: POSIX.1-2017, Shell Command Language, 2.10; what is not in it, or not understood with
certainty, is `Opaque` and no pass may reason about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from optimizer.text import Span


@dataclass(frozen=True, slots=True)
class Word:
    """One word as written. `literal` is its value after quote removal, None if any expansion could change it."""

    raw: str
    span: Span
    literal: str | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """`NAME=word` before a command, or alone."""

    name: str
    value: Word
    span: Span


@dataclass(frozen=True, slots=True)
class Redirection:
    """`2>&1`, `> file`, `<<EOF` …: operator as written, its file descriptor if given, its target."""

    operator: str
    descriptor: str | None
    target: Word
    span: Span
    heredoc: Span | None = None
    """Body of a here-document, without its terminator line."""


class Because(Enum):
    """Why a stretch of shell is opaque."""

    SYNTAX = "it cannot be read as POSIX sh"
    BASHISM = "it uses syntax that POSIX does not define"
    SUBSTITUTION = "a command substitution in it cannot be read"
    NESTED = "it is nested too deeply"
    NOT_A_SHELL = "SHELL is not a POSIX shell"


@dataclass(frozen=True, slots=True)
class Opaque:
    """Text that is left alone."""

    because: Because
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Simple:
    """A simple command: assignments, words (the first names the program), redirections. Told apart by identity, as
    scripts are."""

    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirections: tuple[Redirection, ...]
    span: Span


class GroupKind(Enum):
    """Compound commands that only group."""

    SUBSHELL = "( )"
    BRACE = "{ }"


@dataclass(frozen=True, slots=True)
class Group:
    """`( list )` or `{ list; }`."""

    kind: GroupKind
    body: List
    redirections: tuple[Redirection, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class If:
    """`if`/`elif` conditions and bodies in pairs, and the `else` body."""

    branches: tuple[tuple[List, List], ...]
    otherwise: List | None
    redirections: tuple[Redirection, ...]
    span: Span


class LoopKind(Enum):
    """Loops over a condition."""

    WHILE = "while"
    UNTIL = "until"


@dataclass(frozen=True, slots=True)
class Loop:
    """`while` and `until`."""

    kind: LoopKind
    condition: List
    body: List
    redirections: tuple[Redirection, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class For:
    """`for name in words; do …; done`."""

    name: str
    words: tuple[Word, ...]
    body: List
    redirections: tuple[Redirection, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class CaseArm:
    """One arm of `case`."""

    patterns: tuple[Word, ...]
    body: List


@dataclass(frozen=True, slots=True)
class Case:
    """`case word in … esac`."""

    subject: Word
    arms: tuple[CaseArm, ...]
    redirections: tuple[Redirection, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Function:
    """`name() compound-command`."""

    name: str
    body: Command
    span: Span


Command = Simple | Group | If | Loop | For | Case | Function | Opaque


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by `|`; `negated` for a leading `!`."""

    commands: tuple[Command, ...]
    negated: bool
    span: Span


class Joint(Enum):
    """What stands after a pipeline in a list."""

    AND = "&&"
    OR = "||"
    SEMICOLON = ";"
    NEWLINE = "\n"
    BACKGROUND = "&"
    END = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A pipeline and the operator that follows it (`Joint.END` for the last)."""

    pipeline: Pipeline
    joint: Joint
    operator: Span
    """Where the operator stands; empty for END."""


@dataclass(frozen=True, slots=True)
class List:
    """Pipelines joined by `&&`, `||`, `;`, `&` and newlines, in order."""

    items: tuple[Item, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Comment:
    """`# …` to the end of its line."""

    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """A whole command line. `substitutions` are the lists inside `$( )` and back-ticks, wherever they stand.

    Scripts are told apart by identity: what is found out about one can be kept at little cost.
    """

    text: str
    body: List
    comments: tuple[Comment, ...]
    substitutions: tuple[List, ...]
