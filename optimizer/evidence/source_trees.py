"""Directories in which a build only worked before it installed: nothing in them ships.

They are sources that a RUN fetched and compiled, build trees of CMake and Meson, whatever the sources were, and
projects of a language that nothing started speaks, such as the sources of a web page behind a server. Nothing is left
if something that is started, loaded or named lies there, or if what is started begins there.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from optimizer.containers.model import ImageConfig
from optimizer.ecosystems.verbs import words
from optimizer.evidence.elf_strings import loaded
from optimizer.evidence.entrypoint import Entry
from optimizer.evidence.owners import Owner, Owners, Step
from optimizer.evidence.projects import finished_projects, is_alone, only_serves, top_of
from optimizer.evidence.serving import is_handed_out
from optimizer.evidence.tree import Kind, parents, under

_RECIPES = words(
    "configure Makefile GNUmakefile makefile CMakeLists.txt meson.build configure.ac autogen.sh SConstruct"
)
"""What stands at the top of sources that are compiled (GNU Coding Standards, "Makefile Basics"; CMake; Meson)."""

_INSTALLING = words("configure CMakeLists.txt meson.build")
"""Those that know where the program will lie, which so does not look where it was built."""

_COMPILED = (".c", ".cc", ".cpp", ".cxx", ".f", ".f90", ".go", ".h", ".m", ".rs", ".s")
_INSTALLED = ("/lib/", "/share/", "/include/", "/node_modules/", "/site-packages/", "/dist-packages/", "/gems/")
"""Where recipes were installed themselves, for those who build against something."""

_PATHS_OF_PYTHON = (".pth", ".egg-link", "/direct_url.json")
_ARCHIVES = (".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".zip")
_SETTINGS = ("/etc/", "/usr/local/etc/", "/var/spool/cron/")
_LARGEST = 1 << 28

_LONGEST_PATH = 4096
"""Bytes (PATH_MAX)."""

_OF_BUILDS = (".la", ".pc", ".cmake")
"""What only later builds read."""


@dataclass(frozen=True, slots=True)
class Left:
    """Directories of which nothing ships: of `fetched` ones but what was copied there, of `projects` nothing at all."""

    fetched: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()

    @property
    def trees(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.fetched, *self.projects)

    def holds(self, path: str, owners: Owners) -> bool:
        """Whether a path stays behind."""
        if self.projects and under(path, self.projects):
            return True
        return bool(self.fetched) and under(path, self.fetched) and _brings_sources(owners.steps[owners.step_of[path]])


def sources_left(owners: Owners, files: Sequence[str], entry: Entry, config: ImageConfig) -> Left:
    """The directories. `files` is what the build made or copied and may ship."""
    every = tuple(_fetched(owners))
    others = [path for path in files if not under(path, every) and not path.endswith(_ARCHIVES)]
    fetched = [tree for tree in every if top_of(tree, owners) == tree or is_alone(tree, owners, others)]
    projects = frozenset(
        tree
        for tree in finished_projects(owners, files, entry, config)
        if not under(tree, every) and _leads_elsewhere(tree, entry, config) and any(_installed_from(tree, owners))
    )
    found = [
        *sorted(projects),
        *(tree for tree in fetched if _is_left(tree, owners, entry, config, inside=_installs(tree, owners))),
        *(tree for tree in owners.build_trees.installed if _is_left(tree, owners, entry, config, inside=False)),
    ]
    left = list(dict.fromkeys(found))
    served = only_serves(owners, entry)
    while left:
        outside = [path for path in files if not under(path, left) and not (served and is_handed_out(path))]
        named = set(_named(left, owners, outside, config, projects))
        if not named:
            break
        left = [tree for tree in left if tree not in named]  # and what lies there may name others
    return Left(tuple(tree for tree in left if tree not in projects), tuple(tree for tree in left if tree in projects))


def _brings_sources(step: Step) -> bool:
    """Whether a step may fetch or unpack something."""
    return step.runs or step.unpacks


def _fetched(owners: Owners) -> Iterator[str]:
    """Directories that a RUN filled with something to compile, without those that lie in another one."""
    tops: set[str] = set()
    sources: set[str] = set()
    for path, index in owners.step_of.items():
        directory, name = posixpath.split(path)
        if (
            not _brings_sources(owners.steps[index])
            or directory in owners.base.nodes
            or any(each in path for each in _INSTALLED)
        ):
            continue
        if name in _RECIPES:
            tops.add(directory)
        if name.endswith(_COMPILED):
            sources.update(parents(path))
    return (top for top in tops & sources if owners.of(top) is Owner.OWN and not any(a in tops for a in parents(top)))


def _installs(tree: str, owners: Owners) -> bool:
    return any(f"{tree}/{name}" in owners.root.nodes for name in _INSTALLING)


def _is_left(tree: str, owners: Owners, entry: Entry, config: ImageConfig, *, inside: bool) -> bool:
    """Whether something was installed from there, and what is started does not lie there, nor begin there unless
    `inside` is right for what was installed."""
    if not _leads_elsewhere(tree, entry, config):
        return False
    installed = set(_installed_from(tree, owners))
    if under(config.workdir or "/", (tree,)):
        return inside and bool(installed.intersection(entry.programs))
    return bool(installed)


def _leads_elsewhere(tree: str, entry: Entry, config: ImageConfig) -> bool:
    """Whether nothing that is started lies in a directory, and no volume."""
    if any(under(path, (tree,)) for path in (*entry.programs, *entry.files)) or any(
        tree in each for each in entry.words
    ):
        return False
    return not any(under(place, (tree,)) or under(tree, (place,)) for place in config.volumes)


def _installed_from(tree: str, owners: Owners) -> Iterator[str]:
    top = top_of(tree, owners)
    inside = frozenset((tree, *(path for path in owners.root.below(tree) if _is_directory(owners, path))))
    wrote = {index for path, index in owners.step_of.items() if under(path, (tree,))}
    working = wrote | {index for index, step in enumerate(owners.steps) if step.works_in(inside)}
    begun = min(wrote, default=0)
    for path, index in owners.step_of.items():
        if index not in working or index < begun or not owners.steps[index].runs or under(path, (top,)):
            continue
        if owners.root.nodes[path].kind is Kind.FILE and owners.of(path) is Owner.OWN:
            yield path


def _is_directory(owners: Owners, path: str) -> bool:
    return owners.root.nodes[path].kind is Kind.DIRECTORY


def _named(
    trees: Sequence[str],
    owners: Owners,
    outside: Iterable[str],
    config: ImageConfig,
    projects: Collection[str] = (),
) -> Iterator[str]:
    """Those that the environment, a link or a file that ships leads to. What was compiled or configured from fetched
    sources holds their directory anyhow, so that only files in it count; to `projects` all leads that is there."""
    yield from (tree for tree in trees if any(tree in entry for entry in config.env))
    distributions = (path for each in owners.distributions for path in each.files)
    for path in (*outside, *(path for path in distributions if path.endswith(_PATHS_OF_PYTHON))):
        node = owners.root.nodes.get(path)
        if node is not None and node.kind is Kind.LINK:
            steps = owners.root.chain(path)
            yield from (tree for tree in trees if any(under(step, (tree,)) for step in steps))
        elif node is not None and node.kind is Kind.FILE:
            if node.size > _LARGEST:
                yield from (tree for tree in trees if tree in projects)
            else:
                yield from _named_in(path, owners.root.read(path), trees, owners, projects)


def _named_in(
    path: str, data: bytes, trees: Sequence[str], owners: Owners, projects: Collection[str] = ()
) -> Iterator[str]:
    if data[:4] == b"PK\3\4":
        data = _unpacked(data)
    there = [tree for tree in trees if tree.encode() in data]
    if not there:
        return
    if data[:4] == b"\x7fELF":
        data = loaded(data)
    plain = b"\0" not in data[:4096]
    text = plain and _is_read_by_name(path, data, owners)
    for tree in there:
        found = [tree + rest.decode("utf-8", "replace") for rest in _behind(tree.encode(), data, plain=plain)]
        project = tree in projects and not path.endswith(_OF_BUILDS)
        leads = owners.root.nodes.__contains__ if project else owners.root.is_file
        if (text and found) or any(leads(each.rstrip("/.")) and not each.endswith(_COMPILED) for each in found):
            yield tree


def _behind(tree: bytes, data: bytes, *, plain: bool) -> Iterator[bytes]:
    """How the path goes on at each mention of a directory. In a `plain` text the end of another absolute path is none:
    `/site` is not meant by `/var/www/site`. In a program strings may stand side by side without a sign between them."""
    at = data.find(tree)
    while at >= 0:
        before, end = data[max(0, at - _LONGEST_PATH) : at], at + len(tree)
        if not (plain and _is_path(before[len(before) - _length(before[::-1]) :])):
            rest = data[end : end + _LONGEST_PATH]
            yield rest[: _length(rest)]
        at = data.find(tree, end)


def _is_path(text: bytes) -> bool:
    """Whether a text is an absolute path that leads down, or the host of a URL (RFC 8089: a file's may be here)."""
    here = text.strip(b"/") in (b"", b"localhost") or text.rpartition(b"/")[2] in (b"", b".", b"..")
    return text.startswith(b"/") and not here


def _unpacked(archive: bytes) -> bytes:
    """What the members of an archive hold, each behind a zero; nothing if it is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as members:
            small = [each for each in members.infolist() if each.file_size <= _LARGEST]
            return b"\0".join([b"", *map(members.read, small)])
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError):
        return b""


def _is_read_by_name(path: str, data: bytes, owners: Owners) -> bool:
    """Whether a text file may lead its reader to a directory: a copied one, a script, settings."""
    step = owners.step_of.get(path)
    copied = step is None or not owners.steps[step].runs
    return copied or data[:2] == b"#!" or path.startswith(_SETTINGS) or path.endswith(_PATHS_OF_PYTHON)


def _length(piece: bytes) -> int:
    """How far a path goes on."""
    return next((at for at, sign in enumerate(piece) if not (chr(sign).isalnum() or sign in b"/._+@-")), len(piece))
