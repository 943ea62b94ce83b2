"""Sources that a build fetched, compiled and installed from: nothing in such a directory ships.

Not what was copied from the context, which may be read when the application runs; and not if something that is started,
loaded or named lies there.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence

from optimizer.containers.model import ImageConfig
from optimizer.ecosystems.verbs import words
from optimizer.evidence.elf import loaded
from optimizer.evidence.entrypoint import Entry
from optimizer.evidence.owners import Owner, Owners
from optimizer.evidence.tree import Kind, parents, under

_RECIPES = words(
    "configure Makefile GNUmakefile makefile CMakeLists.txt meson.build configure.ac autogen.sh SConstruct"
)
"""What stands at the top of sources that are compiled (GNU Coding Standards, "Makefile Basics"; CMake; Meson)."""

_COMPILED = (".c", ".cc", ".cpp", ".cxx", ".f", ".f90", ".h", ".m", ".rs", ".s")
_INSTALLED = ("/lib/", "/share/", "/include/", "/node_modules/", "/site-packages/", "/dist-packages/", "/gems/")
"""Where recipes were installed themselves, for those who build against something."""

_PATHS_OF_PYTHON = (".pth", ".egg-link", "/direct_url.json")
_LARGEST = 1 << 24


def sources_left(owners: Owners, files: Sequence[str], entry: Entry, config: ImageConfig) -> tuple[str, ...]:
    """The directories. `files` is what the build made or copied and may ship."""
    found = [tree for tree in _trees(owners) if _is_left(tree, owners, entry, config)]
    if not found:
        return ()
    outside = [path for path in files if not under(path, found)]
    return tuple(tree for tree in found if not _is_named(tree, owners, outside, config))


def is_left(path: str, owners: Owners, trees: Sequence[str]) -> bool:
    """Whether a path lies in one of them and was not copied there."""
    return bool(trees) and under(path, trees) and owners.steps[owners.step_of[path]].runs


def _trees(owners: Owners) -> Iterator[str]:
    """Directories that a RUN filled with something to compile, without those that lie in another one."""
    tops: set[str] = set()
    sources: set[str] = set()
    for path, index in owners.step_of.items():
        directory, name = posixpath.split(path)
        if not owners.steps[index].runs or directory in owners.base.nodes or any(each in path for each in _INSTALLED):
            continue
        if name in _RECIPES:
            tops.add(directory)
        if name.endswith(_COMPILED):
            sources.update(parents(path))
    return (top for top in tops & sources if owners.of(top) is Owner.OWN and not any(a in tops for a in parents(top)))


def _is_left(tree: str, owners: Owners, entry: Entry, config: ImageConfig) -> bool:
    """Whether something was installed from there, and what is started neither lies nor begins there."""
    if any(under(path, (tree,)) and path != tree for path in (*entry.programs, *entry.files)):
        return False
    installed = set(_installed_from(tree, owners))
    inside = under(config.workdir or "/", (tree,))
    return bool(installed.intersection(entry.programs) if inside else installed)


def _installed_from(tree: str, owners: Owners) -> Iterator[str]:
    inside = frozenset((tree, *(path for path in owners.root.below(tree) if _is_directory(owners, path))))
    wrote = {index for path, index in owners.step_of.items() if under(path, (tree,))}
    working = {index for index, step in enumerate(owners.steps) if step.works_in(inside)}
    for path, index in owners.step_of.items():
        made = index in wrote | working and owners.steps[index].runs and not under(path, (tree,))
        if made and not _is_directory(owners, path) and owners.of(path) is Owner.OWN:
            yield path


def _is_directory(owners: Owners, path: str) -> bool:
    return owners.root.nodes[path].kind is Kind.DIRECTORY


def _is_named(tree: str, owners: Owners, outside: Iterable[str], config: ImageConfig) -> bool:
    """Whether the environment or a file that ships names something there: what was copied may name a directory, what
    was built names that of its sources, too, so that only files count."""
    if any(tree in entry for entry in config.env):
        return True
    distributions = (path for each in owners.distributions for path in each.files)
    name = re.compile(re.escape(tree.encode()) + rb"(?:/[\w.+@/-]*)?")
    for path in (*outside, *(path for path in distributions if path.endswith(_PATHS_OF_PYTHON))):
        node = owners.root.nodes.get(path)
        if node is None or node.kind is not Kind.FILE or node.size > _LARGEST:
            continue
        data = owners.root.read(path)
        found = {each.decode() for each in name.findall(loaded(data) if data[:4] == b"\x7fELF" else data)}
        step = owners.step_of.get(path)
        if found and (step is None or not owners.steps[step].runs or path.endswith(_PATHS_OF_PYTHON)):
            return True
        if any(owners.root.is_file(each) and not each.endswith(_COMPILED) for each in found):
            return True
    return False
