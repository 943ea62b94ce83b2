"""What the goldens cannot show: a file without any context, and what stays ADD beside what does not."""

from __future__ import annotations

import pytest

from optimizer.context import Context, MemoryContext
from optimizer.engine import Rewrite, Source, run
from optimizer.passes.add_to_copy import Why, add_to_copy
from optimizer.selection import Selection


def rewrite(line: str, context: Context | None = None) -> Rewrite:
    """The result for a stage of one instruction."""
    found = run(Source(f"FROM debian\n{line}\n", None, context), (add_to_copy,), Selection())
    assert found.bugs == ()
    return found


def after(line: str, context: Context | None = None) -> str:
    return rewrite(line, context).text.removeprefix("FROM debian\n").rstrip("\n")


@pytest.mark.parametrize("source", [".", "./", "src/", "a.py", "'a.py'", "*.py", "./a-*.json", "lib/$V.jar", "\\$V.py"])
def test_says_copy_without_a_context(source: str) -> None:
    assert after(f"ADD {source} /x/") == f"COPY {source} /x/"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("rootfs", Why.UNKNOWN),
        ("dir/*", Why.UNKNOWN),
        ("a*", Why.UNKNOWN),
        ("**/x.py", Why.UNKNOWN),
        ("x.py.*", Why.UNKNOWN),
        ("a.tar.gz", Why.ARCHIVE),
        ("*.tgz", Why.ARCHIVE),
        ("HTTPS://example.org/a.py", Why.REMOTE),
        ("me@example.org:a.py", Why.REMOTE),
        ("github.com/a/b.py", Why.REMOTE),
        ("'https://example.org/$X/a.py'", Why.REMOTE),
        ("$V/a.py", Why.VARIABLE),
        ("lib/x.$V", Why.VARIABLE),
        ("lib/x$V", Why.VARIABLE),
        ("'a.py", Why.VARIABLE),
    ],
)
def test_leaves_what_is_not_certain(source: str, why: Why) -> None:
    found = rewrite(f"ADD {source} /x/")
    assert [each.declined.why for each in found.refused] == [why]
    assert found.applied == ()


def test_one_bad_source_keeps_the_instruction() -> None:
    context = MemoryContext({"a.txt": b"text", "b.txt": b"\x28\xb5\x2f\xfd"})
    assert after("ADD a.txt b.txt /x/", context) == "ADD a.txt b.txt /x/"
    assert after("ADD a.txt /x/", context) == "COPY a.txt /x/"


def test_a_variable_in_the_destination_does_not_matter() -> None:
    assert after("ADD a.txt $HOME/") == "COPY a.txt $HOME/"


def test_a_pattern_that_matches_something_is_judged_by_what_it_matches() -> None:
    assert after("ADD dir/* /x/", MemoryContext({"dir/a": b"text"})) == "COPY dir/* /x/"
    assert after("ADD *.txt /x/", MemoryContext({"a.txt": b"\x1f\x9d"})) == "ADD *.txt /x/"
