"""Which files of an image its checks need, and what becomes of the checks without them."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from optimizer.containers.model import Engine
from optimizer.proof import usercheck
from optimizer.proof.checks import CommandTest
from optimizer.proof.rootfs import Kind, Tree
from optimizer.proof.usercheck import Side
from tests.applications.container import container

_MADE_AGAIN = ("*.pyc", "ld.so.cache", "gconv-modules.cache", "*.jsa", "*.cache-*")
"""Caches: what finds none looks for itself, and is slower."""

_DEFAULTS = ("/etc", "/usr/share/locale", "/usr/lib/locale", "/usr/lib/ssl", "/usr/share/zoneinfo/Etc")
"""Settings and translations that the base image brings: programs have defaults where there are none (environ(7),
nsswitch.conf(5), tzset(3))."""

_DISPENSABLE = frozenset({"libjsvml.so", "jvm.cfg", "jvm-amd64.cfg", "libdb-5.3.so", "openssl.cnf"})
"""The JVM's vector arithmetic, for which it has other code, and the list of its variants, which Debian's can guess;
what a plug-in of SASL keeps passwords in; OpenSSL's settings, all of which have defaults (config(5ssl))."""

_ACCELERATES = (
    "_speedups.*",
    "*/_bisect.*",
    "*/_heapq.*",
    "*/_json.*",
    "*/_decimal.*",
    "*/_queue.*",
    "*/_hashlib.*",
    "*/_zoneinfo.*",
)
"""Compiled twins of Python modules, which are taken where they are there (PEP 399)."""

_OFFERED = (
    *("python3.*/bz2.py", "python3.*/lzma.py", "python3.*/_compression.py", "_bz2.*.so", "_lzma.*.so"),
    *("libbz2.so.*", "liblzma.so.*", "libffi.so.*", "numpy/_typing/_add_docstring.py"),
    *("git-core/templates/*", "git-core/templates/*/*", "templatetags/*"),
)
"""What Python code takes where it is there (`except ImportError`): formats of `shutil`, `ctypes` in NumPy; and what
is found by listing a directory: samples that git lays into a new repository, Django's libraries of template tags."""

_EXTRAS = frozenset({"watchfiles", "email_validator", "dns", "idna", "multipart", "python_multipart"})
"""Python packages that FastAPI and uvicorn take likewise: they belong to their extras `all` and `standard`."""

_DESCRIBES = (".dist-info/", ".egg-info/", ".egg-link")
"""Descriptions of Python distributions, which are all read to find one of them."""


_SPARED = (*_MADE_AGAIN, *_ACCELERATES, *_OFFERED)


def needed(opened: Mapping[str, frozenset[str]], tree: Tree, of_base: frozenset[str]) -> dict[str, frozenset[str]]:
    """Of the files that checks opened, those they cannot do without, and the checks that opened each: regular files of
    the image that are not empty, but for caches and what has defaults. In place of compiled Python stands its source.
    """
    found: dict[str, set[str]] = {}
    for name, paths in opened.items():
        for path in _in_image(paths, tree):
            if not _is_optional(path, tree, of_base):
                found.setdefault(path, set()).add(name)
    return {path: frozenset(names) for path, names in sorted(found.items())}


def _in_image(paths: Iterable[str], tree: Tree) -> Iterator[str]:
    for asked in paths:
        path = tree.resolve(_source(asked)) or tree.resolve(asked)
        node = tree.nodes.get(path) if path is not None else None
        if path is None or node is None or node.kind is not Kind.FILE or not node.size:
            continue
        yield path
        if (interpreter := _interpreter(tree, path)) is not None:
            yield interpreter


def _source(path: str) -> str:
    """Where the source of compiled Python lies (PEP 3147); any other path is its own."""
    directory, name = posixpath.split(path)
    if posixpath.basename(directory) != "__pycache__":
        return path
    return posixpath.join(posixpath.dirname(directory), name.partition(".")[0] + ".py")


def _interpreter(tree: Tree, path: str) -> str | None:
    """What the kernel opens for a script without telling anybody."""
    head = tree.on_disk(path).open("rb").read(256)
    words = head[2:].split(b"\n", 1)[0].split() if head.startswith(b"#!") else []
    return tree.resolve(words[0].decode("utf-8", "replace")) if words else None


def _is_optional(path: str, tree: Tree, of_base: frozenset[str]) -> bool:
    name = posixpath.basename(path)
    if name in _DISPENSABLE or any(PurePosixPath(path).match(pattern) for pattern in _SPARED):
        return True
    if "/site-packages/" in path and _EXTRAS.intersection(path.split("/")):
        return True
    if any(part in path for part in _DESCRIBES) or _is_found_without(tree.on_disk(path)):
        return True
    return path in of_base and any(path.startswith(f"{directory}/") for directory in _DEFAULTS)


def _is_found_without(place: Path) -> bool:
    """Whether a package is found without this file, so that only who uses what it says can notice: an `__init__.py`,
    without which the directory is a namespace package (PEP 420); a `package.json` of CommonJS beside an `index.js`
    (Node, "Modules: CommonJS modules", folders as modules)."""
    if place.name != "package.json":
        return place.name == "__init__.py"
    commonjs = json.loads(place.read_bytes()).get("type", "commonjs") == "commonjs"
    return commonjs and place.with_name("index.js").is_file()


def chosen(files: Iterable[str], seed: str, count: int) -> list[str]:
    """So many of them, by chance, but the same ones each time: a file more or less elsewhere changes one at most."""
    return sorted(files, key=lambda path: hashlib.sha256(f"{seed} {path}".encode()).digest())[:count]


def watch(engine: Engine, side: Side, tests: Mapping[str, CommandTest]) -> dict[str, frozenset[str]]:
    """Which files each check opens. Raises AssertionError for a check that does not pass."""
    opened: dict[str, frozenset[str]] = {}
    with container(engine, side.image, traced=True) as place:
        for name, test in tests.items():
            place.opened.clear()
            seen = usercheck.observe_one(place, side, name, test)
            assert seen.passed, f"{name}: {seen.note}"
            opened[name] = frozenset(place.opened)
    return opened


def caught(
    engine: Engine, side: Side, tests: Mapping[str, CommandTest], path: str, likely: frozenset[str] = frozenset()
) -> str | None:
    """The first check that fails in a container without the file, None if all pass; `likely` ones are tried first."""
    with container(engine, side.image) as place:
        place.remove(path)
        for name in sorted(tests, key=lambda name: name not in likely):
            if not usercheck.observe_one(place, side, name, tests[name]).passed:
                return name
    return None
