"""Names that a shell may answer to by itself, without starting a program.

POSIX.1-2017, XCU 2.14 (special built-ins) and 1.6 (regular ones); the bash manual, "Shell Builtin Commands"; dash(1)
and the applets that BusyBox's ash runs by itself for speed (`echo`, `printf`, `test`). Reserved words are grammar.
"""

from __future__ import annotations

BUILTINS = frozenset(
    {":", ".", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "times"}
    | {"trap", "unset", "alias", "bg", "cd", "chdir", "command", "false", "fc", "fg", "getopts", "hash", "jobs", "kill"}
    | {"newgrp", "pwd", "read", "true", "type", "ulimit", "umask", "unalias", "wait", "echo", "printf", "test", "["}
    | {"local", "let", "source", "declare", "typeset", "shopt", "enable", "builtin", "logout", "disown", "suspend"}
    | {"pushd", "popd", "dirs", "history", "caller", "help", "bind", "mapfile", "readarray", "compgen", "complete"}
    | {"time", "coproc", "[["}
)
