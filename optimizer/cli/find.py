"""From arguments to Containerfiles: files as named, directories searched."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from optimizer.errors import InputError, OptimizerError
from optimizer.report.entry import Failed, shown

STDIN = Path("-")

_NAMES = ("Containerfile", "Dockerfile")
_SKIPPED = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", ".tox", ".nox", "site-packages"})
# What stands after `Dockerfile.` or before `.Dockerfile` is a variant, unless it is one of these.
_IGNORE_FILES = frozenset({"dockerignore", "containerignore"})
_LEFTOVERS = frozenset({"bak", "orig", "rej", "swp", "tmp"})
_TEMPLATES = frozenset({"j2", "jinja", "jinja2", "tmpl", "template", "tpl", "in", "erb", "mustache"})
_NOT_VARIANTS = _IGNORE_FILES | _LEFTOVERS | _TEMPLATES | {"md", "txt"}


def find(paths: Sequence[str], root: Path) -> tuple[Path | Failed, ...]:
    """The Containerfiles that the arguments name, absolute, each once; for standard input `STDIN`.

    An argument that leads nowhere is a Failed in its place, so the others are still worked on. Without arguments it is
    `./Containerfile`, else `./Dockerfile`.
    """
    found: dict[Path, Path | Failed] = {}
    for argument in paths or ("",):
        try:
            for path in _named(argument, root):
                found.setdefault(path if path == STDIN else path.resolve(), path)
        except OptimizerError as error:
            found.setdefault(root / argument, Failed(argument or ".", error))
    return tuple(found.values())


def _named(argument: str, root: Path) -> Iterator[Path]:
    if argument == "-":
        yield STDIN
        return
    if not argument:
        for name in _NAMES:
            if (root / name).is_file():
                yield root / name
                return
        raise InputError("no Containerfile and no Dockerfile here", hint="name one, or a directory to search")
    # Not resolved: people see the names that they gave.
    path = Path(os.path.normpath(root / argument))
    if path.is_dir():
        inside = list(_below(path))
        if not inside:
            raise InputError("no Containerfile in this directory", path=shown(path, root))
        yield from inside
    elif path.exists():
        yield path
    else:
        raise InputError("no such file", path=argument)


def _below(directory: Path) -> Iterator[Path]:
    """Every Containerfile in a directory, by name; links that lead out of it are not followed."""
    top = directory.resolve()
    for where, directories, files in os.walk(directory):
        here = Path(where)
        directories[:] = sorted(name for name in directories if not _skipped(here / name))
        for name in sorted(files):
            path = here / name
            if _is_containerfile(name) and path.is_file() and path.resolve().is_relative_to(top):
                yield path


def _skipped(directory: Path) -> bool:
    # pyvenv.cfg marks a virtual environment, whatever its name (PEP 405).
    return directory.name in _SKIPPED or (directory / "pyvenv.cfg").exists()


def _is_containerfile(name: str) -> bool:
    for plain in _NAMES:
        if name == plain:
            return True
        before, dot, after = name.partition(".")
        if before == plain and dot:
            return after.rpartition(".")[2].lower() not in _NOT_VARIANTS and not after.endswith("~")
        if name.endswith(f".{plain}"):
            return True
    return False
