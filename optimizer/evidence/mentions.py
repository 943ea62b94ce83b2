"""What application code names in literals, in any language: programs it starts, libraries it loads, paths it opens.

Python is read by `optimizer.sources`; where it starts what it computes, every literal that could be a program counts.
For other languages the arguments of calls that are known to start programs or load libraries are taken from the text
(the documented names of the languages' standard libraries). Of compiled files that link a function of the C library
which starts programs, every string is read that could be a command. What is found is only ever added to what ships: a
wrong hit costs bytes and breaks nothing.
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
_OPENS = re.compile(rb"\bdlopen\b|\bctypes\b|\bcffi\b")
_FILES = re.compile(rb"[\"'](lib[\w.+-]{1,60}\.so(?:\.\d+)*)[\"']")
"""Names of libraries, wherever they stand in code that opens some."""

_FINDS = re.compile(rb"\bfind_library\s*\(\s*[\"']([\w.+-]+)[\"']")
_LITERALS = re.compile(rb"[\"']([A-Za-z][\w.+-]*)[\"']")
_PATHS = re.compile(rb"[\"'`=\s](/(?:[\w.+@-]+/)+[\w.+@-]+)")
_COMMENTS = re.compile(rb"^[ \t]*#(?!!).*$", re.MULTILINE)
_COMMENTS_OF_SETTINGS = re.compile(rb"^[ \t]*[#;].*$", re.MULTILINE)
"""Lines that scripts and settings do not mean."""

_COMMENTED = (".sh", ".bash", ".py", ".rb", ".pl", ".yml", ".yaml", ".toml", ".env")
_SETTINGS = (".conf", ".ini", ".cnf", ".cfg")
_SONAMES = re.compile(rb"\0(lib[\w.+-]{1,60}\.so(?:\.\d+)*)\0")

_SCRIPTS = (".sh", ".bash", ".ash", ".ksh")
_SHEBANG = re.compile(rb"#![^\n]*\b(?:ba|da|k|a)?sh\b")
"""What others read as a shell script, though nobody may start it itself."""

_STARTERS = re.compile(rb"\0(?:system|popen|execl|execlp|execv|execvp|execve|posix_spawnp?|wordexp)\0")
"""Functions of POSIX that start programs, as a symbol table names them."""

_LOADER = re.compile(rb"/ld-(?:linux|musl)[\w.-]*\0")
_STATIC = frozenset({"libc.so.6", "libgcc_s.so.1"})
"""What the C library loads for others when it is linked statically (glibc, `dl-open` and `libgcc_s` wrappers)."""

_COMMANDS = re.compile(rb"(?<=\0)((?:[A-Za-z][\w.+-]*|/[\w.+/-]+)(?:[ \t][\t\n\x20-\x7e]{1,300})?)(?=\0)")
_MOST_COMPILED = 16 << 20
"""Compiled files that are larger hold a runtime of their own, whose strings do not end with a zero."""

_COMPUTES = re.compile(rb"\bchild_process\b|\bopen3\b|\bProcessBuilder\b|\bproc_open\b|\bshell_exec\b|\bpopen\b")
"""What text that starts programs holds, whatever it calls them."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """What one file names. `libraries` are file names, `stems` what `find_library` is given, `paths` are absolute;
    `words` may be names of programs, or just words."""

    programs: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    libraries: frozenset[str] = frozenset()
    stems: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()

    def __or__(self, other: Mentions) -> Mentions:
        return Mentions(
            self.programs | other.programs,
            self.words | other.words,
            self.libraries | other.libraries,
            self.stems | other.stems,
            self.paths | other.paths,
        )


def of_source(name: str, data: bytes) -> Mentions:
    """What a text file of the application names."""
    programs: set[str] = set()
    literals: set[str] = set()
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
        if name.endswith(_SCRIPTS) or _SHEBANG.match(data):
            literals |= scripts.uses(data.decode("utf-8", "replace")).programs
        if _COMPUTES.search(data):
            literals |= {word.decode() for word in _LITERALS.findall(data)}
    found = of_dependency(data)
    paths = {path.decode("utf-8", "replace") for path in _PATHS.findall(_meant(name, data))}
    return Mentions(frozenset(programs), frozenset(literals), found.libraries, found.stems, frozenset(paths))


def _meant(name: str, data: bytes) -> bytes:
    """A file without comments, where it is sure what a comment is."""
    if name.endswith(_SETTINGS):
        return _COMMENTS_OF_SETTINGS.sub(b"", data)
    return _COMMENTS.sub(b"", data) if name.endswith(_COMMENTED) or data.startswith(b"#!") else data


def of_dependency(data: bytes) -> Mentions:
    """What a source file of a library names: only what it loads, for libraries can start much that nobody uses."""
    libraries = {name.decode() for name in _LOADS.findall(data) if b"/" not in name and b".so" in name}
    if _OPENS.search(data):
        libraries |= {name.decode() for name in _FILES.findall(data)}
    return Mentions(libraries=frozenset(libraries), stems=frozenset(name.decode() for name in _FINDS.findall(data)))


def of_binary(data: bytes) -> Mentions:
    """Names of shared libraries among the strings of a compiled file, which it may hand to dlopen(3), and commands if
    it can start any."""
    libraries = {name.decode() for name in _SONAMES.findall(data)}
    words: set[str] = set()
    if not _LOADER.search(data):
        libraries -= _STATIC  # linked statically, it holds all that the C library itself could load or start
    elif len(data) <= _MOST_COMPILED and _STARTERS.search(data):
        for text in (found.decode() for found in _COMMANDS.findall(data)):
            words |= scripts.uses(text).programs if any(char.isspace() for char in text) else {text}
    return Mentions(words=frozenset(words), libraries=frozenset(libraries))
