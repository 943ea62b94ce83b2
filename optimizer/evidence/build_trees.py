"""Directories in which build tools work: what lies there serves the build, and every build makes it anew."""

from __future__ import annotations

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
        marked = {
            path.removesuffix(mark): f"{path.removesuffix(mark)}{installed}" in known
            for path in known
            for mark, installed in _TREES
            if path.endswith(mark)
        }
        # A tree in the middle of the sources holds what was not built, too.
        among = {above for path in known if not made(path) for above in parents(path)} if marked else set[str]()
        self._tagged = frozenset(path.removesuffix(_TAG) for path in known if path.endswith(_TAG))
        self._trees = frozenset(marked)
        self.installed = tuple(sorted(tree for tree, installed in marked.items() if installed and tree not in among))
        """Trees that were installed from and hold nothing but what was built."""

    def hold(self, path: str) -> bool:
        """Whether a path lies where only the tools write."""
        if not self._tagged and not self._trees:
            return False
        above = tuple(parents(path))
        return any(each in self._tagged for each in above) or self._is_of_tools((*self._inside(path, above), ""))

    def serve(self, path: str) -> bool:
        """Whether a file in one is nothing but a means to build: all that is there to be made again, elsewhere what the
        tools write for themselves."""
        if not self._tagged and not self._trees:
            return False
        above = tuple(parents(path))
        return any(each in self._tagged for each in above) or self._is_of_tools(self._inside(path, above))

    def _inside(self, path: str, above: tuple[str, ...]) -> tuple[str, ...]:
        """The parts of a path below the tree that it lies in."""
        tree = next((each for each in above if each in self._trees), None)
        return () if tree is None else tuple(path[len(tree) + 1 :].split("/"))

    def _is_of_tools(self, inside: tuple[str, ...]) -> bool:
        return bool(inside) and (
            not _PARTS.isdisjoint(inside[:-1]) or inside[-1] in _NAMES or inside[-1].endswith(_ENDINGS)
        )
