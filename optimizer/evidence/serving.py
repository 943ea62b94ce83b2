"""What a server of files leaves behind: the programs that only made its pages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from optimizer.containers.model import ImageConfig
from optimizer.ecosystems.verbs import words
from optimizer.evidence.entrypoint import INTERPRETERS, Entry
from optimizer.evidence.fetching import LIBRARY_TREES
from optimizer.evidence.owners import Owner, Owners
from optimizer.evidence.packages import Package
from optimizer.evidence.tree import Kind, under

_SERVERS = words("nginx lighttpd haproxy varnishd")
"""Servers that start nothing but what their settings or modules name."""

_SIMPLE = words("curl wget jq yq envsubst openssl htpasswd tini dumb-init gosu su-exec")
"""What scripts and health checks of servers start, and what starts nothing but its words."""

_PROGRAMS = frozenset(f"{prefix}/{place}" for prefix in ("", "/usr", "/usr/local") for place in ("bin", "sbin"))
_SETTINGS = ("/etc", "/usr/local/etc", "/usr/share/lighttpd")
_SPEAKING = (".cfg", ".cgi", ".conf", ".ini", ".js", ".lua", ".pl", ".py", ".rb", ".sh", ".shtml", ".template", ".vcl")
"""Endings of settings, of what modules of servers run, and of pages that a server works on (lighttpd, mod_ssi)."""

_PAGES = ("/html/", "/www/", "/htdocs/", "/public/", "/static/", "/site/", "/dist/")
_LARGEST = 1 << 24
_WORDS = re.compile(rb"[\w.+-]+")


def idle(owners: Owners, config: ImageConfig, entry: Entry, asked: Iterable[Package], kept: Iterable[str]) -> set[str]:
    """Of the packages that were asked for by name those with programs that nothing names which the server reads. None
    where anything else runs than such a server, simple tools, shell scripts, and what the base image has."""
    packages = owners.packages
    if not entry.runs(*_SERVERS) or entry.computed or entry.runs(*INTERPRETERS):
        return set()
    if not all(_is_known(owners, path) for path in entry.programs):
        return set()
    serving = packages.closure(packages.owner[path] for path in entry.programs if path in packages.owner)
    said = {word.encode() for word in entry.words}
    said.update(
        word for text in (*config.env, *(value for _, value in config.labels)) for word in _WORDS.findall(text.encode())
    )
    for path in {*kept, *(path for name in serving for path in packages.files.get(name, ()))}:
        node = owners.root.nodes[path]
        if node.kind is Kind.FILE and is_read(owners, path):
            if node.size > _LARGEST:
                return set()
            said.update(_WORDS.findall(owners.root.read(path)))
    programs = {each.name: set(_programs(packages.files.get(each.name, ()))) for each in asked}
    return {name for name, own in programs.items() if own and own.isdisjoint(said) and name not in serving}


def _is_known(owners: Owners, path: str) -> bool:
    """Whether a program starts nothing that its script or its settings do not name."""
    if posixpath.basename(path) in _SERVERS | _SIMPLE:
        return True
    of_base = path not in owners.step_of and owners.of(path) in (Owner.BASE, Owner.PACKAGE)
    return of_base or owners.root.read(path, 2) == b"#!"


def is_read(owners: Owners, path: str) -> bool:
    """Whether a server may take a file for more than something to hand out."""
    if under(path, _SETTINGS):
        return True
    return owners.root.read(path, 2) == b"#!" or (path.endswith(_SPEAKING) and not is_handed_out(path))


def is_handed_out(path: str) -> bool:
    """Whether a file is one of a page, or of a library that only an interpreter reads."""
    return any(part in path for part in (*_PAGES, *LIBRARY_TREES)) and not path.endswith(".shtml")


def _programs(paths: Iterable[str]) -> Iterator[bytes]:
    return (posixpath.basename(path).encode() for path in paths if posixpath.dirname(path) in _PROGRAMS)
