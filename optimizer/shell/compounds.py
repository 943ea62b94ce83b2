"""Compound commands and functions: POSIX.1-2017, Shell Command Language, 2.9.4 and 2.9.5."""

from __future__ import annotations

from optimizer.shell.bashisms import is_name
from optimizer.shell.commands import Commands
from optimizer.shell.dialect import Dialect
from optimizer.shell.lexer import Unreadable
from optimizer.shell.nodes import (
    Because,
    Case,
    CaseArm,
    Command,
    For,
    Function,
    Group,
    GroupKind,
    If,
    List,
    Loop,
    LoopKind,
    Opaque,
    Simple,
    Word,
)
from optimizer.text import Span


class Compounds(Commands):
    """The whole grammar."""

    __slots__ = ()

    def compound(self, start: int, reserved: str) -> Command | None:
        match reserved:
            case "{":
                body = self.body()
                self.expect("}")
                return Group(GroupKind.BRACE, body, self.redirections(), Span(start, self.at))
            case "if":
                return self.conditional(start)
            case "while" | "until":
                condition = self.body()
                body = self.do_group()
                return Loop(LoopKind(reserved), condition, body, self.redirections(), Span(start, self.at))
            case "for":
                return self.for_loop(start)
            case "case":
                return self.case(start)
            case "function":
                return self.function_keyword(start)
            case "[[":
                self.skip_double_bracket()
                return self.bashism(start)
            case "select" | "coproc":
                raise Unreadable(Because.BASHISM)
            case "!" | "in":
                raise Unreadable(Because.SYNTAX)
        return None

    def parenthesis(self) -> Group | Opaque:
        """`( … )`; `((…))`, which is arithmetic for bash and two subshells for dash; `((…) …)`, subshells for both."""
        start = self.at
        if not self.text.startswith("((", start):
            return self.subshell()
        if self.skip_arithmetic(forbidden="\n;'\"`\\#"):
            return self.bashism(start)
        self.at = start
        outer = self.subshell()
        inner = outer.body.items[0].pipeline.commands[0].span
        if inner.start == start + 1 and self.text[inner.end] == ")":
            raise Unreadable(Because.BASHISM)
        return outer

    def bashism(self, start: int) -> Opaque:
        """What was read since `start`, as one opaque command with its redirections."""
        self.redirections()
        return Opaque(Because.BASHISM, Span(start, self.at))

    def subshell(self) -> Group:
        start = self.at
        self.at += 1
        body = self.body()
        self.expect_operator(")")
        return Group(GroupKind.SUBSHELL, body, self.redirections(), Span(start, self.at))

    def do_group(self) -> List:
        self.expect("do")
        body = self.body()
        self.expect("done")
        return body

    def conditional(self, start: int) -> If:
        branches: list[tuple[List, List]] = []
        otherwise: List | None = None
        while True:
            condition = self.body()
            self.expect("then")
            branches.append((condition, self.body()))
            word = self.word()
            if word is not None and word.raw == "elif":
                continue
            if word is not None and word.raw == "else":
                otherwise = self.body()
                word = self.word()
            if word is None or word.raw != "fi":
                raise Unreadable(Because.SYNTAX)
            return If(tuple(branches), otherwise, self.redirections(), Span(start, self.at))

    def for_loop(self, start: int) -> For | Opaque:
        self.skip_blanks()
        if self.text.startswith("((", self.at):
            return self.arithmetic_for(start)
        name = self.word()
        if name is None or not is_name(name.raw):
            raise Unreadable(Because.SYNTAX)
        words: list[Word] = []
        self.skip_blanks()
        if self.text[self.at] != ";":
            self.skip_lines()
            at = self.at
            word = self.word()
            if word is not None and word.raw == "in":
                self.skip_blanks()
                while (word := self.word()) is not None:
                    words.append(word)
                    self.skip_blanks()
                if self.text[self.at] not in ";\n":
                    raise Unreadable(Because.SYNTAX)
            else:
                self.at = at
        if self.text[self.at] == ";":
            self.at += 1
        self.skip_lines()
        body = self.do_group()
        return For(name.raw, tuple(words), body, self.redirections(), Span(start, self.at))

    def case(self, start: int) -> Case:
        self.enter()
        self.skip_blanks()
        subject = self.word()
        if subject is None:
            raise Unreadable(Because.SYNTAX)
        self.skip_lines()
        self.expect("in")
        arms: list[CaseArm] = []
        while True:
            self.skip_lines()
            opened = self.text[self.at] == "("
            if opened:
                self.at += 1
                self.skip_blanks()
            word = self.word()
            if word is not None and word.raw == "esac" and not opened:
                break
            patterns: list[Word] = []
            while word is not None:
                patterns.append(word)
                self.skip_blanks()
                if self.text[self.at] != "|":
                    break
                self.at += 1
                self.skip_blanks()
                word = self.word()
            if word is None:
                raise Unreadable(Because.SYNTAX)
            self.expect_operator(")")
            arms.append(CaseArm(tuple(patterns), self.commands()))
            self.skip_blanks()
            if self.text.startswith(";;", self.at):
                if self.text[self.at + 2] == "&":
                    raise Unreadable(Because.BASHISM)
                self.at += 2
            else:
                self.expect("esac")
                break
        self.depth -= 1
        return Case(subject, tuple(arms), self.redirections(), Span(start, self.at))

    def function(self, start: int, name: Word) -> Function:
        """`name()` and its body, from the parenthesis on."""
        if not is_name(name.raw) and self.dialect is not Dialect.BASH:
            raise Unreadable(Because.BASHISM)
        self.expect_operator("(")
        self.skip_blanks()
        self.expect_operator(")")
        return self.function_body(start, name)

    def function_body(self, start: int, name: Word) -> Function:
        self.skip_lines()
        body = self.command()
        if body is None or isinstance(body, Simple | Function | Opaque) or name.literal != name.raw:
            raise Unreadable(Because.BASHISM)
        return Function(name.raw, body, Span(start, self.at))

    def function_keyword(self, start: int) -> Function | Opaque:
        """`function name { … }`, with or without `()`."""
        self.skip_blanks()
        name = self.word()
        if name is None:
            raise Unreadable(Because.BASHISM)
        self.skip_blanks()
        if self.text[self.at] == "(":
            self.at += 1
            self.skip_blanks()
            self.expect_operator(")")
        function = self.function_body(start, name)
        return function if self.dialect is Dialect.BASH else Opaque(Because.BASHISM, function.span)

    def arithmetic_for(self, start: int) -> Opaque:
        """`for ((…; …; …)); do … done`."""
        if not self.skip_arithmetic(forbidden="\n'\"`\\#"):
            raise Unreadable(Because.BASHISM)
        self.skip_blanks()
        if self.text[self.at] == ";":
            self.at += 1
        self.skip_lines()
        self.do_group()
        return self.bashism(start)
