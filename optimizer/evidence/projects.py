"""Directories of sources that were copied, built from, and of no use to what runs: such as those of a web page behind a
server."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from optimizer.containers.model import ImageConfig
from optimizer.ecosystems import REGISTRY
from optimizer.ecosystems.verbs import words
from optimizer.evidence.entrypoint import INTERPRETERS, Entry
from optimizer.evidence.owners import Owner, Owners, Step
from optimizer.evidence.serving import is_handed_out, is_read
from optimizer.evidence.tree import Kind, parents, under

_MANIFESTS = tuple(sorted({name for each in REGISTRY for name in each.manifests}))
_SERVERS = words("nginx lighttpd haproxy varnishd")
"""Servers that hand out files or requests, and find both by what their settings say."""

_SPEAKING = ("php", "uwsgi", "unitd", "deno", "bun", "fcgiwrap", "apache2", "httpd", "passenger", "hhvm")
"""How programs begin that run code which others name, or which lies where they begin."""

_TREES = ("/node_modules/", "/vendor/", "/site-packages/", "/lib/", "/share/")
_LARGEST = 1 << 24


def finished_projects(owners: Owners, files: Iterable[str], entry: Entry, config: ImageConfig) -> Iterator[str]:
    """Directories into which something was copied and in which a RUN worked, where what is started begins elsewhere; or
    begins there with a manifest, and is a server with the programs and shell scripts that prepare it: these read what
    settings and scripts name. `files` is what the build made or copied."""
    if any(posixpath.basename(path).startswith(_SPEAKING) for path in entry.programs):
        return
    holding = {posixpath.dirname(path) for path in files if not owners.steps[owners.step_of[path]].runs}
    tops = {each for each in holding if not any(above in holding for above in parents(each))}
    served = only_serves(owners, entry)
    for top in sorted(tops - owners.base.nodes.keys()):
        if any(each in f"{top}/" for each in _TREES) or not any(_works_below(step, top) for step in owners.steps):
            continue
        reading = (path for path in files if not served or (is_read(owners, path) and not is_handed_out(path)))
        if not is_alone(top, owners, files) or _is_quoted(top, owners, reading):
            continue
        begins = under(config.workdir or "/", (top,))
        page = begins and served and _has_manifest(top, owners)
        if not begins or (page and not _is_asked_for(config.workdir, owners, files, entry)):
            yield top


def _works_below(step: Step, top: str) -> bool:
    return step.works_in((top,)) or (step.runs and under(step.workdir, (top,)))


def is_alone(tree: str, owners: Owners, others: Iterable[str]) -> bool:
    """Whether nothing else of the build lies beside it, in a directory of its own or in one of the base's but the
    root's: neighbours know each other."""
    top = top_of(tree, owners)
    beside = top if top != tree else posixpath.dirname(tree)
    return beside == "/" or not any(under(path, (beside,)) and not under(path, (tree,)) for path in others)


def top_of(tree: str, owners: Owners) -> str:
    """The highest directory above that is not the base's."""
    return next((above for above in reversed([tree, *parents(tree)]) if above not in owners.base.nodes), tree)


def _is_quoted(tree: str, owners: Owners, files: Iterable[str]) -> bool:
    """Whether a file elsewhere holds the name of a directory in quotes or behind `../`, as code does that joins
    paths."""
    name = posixpath.basename(tree).encode()
    starts = (b"../" + name, *(sign + name + end for sign in (b'"', b"'") for end in (b'"', b"'", b"/")))
    for path in files:
        node = owners.root.nodes[path]
        if node.kind is Kind.FILE and 0 < node.size <= _LARGEST and not under(path, (tree,)):
            data = owners.root.read(path)
            if any(start in data for start in starts):
                return True
    return False


def only_serves(owners: Owners, entry: Entry) -> bool:
    """Whether what is started is such a server with the programs and shell scripts that prepare it."""
    compiled = (path for path in entry.programs if owners.of(path) is Owner.OWN and not _is_text(path, owners))
    return entry.runs(*_SERVERS) and not (entry.computed or entry.runs(*INTERPRETERS, "cron", "crond") or any(compiled))


def _has_manifest(directory: str, owners: Owners) -> bool:
    """Whether a directory holds, however deep, the manifest of a language."""
    inside = (posixpath.basename(path) for path in owners.step_of if under(path, (directory,)))
    return any(fnmatchcase(name, manifest) for name in inside for manifest in _MANIFESTS)


def _is_asked_for(workdir: str, owners: Owners, files: Iterable[str], entry: Entry) -> bool:
    """Whether what is started, a shell script or settings may name, from within, what lies in the working directory."""
    names = {posixpath.basename(path) for path in owners.root.children(workdir)}
    reading = (path for path in files if not under(path, (workdir,)) and not is_for_an_interpreter(path, owners))
    said = {*entry.words, *(word for path in reading for word in _words(path, owners))}
    return any(
        word.startswith(("./", "../")) or word.partition("/")[0] in names if "/" in word else word in names
        for word in said
    )


def is_for_an_interpreter(path: str, owners: Owners) -> bool:
    """Whether a script needs an interpreter that is no shell."""
    first = owners.root.read(path, 256).partition(b"\n")[0]
    return first.startswith(b"#!") and b"sh" not in first


def _words(path: str, owners: Owners) -> Iterator[str]:
    """The words of a script, and those of settings that are paths or the last of a line: what a line sets."""
    node = owners.root.nodes[path]
    if node.kind is not Kind.FILE or node.size > _LARGEST or not _is_text(path, owners):
        return
    text = owners.root.text(path)
    for line in text.splitlines():
        found = line.replace('"', " ").replace("'", " ").replace("=", " ").replace(";", " ").split()
        if text.startswith("#!"):
            yield from found
        elif path.startswith(("/etc/", "/usr/local/etc/")) and not line.lstrip().startswith(("#", ";")):
            yield from (word for word in found if "/" in word)
            yield from found[1:2] if len(found) == 2 else ()


def _is_text(path: str, owners: Owners) -> bool:
    node = owners.root.nodes[path]
    return node.kind is not Kind.FILE or b"\0" not in owners.root.read(path, 4096)
