"""What of the build ships: which of its own paths are kept.

What is left behind: sources of compiled languages, build recipes and intermediate files, where nothing that runs reads
them; packages of a language whose interpreter is not started; caches; what a build installed for compilers and readers
of manuals. All else that was copied or built is kept.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterator
from enum import Enum

from optimizer.ecosystems.verbs import words
from optimizer.evidence.entrypoint import Entry
from optimizer.evidence.owners import Owner, Owners
from optimizer.evidence.tree import Kind, Root, parents

_SOURCES = words(
    ".adb .ads .asm .c .cc .cpp .cr .cs .cxx .elm .f .f90 .for .fs .go .groovy .h .hh .hpp .hs .hxx .inl .ipp .java"
    " .jsx .kt .kts .less .m .ml .mli .mm .nim .pas .pxd .pyx .rs .s .sass .scala .scss .svelte .swift .ts .tsx .vala"
    " .vue .y .zig"
)
"""Endings of what is compiled or bundled before it runs."""

_INTERMEDIATE = words(".a .cmi .cmo .cmx .d .dyn_hi .dyn_o .gch .hi .la .lo .o .obj .tsbuildinfo")

_RECIPES = words(
    "Makefile makefile GNUmakefile CMakeLists.txt configure meson.build go.mod go.sum Cargo.toml Cargo.lock pom.xml"
    " Makefile.am Makefile.in configure.ac configure.in config.log config.status config.guess config.sub config.h.in"
    " aclocal.m4 libtool ltmain.sh stamp-h1 depcomp dependency-reduced-pom.xml setup.py setup.cfg MANIFEST.in"
    " build.gradle build.gradle.kts settings.gradle settings.gradle.kts gradlew mvnw"
    " binding.gyp config.gypi extconf.rb mkmf.log"
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
    *("/build/Release/obj.target/", "/build/Release/.deps/"),
    *("/obj/Debug/", "/obj/Release/", "/obj/project.", "/bin/Debug/", "/bin/Release/"),
)
"""Where setuptools (its documentation of `build_ext`), node-gyp (its README, "Usage") and .NET (MSBuild documentation,
BaseIntermediateOutputPath and OutputPath) build; what is started from there stays with all that lies around it."""

_FOR_COMPILERS = tuple(
    f"{prefix}/{place}/"
    for prefix in ("/usr", "/usr/local")
    for place in ("include", "lib/pkgconfig", "share/pkgconfig", "lib/cmake", "share/cmake", "share/aclocal")
)
"""Where a library is installed for those who compile with it (GNU Coding Standards, "Directory Variables";
pkg-config(1); cmake-packages(7))."""

_LIBRARIES = ("/usr/lib", "/usr/local/lib", "/usr/lib64", "/usr/local/lib64")

_MANUALS = ("/usr/share/man/", "/usr/share/info/", "/usr/local/share/man/", "/usr/local/man/", "/usr/local/share/info/")
_SHOW_MANUALS = words("man info apropos whatis")

_RECIPE_OF_LOCALES, _LOCALES = "/etc/locale.gen", "/usr/lib/locale/locale-archive"
"""Read by locale-gen(8) only, to make the other."""

_PACKAGED = ("/node_modules/", "/site-packages/", "/dist-packages/", "/include/site/")
"""Where packages of a language lie, which were installed as they are (Python's sysconfig; npm, "folders")."""

_SERVED = ("/public/", "/static/", "/www/", "/htdocs/", "/wwwroot/", "/templates/", "/views/", "/downloads/")
"""Directories whose files are handed out as they are, by the habits of web frameworks."""

_ARCHIVED = (
    *("src/main/resources", "src/test", "target/classes", "target/test-classes", "target/generated-sources"),
    *("target/generated-test-sources", "target/maven-status", "target/maven-archiver", "target/surefire-reports"),
    *("target/failsafe-reports", "build/classes", "build/resources", "build/tmp", "build/test-results"),
    *("build/reports",),
)
"""What Maven and Gradle put into the archive, and what they write besides: Maven's "Introduction to the Standard
Directory Layout", documentation of its plug-ins; Gradle's "Java Plugin", project layout."""


def own_files(owners: Owners) -> tuple[str, ...]:
    """Every file and link that the build itself copied or made."""
    return tuple(
        path
        for path in owners.step_of
        if owners.root.nodes[path].kind is not Kind.DIRECTORY and owners.of(path) is Owner.OWN
    )


class Reader(Enum):
    """Who reads files that are no programs."""

    PYTHON = "a Python interpreter"
    NODE = "Node"
    COMPILER = "a compiler"


def kept_files(owners: Owners, files: Collection[str], entry: Entry, readers: frozenset[Reader]) -> tuple[str, ...]:
    """Those of the build's own files that ship. `entry` is what is started for certain, `readers` are there when it
    runs."""
    reads_sources = any(posixpath.basename(word) in _RUN_SOURCES or _loads_sources(word) for word in entry.words)
    reads_sources = reads_sources or any(_is_source(path) for path in entry.files)
    named = {*entry.programs, *entry.files}
    archived = any(word.endswith((".jar", ".war")) for word in entry.words)
    compiles = not reads_sources and _makes(owners)
    compiles = compiles and any(_is_of_build(owners, path, _is_source) for path in own_files(owners))
    parts = tuple(part for part in _INTERMEDIATE_PARTS if not any(part in path for path in named))
    shown = any(posixpath.basename(program) in _SHOW_MANUALS for program in entry.programs)
    others = _FOR_COMPILERS if compiles and Reader.COMPILER not in readers else ()
    passed = others if shown else (*others, *_MANUALS)
    kept: list[str] = []
    for path in files:
        if path in named or (
            _is_read(path, readers)
            and not (
                owners.build_trees.serve(path)
                or (path == _RECIPE_OF_LOCALES and _LOCALES in files)
                or any(part in path for part in parts)
                or (path.startswith(passed) and owners.steps[owners.step_of[path]].runs)
                or (archived and _is_archived(path, named))
                or (compiles and (_is_linked_in(path) or _is_of_build(owners, path, _serves_builds)))
            )
        ):
            kept.append(path)
    return tuple(_without_twins(owners.root, kept, set(files) - set(kept), named))


def _is_linked_in(path: str) -> bool:
    """Whether only linkers read it; modules that a program opens have `.la` files in directories of their own."""
    return path.endswith((".a", ".la")) and posixpath.dirname(path) in _LIBRARIES


def _is_read(path: str, readers: frozenset[Reader]) -> bool:
    """Whether the language that reads a path is started at all."""
    if "/node_modules/" in path:
        return Reader.NODE in readers and "/node_modules/.cache/" not in path
    if "/site-packages/" in path or "/dist-packages/" in path:
        return Reader.PYTHON in readers
    return Reader.NODE in readers or posixpath.basename(path) not in _NODE_MANIFESTS


def _is_archived(path: str, named: set[str]) -> bool:
    """Whether the archive that is started holds it, or was made of it: shading leaves its input as `original-x.jar`,
    Spring Boot as `x.jar.original` (documentation of their Maven plug-ins)."""
    directory, name = posixpath.split(path)
    input_of = {f"{directory}/{name.removeprefix('original-')}", path.removesuffix(".original")} - {path}
    return bool(input_of & named) or any(f"/{place}/" in path for place in _ARCHIVED)


def _loads_sources(word: str) -> bool:
    return any(name in word for name in ("ts-node/", "tsx/", "@babel/register", "@swc-node/", "esbuild-register"))


def _makes(owners: Owners) -> bool:
    """Whether a RUN made any file out of others: without one, nothing is a source."""
    return any(
        owners.steps[step].runs
        and owners.root.nodes[path].kind is Kind.FILE
        and (
            (owners.of(path) is Owner.OWN and not path.endswith(".pyc"))
            or (path.endswith(".so") and owners.of(path) is Owner.PYTHON)
        )
        for path, step in owners.step_of.items()
    )


def _is_of_build(owners: Owners, path: str, looks: Callable[[str], bool]) -> bool:
    """Whether a file only serves the build: it looks like that, and a RUN worked where it lies."""
    if any(place in path for place in (*_PACKAGED, *_SERVED)) or not looks(path):
        return False
    around = [path, *parents(path)]
    return any(step.works_in(around) for step in owners.steps)


def _serves_builds(path: str) -> bool:
    return _is_source(path) or _is_recipe(path)


def _is_source(path: str) -> bool:
    if "/gems/" in path:
        return False  # a gem is installed as a whole, like a package of Node
    # Declarations of types lie among what was compiled and are small: with them a directory is copied as a whole.
    return posixpath.splitext(path)[1].lower() in _SOURCES | _INTERMEDIATE and not path.endswith((".d.ts", ".d.ts.map"))


def _is_recipe(path: str) -> bool:
    name = posixpath.basename(path)
    return "/gems/" not in path and (
        ".egg-info/" in path
        or name in _RECIPES
        or name.startswith(_RECIPE_STEMS)
        or name.endswith(
            (".mk", ".cmake", ".Makefile", ".Containerfile", ".csproj", ".fsproj", ".vbproj", ".sln", ".slnx")
        )
    )


def _without_twins(root: Root, kept: list[str], left: set[str], named: set[str]) -> Iterator[str]:
    """Drop what was installed elsewhere: a file beside sources that are left behind, with the bytes of a kept file that
    lies in no such place. Programs and libraries may have got another name there."""
    building = {above for path in left if _is_source(path) for above in (posixpath.dirname(path), *parents(path))}
    outside: dict[int, list[str]] = {}
    for path in kept:
        if posixpath.dirname(path) not in building:
            outside.setdefault(root.nodes[path].size, []).append(path)
    for path in kept:
        inside = posixpath.dirname(path) in building and path not in named
        if not (inside and any(_is_twin(root, path, other) for other in outside.get(root.nodes[path].size, ()))):
            yield path


def _is_twin(root: Root, path: str, other: str) -> bool:
    alike = posixpath.basename(path) == posixpath.basename(other) or root.read(path, 4) == b"\x7fELF"
    return alike and root.read(path) == root.read(other)
