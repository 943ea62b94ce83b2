from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optimizer.containerfile.ignorefile import (
    BadPattern,
    Dialect,
    UnmodelledPattern,
    appendable,
    candidates,
    in_force,
    kept,
    literal,
)
from optimizer.context import DirectoryContext, MemoryContext
from optimizer.errors import InputError
from tests.containerfile.ignore_cases import CASES, FAILS, Case, paths, topmost


def left_out(text: str, dialect: Dialect, tree: tuple[str, ...] = paths()) -> tuple[str, ...] | None:
    """The topmost paths that are left out; FAILS when the builder gives up."""
    try:
        return topmost(frozenset(tree) - kept(tree, text, dialect))
    except BadPattern:
        return FAILS


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_leaves_out_what_buildah_leaves_out(case: Case) -> None:
    assert left_out(case.text, Dialect.BUILDAH) == case.buildah


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_leaves_out_what_buildkit_leaves_out(case: Case) -> None:
    assert left_out(case.text, Dialect.BUILDKIT) == case.buildkit


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("text", ["\\a.txt", "\\d", "[[:alpha:]].txt", "a\\é"])
def test_says_so_when_it_does_not_know_what_a_pattern_means(text: str, dialect: Dialect) -> None:
    with pytest.raises(UnmodelledPattern):
        kept(paths(), text, dialect)


@pytest.mark.parametrize("text", ["(", ")", "a)b", "x{1001}", "x{3,2}", "a++", "*+", "**/+", "(+)", "[b-a]"])
def test_knows_what_go_does_not_compile(text: str) -> None:
    with pytest.raises(BadPattern):
        kept(paths(), text, Dialect.BUILDAH)


def test_a_plus_at_the_beginning_repeats_the_beginning() -> None:
    assert left_out("+a.txt", Dialect.BUILDAH) == ("a.txt",)


def test_an_empty_file_keeps_everything() -> None:
    assert kept(paths(), "", Dialect.BUILDAH) == frozenset(paths())


# Which file is read.


def test_buildah_prefers_the_file_beside_the_containerfile() -> None:
    assert candidates("app/Containerfile", Dialect.BUILDAH) == (
        "app/Containerfile.dockerignore",
        "app/Containerfile.containerignore",
        ".containerignore",
        ".dockerignore",
    )


def test_docker_knows_no_containerignore() -> None:
    assert candidates("app/Containerfile", Dialect.BUILDKIT) == ("app/Containerfile.dockerignore", ".dockerignore")


@pytest.mark.parametrize(
    ("files", "buildah", "docker"),
    [
        ((), None, None),
        ((".dockerignore",), ".dockerignore", ".dockerignore"),
        ((".containerignore",), ".containerignore", None),
        ((".containerignore", ".dockerignore"), ".containerignore", ".dockerignore"),
        (
            ("app/Containerfile.containerignore", ".containerignore", ".dockerignore"),
            "app/Containerfile.containerignore",
            ".dockerignore",
        ),
        (
            ("app/Containerfile.dockerignore", "app/Containerfile.containerignore"),
            "app/Containerfile.dockerignore",
            "app/Containerfile.dockerignore",
        ),
        (("Containerfile.dockerignore", "app/.dockerignore"), None, None),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_reads_the_file_that_the_builder_reads(
    tmp_path: Path, files: tuple[str, ...], buildah: str | None, docker: str | None
) -> None:
    (tmp_path / "app").mkdir()
    for name in files:
        (tmp_path / name).write_text(name)
    context = DirectoryContext(tmp_path)
    found = [in_force(context, tmp_path / "app/Containerfile", dialect) for dialect in Dialect]
    assert [each and each.path for each in found] == [buildah, docker]
    assert [each and each.text for each in found] == [buildah, docker]


def test_reads_the_file_beside_a_containerfile_outside_the_context(tmp_path: Path) -> None:
    (tmp_path / "context").mkdir()
    (tmp_path / "Containerfile.dockerignore").write_text("a\n")
    found = in_force(DirectoryContext(tmp_path / "context"), tmp_path / "Containerfile")
    assert found is not None
    assert (found.path, found.inside) == (str(tmp_path / "Containerfile.dockerignore"), False)


def test_standard_input_has_only_the_files_of_the_context() -> None:
    found = in_force(MemoryContext({".dockerignore": b"a\n", "-.dockerignore": b"b\n"}), None)
    assert found is not None
    assert (found.path, found.text, found.inside) == (".dockerignore", "a\n", True)


def test_an_ignore_file_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(InputError):
        in_force(MemoryContext({".dockerignore/x": b""}), None)


# What may be generated: forms for which both builders agree on every tree.

NAMES = st.sampled_from(["a", "b", "src", "docs", ".git", "x.py", "x.pyc", "y.md", "__pycache__", "Ünï"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
EXTENSIONS = st.sampled_from(["py", "pyc", "md"])
EXCLUDES = st.one_of(
    PATHS,
    NAMES.map(lambda name: f"**/{name}"),
    EXTENSIONS.map(lambda extension: f"**/*.{extension}"),
    EXTENSIONS.map(lambda extension: f"*.{extension}"),
)
EXCLUDE_LISTS = st.lists(EXCLUDES, max_size=4).map(tuple)


@st.composite
def trees(draw: st.DrawFn) -> tuple[str, ...]:
    files = draw(st.sets(PATHS, min_size=1, max_size=20))
    found = {str(parent) for path in files for parent in PurePosixPath(path).parents} | files
    return tuple(sorted(found - {"."}))


def keep(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"!{name}" for name in names)


ONLY_EXCLUDES = EXCLUDE_LISTS
ALLOW_LIST = st.tuples(st.lists(NAMES, max_size=3).map(tuple), EXCLUDE_LISTS).map(
    lambda parts: ("*", *keep(parts[0]), *parts[1])
)
ONE_BACK = st.tuples(EXCLUDE_LISTS, NAMES, NAMES).map(lambda parts: (parts[1], f"!{parts[1]}/{parts[2]}"))


@pytest.mark.parametrize(
    "form",
    [ONLY_EXCLUDES, ALLOW_LIST, ONE_BACK],
    ids=["A: only excludes", "B: an allow list", "C: a directory, and one child back"],
)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_both_builders_agree_on_the_safe_forms(form: st.SearchStrategy[tuple[str, ...]], data: st.DataObject) -> None:
    tree, lines = data.draw(trees()), data.draw(form)
    text = "\n".join(lines)
    assert kept(tree, text, Dialect.BUILDAH) == kept(tree, text, Dialect.BUILDKIT)


@settings(max_examples=150, deadline=None)
@given(trees(), EXTENSIONS, st.data())
def test_both_builders_agree_on_an_extension_and_one_file_back(
    tree: tuple[str, ...], extension: str, data: st.DataObject
) -> None:
    """Form D. A directory whose name ends like a file's is no literal file."""
    files = [path for path in tree if not any(other.startswith(f"{path}/") for other in tree)]
    directories = set(tree) - set(files)
    assume(not any(path.endswith(f".{extension}") for path in directories))
    text = f"**/*.{extension}\n!{data.draw(st.sampled_from(files))}"
    assert kept(tree, text, Dialect.BUILDAH) == kept(tree, text, Dialect.BUILDKIT)


@settings(max_examples=300, deadline=None)
@given(trees(), st.lists(EXCLUDES | NAMES.map(lambda name: f"!{name}"), max_size=5), EXCLUDE_LISTS)
def test_what_may_be_appended_to_means_the_same_to_both_afterwards(
    tree: tuple[str, ...], lines: list[str], added: tuple[str, ...]
) -> None:
    def is_directory(path: str) -> bool:
        return any(other.startswith(f"{path}/") for other in tree)

    assume(appendable("\n".join(lines), is_directory))
    text = "\n".join((*lines, *added))
    assert kept(tree, text, Dialect.BUILDAH) == kept(tree, text, Dialect.BUILDKIT)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", True),
        ("# docs\n/docs/\n**/*.md\r\n", True),
        ("*.md\n!README.md\n", True),
        ("*\n!src\n!go.mod\n", True),
        ("*.md\n!src\n", False),
        ("docs\n!docs/keep.txt\n", False),
        ("**\n!**/*.py\n", False),
        ("*\n! src\n", False),
        ("a+b\n", False),
        (" /docs\n", False),
        ("\ufeff# docs\n", False),
    ],
)
def test_knows_where_excludes_may_be_appended(text: str, answer: bool) -> None:
    assert appendable(text, {"src", "docs"}.__contains__) is answer


@pytest.mark.parametrize("name", ["a b", ".env", "ä", "a-b_c.d", "a,b", "~x", "a@b", "docs/a"])
def test_plain_names_mean_themselves(name: str) -> None:
    assert literal(name)
    for dialect in Dialect:
        assert kept([name, "other"], name, dialect) == {"other"}


@pytest.mark.parametrize(
    "name", ["a+b", "(x)", "a|b", "{a}", "x^", "*", "a?", "[a]", "!a", "#a", "a\\b", " a", "a\n", ""]
)
def test_names_with_signs_are_not_taken_literally(name: str) -> None:
    assert not literal(name)
