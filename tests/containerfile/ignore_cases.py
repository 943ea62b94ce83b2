"""What ignore files leave out, as the builders themselves showed it: buildah 1.28.2, and moby/patternmatcher 0.6 with
the walk of fsutil. `test_ignorefile_buildah.py` asks buildah again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FILES = (
    "!bang",
    "#hash",
    "(x).txt",
    "*.txt",
    ".env",
    ".git/HEAD",
    "CASE.TXT",
    "Makefile",
    "README.md",
    "[z].txt",
    "a+b.txt",
    "a.txt",
    "aab.txt",
    "b.txt",
    "c^d.txt",
    "docs/a.txt",
    "docs/keep.txt",
    "docs/sub/deep.md",
    "docs/sub/keep.txt",
    "o|r.txt",
    "pp.txt",
    "p{2}.txt",
    "sp ace.txt",
    "src.txt",
    "src/main.py",
    "src/main.pyc",
    "src/pkg/__init__.py",
    "src/pkg/data.txt",
    "src/pkg/mod.pyc",
    "Ünï.txt",
)
EMPTY = "empty"
LINK = "link"
LINK_TARGET = "a.txt"

FAILS = None
"""The build stops at the first COPY."""


class Same:
    """BuildKit does as buildah does."""


@dataclass(frozen=True, slots=True)
class Case:
    """One ignore file; `buildah` and `buildkit` are the topmost paths that are left out."""

    name: str
    text: str
    buildah: tuple[str, ...] | None
    differs: tuple[str, ...] | type[Same] | None = Same

    @property
    def buildkit(self) -> tuple[str, ...] | None:
        """What BuildKit leaves out."""
        return self.buildah if isinstance(self.differs, type) else self.differs


def paths() -> tuple[str, ...]:
    """Every path of the tree, parents before children."""
    found = {*FILES, EMPTY, LINK}
    found |= {str(parent) for path in FILES for parent in Path(path).parents}
    return tuple(sorted(found - {"."}))


def build_tree(root: Path) -> None:
    """Put the tree on disk."""
    for path in FILES:
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("x")
    (root / EMPTY).mkdir()
    (root / LINK).symlink_to(LINK_TARGET)


def but(gone: tuple[str, ...], *stay: str, plus: tuple[str, ...] = ()) -> tuple[str, ...]:
    """`gone` without `stay`, and with `plus`."""
    return tuple(sorted((set(gone) - set(stay)) | set(plus)))


def topmost(gone: frozenset[str]) -> tuple[str, ...]:
    """The paths that are gone although their directory is not."""
    return tuple(sorted(path for path in gone if str(Path(path).parent) not in gone))


EVERYTHING = tuple(sorted(path for path in paths() if "/" not in path))
ROOT_TXT = tuple(path for path in EVERYTHING if path.endswith(".txt"))

CASES = (
    Case("nothing", "", ()),
    Case("only comments and blank lines", "# a.txt\n\n   \n#b.txt\n", ()),
    Case("a file", "a.txt\n", ("a.txt",)),
    Case("a file without final newline", "a.txt", ("a.txt",)),
    Case("a name means the root only", "keep.txt\n", ()),
    Case("a directory", "docs\n", ("docs",)),
    Case("a directory with trailing slash", "docs/\n", ("docs",)),
    Case("a directory with leading slash", "/docs\n", ("docs",)),
    Case("several slashes around", "//docs//\n", ("docs",)),
    Case("leading dot slash", "./docs\n", ("docs",)),
    Case("double slash inside", "docs//sub\n", ("docs/sub",)),
    Case("dot inside", "docs/./sub\n", ("docs/sub",)),
    Case("dot dot inside", "docs/sub/../a.txt\n", ("docs/a.txt",)),
    Case("dot dot to the root", "docs/..\n", ()),
    Case("dot", ".\n", ()),
    Case("slash", "/\n", ()),
    Case("dot dot", "..\n", ()),
    Case("above the root", "../a.txt\n", ()),
    Case("a nested file", "docs/sub/deep.md\n", ("docs/sub/deep.md",)),
    Case("a nested directory", "docs/sub\n", ("docs/sub",)),
    Case("a file that is not there", "nothing/here\n", ()),
    Case("a file is not a directory", "a.txt/x\n", ()),
    Case("a prefix of a name", "src\n", ("src",)),
    Case("an empty directory", "empty\n", ("empty",)),
    Case("all in an empty directory", "empty/*\n", ()),
    Case("all below an empty directory", "empty/**\n", ()),
    Case("upper case differs", "case.txt\n", ()),
    Case("lower case differs", "A.TXT\n", ()),
    Case("not ASCII", "Ünï.txt\n", ("Ünï.txt",)),
    Case("question mark is one character", "?nï.txt\n", ("Ünï.txt",)),
    Case("a blank inside a name", "sp ace.txt\n", ("sp ace.txt",)),
    Case("blanks around", "  a.txt  \n", ("a.txt",)),
    Case("tabs around", "\ta.txt\t\n", ("a.txt",)),
    Case("carriage return", "a.txt\r\nb.txt\r\n", ("a.txt", "b.txt")),
    Case("carriage return after a slash", "docs/\r\n", ("docs",)),
    Case("blank before a leading slash", " /docs\n", (), ("docs",)),
    Case("blank after a trailing slash", "docs/ \n", ("docs",)),
    Case("comment after blanks is a pattern", "  #hash\n", ("#hash",)),
    Case("comment in column 0", "#hash\n", ()),
    Case("no comment at the end of a line", "a.txt # why\n", ()),
    Case("byte order mark", "\ufeffa.txt\n", ("a.txt",)),
    Case("byte order mark before a comment", "\ufeff#hash\n", ("#hash",), ()),
    Case("star", "*\n", EVERYTHING),
    Case("star in a name", "*.txt\n", ROOT_TXT),
    Case("star stops at a slash", "docs/*.txt\n", ("docs/a.txt", "docs/keep.txt")),
    Case("star as a directory", "*/a.txt\n", ("docs/a.txt",)),
    Case("star as the last part", "docs/*\n", ("docs/a.txt", "docs/keep.txt", "docs/sub")),
    Case("star takes nothing too", "a*.txt\n", ("a+b.txt", "a.txt", "aab.txt")),
    Case("star and a dot file", "*env\n", (".env",)),
    Case("question mark", "?.txt\n", ("*.txt", "a.txt", "b.txt")),
    Case("question mark is no slash", "docs?a.txt\n", ()),
    Case("two question marks", "??.txt\n", ("pp.txt",)),
    Case("double star", "**\n", EVERYTHING),
    Case("double star slash name", "**/keep.txt\n", ("docs/keep.txt", "docs/sub/keep.txt")),
    Case("double star takes no directory too", "**/a.txt\n", ("a.txt", "docs/a.txt")),
    Case("double star and an extension", "**/*.pyc\n", ("src/main.pyc", "src/pkg/mod.pyc")),
    Case("double star in the middle", "docs/**/keep.txt\n", ("docs/keep.txt", "docs/sub/keep.txt")),
    Case("double star at the end", "docs/**\n", ("docs/a.txt", "docs/keep.txt", "docs/sub")),
    Case("double star in the middle of a name", "docs/k**t\n", ()),
    Case("double star glued to a name", "**b.txt\n", ("b.txt",), ("a+b.txt", "aab.txt", "b.txt")),
    Case("double star glued behind a name", "src**\n", ("src", "src.txt")),
    Case("double star directory", "**/sub\n", ("docs/sub",)),
    Case("double star directory and contents", "**/sub/**\n", ("docs/sub/deep.md", "docs/sub/keep.txt")),
    Case("double star twice", "**/**/deep.md\n", ("docs/sub/deep.md",)),
    Case("double star between", "src/**/*.pyc\n", ("src/main.pyc", "src/pkg/mod.pyc")),
    Case("star star as one part of many", "**/pkg/*.pyc\n", ("src/pkg/mod.pyc",)),
    Case("class", "[ab].txt\n", ("a.txt", "b.txt")),
    Case("range", "[a-b].txt\n", ("a.txt", "b.txt")),
    Case("negated class", "[^a].txt\n", ("*.txt", "b.txt")),
    Case("exclamation mark in a class", "[!a].txt\n", ("a.txt",)),
    Case("negated class and a slash", "docs[^x]a.txt\n", ("docs/a.txt",)),
    Case("class in a directory", "[ds]*/*.txt\n", ("docs/a.txt", "docs/keep.txt")),
    Case("escaped bracket", "\\[z\\].txt\n", ("[z].txt",)),
    Case("bracket as a class", "[z].txt\n", ()),
    Case("escaped star", "\\*.txt\n", ("*.txt",)),
    Case("escaped hash", "\\#hash\n", ("#hash",)),
    Case("escaped exclamation mark", "\\!bang\n", ("!bang",)),
    Case("unescaped exclamation mark", "!bang\n", ()),
    Case("plus", "a+b.txt\n", ("aab.txt",), ("a+b.txt",)),
    Case("escaped plus", "a\\+b.txt\n", ("a+b.txt",)),
    Case("parentheses", "(x).txt\n", (), ("(x).txt",)),
    Case("escaped parentheses", "\\(x\\).txt\n", ("(x).txt",)),
    Case("braces", "p{2}.txt\n", ("pp.txt",), ("p{2}.txt",)),
    Case("escaped braces", "p\\{2\\}.txt\n", ("p{2}.txt",)),
    Case("bar", "o|r.txt\n", ("o|r.txt",)),
    Case("escaped bar", "o\\|r.txt\n", ("o|r.txt",)),
    Case("bar with a star", "o|r.*\n", ("o|r.txt",)),
    Case("caret", "c^d.txt\n", (), ("c^d.txt",)),
    Case("escaped caret", "c\\^d.txt\n", ("c^d.txt",)),
    Case("caret with a star", "c^d.*\n", ()),
    Case("dollar", "a.txt$\n", ()),
    Case("dot is a dot", "aatxt\na?txt\n", ("a.txt",)),
    Case("two patterns", "a.txt\nb.txt\n", ("a.txt", "b.txt")),
    Case("the same twice", "a.txt\na.txt\n", ("a.txt",)),
    Case("re-included by name", "*.txt\n!b.txt\n", but(ROOT_TXT, "b.txt")),
    Case("re-included before it is excluded", "!b.txt\n*.txt\n", ROOT_TXT),
    Case("excluded once more", "*.txt\n!b.txt\nb.txt\n", ROOT_TXT),
    Case("re-included with a leading slash", "*.txt\n!/b.txt\n", but(ROOT_TXT, "b.txt")),
    Case("re-included with dot slash", "*.txt\n!./b.txt\n", but(ROOT_TXT, "b.txt")),
    Case("re-included with dot dot", "*.txt\n!docs/../b.txt\n", ROOT_TXT, but(ROOT_TXT, "b.txt")),
    Case("blank after the exclamation mark", "*.txt\n! b.txt\n", ROOT_TXT, but(ROOT_TXT, "b.txt")),
    Case("blank before the exclamation mark", "*.txt\n !b.txt\n", but(ROOT_TXT, "b.txt")),
    Case("re-included in an excluded directory", "docs\n!docs/keep.txt\n", ("docs/a.txt", "docs/sub")),
    Case(
        "re-included two levels down", "docs\n!docs/sub/keep.txt\n", ("docs/a.txt", "docs/keep.txt", "docs/sub/deep.md")
    ),
    Case("re-included directory in an excluded one", "docs\n!docs/sub\n", ("docs/a.txt", "docs/keep.txt")),
    Case(
        "re-included by a star below",
        "docs\n!docs/*/keep.txt\n",
        ("docs",),
        ("docs/a.txt", "docs/keep.txt", "docs/sub/deep.md"),
    ),
    Case("re-included by a star", "docs\n!docs/*.txt\n", ("docs/sub",)),
    Case("re-included by double star", "docs\n!**/keep.txt\n", ("docs",), ("docs/a.txt", "docs/sub/deep.md")),
    Case(
        "re-included by double star below",
        "docs\n!docs/**/keep.txt\n",
        ("docs/a.txt", "docs/sub"),
        ("docs/a.txt", "docs/sub/deep.md"),
    ),
    Case("re-included with a trailing slash", "docs\n!docs/sub/\n", ("docs/a.txt", "docs/keep.txt")),
    Case("contents excluded, one re-included", "docs/*\n!docs/keep.txt\n", ("docs/a.txt", "docs/sub")),
    Case(
        "contents excluded by double star, one re-included",
        "docs/**\n!docs/sub/keep.txt\n",
        ("docs/a.txt", "docs/keep.txt", "docs/sub/deep.md"),
    ),
    Case("everything but a directory", "*\n!src\n", but(EVERYTHING, "src")),
    Case("everything but a directory, less a part", "*\n!src\nsrc/pkg\n", but(EVERYTHING, "src", plus=("src/pkg",))),
    Case(
        "everything but a directory, less an extension",
        "*\n!src\n**/*.pyc\n",
        but(EVERYTHING, "src", plus=("src/main.pyc", "src/pkg/mod.pyc")),
    ),
    Case("everything but two", "*\n!src\n!Makefile\n", but(EVERYTHING, "Makefile", "src")),
    Case(
        "everything but a nested file",
        "*\n!src/pkg/data.txt\n",
        but(EVERYTHING, "src", plus=("src/main.py", "src/main.pyc", "src/pkg/__init__.py", "src/pkg/mod.pyc")),
    ),
    Case(
        "everything but an extension at any depth",
        "*\n!**/*.py\n",
        EVERYTHING,
        but(EVERYTHING, "src", plus=("src/main.pyc", "src/pkg/data.txt", "src/pkg/mod.pyc")),
    ),
    Case(
        "all at any depth but an extension",
        "**\n!**/*.py\n",
        EVERYTHING,
        but(EVERYTHING, "src", plus=("src/main.pyc", "src/pkg/data.txt", "src/pkg/mod.pyc")),
    ),
    Case("all at any depth but a directory", "**\n!src\n", but(EVERYTHING, "src")),
    Case(
        "everything but an extension at the root",
        "*\n!*.txt\n",
        but(
            EVERYTHING,
            "(x).txt",
            "*.txt",
            "[z].txt",
            "a+b.txt",
            "a.txt",
            "aab.txt",
            "b.txt",
            "c^d.txt",
            "o|r.txt",
            "pp.txt",
            "p{2}.txt",
            "sp ace.txt",
            "src.txt",
            "Ünï.txt",
        ),
    ),
    Case(
        "glob excluded, directory re-included",
        "**/*.pyc\n!src/pkg\n",
        ("src/main.pyc",),
        ("src/main.pyc", "src/pkg/mod.pyc"),
    ),
    Case("glob excluded, file re-included", "**/*.pyc\n!src/pkg/mod.pyc\n", ("src/main.pyc",)),
    Case(
        "nested re-included, directory excluded after",
        "docs\n!docs/sub\ndocs/sub/deep.md\n",
        ("docs/a.txt", "docs/keep.txt", "docs/sub/deep.md"),
    ),
    Case(
        "nested re-included, then all excluded again",
        "docs\n!docs/keep.txt\ndocs\n",
        ("docs",),
        ("docs/a.txt", "docs/sub"),
    ),
    Case("re-included name that begins like another", "src\n!src.txt\n", ("src",)),
    Case("only a re-inclusion", "!a.txt\n", ()),
    Case("a lone exclamation mark", "a.txt\n!\n", FAILS),
    Case("an exclamation mark and a slash", "!/\n", FAILS),
    Case("an unclosed class", "[ab.txt\n", FAILS),
    Case("an empty class", "[].txt\n", FAILS),
    Case("a backslash at the end", "a.txt\\\n", FAILS),
    Case("an unclosed group", "(x.txt\n", FAILS, ()),
    Case("nothing to repeat", "docs/(+)\n", FAILS, ()),
)
