"""Edits change what they claim and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.text import (
    Edit,
    LineIndex,
    Origins,
    OverlappingEdits,
    Position,
    Span,
    apply,
    cut,
    decode,
    encode,
    insert,
)


@given(st.binary(max_size=300))
def test_any_bytes_survive(data: bytes) -> None:
    assert encode(decode(data)) == data


def test_edits_are_given_in_offsets_of_the_old_text() -> None:
    assert apply("abcdef", [cut(Span(4, 5)), insert(0, ">"), Edit(Span(1, 3), "XYZ")]) == ">aXYZdf"


def test_insertions_at_one_place_keep_their_order() -> None:
    assert apply("ab", [insert(1, "1"), insert(1, "2")]) == "a12b"


@pytest.mark.parametrize("edits", [[cut(Span(0, 2)), cut(Span(1, 3))], [cut(Span(0, 2)), insert(1, "x")]])
def test_two_claims_to_one_character_are_an_error(edits: list[Edit]) -> None:
    with pytest.raises(OverlappingEdits):
        apply("abc", edits)


def test_an_edit_outside_is_an_error() -> None:
    with pytest.raises(ValueError, match="outside"):
        apply("abc", [cut(Span(2, 5))])


@pytest.mark.parametrize(("start", "end"), [(-1, 0), (3, 2)])
def test_a_span_runs_forwards(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a span"):
        Span(start, end)


def test_lines_and_columns_count_from_one_and_only_newlines_end_a_line() -> None:
    index = LineIndex("a\r\nb\rc\n")
    assert [index.position(at) for at in (0, 3, 5, 7)] == [
        Position(1, 1),
        Position(2, 1),
        Position(2, 3),
        Position(3, 1),
    ]


@given(st.text("abcdef", min_size=1, max_size=30), st.data())
def test_what_an_edit_left_alone_knows_where_it_came_from(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(at, len(text)))
    edit = Edit(Span(at, end), data.draw(st.text("XYZ", max_size=5)))
    after = apply(text, [edit])
    origins = Origins().then([edit])
    for offset, character in enumerate(after):
        if character not in "XYZ":
            assert text[origins.back(offset)] == character


def test_origins_go_through_several_batches() -> None:
    first, second = [insert(0, "1234")], [cut(Span(0, 2))]
    assert apply(apply("abc", first), second) == "34abc"
    assert Origins().then(first).then(second).back(2) == 0
    assert Origins().then(first).then(second).back(4) == 2
