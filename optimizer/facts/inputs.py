"""What a call of a package manager reads from the project, as far as manifests and the call itself tell.

Manifests are read by `optimizer.facts.manifests`. Sources: the documentation that each ecosystem names; pip
documentation, "Requirements File Format" and "Local project installs".
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from optimizer.context import Context, Kind
from optimizer.ecosystems.model import Invocation
from optimizer.ecosystems.verbs import ADDING, Verb, words
from optimizer.facts.manifest import Brought, Manifest, Obstacle
from optimizer.facts.manifests import brought
from optimizer.facts.steps import Step
from optimizer.text import decode


@dataclass(frozen=True, slots=True)
class Inputs:
    """Context paths that a call reads, directories among them, and those that it may write. `certain`: nothing that it
    starts can read more."""

    files: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    certain: bool = True


Place = Callable[[str], str | None]
"""Where a path, absolute or relative to the working directory, comes from: a context path, or None."""

_GLOBAL = frozenset({"-g", "--global"})
_ELSEWHERE = words(
    "--prefix -C --dir --cwd --directory --project --working-dir -d --workspace -w --workspaces --filter"
)
_READING = ADDING | {Verb.DOWNLOAD}
_HARMLESS = ADDING | {Verb.DOWNLOAD, Verb.UPDATE, Verb.REMOVE, Verb.CLEAN, Verb.QUERY}


def inputs(step: Step, call: Invocation, context: Context, place: Place) -> Inputs | Obstacle:
    """What one call reads; `place` finds its working directory in the context."""
    argv = tuple(word.literal for word in step.words)
    if call.verb not in _HARMLESS:
        return Obstacle.PROJECT_CODE
    if call.local(argv):
        return Obstacle.LOCAL
    if call.verb not in _READING or (not call.ecosystem.manifests and not call.ecosystem.file_options):
        return Inputs()
    operands = [argv[index] for index in call.operands]
    verb = "" if call.verb_index is None else argv[call.verb_index] or ""
    if call.ecosystem.manifests and any(each is None or _may_be_of_project(each) for each in operands):
        return Obstacle.UNREADABLE
    if "go.mod" in call.ecosystem.manifests and not _stands_alone(verb, operands):
        return Obstacle.UNREADABLE
    named = [option for option in call.options if option.name in call.ecosystem.file_options]
    if any(option.value is None for option in named):
        return Obstacle.UNREADABLE
    if named:
        return _named(step, call, context, place)
    if call.operands and (not call.ecosystem.writes or call.has(_GLOBAL)):
        return Inputs(_configuration(call, context, place))
    if call.has(_ELSEWHERE):
        return Obstacle.UNREADABLE
    return _implied(call, context, place)


def _named(step: Step, call: Invocation, context: Context, place: Place) -> Inputs | Obstacle:
    """Requirements and constraints, with the files that they name in turn."""
    if call.ecosystem.writes and not call.ecosystem.manifests[0].startswith("requirements"):
        return Obstacle.UNREADABLE
    found = set(_configuration(call, context, place))
    built: set[str] = set()
    todo = [place(value) if _is_path(value) else None for value in call.files]
    while todo:
        path = todo.pop()
        if path is None:
            return Obstacle.MISSING
        entry = context.get(path)
        if entry is None:
            return Obstacle.MISSING
        if entry.kind is not Kind.FILE:
            return Obstacle.LOCAL
        if path in found:
            continue
        found.add(path)
        named = _requirements(decode(context.read(path) or b""))
        if isinstance(named, Obstacle):
            return named
        todo.extend(posixpath.normpath(posixpath.join(posixpath.dirname(path), each)) for each in named.files)
        directories = {place(each) for each in named.directories}
        if not all(each and _is_project(each, context) for each in directories) or place(".") in directories:
            return Obstacle.LOCAL
        built.update(each for each in directories if each)
    through_module = step.words[0].literal is None or call.name not in call.program.names
    certain = not (call.ecosystem.writes or through_module or built)
    return Inputs(frozenset(found | built), frozenset(_built_in(built, context)), certain)


def _is_project(path: str, context: Context) -> bool:
    return any(context.get(posixpath.join(path, name)) is not None for name in ("setup.py", "pyproject.toml"))


def _built_in(directories: Iterable[str], context: Context) -> Iterator[str]:
    """What building a project leaves in its directory (setuptools documentation, "build" and "egg_info")."""
    for directory in directories:
        yield posixpath.join(directory, "build")
        infos = _matching(("*.egg-info",), directory, context)
        yield from infos


def _stands_alone(verb: str, operands: Sequence[str | None]) -> bool:
    """Whether a call of the go command looks at no package of the project (Go modules reference, "go install"; only
    `go mod download` goes by the manifest alone)."""
    if not operands:
        return verb == "download"
    return verb == "install" and all("@" in (each or "") for each in operands)


def _may_be_of_project(operand: str) -> bool:
    """Whether a name with a `/` in it may be found below the working directory (or GOPATH) first."""
    return "/" in operand and "://" not in operand and "@" not in operand


def _configuration(call: Invocation, context: Context, place: Place) -> frozenset[str]:
    """The `setup.cfg` in the working directory, whose `[install]` older versions of pip obey (setuptools documentation,
    "Configuring setuptools using setup.cfg files"; Python's distutils, "Writing the Setup Configuration File")."""
    path = place("setup.cfg") if "setup.cfg" in call.ecosystem.manifests else None
    return frozenset() if path is None or context.get(path) is None else frozenset({path})


def _is_path(value: str) -> bool:
    return "://" not in value and value != "-"


@dataclass(frozen=True, slots=True)
class _Requirements:
    """What a requirements file names: files, relative to it, and projects, relative to the working directory."""

    files: tuple[str, ...]
    directories: tuple[str, ...]


def _requirements(text: str) -> _Requirements | Obstacle:
    found: list[str] = []
    directories: list[str] = []
    for line in text.replace("\\\r\n", "").replace("\\\n", "").splitlines():
        parts = line.split(" #")[0].split()
        if not parts or parts[0].startswith("#"):
            continue
        option, equals, value = parts[0].partition("=")
        second = parts[1] if len(parts) > 1 else ""
        if parts[0][:2] in ("-r", "-c") and not parts[0].startswith("--"):
            found.append(parts[0][2:] or second)
        elif option in ("--requirement", "--constraint"):
            found.append(value if equals else second)
        elif parts[0] in ("-e", "--editable") or (option == "--editable" and equals):
            directories.append(value if equals else second)
        elif option.startswith("-"):
            if option in ("-f", "--find-links") or option.startswith(("-e", "-f")):
                return Obstacle.LOCAL
        elif "file:" in line:
            return Obstacle.LOCAL
        elif parts[0].startswith((".", "/")) or ("/" in parts[0] and "://" not in line):
            directories.append(parts[0])
    if any(not each or "$" in each or "://" in each or each.startswith("/") for each in found):
        return Obstacle.UNREADABLE
    if any(not each or set(each) & set("$[:;@") or each.startswith("/") for each in directories):
        return Obstacle.LOCAL
    return _Requirements(tuple(found), tuple(directories))


def _implied(call: Invocation, context: Context, place: Place) -> Inputs | Obstacle:
    """The manifests, lock files and settings in the working directory."""
    base = place(".")
    if base is None:
        return Obstacle.MISSING
    ecosystem = call.ecosystem
    manifests = list(_matching(ecosystem.manifests, base, context))
    if not manifests:
        return Obstacle.MISSING
    along = Brought()
    for path in manifests:
        data = context.read(path)
        if data is None or posixpath.dirname(path) != base:
            return Obstacle.UNREADABLE
        found = brought(posixpath.basename(path), Manifest(decode(data), call, context, base))
        if isinstance(found, Obstacle):
            return found
        along |= found
    beside = list(_matching((*ecosystem.locks, *ecosystem.settings), base, context))
    for path in beside:
        if posixpath.basename(path) == "Gemfile.lock" and "PATH\n" in decode(context.read(path) or b""):
            return Obstacle.LOCAL
    writes = frozenset(posixpath.normpath(posixpath.join(base, each)) for each in ecosystem.writes)
    return Inputs(frozenset({*manifests, *beside}) | along.files, writes | along.writes, certain=False)


def _matching(globs: tuple[str, ...], base: str, context: Context) -> Iterator[str]:
    """Context paths that the globs name, seen from a directory."""
    for glob in globs:
        pattern = posixpath.join(base, glob)
        if "*" not in glob:
            if context.get(pattern) is not None:
                yield pattern
            continue
        for entry in context.entries():
            if entry.path.count("/") == pattern.count("/") and fnmatchcase(entry.path, pattern):
                yield entry.path
