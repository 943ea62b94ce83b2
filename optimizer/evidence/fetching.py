"""Whether what runs may start what fetches and unpacks: installers of languages ask for it, and then nobody else."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable

from optimizer.ecosystems.verbs import words
from optimizer.evidence.entrypoint import Entry
from optimizer.evidence.tree import Kind, Root

FETCHING = words("git unzip")
"""Packages, named like their programs, that installers of languages start to fetch and unpack."""

LIBRARY_TREES = ("/node_modules/", "/site-packages/", "/dist-packages/", "/vendor/")

_READABLE = 1 << 26
"""Bytes of a file that is looked through for such a name; a larger one may hold any."""

_COMPILED = (b"\x7fELF", b"PK\3\4")
_SIGNS = (b'"', b"'", b"`")

_LISTS = words("package.json package-lock.json composer.json composer.lock")
"""Files that say with a single word how a package was fetched (package.json, "repository"; composer's schema,
"source")."""

_TOLD = (".json", ".md", ".markdown", ".rst", ".map", ".d.ts", ".pyi")
"""What a library brings along for people, editors and installers."""

_INSTALLERS = tuple(f"-packages/{name}/" for name in ("pip", "setuptools", "pkg_resources", "wheel", "packaging"))
_PIP = words("pip pip3")
_STARTS = b"subprocess"
"""What a library of Python holds that starts programs."""


def may_be_started(names: Collection[str], root: Root, kept: Iterable[str], entry: Entry) -> frozenset[str]:
    """Those of these programs that a file which ships names in quotes, alone or with what follows. What is compiled
    may hold any name; what pip names counts where something starts pip."""
    found, by_pip = set[str](), set[str]()
    installs = not _PIP.isdisjoint(entry.words)
    every = {name: name.encode() for name in {*names, *_PIP}}
    alone = {name: [sign + data + sign for sign in _SIGNS] for name, data in every.items()}
    followed = {name: [sign + data + b" " for sign in _SIGNS] for name, data in every.items()}
    for path in kept:
        node = root.nodes[path]
        library = any(tree in path for tree in LIBRARY_TREES)
        if node.kind is not Kind.FILE or not node.size or (library and _only_tells(path)):
            continue
        data = root.read(path) if node.size < _READABLE else _COMPILED[0]
        if data.startswith(_COMPILED) and not library and ".so" not in posixpath.basename(path):
            return frozenset(names)
        named = {name for name, quoted in followed.items() if any(each in data for each in quoted)}
        if posixpath.basename(path) not in _LISTS:
            named |= {name for name, quoted in alone.items() if any(each in data for each in quoted)}
        installer = any(tree in path for tree in _INSTALLERS)
        installs |= not _PIP.isdisjoint(named) and not installer and (not library or _STARTS in data)
        (by_pip if installer else found).update(named)
    return frozenset(names) & (found | by_pip if installs else found)


def _only_tells(path: str) -> bool:
    name = posixpath.basename(path)
    return name in _LISTS or name.endswith(_TOLD) or ".dist-info/" in path
