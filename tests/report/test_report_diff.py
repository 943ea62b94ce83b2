"""Diffs that two independent programs carry out byte for byte."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.proposal import FileWrite
from optimizer.report.diff import Kind, Line, coloured, count, of_entry, of_file, plain
from optimizer.report.entry import Done
from optimizer.text import decode, encode
from tests.report.build import AFTER, ROOT, dry, outcome, unchanged

Apply = Callable[[Path, bytes], None]


def git_apply(directory: Path, patch: bytes) -> None:
    subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], cwd=directory, input=patch, check=True)


def gnu_patch(directory: Path, patch: bytes) -> None:
    command = ["patch", "-p1", "--quiet", "--fuzz=0", "--no-backup-if-mismatch"]
    subprocess.run(command, cwd=directory, input=patch, check=True)


TOOLS = [
    pytest.param(git_apply, id="git", marks=pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")),
    pytest.param(
        gnu_patch, id="patch", marks=pytest.mark.skipif(not shutil.which("patch"), reason="patch is not installed")
    ),
]
LONG = b"".join(b"RUN step %d\n" % number for number in range(400))
CHANGES = {
    "a line": (b"FROM a\nRUN b\n", b"FROM a\nRUN c\n"),
    "two far apart": (LONG, LONG.replace(b"step 3\n", b"x\n").replace(b"step 390\n", b"y\nz\n")),
    "no final newline before": (b"FROM a\nRUN b", b"FROM a\nRUN c\n"),
    "no final newline after": (b"FROM a\nRUN b\n", b"FROM a\nRUN c"),
    "no final newline at all": (b"FROM a\nRUN b", b"FROM x\nRUN b"),
    "CRLF": (b"FROM a\r\nRUN b\r\nRUN c\r\n", b"FROM a\r\nRUN b && c\r\n"),
    "mixed line ends": (b"FROM a\nRUN b\r\nRUN c\rd\n", b"FROM a\nRUN b\nRUN c\rx\n"),
    "byte order mark": (b"\xef\xbb\xbfFROM a\nRUN b\n", b"\xef\xbb\xbfFROM x\nRUN b\n"),
    "not UTF-8": (b"FROM a\nRUN \xff\xfe\n", b"FROM a\nRUN \xff\xfd\n"),
    "form feed and other line ends of Unicode": (b"RUN \x0c a\xe2\x80\xa8b\x0b\n", b"RUN \x0c a\xe2\x80\xa8c\x0b\n"),
    "lines that look like a diff": (b"--- a\n+++ b\n@@ -1 +1 @@\n", b"--- a\n+++ c\n@@ -1 +1 @@\n"),
    "blank lines": (b"\n\n\nRUN b\n\n\n", b"\n\nRUN b\n\n\n\n"),
    "from empty": (b"", b"FROM a\n"),
}
NAMES = ["Containerfile", "app/my Containerfile", "Größe/Containerfile", 'a"b\\c/Containerfile', "tab\there"]


@pytest.mark.parametrize("apply", TOOLS)
@pytest.mark.parametrize("before, after", CHANGES.values(), ids=CHANGES.keys())
def test_applies_byte_for_byte(tmp_path: Path, apply: Apply, before: bytes, after: bytes) -> None:
    (tmp_path / "Containerfile").write_bytes(before)
    apply(tmp_path, encode(plain(of_file("Containerfile", decode(before), decode(after)))))
    assert (tmp_path / "Containerfile").read_bytes() == after


@pytest.mark.parametrize("apply", TOOLS)
@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_found(tmp_path: Path, apply: Apply, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"FROM a\n")
    apply(tmp_path, encode(plain(of_file(name, "FROM a\n", "FROM b\n"))))
    assert (tmp_path / name).read_bytes() == b"FROM b\n"


@pytest.mark.parametrize("apply", TOOLS)
def test_a_new_file_is_made(tmp_path: Path, apply: Apply) -> None:
    apply(tmp_path, encode(plain(of_file("app/.containerignore", None, ".git\n*.pyc"))))
    assert (tmp_path / "app" / ".containerignore").read_bytes() == b".git\n*.pyc"


LINES = st.lists(st.sampled_from(["FROM a", "RUN b", "", "\r", "--- x", "\\ No newline"]), max_size=24)
TEXTS = st.builds(lambda lines, end: "\n".join(lines) + end, LINES, st.sampled_from(["", "\n"]))


def carried_out(before: str, lines: tuple[Line, ...]) -> str:
    """What `before` becomes, by the definition of the format."""
    old = [*io.StringIO(before, newline="\n")]
    new: list[str] = []
    at = 0
    for line, after in pairwise((*lines, Line(Kind.PLACE, "@@ -0,0"))):
        end = "" if after.kind is Kind.NOTE else "\n"
        match line.kind:
            case Kind.PLACE:
                start, _, length = line.text.split()[1].lstrip("-").partition(",")
                begin = int(start) - (length != "0")
                new += old[at:begin]
                at = begin
            case Kind.KEPT | Kind.REMOVED:
                assert old[at] == line.text[1:] + end
                new += [old[at]] if line.kind is Kind.KEPT else []
                at += 1
            case Kind.ADDED:
                new.append(line.text[1:] + end)
    return "".join(new + old[at:])


@given(TEXTS, TEXTS)
def test_a_diff_makes_one_text_of_the_other(before: str, after: str) -> None:
    lines = of_file("x", before, after)
    assert carried_out(before, lines) == after
    assert (lines == ()) == (before == after)


def test_the_names_are_relative_to_where_people_stand() -> None:
    write = FileWrite(".containerignore", None, ".git\n")
    patch = plain(of_entry(Done(outcome(writes=(write,)), ROOT)))
    names = [line for line in patch.splitlines() if line.startswith(("---", "+++"))]
    assert names == [
        "--- /dev/null",
        "+++ b/app/.containerignore",
        "--- a/app/Containerfile",
        "+++ b/app/Containerfile",
    ]


def test_a_file_elsewhere_has_its_whole_path_without_the_first_slash() -> None:
    patch = plain(of_entry(Done(outcome(path=Path("/etc/x/Containerfile")), ROOT)))
    assert patch.startswith("--- a/etc/x/Containerfile\n")


def test_standard_input_is_named_containerfile() -> None:
    assert plain(of_entry(Done(outcome(path=Path("-")), ROOT))).startswith("--- a/Containerfile\n")


def test_nothing_to_change_is_no_diff() -> None:
    assert of_entry(unchanged()) == ()


def test_a_terminal_sees_colours_but_no_control_characters_of_the_file() -> None:
    shown = coloured(of_file("x", "RUN a\r\n", "RUN \x1b[2J\u202e\x9bb\n"))
    assert "\x1b[31m-RUN a^M\x1b[m\n" in shown
    assert "\x1b[32m+RUN ^[[2J<U+202E><9B>b\x1b[m\n" in shown


def test_lines_are_counted() -> None:
    assert count(of_entry(dry())) == "+2 -2"
    assert AFTER.count("\n") == 4
