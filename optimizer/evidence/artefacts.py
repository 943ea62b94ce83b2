"""What of the build ships: which of its own paths are kept, and how few COPY instructions say so.

What is left behind: sources of compiled languages, build recipes and intermediate files, where nothing that runs reads
them; packages of a language whose interpreter is not started; caches. All else that was copied or built is kept.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from optimizer.ecosystems.verbs import words
from optimizer.evidence.closure import Needs
from optimizer.evidence.entrypoint import Entry
from optimizer.evidence.owners import Owner, Owners
from optimizer.evidence.tree import Kind, Node, Root, parents

_SOURCES = words(
    ".adb .ads .asm .c .cc .cpp .cr .cs .cxx .elm .f .f90 .for .fs .go .groovy .h .hh .hpp .hs .hxx .inl .ipp .java"
    " .jsx .kt .kts .less .m .ml .mli .mm .nim .pas .pxd .pyx .rs .s .sass .scala .scss .svelte .swift .ts .tsx .vala"
    " .vue .y .zig"
)
"""Endings of what is compiled or bundled before it runs."""

_INTERMEDIATE = words(".a .d .gch .la .lo .o .obj .tsbuildinfo")

_RECIPES = words(
    "Makefile makefile GNUmakefile CMakeLists.txt configure meson.build go.mod go.sum Cargo.toml Cargo.lock pom.xml"
    " dependency-reduced-pom.xml setup.py setup.cfg MANIFEST.in build.gradle build.gradle.kts settings.gradle"
    " settings.gradle.kts gradlew mvnw"
    " .babelrc .prettierrc Directory.Build.props Directory.Build.targets Directory.Packages.props global.json"
)
_RECIPE_STEMS = (
    *("tsconfig", "webpack.config", "vite.config", "vitest.config", "rollup.config", "jest.config", "babel.config"),
    *(
        "postcss.config",
        "tailwind.config",
        ".eslintrc",
        "eslint.config",
        "Containerfile",
        "Dockerfile",
        ".dockerignore",
    ),
    *(".containerignore", ".gitignore"),
)
_NODE_MANIFESTS = ("package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "npm-shrinkwrap.json")

_RUN_SOURCES = words(
    "ts-node tsx bun deno nodemon babel-node vite webpack next nuxt go cargo mvn gradle make ts-node-dev swc-node"
    " esbuild-runner vue-cli-service react-scripts ng astro remix"
)
"""Programs that read sources when they are started."""

_INTERMEDIATE_PARTS = (
    *("/build/lib.", "/build/temp.", "/build/bdist."),
    *("/obj/Debug/", "/obj/Release/", "/obj/project.", "/bin/Debug/", "/bin/Release/"),
)
"""Where setuptools (its documentation of `build_ext`) and .NET (MSBuild documentation, BaseIntermediateOutputPath and
OutputPath) build; what is started from there stays with all that lies around it."""

_EMPTIED = ("/build/bdist.", "/target/generated-sources/", "/target/generated-test-sources/")
"""Where builds leave empty directories that nothing asks for."""

_ARCHIVED = (
    *("src/main/resources", "src/test", "target/classes", "target/test-classes", "target/generated-sources"),
    *("target/generated-test-sources", "target/maven-status", "target/maven-archiver", "target/surefire-reports"),
    *("target/failsafe-reports", "build/classes", "build/resources", "build/tmp", "build/test-results"),
    *("build/reports",),
)
"""What Maven and Gradle put into the archive, and what they write besides: Maven's "Introduction to the Standard
Directory Layout", documentation of its plug-ins; Gradle's "Java Plugin", project layout."""


@dataclass(frozen=True, slots=True)
class Copied:
    """One COPY from the build stage. Several sources are files of one directory; `owner` is set if all below has one
    owner who is not root."""

    sources: tuple[str, ...]
    destination: str
    owner: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Made:
    """A directory that has to be there with this mode and owner, though no COPY makes it so."""

    path: str
    mode: int
    owner: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Linked:
    """A symbolic link, which COPY would follow."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class Shipment:
    """All that goes from the build stage to the runtime stage."""

    kept: frozenset[str]
    """Files and links."""
    copies: tuple[Copied, ...]
    directories: tuple[Made, ...]
    links: tuple[Linked, ...]


def own_files(owners: Owners) -> tuple[str, ...]:
    """Every file and link that the build itself copied or made."""
    return tuple(
        path
        for path in owners.step_of
        if owners.root.nodes[path].kind is not Kind.DIRECTORY and owners.of(path) is Owner.OWN
    )


def kept_files(owners: Owners, files: Iterable[str], entry: Entry, *, python: bool, node: bool) -> tuple[str, ...]:
    """Those of the build's own files that ship. `entry` is what is started for certain."""
    reads_sources = any(posixpath.basename(word) in _RUN_SOURCES or _loads_sources(word) for word in entry.words)
    reads_sources = reads_sources or any(_is_source(path) for path in entry.files)
    named = {*entry.programs, *entry.files}
    archived = any(word.endswith((".jar", ".war")) for word in entry.words)
    compiles = not reads_sources and any(_is_source(path) for path in files if "/node_modules/" not in path)
    parts = tuple(part for part in _INTERMEDIATE_PARTS if not any(part in path for path in named))
    tagged = {posixpath.dirname(path) for path in files if path.endswith("/CACHEDIR.TAG")}
    kept: list[str] = []
    for path in files:
        if path in named or (
            _is_read(path, python=python, node=node)
            and not (
                (tagged and any(above in tagged for above in parents(path)))
                or any(part in path for part in parts)
                or (archived and _is_archived(path, named))
                or (compiles and "/node_modules/" not in path and (_is_source(path) or _is_recipe(path)))
            )
        ):
            kept.append(path)
    return tuple(_without_twins(owners.root, kept, set(files) - set(kept), named))


def _is_read(path: str, *, python: bool, node: bool) -> bool:
    """Whether the language that reads a path is started at all."""
    if "/node_modules/" in path:
        return node and "/node_modules/.cache/" not in path
    if "/site-packages/" in path:
        return python
    return node or posixpath.basename(path) not in _NODE_MANIFESTS


def _is_archived(path: str, named: set[str]) -> bool:
    """Whether the archive that is started holds it, or was made of it: shading leaves its input as `original-x.jar`,
    Spring Boot as `x.jar.original` (documentation of their Maven plug-ins)."""
    directory, name = posixpath.split(path)
    input_of = {f"{directory}/{name.removeprefix('original-')}", path.removesuffix(".original")} - {path}
    return bool(input_of & named) or any(f"/{place}/" in path for place in _ARCHIVED)


def _loads_sources(word: str) -> bool:
    return any(name in word for name in ("ts-node/", "tsx/", "@babel/register", "@swc-node/", "esbuild-register"))


def _is_source(path: str) -> bool:
    if "/gems/" in path:
        return False  # a gem is installed as a whole, like a package of Node
    return posixpath.splitext(path)[1].lower() in _SOURCES | _INTERMEDIATE and not path.endswith(".d.ts.map")


def _is_recipe(path: str) -> bool:
    name = posixpath.basename(path)
    return "/gems/" not in path and (
        ".egg-info/" in path
        or name in _RECIPES
        or name.startswith(_RECIPE_STEMS)
        or name.endswith((".mk", ".cmake", ".Containerfile", ".csproj", ".fsproj", ".vbproj", ".sln", ".slnx"))
    )


def _without_twins(root: Root, kept: list[str], left: set[str], named: set[str]) -> Iterator[str]:
    """Drop what was installed elsewhere: a file beside sources that are left behind, with the same name and bytes as
    a kept file that lies in no such place."""
    building = {above for path in left if _is_source(path) for above in (posixpath.dirname(path), *parents(path))}
    outside: dict[tuple[str, int], list[str]] = {}
    for path in kept:
        if posixpath.dirname(path) not in building:
            outside.setdefault((posixpath.basename(path), root.nodes[path].size), []).append(path)
    for path in kept:
        twins = outside.get((posixpath.basename(path), root.nodes[path].size), [])
        inside = posixpath.dirname(path) in building and path not in named
        if not (inside and any(root.read(path) == root.read(twin) for twin in twins)):
            yield path


def shipment(owners: Owners, needs: Needs, kept: Iterable[str], there: Root | None) -> Shipment:
    """Say with COPY what is kept. `there` is the runtime base: what it has is never copied as a whole directory."""
    files = frozenset(kept)
    pack = _Pack(owners, files, there)
    tops = list(pack.cover("/"))
    links = tuple(
        Linked(path, owners.root.nodes[path].target) for path in tops if owners.root.nodes[path].kind is Kind.LINK
    )
    copies = tuple(pack.copies([path for path in tops if owners.root.nodes[path].kind is not Kind.LINK]))
    return Shipment(files, copies, tuple(pack.directories(copies)), links)


class _Pack:
    def __init__(self, owners: Owners, kept: frozenset[str], there: Root | None) -> None:
        self._owners = owners
        self._root = owners.root
        self._kept = kept
        self._there = there
        self._count: dict[str, int] = {}
        for path in kept:
            for above in parents(path):
                self._count[above] = self._count.get(above, 0) + 1
        self._all: dict[str, int] = {}

    def cover(self, directory: str) -> Iterator[str]:
        """The topmost paths that together hold what is kept and nothing else."""
        for child in self._root.children(directory):
            node = self._root.nodes[child]
            if node.kind is not Kind.DIRECTORY:
                if child in self._kept:
                    yield child
            elif self._count.get(child):
                if self._whole(child):
                    yield child
                else:
                    yield from self.cover(child)

    def _whole(self, directory: str) -> bool:
        if directory in self._owners.base.nodes or directory in self._owners.packages.owner:
            return False
        if self._there is not None and directory in self._there.nodes:
            return False
        return self._count[directory] == self._total(directory)

    def _total(self, directory: str) -> int:
        if directory not in self._all:
            self._all[directory] = sum(
                self._total(child) if self._root.nodes[child].kind is Kind.DIRECTORY else 1
                for child in self._root.children(directory)
            )
        return self._all[directory]

    def copies(self, tops: list[str]) -> Iterator[Copied]:
        """Directories one by one, files of one directory and owner together."""
        groups: dict[tuple[str, tuple[int, int] | None], list[str]] = {}
        for path in tops:
            owner = self._one_owner(path)
            if self._root.nodes[path].kind is Kind.DIRECTORY:
                groups[path, owner] = []
            else:
                groups.setdefault((posixpath.join(posixpath.dirname(path), ""), owner), []).append(path)
        for (place, owner), sources in groups.items():
            yield Copied(tuple(sources) or (place,), place, owner)

    def _one_owner(self, path: str) -> tuple[int, int] | None:
        """The owner of a path and all below it if it is one and not root."""
        nodes = [self._root.nodes[each] for each in (path, *self._root.below(path))]
        found = {(node.uid, node.gid) for node in nodes}
        return found.pop() if len(found) == 1 and found != {(0, 0)} else None

    def directories(self, copies: tuple[Copied, ...]) -> Iterator[Made]:
        """Directories of the build that would not be there, or not with their mode and owner."""
        copied = {source: copy for copy in copies for source in copy.sources}
        inside = tuple(f"{source}/" for source in copied)
        for path, node in self._own_directories():
            if path.startswith(inside) or any(place in f"{path}/" for place in _EMPTIED):
                continue
            plain = (node.mode, (node.uid, node.gid)) == (0o755, copied[path].owner or (0, 0)) if path in copied else (
                node.mode, node.uid, node.gid) == (0o755, 0, 0) and bool(self._count.get(path))  # fmt: skip
            if not plain and (self._count.get(path) or self._total(path) == 0):
                yield Made(path, node.mode, (node.uid, node.gid))

    def _own_directories(self) -> Iterator[tuple[str, Node]]:
        for path in sorted(self._owners.step_of):
            node = self._root.nodes[path]
            known = path in self._owners.base.nodes or (self._there is not None and path in self._there.nodes)
            if node.kind is Kind.DIRECTORY and not known and self._owners.of(path) is Owner.OWN:
                yield path, node
