from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.context import Context, DirectoryContext, Kind, MemoryContext, OverlayContext, normal
from optimizer.errors import InputError

FILES = {"a.txt": b"12345", "src/main.py": b"print()", "src/pkg/data": b"\xff\x00", "src-old": b"", "empty/": b""}


def on_disk(root: Path) -> DirectoryContext:
    for path, data in FILES.items():
        place = root / path
        if path.endswith("/"):
            place.mkdir(parents=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
    return DirectoryContext(root)


@pytest.fixture(params=["disk", "memory"])
def context(request: pytest.FixtureRequest, tmp_path: Path) -> Context:
    return on_disk(tmp_path) if request.param == "disk" else MemoryContext(FILES)


def test_lists_everything_with_parents_first(context: Context) -> None:
    assert [entry.path for entry in context.entries()] == [
        "a.txt",
        "empty",
        "src",
        "src-old",
        "src/main.py",
        "src/pkg",
        "src/pkg/data",
    ]


def test_knows_kind_and_size(context: Context) -> None:
    found = {entry.path: (entry.kind, entry.size) for entry in context.entries()}
    assert found["a.txt"] == (Kind.FILE, 5)
    assert found["src"] == (Kind.DIRECTORY, 0)
    assert found["empty"] == (Kind.DIRECTORY, 0)


def test_gets_one_entry_by_any_spelling_of_its_path(context: Context) -> None:
    for spelling in ("src/main.py", "/src/main.py", "./src//main.py", "src/pkg/../main.py", "../src/main.py"):
        entry = context.get(spelling)
        assert entry is not None
        assert entry.path == "src/main.py"
    assert context.get("src/nothing") is None


def test_reads_files_only(context: Context) -> None:
    assert context.read("src/pkg/data") == b"\xff\x00"
    assert context.read("src") is None
    assert context.read("nothing") is None


@pytest.mark.parametrize(("path", "size"), [("a.txt", 5), ("src", 9), ("src/pkg", 2), ("empty", 0), ("nothing", 0)])
def test_adds_up_what_lies_below(context: Context, path: str, size: int) -> None:
    assert context.size(path) == size


def test_the_history_of_git_is_counted_but_not_listed(tmp_path: Path) -> None:
    (tmp_path / ".git/objects").mkdir(parents=True)
    (tmp_path / ".git/objects/pack").write_bytes(b"x" * 1000)
    (tmp_path / ".git/HEAD").write_bytes(b"ref")
    context = DirectoryContext(tmp_path)
    assert [entry.path for entry in context.entries()] == [".git"]
    assert (context.size(".git"), context.size(".git/objects")) == (1003, 1000)


def test_links_are_listed_and_never_followed_out(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("secret")
    (tmp_path / "root").mkdir()
    (tmp_path / "root/out").symlink_to("../outside")
    (tmp_path / "root/loop").symlink_to(".")
    context = DirectoryContext(tmp_path / "root")
    assert {entry.path: entry.kind for entry in context.entries()} == {"loop": Kind.LINK, "out": Kind.LINK}
    assert context.read("out") is None


def test_a_context_that_is_no_directory_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="not a directory"):
        DirectoryContext(tmp_path / "file")
    with pytest.raises(InputError, match="no such build context"):
        DirectoryContext(tmp_path / "nothing")


def test_an_overlay_shows_written_files_in_their_places(context: Context) -> None:
    over = OverlayContext(context, {"a.txt": "ä", "src/new": "123"})
    assert over.read("a.txt") == "ä".encode()
    assert over.read("src/main.py") == b"print()"
    assert [entry.path for entry in over.entries() if entry.path.startswith("src/")] == [
        "src/main.py",
        "src/new",
        "src/pkg",
        "src/pkg/data",
    ]
    assert (over.size("a.txt"), over.size("src")) == (2, 12)
    new = over.get("src/new")
    assert new is not None
    assert (new.kind, new.size) == (Kind.FILE, 3)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("", ""), (".", ""), ("/", ""), ("..", ""), ("a/../../b", "b"), ("//a//b/", "a/b"), ("./a/.", "a")],
)
def test_a_path_never_leaves_the_context(path: str, expected: str) -> None:
    assert normal(path) == expected
