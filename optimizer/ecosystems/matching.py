"""From an argument vector to an invocation: which program, which verb, which words are options and their values."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.ecosystems.model import Action, Dash, Ecosystem, Invocation, Option, Program
from optimizer.ecosystems.verbs import Verb

Argv = Sequence[str | None]

UNKNOWN = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands behind `--option=` for a value that an expansion decides."""

_PYTHONS = ("python", "python2", "python3", "pypy", "pypy3")
_PYTHON_VALUED = "WX"
"""Letters of the interpreter's own options with a value (python(1))."""

_OTHER = Action((), Verb.OTHER)


def match(ecosystems: Sequence[Ecosystem], argv: Argv) -> Invocation | None:
    """The invocation that `argv` is; None if no program of these ecosystems is called.

    An element of `argv` is None where an expansion decides. A program whose subcommand is not known is `Verb.OTHER`.
    """
    if not argv or argv[0] is None:
        return None
    name = argv[0].rpartition("/")[2]
    module, script = _module(name, argv), _script(name, argv)
    given = None if script is None else (argv[script] or "").rpartition("/")[2]
    for ecosystem in ecosystems:
        for program in ecosystem.programs:
            if program.is_called(name):
                return _read(ecosystem, program, name, argv, 1)
            if module is not None and program.module == argv[module]:
                return _read(ecosystem, program, name, argv, module + 1)
            if script is not None and given in program.names and _bare(name) in program.interpreters:
                return _read(ecosystem, program, name, argv, script + 1)
    return None


_INTERPRETERS = {"php": "cdz", "sh": "o", "bash": "oO", "dash": "o", "ash": "o"}
"""Interpreters of scripts that are tools, and the letters of their options with a value (php(1), bash(1))."""


def _bare(name: str) -> str:
    """`php8.2` → `php`."""
    return name.rstrip("0123456789.")


def runs_scripts(name: str) -> bool:
    """Whether a program of this name may be given a tool as a script."""
    return _bare(name) in _INTERPRETERS


def _script(name: str, argv: Argv) -> int | None:
    """Index of the script that an interpreter runs; None if it runs none, or its options do not tell."""
    valued = _INTERPRETERS.get(_bare(name))
    if valued is None:
        return None
    at = 1
    while at < len(argv):
        word = argv[at]
        if word is None:
            return None
        if len(word) < 2 or word[0] not in "-+":
            return at
        if word == "--" or (valued == "cdz" and word[1] in "rRBE") or (valued != "cdz" and "c" in word[1:]):
            return None
        at += 2 if word[1:] in valued and len(word) == 2 else 1
    return None


def runs_modules(name: str) -> bool:
    """Whether a program of this name takes `-m MODULE`."""
    return name.rstrip("0123456789.") in _PYTHONS or name in _PYTHONS


def _module(name: str, argv: Argv) -> int | None:
    """Index of the module's name in `python -m name`."""
    if not runs_modules(name):
        return None
    at = 1
    while at < len(argv):
        word = argv[at]
        if word is None or len(word) < 2 or word[0] != "-" or word[1] == "-":
            return None
        if word.endswith("m"):
            return at + 1 if at + 1 < len(argv) else None
        at += 2 if word[-1] in _PYTHON_VALUED and len(word) == 2 else 1
    return None


def _read(ecosystem: Ecosystem, program: Program, name: str, argv: Argv, start: int) -> Invocation:
    walk = _Walk(program, argv)
    walk.run(start)
    operation = _operation(program, walk.options, alone=not walk.positionals)
    if operation is not None:
        return Invocation(ecosystem, program, name, operation, None, tuple(walk.options), tuple(walk.positionals))
    if program.selector and walk.positionals and (argv[walk.positionals[0]] or "").startswith(program.selector):
        del walk.positionals[0]
    action, used = _action(program, [(argv[index] or "") for index in walk.positionals])
    return Invocation(
        ecosystem,
        program,
        name,
        action,
        walk.positionals[used - 1] if used else None,
        tuple(walk.options),
        tuple(walk.positionals[used:]),
    )


def _operation(program: Program, options: Sequence[Option], *, alone: bool) -> Action | None:
    """The verb that the options spell, if this program writes its verbs so."""
    if not program.operations:
        return None
    letters = dict(program.long)
    given = [letters.get(option.name, option.name) for option in options]
    for operation in program.operations:
        if operation.alone and not alone:
            continue
        if all(given.count(f"-{letter}") >= operation.letters.count(letter) for letter in operation.letters):
            return operation.action
    return _OTHER


def _action(program: Program, words: list[str]) -> tuple[Action, int]:
    """The subcommand that the first words name, the longest name first, and how many words it took."""
    for count in (3, 2, 1):
        if count <= len(words):
            wanted = " ".join(words[:count])
            for action in program.actions:
                if wanted in action.names:
                    return action, count
    if program.bare is not None and (not words or not program.actions):
        return program.bare, 0
    unnamed = program.otherwise if words else None
    return unnamed or _OTHER, min(len(words), 1)


class _Walk:
    """One pass over the words behind the program."""

    def __init__(self, program: Program, argv: Argv) -> None:
        self.program = program
        self.argv = argv
        self.valued = program.valued
        self.positionals: list[int] = []
        self.options: list[Option] = []

    def run(self, start: int) -> None:
        at = start
        while at < len(self.argv):
            word = self.argv[at]
            if word == "--":
                self.positionals.extend(range(at + 1, len(self.argv)))
                return
            if word is None:
                if self.positionals:
                    self.positionals.append(at)
                # else: options in a variable, before the verb
                at += 1
            elif len(word) > 1 and word[0] == "-":
                at = self._option(word, at)
            else:
                if not self.positionals:
                    self._first(word)
                self.positionals.append(at)
                at += 1

    def _first(self, word: str) -> None:
        """The first word of the verb adds the options of all subcommands that begin with it."""
        for action in self.program.actions:
            if any(name == word or name.startswith(word + " ") for name in action.names):
                self.valued |= action.valued

    def _option(self, word: str, at: int) -> int:
        name, equals, value = word.partition("=")
        if equals and (word.startswith("--") or self.program.dash is Dash.WORD or len(name) == 2):
            self.options.append(Option(name, at, None if value == UNKNOWN else value, at))
            return at + 1
        if word.startswith("--") or self.program.dash is Dash.WORD:
            return self._take(name, at)
        for place, letter in enumerate(word[1:], start=2):
            short = f"-{letter}"
            if short in self.valued:
                if place < len(word):
                    self.options.append(Option(short, at, word[place:], at))
                    return at + 1
                return self._take(short, at)
            self.options.append(Option(short, at))
        return at + 1

    def _take(self, name: str, at: int) -> int:
        if name not in self.valued or at + 1 >= len(self.argv):
            self.options.append(Option(name, at))
            return at + 1
        self.options.append(Option(name, at, self.argv[at + 1], at + 1))
        return at + 2
