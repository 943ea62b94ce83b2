"""What application code names in literals, in any language: programs it starts, libraries it loads, paths it opens.

Python is read by `optimizer.sources`; where it starts what it computes, every literal that could be a program counts.
For other languages the arguments of calls that are known to start programs or load libraries are taken from the text
(the documented names of the languages' standard libraries). What is found is only ever added to what ships: a wrong
hit costs bytes and breaks nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from optimizer.sources import python, scripts

_STARTS = re.compile(
    rb"\b(?:execFileSync|execFile|execSync|exec|spawnSync|spawn|system|popen|Command|shell_exec|passthru|proc_open"
    rb"|execlp|execvp|execl|execv|posix_spawnp|ProcessBuilder|capture2|capture3|popen3|which|run)"
    rb"\s*\(\s*(?:\[\s*)?[\"'`]([^\"'`\n]{1,200})[\"'`]"
)
_LOADS = re.compile(rb"\b(?:dlopen|CDLL|LoadLibrary|cdll\.LoadLibrary|ffi_lib|dlload)\s*\(\s*[\"']([\w.+/-]+)[\"']")
_FINDS = re.compile(rb"\bfind_library\s*\(\s*[\"']([\w.+-]+)[\"']")
_LITERALS = re.compile(rb"[\"']([A-Za-z][\w.+-]*)[\"']")
_PATHS = re.compile(rb"[\"'`=\s](/(?:[\w.+@-]+/)+[\w.+@-]+)")
_SONAMES = re.compile(rb"\0(lib[\w.+-]{1,60}\.so(?:\.\d+)*)\0")


@dataclass(frozen=True, slots=True)
class Mentions:
    """What one file names. `libraries` are file names, `stems` what `find_library` is given, `paths` are absolute."""

    programs: frozenset[str] = frozenset()
    libraries: frozenset[str] = frozenset()
    stems: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()

    def __or__(self, other: Mentions) -> Mentions:
        return Mentions(
            self.programs | other.programs,
            self.libraries | other.libraries,
            self.stems | other.stems,
            self.paths | other.paths,
        )


def of_source(name: str, data: bytes) -> Mentions:
    """What a text file of the application names."""
    programs: set[str] = set()
    if name.endswith(".py"):
        source = data.decode("utf-8", "replace")
        if python.worth_reading(source):
            uses = python.uses(source)
            programs |= uses.programs
            if uses.runs_computed:
                programs |= {name.decode() for name in _LITERALS.findall(data)}
    else:
        for text in _STARTS.findall(data):
            programs |= scripts.uses(text.decode("utf-8", "replace")).programs
    found = of_dependency(data)
    paths = {path.decode("utf-8", "replace") for path in _PATHS.findall(data)}
    return Mentions(frozenset(programs), found.libraries, found.stems, frozenset(paths))


def of_dependency(data: bytes) -> Mentions:
    """What a source file of a library names: only what it loads, for libraries can start much that nobody uses."""
    libraries = {name.decode() for name in _LOADS.findall(data) if b"/" not in name and b".so" in name}
    return Mentions(libraries=frozenset(libraries), stems=frozenset(name.decode() for name in _FINDS.findall(data)))


def of_binary(data: bytes) -> Mentions:
    """Names of shared libraries among the strings of a compiled file, which it may hand to dlopen(3)."""
    return Mentions(libraries=frozenset(name.decode() for name in _SONAMES.findall(data)))
