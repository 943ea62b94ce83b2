"""Which programs an image starts, found in its own root file system by the judge alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from optimizer.containers.model import ImageConfig
from optimizer.proof.rootfs import Kind, Tree

_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What a container gets when the image sets no PATH (moby `oci/defaults.go`, podman the same)."""

# fmt: off
_BUILTINS = frozenset({
    ".", ":", "[", "alias", "bg", "break", "cd", "command", "continue", "echo", "eval", "exec", "exit", "export",
    "false", "fc", "fg", "getopts", "hash", "jobs", "kill", "printf", "pwd", "read", "readonly", "return", "set",
    "shift", "test", "times", "trap", "true", "type", "ulimit", "umask", "unalias", "unset", "wait",
})
# fmt: on
"""Commands that shells have themselves, files of the same name or not (POSIX.1-2017, XCU 2.14 and 1.6; dash(1))."""


def argv(config: ImageConfig) -> tuple[str, ...]:
    """What a container of the image runs: ENTRYPOINT, then CMD."""
    return config.entrypoint + config.cmd


def programs(tree: Tree, config: ImageConfig, command: Sequence[str]) -> tuple[str, ...]:
    """The files that a command starts, all links followed; without them it cannot work.

    For `sh -c '…'` those are the programs the script names, not the shell. Empty if nothing is found.
    """
    from optimizer.shell.dialect import Dialect, interpreter

    if not command:
        return ()
    found: list[str] = []
    if len(command) > 2 and interpreter(command[:2]).dialect is not Dialect.NOT_A_SHELL:
        for word in _script_programs(command[2]):
            found += _located(tree, config, word)
    return tuple(dict.fromkeys(found or _located(tree, config, command[0])))


def cannot_start(tree: Tree, config: ImageConfig, command: Sequence[str], gone: Sequence[str]) -> bool:
    """Whether no container could start a command once these files are gone: execve(2) finds no program of its name."""
    return not command or set(_all_located(tree, config, command[0])) <= set(gone)


def _script_programs(text: str) -> Iterator[str]:
    from optimizer.shell.query import commands
    from optimizer.shell.reader import read
    from optimizer.shell.wrappers import unwrap

    for simple in commands(read(text)):
        wrapped = unwrap(simple)
        if wrapped.nested is not None:
            yield from _script_programs(wrapped.nested.script.text)
        elif wrapped.words and wrapped.words[0].literal and wrapped.words[0].literal not in _BUILTINS:
            yield wrapped.words[0].literal


def _located(tree: Tree, config: ImageConfig, word: str) -> list[str]:
    """The file behind a program word, if there is one."""
    return list(itertools.islice(_all_located(tree, config, word), 1))


def _all_located(tree: Tree, config: ImageConfig, word: str) -> Iterator[str]:
    """A path, relative to the working directory, or all files of a name on PATH."""
    if "/" in word:
        places = [word if word.startswith("/") else f"{config.workdir or '/'}/{word}"]
    else:
        environment = dict(entry.partition("=")[::2] for entry in config.env)
        places = [f"{directory}/{word}" for directory in environment.get("PATH", _DEFAULT_PATH).split(":") if directory]
    for place in places:
        path = tree.resolve(place)
        if path is not None and tree.nodes[path].kind is Kind.FILE and tree.nodes[path].mode & 0o111:
            yield path
