"""From a shell command line to its tree: `read`.

The grammar is POSIX.1-2017, Shell Command Language, 2.10, by recursive descent. What only bash knows is opaque where
its end is certain, else the whole text is; the same holds for everything that dash and bash read differently.
"""

from __future__ import annotations

from optimizer.shell.dialect import Dialect
from optimizer.shell.lexer import END, TERMINATORS, Lexer, Pending, Unreadable, opaque_list
from optimizer.shell.nodes import (
    Assignment,
    Because,
    Case,
    CaseArm,
    Command,
    For,
    Function,
    Group,
    GroupKind,
    If,
    Item,
    Joint,
    List,
    Loop,
    LoopKind,
    Opaque,
    Pipeline,
    Redirection,
    Script,
    Simple,
    Word,
)
from optimizer.text import Span

_CLOSING = frozenset({"then", "do", "done", "fi", "elif", "else", "esac", "}"})
"""Reserved words that end a list."""
_OPENING = frozenset({"{", "if", "while", "until", "for", "case"})
_BASH_ONLY = frozenset({"function", "[[", "select", "coproc"})
_RESERVED = _CLOSING | _OPENING | _BASH_ONLY | {"!", "in"}
_REDIRECTIONS = ("<<-", "&>>", "<<<", "<<", ">>", "<&", ">&", "<>", ">|", "&>", "<", ">")
"""Longest first."""


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
        reader = _Reader(text, dialect, bodies)
        body = reader.script()
        if bodies:  # now it is known where the here-documents lie, which stand after the commands that use them
            reader = _Reader(text, dialect, bodies)
            body = reader.script()
    except Unreadable as error:
        return _opaque(text, error.because)
    substitutions = sorted(reader.substitutions, key=lambda body: body.span.start)
    return Script(text, body, tuple(reader.comments), tuple(substitutions))


def _opaque(text: str, because: Because) -> Script:
    return Script(text, opaque_list(because, Span(0, len(text))), (), ())


class _Reader(Lexer):
    """The grammar. Each method reads from `at` and leaves it just after what was read."""

    __slots__ = ()

    def script(self) -> List:
        body = self.commands()
        if self.at != self.size:
            raise Unreadable(Because.SYNTAX)
        return body

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
                items.append(Item(pipeline, joint, Span(pipeline.span.end, pipeline.span.end)))
                end = pipeline.span.end
                break
            end = at + len(joint.value)
            items.append(Item(pipeline, joint, Span(at, end)))
            self.skip_lines()
            if joint is Joint.AND or joint is Joint.OR:
                continue
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
        self.at = at + len(joint.value)
        self.refuse_split_operator()
        return joint

    def refuse_split_operator(self) -> None:
        """A line continuation after an operator could join it with what follows into another operator."""
        at = self.at
        if self.text.startswith("\\\n", at):
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
            return Pipeline((command,), negated, Span(start, command.span.end))
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
                return self.double_parenthesis() if self.text[start + 1] == "(" else self.subshell()
            return self.simple(start, None) if character in "<>" else None
        word = self.word()
        if word is None:
            return None
        if word.raw not in _RESERVED:
            return self.simple(start, word)
        match word.raw:
            case "{":
                body = self.body()
                self.expect("}")
                return Group(GroupKind.BRACE, body, self.redirections(), Span(start, self.at))
            case "if":
                return self.conditional(start)
            case "while" | "until":
                condition = self.body()
                body = self.do_group()
                return Loop(LoopKind(word.raw), condition, body, self.redirections(), Span(start, self.at))
            case "for":
                return self.for_loop(start)
            case "case":
                return self.case(start)
            case "function":
                return self.function_keyword(start)
            case "[[":
                return self.double_bracket(start)
            case "select" | "coproc":
                raise Unreadable(Because.BASHISM)
            case "!" | "in":
                raise Unreadable(Because.SYNTAX)
        self.at = start
        return None

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
                elif not words and "=" in word.raw and (assignment := _assignment(word)) is not None:
                    assignments.append(assignment)
                else:
                    bashism = bashism or (not words and _is_bash_assignment(word))
                    words.append(word)
                if character == "(" and word.raw.endswith("="):
                    self.array()
                    bashism = True
                    end = self.at
            self.skip_blanks()
            character = text[self.at]
            if character == "<" or character == ">" or (character == "&" and text[self.at + 1] == ">"):
                if text[self.at + 1] == "(":
                    self.process_substitution()
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
        operator = next(operator for operator in _REDIRECTIONS if text.startswith(operator, at))
        if descriptor is not None and text[at + 1] == "(":
            raise Unreadable(Because.BASHISM)
        self.at = at + len(operator)
        self.refuse_split_operator()
        self.skip_blanks()
        target = self.word()
        if target is None:
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
            if text[at + 1] == "(" or (text[at] not in "<>" and not text.startswith("&>", at)):
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
        if name is None or not _is_name(name.raw):
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
        if not _is_name(name.raw) and self.dialect is not Dialect.BASH:
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

    def double_bracket(self, start: int) -> Opaque:
        """`[[ … ]]`: opaque, but its end must be certain."""
        text = self.text
        parentheses = 0
        while True:
            while text[self.at] in " \t\n":
                self.at += 1
            match text[self.at]:
                case "(":
                    parentheses += 1
                case ")":
                    parentheses -= 1
                case "&" | "|" as operator:
                    if not parentheses:
                        self.at += 1
                        if text[self.at] != operator:
                            raise Unreadable(Because.BASHISM)
                case "<" | ">":
                    pass
                case _:
                    word = None if text[self.at] == "#" else self.word()
                    if word is None:
                        raise Unreadable(Because.BASHISM)
                    if word.raw == "]]" and text[word.span.start - 1] in " \t\n":
                        break
                    continue
            self.at += 1
        if parentheses or self.pending:
            raise Unreadable(Because.BASHISM)
        self.redirections()
        return Opaque(Because.BASHISM, Span(start, self.at))

    def double_parenthesis(self) -> Opaque:
        """`((…))`: arithmetic for bash, two subshells for dash; read only if it can be nothing but arithmetic."""
        start = self.at
        self.skip_arithmetic(forbidden="\n;'\"`\\#")
        self.redirections()
        return Opaque(Because.BASHISM, Span(start, self.at))

    def arithmetic_for(self, start: int) -> Opaque:
        """`for ((…; …; …)); do … done`."""
        self.skip_arithmetic(forbidden="\n'\"`\\#")
        self.skip_blanks()
        if self.text[self.at] == ";":
            self.at += 1
        self.skip_lines()
        self.do_group()
        self.redirections()
        return Opaque(Because.BASHISM, Span(start, self.at))

    def skip_arithmetic(self, *, forbidden: str) -> None:
        parentheses = 0
        while True:
            character = self.text[self.at]
            if character == END or character in forbidden or self.text.startswith(("$(", "${"), self.at):
                raise Unreadable(Because.BASHISM)
            self.at += 1
            parentheses += (character == "(") - (character == ")")
            if not parentheses:
                break
            if parentheses == 1 and character == ")" and self.text[self.at] != ")":
                raise Unreadable(Because.BASHISM)

    def array(self) -> None:
        """The elements of `name=(…)`, from the parenthesis on."""
        self.at += 1
        self.skip_lines()
        while self.word() is not None:
            self.skip_lines()
        self.expect_operator(")")
        if self.text[self.at] not in TERMINATORS:
            raise Unreadable(Because.BASHISM)

    def process_substitution(self) -> None:
        """`<(…)` and `>(…)` as a word of their own."""
        self._nested(self.at + 2)
        self.expect_operator(")")
        if self.text[self.at] not in TERMINATORS:
            raise Unreadable(Because.BASHISM)


def _is_name(text: str) -> bool:
    """Whether it is a name as POSIX has it (3.235): letters, digits, underscores, no digit first."""
    return text.isidentifier() and text.isascii()


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
    if not _is_name(name):
        if "\\\n" in name:
            raise Unreadable(Because.SYNTAX)
        return None
    after = len(name) + 1
    literal = None if word.literal is None else word.literal[after:]
    return Assignment(name, Word(raw, Span(word.span.start + after, word.span.end), literal), word.span)


def _is_bash_assignment(word: Word) -> bool:
    """`name+=value` and `name[index]=value`, which bash alone takes for assignments."""
    name, equals, _ = word.raw.partition("=")
    if not equals:
        return False
    return _is_name(name.removesuffix("+")) or (name.endswith("]") and _is_name(name.partition("[")[0]))
