"""Directories in which build tools work: what lies there serves the build, and every build makes it anew."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable

from optimizer.ecosystems.verbs import words
from optimizer.evidence.tree import parents

_TAG = "/CACHEDIR.TAG"
"""Marks a directory that can be made anew (Cache Directory Tagging Specification); Cargo writes one."""

_TREES = (("/CMakeCache.txt", "/install_manifest.txt"), ("/meson-private/coredata.dat", "/meson-logs/install-log.txt"))
"""What marks a build tree, and what an installation leaves there: CMake (cmake(1), "Introduction to CMake
Buildsystems"; cmake-properties(7), the variable CMAKE_INSTALL_MANIFEST of `cmake_install.cmake`) and Meson (its manual,
"Installing")."""

_PARTS = frozenset(words("CMakeFiles Testing _CPack_Packages meson-private meson-info meson-logs"))
_NAMES = words(
    "CMakeCache.txt cmake_install.cmake CTestTestfile.cmake DartConfiguration.tcl CPackConfig.cmake"
    " CPackSourceConfig.cmake install_manifest.txt compile_commands.json Makefile build.ninja rules.ninja .ninja_log"
    " .ninja_deps"
)
_ENDINGS = (".a", ".o", ".obj", ".gch", ".pch")


class BuildTrees:
    """Those of one build. `paths` is all that its steps wrote, `made` says of a path whether a RUN wrote it."""

    def __init__(self, paths: Iterable[str], made: Callable[[str], bool]) -> None:
        known = frozenset(paths)
        tagged = {path.removesuffix(_TAG) for path in known if path.endswith(_TAG)}
        marked = {
            path.removesuffix(mark): f"{path.removesuffix(mark)}{installed}" in known
            for path in known
            for mark, installed in _TREES
            if path.endswith(mark)
        }
        # A tree in the middle of the sources holds what was not built, too.
        among = {above for path in known if not made(path) for above in parents(path)} if marked else set[str]()
        self._left = frozenset(tagged | {tree for tree, installed in marked.items() if installed and tree not in among})
        self._trees = frozenset(marked)

    def hold(self, path: str) -> bool:
        """Whether a path lies in one."""
        return bool(self._left or self._trees) and any(
            above in self._left or above in self._trees for above in parents(path)
        )

    def serve(self, path: str) -> bool:
        """Whether a file in one is nothing but a means to build: all that is there to be made again, all of a tree that
        was installed from, and elsewhere what the tools write for themselves."""
        if not self._left and not self._trees:
            return False
        above = tuple(parents(path))
        if any(each in self._left for each in above):
            return True
        tree = next((each for each in above if each in self._trees), None)
        if tree is None:
            return False
        inside = path[len(tree) + 1 :].split("/")
        name = posixpath.basename(path)
        return not _PARTS.isdisjoint(inside[:-1]) or name in _NAMES or name.endswith(_ENDINGS)
