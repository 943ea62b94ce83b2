"""Lists, pipelines and simple commands: POSIX.1-2017, Shell Command Language, 2.9.1 to 2.9.3 and 2.7."""

from __future__ import annotations

from abc import abstractmethod

from optimizer.shell.bashisms import Bashisms, is_bash_assignment, is_name
from optimizer.shell.dialect import Dialect
from optimizer.shell.lexer import TERMINATORS, Pending, Unreadable
from optimizer.shell.nodes import (
    Assignment,
    Because,
    Command,
    Function,
    Item,
    Joint,
    List,
    Opaque,
    Pipeline,
    Redirection,
    Simple,
    Word,
)
from optimizer.text import Span

_RESERVED = frozenset(
    {"then", "do", "done", "fi", "elif", "else", "esac", "}", "{", "if", "while", "until", "for", "case", "!", "in"}
    | {"function", "[[", "select", "coproc"}
)
"""Reserved words of POSIX and of bash (2.4)."""
_OPERATORS = ("<<-", "&>>", "<<<", "<<", ">>", "<&", ">&", "<>", ">|", "&>", "<", ">")
"""Redirection operators, longest first."""


class Commands(Bashisms):
    """Reads everything but compound commands."""

    __slots__ = ()

    @abstractmethod
    def compound(self, start: int, reserved: str) -> Command | None:
        """The compound command that a reserved word, just read, begins; None if the word ends a list."""

    @abstractmethod
    def parenthesis(self) -> Command:
        """The command that begins with the parenthesis at `at`."""

    @abstractmethod
    def function(self, start: int, name: Word) -> Function:
        """`name()` and its body, from the parenthesis on."""

    def commands(self) -> List:
        """A list, perhaps empty, up to a closing token."""
        self.skip_lines()
        start = end = self.at
        items: list[Item] = []
        while (pipeline := self.pipeline()) is not None:
            self.skip_blanks()
            at = self.at
            joint = self.joint()
            if joint is Joint.END:
                end = pipeline.span.end
                items.append(Item(pipeline, joint, Span(end, end)))
                break
            end = at + (2 if joint is Joint.AND or joint is Joint.OR else 1)
            items.append(Item(pipeline, joint, Span(at, end)))
            self.skip_lines()
        if items and (items[-1].joint is Joint.AND or items[-1].joint is Joint.OR):
            raise Unreadable(Because.SYNTAX)
        return List(tuple(items), Span(start, end))

    def body(self) -> List:
        """A list that must not be empty."""
        self.enter()
        commands = self.commands()
        if not commands.items:
            raise Unreadable(Because.SYNTAX)
        self.depth -= 1
        return commands

    def joint(self) -> Joint:
        """The operator at `at`, gone past; END leaves everything where it is."""
        text = self.text
        at = self.at
        if at == self.size:
            return Joint.END
        match text[at]:
            case "&":
                joint = Joint.AND if text[at + 1] == "&" else Joint.BACKGROUND
            case "|":
                joint = Joint.OR  # a single one has been read by `pipeline`
            case ";":
                if text[at + 1] == "&":
                    raise Unreadable(Because.BASHISM)
                if text[at + 1] == ";":
                    return Joint.END
                joint = Joint.SEMICOLON
            case "\n":
                self.newline()
                return Joint.NEWLINE
            case _:
                return Joint.END
        self.at = at + (2 if joint is Joint.AND or joint is Joint.OR else 1)
        self.refuse_split_operator()
        return joint

    def refuse_split_operator(self) -> None:
        """A line continuation after an operator could join it with what follows into another operator."""
        at = self.at
        if self.text[at] == "\\":
            while self.text.startswith("\\\n", at):
                at += 2
            if self.text[at] in "&|;<>(-":
                raise Unreadable(Because.SYNTAX)

    def pipeline(self) -> Pipeline | None:
        text = self.text
        start = self.at
        negated = text[start] == "!" and text[start + 1] in " \t"
        if negated:
            self.at += 1
            self.skip_blanks()
        command = self.command()
        if command is None:
            if negated or (text[self.at] in "&|;" and not text.startswith(";;", self.at)):
                raise Unreadable(Because.SYNTAX)
            return None
        self.skip_blanks()
        if text[self.at] != "|" or text[self.at + 1] == "|":
            return Pipeline((command,), negated, Span(start, command.span.end) if negated else command.span)
        commands = [command]
        while text[self.at] == "|" and text[self.at + 1] != "|":
            if text[self.at + 1] == "&":
                raise Unreadable(Because.BASHISM)
            self.at += 1
            self.refuse_split_operator()
            self.skip_lines()
            command = self.command()
            if command is None:
                raise Unreadable(Because.SYNTAX)
            commands.append(command)
            self.skip_blanks()
        return Pipeline(tuple(commands), negated, Span(start, command.span.end))

    def command(self) -> Command | None:
        """The command at `at`; None, with nothing read, if none can start there."""
        start = self.at
        character = self.text[start]
        if character in TERMINATORS:
            if character == "(":
                return self.parenthesis()
            return self.simple(start, None) if character in "<>" else None
        word = self.word()
        if word is None:
            return None
        if word.raw not in _RESERVED:
            return self.simple(start, word)
        command = self.compound(start, word.raw)
        if command is None:
            self.at = start
        return command

    def simple(self, start: int, word: Word | None) -> Command:
        """A simple command; `word` is its first, already read, unless it begins with a redirection."""
        text = self.text
        assignments: list[Assignment] = []
        words: list[Word] = []
        redirections: list[Redirection] = []
        bashism = False
        end = start
        while True:
            if word is not None:
                end = word.span.end
                character = text[self.at]
                if (character == "<" or character == ">") and _is_descriptor(word):
                    redirections.append(self.redirection(word))
                    end = self.at
                elif words or not ("=" in word.raw or "[" in word.raw):
                    words.append(word)
                elif (assignment := _assignment(word)) is not None:
                    assignments.append(assignment)
                else:
                    bashism = bashism or is_bash_assignment(word)
                    words.append(word)
                if character == "(" and word.raw.endswith("="):
                    self.skip_array()
                    bashism = True
                    end = self.at
                elif character == " " and words and self.plain_words(words):
                    end = words[-1].span.end
            self.skip_blanks()
            character = text[self.at]
            if character == "<" or character == ">" or (character == "&" and text[self.at + 1] == ">"):
                if text[self.at + 1] == "(":
                    self.skip_process_substitution()
                    bashism = True
                else:
                    redirections.append(self.redirection(None))
                end = self.at
                word = None
            elif character in TERMINATORS:
                break
            else:
                word = self.word()
                if word is None:
                    break
        if character == "(":
            if len(words) != 1 or assignments or redirections or bashism:
                raise Unreadable(Because.BASHISM)
            return self.function(start, words[0])
        span = Span(start, end)
        if bashism or (redirections and self.dialect is not Dialect.BASH and not all(map(_is_posix, redirections))):
            return Opaque(Because.BASHISM, span)
        return Simple(tuple(assignments), tuple(words), tuple(redirections), span)

    def redirection(self, descriptor: Word | None) -> Redirection:
        """The redirection whose operator is at `at`, just after its descriptor if it has one."""
        text = self.text
        at = self.at
        operator = next(operator for operator in _OPERATORS if text.startswith(operator, at))
        if descriptor is not None and text[at + 1] == "(":
            raise Unreadable(Because.BASHISM)
        self.at = at + len(operator)
        self.refuse_split_operator()
        self.skip_blanks()
        target = self.word()
        if target is None or (text[self.at] in "<>" and _is_descriptor(target)):
            raise Unreadable(Because.SYNTAX)
        if operator == "<<" or operator == "<<-":
            if target.literal is None or "\n" in target.raw:
                raise Unreadable(Because.SYNTAX)
            self.pending.append(Pending(at, target.literal, target.raw != target.literal, operator == "<<-"))
        start = at if descriptor is None else descriptor.span.start
        named = None if descriptor is None else descriptor.raw
        return Redirection(operator, named, target, Span(start, target.span.end), self.bodies.get(at))

    def redirections(self) -> tuple[Redirection, ...]:
        """The redirections after a compound command; `at` stays at the end of the last, before any blank."""
        text = self.text
        found: list[Redirection] = []
        end = self.at
        while True:
            self.skip_blanks()
            at = self.at
            while text[at] in "0123456789":
                at += 1
            if not text.startswith(("<", ">", "&>"), at) or text[at + 1] == "(":
                break
            descriptor = self.word() if at > self.at else None
            found.append(self.redirection(descriptor))
            end = found[-1].span.end
        if found and self.dialect is not Dialect.BASH and not all(map(_is_posix, found)):
            raise Unreadable(Because.BASHISM)
        # The comment after it, if there is one, is met again by the caller.
        while self.comments and self.comments[-1].span.start >= end:
            self.comments.pop()
        self.at = end
        return tuple(found)

    def expect(self, reserved: str) -> None:
        word = self.word()
        if word is None or word.raw != reserved:
            raise Unreadable(Because.SYNTAX)

    def expect_operator(self, operator: str) -> None:
        if not self.text.startswith(operator, self.at):
            raise Unreadable(Because.SYNTAX)
        self.at += len(operator)


def _is_descriptor(word: Word) -> bool:
    """Whether a word directly before `<` or `>` is the number of a file descriptor."""
    if word.raw.startswith("{") and word.raw.endswith("}"):
        raise Unreadable(Because.BASHISM)
    return word.raw.isascii() and word.raw.isdecimal()


def _is_posix(redirection: Redirection) -> bool:
    """Whether every shell reads it as bash does. POSIX promises descriptors of one digit only (2.7)."""
    if redirection.operator in ("&>", "&>>", "<<<") or len(redirection.descriptor or "") > 1:
        return False
    target = redirection.target
    if redirection.operator in (">&", "<&"):
        return target.literal is None or target.literal == "-" or target.literal.isdecimal()
    return True


def _assignment(word: Word) -> Assignment | None:
    """`NAME=value` as an assignment, None for any other word."""
    name, _, raw = word.raw.partition("=")
    if not is_name(name):
        if "\\\n" in name:
            raise Unreadable(Because.SYNTAX)
        return None
    after = len(name) + 1
    literal = None if word.literal is None else word.literal[after:]
    return Assignment(name, Word(raw, Span(word.span.start + after, word.span.end), literal), word.span)
