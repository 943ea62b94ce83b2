"""Nothing is ever lost, whatever the text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from nasty import any_text, nasty_file

from optimizer.containerfile.nodes import Containerfile, Instruction, Onbuild, PartKind
from optimizer.containerfile.parser import parse
from optimizer.text import Span, decode, encode


def assert_tiles(file: Containerfile) -> None:
    """Head, blocks and tail follow one another without gap or overlap, and so do the parts of a block."""
    tiles = list(file.tiles())
    assert tiles[0].start == 0
    assert tiles[-1].end == len(file.text)
    assert all(left.end == right.start for left, right in pairwise(tiles))
    for instruction in file.instructions:
        spans = [instruction.leading, *(part.span for part in instruction.parts)]
        assert all(left.end == right.start for left, right in pairwise(spans))
        assert spans[-1].end == instruction.block.end
        assert all(len(part.span) for part in instruction.parts)
        assert instruction.block.contains(instruction.span)


def assert_positions(file: Containerfile, instruction: Instruction) -> None:
    """Every logical character is the source character it says it came from."""
    logical = instruction.logical
    assert all(file.text[logical.at(offset)] == char for offset, char in enumerate(logical.text))
    assert [piece.logical for piece in logical.pieces] == sorted({piece.logical for piece in logical.pieces})
    middle = len(logical.text) // 2
    part = logical.slice(Span(middle, len(logical.text)))
    assert part.text == logical.text[middle:]
    assert all(part.at(offset) == logical.at(middle + offset) for offset in range(len(part.text)))
    if isinstance(instruction, Onbuild):
        assert_positions(file, instruction.inner)


def assert_lossless(text: str) -> None:
    file = parse(text)
    assert file.render() == text
    assert_tiles(file)
    for instruction in file.instructions:
        assert_positions(file, instruction)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_text)
def test_any_text_round_trips(text: str) -> None:
    assert_lossless(text)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(nasty_file)
def test_made_up_files_round_trip(text: str) -> None:
    assert_lossless(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("\ufeff", id="byte-order-mark-only"),
        pytest.param("\n", id="newline-only"),
        pytest.param("# c", id="comment-only"),
        pytest.param("\\", id="escape-only"),
        pytest.param("\\\n\\\n", id="escapes-only"),
        pytest.param("FROM a\r\nRUN b \\\n c\r\n\nUSER d", id="mixed-newlines"),
        pytest.param("FROM a\rRUN b\r", id="lone-carriage-returns"),
        pytest.param("FROM a\nRUN \x00 b\x00\n", id="nul"),
        pytest.param("FROM a\nRUN <<EOF\nno end", id="unterminated-heredoc"),
        pytest.param("FROM a\nRUN <<EOF", id="unterminated-heredoc-without-newline"),
        pytest.param("RUN " + "x" * 60_000 + "\n", id="long-line"),
        pytest.param("RUN " + "x \\\n" * 5_000, id="many-continuations"),
        pytest.param("CMD " + "[" * 50_000, id="deep-json"),
        pytest.param("RUN <<" + "${a:-" * 20_000, id="deep-substitution"),
        pytest.param("ENV a=" + "'" * 10_001, id="many-quotes"),
        pytest.param("CMD [" + "9" * 10_000 + "]", id="long-number"),
    ],
)
def test_extremes_round_trip(text: str) -> None:
    file = parse(text)
    assert file.render() == text
    assert_tiles(file)


@given(any_text.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_bytes_round_trip(data: bytes) -> None:
    assert encode(parse(decode(data)).render()) == data


def test_a_block_carries_its_comments_and_its_newline() -> None:
    file = parse("FROM a\n\n# why\nRUN b \\\n  # inner\n  c\n# tail\n")
    run = file.instructions[1]
    assert run.block.of(file.text) == "\n# why\nRUN b \\\n  # inner\n  c\n"
    assert run.leading.of(file.text) == "\n# why\n"
    assert run.span.of(file.text) == "RUN b \\\n  # inner\n  c"
    assert [part.kind for part in run.parts] == [PartKind.TEXT, PartKind.COMMENT, PartKind.TEXT]
    assert file.tail.of(file.text) == "# tail\n"


def test_the_head_is_the_byte_order_mark_and_the_directives() -> None:
    file = parse("\ufeff# syntax=x\n# check=skip=all\n# c\nFROM a\n")
    assert file.head.of(file.text) == "\ufeff# syntax=x\n# check=skip=all\n"
    assert [(directive.kind.value, directive.value) for directive in file.directives] == [
        ("syntax", "x"),
        ("check", "skip=all"),
    ]
    assert file.instructions[0].leading.of(file.text) == "# c\n"


@pytest.mark.parametrize(
    ("text", "newline"),
    [("a\nb\n", "\n"), ("a\r\nb\r\n", "\r\n"), ("a\r\nb\n", "\n"), ("a\r\nb\r\nc\n", "\r\n"), ("", "\n")],
)
def test_the_newline_is_the_one_used_most(text: str, newline: str) -> None:
    assert parse(text).newline == newline
