"""Which programs the scripts of a project start: entries of package.json, Procfile, shell scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.shell.query import commands, has_opaque, unwrap
from optimizer.shell.reader import read


@dataclass(frozen=True, slots=True)
class ScriptUse:
    """Programs by name without directory, and the literal words given to them; `computed` says that there are more."""

    programs: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    computed: bool = False

    def __or__(self, other: ScriptUse) -> ScriptUse:
        return ScriptUse(self.programs | other.programs, self.words | other.words, self.computed or other.computed)


def uses(script: str) -> ScriptUse:
    """Read one command line or script. What cannot be read counts as computed."""
    found = read(script)
    programs: set[str] = set()
    words: set[str] = set()
    computed = has_opaque(found)
    for command in commands(found):
        wrapped = unwrap(command)
        if wrapped.program is not None:
            programs.add(wrapped.program)
        elif wrapped.words:
            computed = True
        words.update(word.literal for word in wrapped.words[1:] if word.literal is not None)
        if wrapped.nested is not None:
            inner = uses(wrapped.nested.script.text)
            programs |= inner.programs
            words |= inner.words
            computed = computed or inner.computed
    return ScriptUse(frozenset(programs), frozenset(words), computed)


def package_scripts(manifest: bytes) -> Mapping[str, str]:
    """The scripts of a package.json by name; none if it cannot be read."""
    try:
        data: object = json.loads(manifest)
    except (ValueError, RecursionError):
        return {}
    scripts = data.get("scripts") if isinstance(data, dict) else None
    if not isinstance(scripts, dict):
        return {}
    return {name: text for name, text in scripts.items() if isinstance(name, str) and isinstance(text, str)}


def procfile(text: str) -> Mapping[str, str]:
    """The command lines of a Procfile by process type (`web: gunicorn app`); comments and other lines are left out."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, command = line.partition(":")
        if colon and name.strip() and not line.startswith("#") and not any(char in name.strip() for char in " \t"):
            found[name.strip()] = command.strip()
    return found
