"""Programs that only start another one: `sudo`, `env`, `timeout` …, and shells with a `-c` string.

Sources of their options: the manual pages sudo(8), env(1), nice(1), ionice(1), timeout(1), nohup(1), setsid(1),
stdbuf(1), time(1), su(1), runuser(1), flock(1), dbus-run-session(1), xvfb-run(1) and bash(1), and the documentation of
gosu, su-exec and eatmydata.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from optimizer.shell.dialect import Dialect, Interpreter, interpreter, options, program
from optimizer.shell.nodes import Script, Simple, Word
from optimizer.shell.reader import read


@dataclass(frozen=True, slots=True)
class Nested:
    """The command line inside `sh -c '…'`."""

    script: Script
    interpreter: Interpreter
    word: Word
    """The argument that holds it."""
    offset: int | None
    """What to add to a span of `script` to get the place in the outer text; None if quoting shifts positions."""
    arguments: tuple[Word, ...]
    """What follows it: `$0`, `$1` …"""


@dataclass(frozen=True, slots=True, eq=False)
class Wrapped:
    """A simple command behind the programs that only start another one. Told apart by identity, as commands are."""

    words: tuple[Word, ...]
    """The real program and its arguments; empty if there is none."""
    wrappers: tuple[str, ...]
    """Names of the programs gone through, outermost first."""
    environment: tuple[Word, ...]
    """`NAME=value` words given to `env` and `sudo`."""
    nested: Nested | None
    """Set if the program is a shell with a literal `-c` string."""

    @property
    def program(self) -> str | None:
        """Name of the program without its directory; None if there is none or an expansion decides."""
        first = self.words[0].literal if self.words else None
        return None if first is None else program(first)


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """How a wrapper's own arguments are told from the command that it starts."""

    flags: str = ""
    """Single letters without a value."""
    valued: str = ""
    """Single letters with a value."""
    long: frozenset[str] = frozenset()
    """Long options without a value, or with one that only `=` can give."""
    long_valued: frozenset[str] = frozenset()
    """Long options with a value, after `=` or as the next argument."""
    operands: int = 0
    """Arguments of its own before the command."""
    environment: bool = False
    """Whether `NAME=value` may stand before the command."""


_WRAPPERS = {
    "sudo": _Wrapper(
        flags="EHnSPk",
        valued="ughpCTrtDR",
        long=frozenset({"--preserve-env", "--set-home", "--non-interactive", "--stdin"}),
        long_valued=frozenset({"--user", "--group"}),
        environment=True,
    ),
    "env": _Wrapper(
        flags="i0v",
        valued="uC",
        long=frozenset({"--ignore-environment"}),
        long_valued=frozenset({"--unset", "--chdir"}),
        environment=True,
    ),
    "command": _Wrapper(flags="p"),
    "builtin": _Wrapper(),
    "exec": _Wrapper(flags="cl", valued="a"),
    "nice": _Wrapper(flags="0123456789", valued="n", long_valued=frozenset({"--adjustment"})),
    "ionice": _Wrapper(flags="t", valued="cn"),
    "time": _Wrapper(flags="pv", valued="fo", environment=True),
    "timeout": _Wrapper(
        flags="v",
        valued="ks",
        long=frozenset({"--preserve-status", "--foreground", "--verbose"}),
        long_valued=frozenset({"--kill-after", "--signal"}),
        operands=1,
    ),
    "nohup": _Wrapper(),
    "setsid": _Wrapper(flags="cfw"),
    "stdbuf": _Wrapper(valued="ioe"),
    "eatmydata": _Wrapper(),
    "gosu": _Wrapper(operands=1),
    "su-exec": _Wrapper(operands=1),
    "runuser": _Wrapper(valued="ugG", long_valued=frozenset({"--user", "--group", "--supp-group"})),
    "flock": _Wrapper(flags="exsnuFo", valued="wE", long_valued=frozenset({"--timeout"}), operands=1),
    "dbus-run-session": _Wrapper(),
    "xvfb-run": _Wrapper(flags="al", valued="efnsp", long=frozenset({"--auto-servernum"})),
}
_LOGIN = frozenset({"su", "runuser"})
"""Programs that hand a `-c` string to another user's shell (su(1), runuser(1))."""

_DEEPEST = 8
"""Wrappers in wrappers beyond this are taken as they stand."""


@lru_cache(maxsize=8192)  # several facts look at the same command
def unwrap(simple: Simple) -> Wrapped:
    """See through `sudo`, `env`, `exec`, `timeout 5`, `gosu user` … and into `sh -c '…'`.

    A wrapper with an option not known here, or with an expansion where its own arguments stand, is taken as the
    program itself.
    """
    words = simple.words
    wrappers: list[str] = []
    environment: list[Word] = []
    while words and len(wrappers) < _DEEPEST:
        first = words[0].literal
        wrapper = None if first is None else _WRAPPERS.get(program(first))
        inner = None if wrapper is None else _started(wrapper, words)
        if first is None or inner is None:
            break
        wrappers.append(program(first))
        environment.extend(inner[0])
        words = inner[1]
    nested = _nested(words) or _by_login(words)
    if nested is not None and words[0].literal is not None and program(words[0].literal) in _LOGIN:
        wrappers.append(program(words[0].literal))
    return Wrapped(words, tuple(wrappers), tuple(environment), nested)


def _started(wrapper: _Wrapper, words: tuple[Word, ...]) -> tuple[tuple[Word, ...], tuple[Word, ...]] | None:
    """The environment words and the command that a wrapper starts; None if its arguments are not understood."""
    at = 1
    while at < len(words):
        option = words[at].literal
        if option is None:
            if wrapper.operands and not words[at].raw.startswith('"'):
                return None  # it may become no word or several
            break
        if option == "--":
            at += 1
            break
        if len(option) < 2 or option[0] != "-":
            break
        if option.startswith("--"):
            name, equals, _ = option.partition("=")
            if name not in wrapper.long | wrapper.long_valued:
                return None
            at += 2 if name in wrapper.long_valued and not equals else 1
            continue
        for index, letter in enumerate(option[1:], start=2):
            if letter in wrapper.valued:
                at += 1 if index == len(option) else 0
                break
            if letter not in wrapper.flags:
                return None
        at += 1
    return _command_after(wrapper, words, at)


def _command_after(
    wrapper: _Wrapper, words: tuple[Word, ...], at: int
) -> tuple[tuple[Word, ...], tuple[Word, ...]] | None:
    """What is left after a wrapper's options: its environment words, its operands, and the command."""
    start = at
    while wrapper.environment and at < len(words) and _is_environment(words[at]):
        at += 1
    if at + wrapper.operands > len(words):
        return None
    return words[start:at], words[at + wrapper.operands :]


def _is_environment(word: Word) -> bool:
    name, equals, _ = word.raw.partition("=")
    return bool(equals) and name.isidentifier()


def _nested(words: tuple[Word, ...]) -> Nested | None:
    """The script in `sh -c '…'` if the string is literal."""
    if len(words) < 3 or words[0].literal is None:
        return None
    shell = interpreter((words[0].literal, "-c"))
    if shell.dialect is Dialect.NOT_A_SHELL:
        return None
    arguments: list[str] = []
    for word in words[1:]:
        if word.literal is None:
            break
        arguments.append(word.literal)
    started = options(shell.dialect, arguments)
    if started is None or started.rest >= len(arguments):
        return None
    word = words[1 + started.rest]
    text = arguments[started.rest]
    return Nested(read(text, shell.dialect), started.interpreter, word, _offset(word, text), words[2 + started.rest :])


def _by_login(words: tuple[Word, ...]) -> Nested | None:
    """The script in `su user -c '…'`, if every word is literal. Which shell reads it only `-s` tells."""
    literals = [word.literal for word in words]
    if len(words) < 3 or literals[0] is None or program(literals[0]) not in _LOGIN or None in literals:
        return None
    shell, text = "/bin/sh", None
    for at, (option, value) in enumerate(pairwise(literals), start=1):
        if option in ("-s", "--shell") and value is not None:
            shell = value
        if option in ("-c", "--command", "-lc"):
            text = words[at]
    asked = interpreter((shell, "-c"))
    if text is None or text.literal is None or asked.dialect is Dialect.NOT_A_SHELL:
        return None
    return Nested(read(text.literal, asked.dialect), asked, text, _offset(text, text.literal), ())


def _offset(word: Word, value: str) -> int | None:
    """How far the value stands from the start of the text, if its characters are those of the word in a row."""
    if word.raw == value:
        return word.span.start
    if len(word.raw) == len(value) + 2 and word.raw[1:-1] == value:
        return word.span.start + 1
    return None
