"""What a call of a package manager reads from the project, as far as manifests and the call itself tell.

Only formats that can be read with certainty are; everything else is an `Obstacle`. Sources: the documentation that each
ecosystem names; npm documentation, "package.json" (`workspaces`, local paths, life cycle scripts); pip documentation,
"Requirements File Format"; Composer documentation, "The composer.json schema"; Bundler, "Gemfile"; Go modules
reference, "replace directive".
"""

from __future__ import annotations

import json
import posixpath
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import cast

from optimizer.context import Context, Kind
from optimizer.ecosystems.model import ADDING, Invocation, Verb, words
from optimizer.facts.invocations import Step
from optimizer.text import decode


class Obstacle(Enum):
    """Why it is not known what a call reads."""

    PROJECT_CODE = "it runs the project's own code"
    LOCAL = "it installs something from a directory of the project"
    UNREADABLE = "what it reads cannot be told from the manifests"
    MISSING = "a file that it reads is not in the context"


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
_NO_SCRIPTS = frozenset({"--ignore-scripts", "--no-scripts"})
_NO_PROJECT = frozenset({"--no-root", "--no-install-project"})
_NO_AUTOLOADER = frozenset({"--no-autoloader"})
_SCANS = frozenset({"-o", "-a", "--optimize-autoloader", "--classmap-authoritative"})
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
        included = _requirements(decode(context.read(path) or b""))
        if isinstance(included, Obstacle):
            return included
        todo.extend(posixpath.normpath(posixpath.join(posixpath.dirname(path), each)) for each in included)
    through_module = step.words[0].literal is None or call.name not in call.program.names
    return Inputs(frozenset(found), certain=not call.ecosystem.writes and not through_module)


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


def _requirements(text: str) -> tuple[str, ...] | Obstacle:
    """The files that a requirements file includes, relative to it."""
    found: list[str] = []
    for line in text.replace("\\\r\n", "").replace("\\\n", "").splitlines():
        parts = line.split(" #")[0].split()
        if not parts or parts[0].startswith("#"):
            continue
        option, equals, value = parts[0].partition("=")
        if parts[0][:2] in ("-r", "-c") and not parts[0].startswith("--"):
            value = parts[0][2:] or (parts[1] if len(parts) > 1 else "")
        elif option in ("--requirement", "--constraint"):
            value = value if equals else (parts[1] if len(parts) > 1 else "")
        elif option.startswith("-"):
            if option in ("-e", "--editable", "-f", "--find-links") or option.startswith(("-e", "-f")):
                return Obstacle.LOCAL
            continue
        elif parts[0].startswith((".", "/", "file:")) or "file:" in line or ("/" in parts[0] and "://" not in line):
            return Obstacle.LOCAL
        else:
            continue
        if not value or "$" in value or "://" in value or value.startswith("/"):
            return Obstacle.UNREADABLE
        found.append(value)
    return tuple(found)


def _implied(call: Invocation, context: Context, place: Place) -> Inputs | Obstacle:
    """The manifests, lock files and settings in the working directory."""
    base = place(".")
    if base is None:
        return Obstacle.MISSING
    ecosystem = call.ecosystem
    manifests = list(_matching(ecosystem.manifests, base, context))
    if not manifests:
        return Obstacle.MISSING
    for path in manifests:
        reader = _READERS.get(posixpath.basename(path))
        data = context.read(path)
        if reader is None or data is None or posixpath.dirname(path) != base:
            return Obstacle.UNREADABLE
        problem = reader(decode(data), call)
        if problem is not None:
            return problem
    beside = list(_matching((*ecosystem.locks, *ecosystem.settings), base, context))
    for path in beside:
        if posixpath.basename(path) == "Gemfile.lock" and "PATH\n" in decode(context.read(path) or b""):
            return Obstacle.LOCAL
    writes = frozenset(posixpath.normpath(posixpath.join(base, each)) for each in ecosystem.writes)
    return Inputs(frozenset({*manifests, *beside}), writes, certain=False)


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


def _package_json(text: str, call: Invocation) -> Obstacle | None:
    data = _json(text)
    if data is None:
        return Obstacle.UNREADABLE
    if "workspaces" in data or "pnpm" in data:
        return Obstacle.LOCAL
    scripts = data.get("scripts")
    hooks = set(call.ecosystem.hooks)
    if isinstance(scripts, Mapping) and hooks & scripts.keys() and not call.has(_NO_SCRIPTS):
        return Obstacle.PROJECT_CODE
    for key, value in data.items():
        names = key.lower().endswith("dependencies") or key in ("resolutions", "overrides")
        if names and any(_is_local(each) for each in _strings(value)):
            return Obstacle.LOCAL
    return None


def _composer_json(text: str, call: Invocation) -> Obstacle | None:
    data = _json(text)
    if data is None:
        return Obstacle.UNREADABLE
    if data.get("scripts") and not call.has(_NO_SCRIPTS):
        return Obstacle.PROJECT_CODE
    loads = [data.get("autoload"), data.get("autoload-dev")]
    scanned = any(isinstance(load, Mapping) and {"classmap", "files"} & load.keys() for load in loads)
    if (scanned or call.has(_SCANS)) and not call.has(_NO_AUTOLOADER):
        return Obstacle.PROJECT_CODE
    return Obstacle.LOCAL if '"path"' in text or '"artifact"' in text else None


def _go_mod(text: str, call: Invocation) -> Obstacle | None:
    return Obstacle.LOCAL if any("=> ." in line or "=> /" in line for line in text.splitlines()) else None


def _gemfile(text: str, call: Invocation) -> Obstacle | None:
    code = "\n".join(line.split("#")[0] for line in text.splitlines())
    reads = ("path", "gemspec", "eval", "File", "Dir", "require", "load", "IO", "`", "%x", "system", "__dir__", "YAML")
    return Obstacle.LOCAL if any(word in code for word in reads) else None


def _toml(text: str, call: Invocation) -> Obstacle | None:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return Obstacle.UNREADABLE
    if {"path", "editable", "file", "workspace", "develop"} & set(_keys(data)):
        return Obstacle.LOCAL
    is_project = bool({"project", "build-system"} & data.keys()) or "poetry" in (data.get("tool") or {})
    return Obstacle.PROJECT_CODE if is_project and not call.has(_NO_PROJECT) else None


_Reader = Callable[[str, Invocation], Obstacle | None]

_READERS: Mapping[str, _Reader] = {
    "package.json": _package_json,
    "composer.json": _composer_json,
    "go.mod": _go_mod,
    "Gemfile": _gemfile,
    "Pipfile": _toml,
    "pyproject.toml": _toml,
}


def _json(text: str) -> Mapping[str, object] | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("Mapping[str, object]", data) if isinstance(data, dict) else None


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield str(key)
            yield from _keys(each)
    elif isinstance(value, list):
        for each in value:
            yield from _keys(each)


def _is_local(version: str) -> bool:
    return version.startswith(("file:", "link:", "portal:", "workspace:", "patch:", "./", "../", "/", "~/"))
