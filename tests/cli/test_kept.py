"""Results on disk are a sequence like any other."""

from __future__ import annotations

import pickle
import tempfile

import pytest

from optimizer.cli.kept import Kept
from optimizer.errors import InputError


def kept(*items: object) -> Kept[object]:
    return Kept(map(pickle.dumps, items))


def test_items_come_back_in_order_as_often_as_they_are_asked_for() -> None:
    found = kept("one", (2, "zwei"), None)
    assert [*found] == [*found] == ["one", (2, "zwei"), None]
    assert (len(found), found[1], found[-1], found[1:]) == (3, (2, "zwei"), None, ((2, "zwei"), None))
    assert (2, "zwei") in found
    with pytest.raises(IndexError):
        found[3]


def test_two_can_read_at_a_time() -> None:
    found = kept(*range(5))
    assert list(zip(found, found, strict=True)) == [(number, number) for number in range(5)]


def test_nothing_is_a_sequence_too() -> None:
    assert not kept()


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, data: bytes) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    with pytest.raises(InputError, match="no room for results: no space left on device"):
        kept("one")
