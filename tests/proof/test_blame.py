from __future__ import annotations

import math
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from optimizer.proof.blame import culprits

ITEMS = st.lists(st.integers(0, 40), unique=True, min_size=1, max_size=20)


class Builds:
    """Counts how often it is asked. A candidate holds if it has none of the guilty sets in it as a whole."""

    def __init__(self, *guilty: set[int]) -> None:
        self.guilty = guilty
        self.asked: list[tuple[int, ...]] = []

    def __call__(self, kept: Sequence[int]) -> bool:
        self.asked.append(tuple(kept))
        return not any(group <= set(kept) for group in self.guilty)


@given(ITEMS, st.data())
def test_what_is_kept_holds_and_nothing_can_be_taken_back(items: list[int], data: st.DataObject) -> None:
    groups = data.draw(st.lists(st.sets(st.sampled_from(items), min_size=1, max_size=3), min_size=1, max_size=4))
    builds = Builds(*groups)
    withdrawn = culprits(items, builds)
    kept = [item for item in items if item not in withdrawn]
    assert builds(kept)
    for item in withdrawn:
        assert not builds([*kept, item])


@given(ITEMS, st.functions(like=lambda kept: ..., returns=st.booleans(), pure=True))
def test_what_is_kept_was_asked_for_whatever_the_judge_says(items: list[int], verdict: object) -> None:
    said: dict[tuple[int, ...], bool] = {}

    def holds(kept: Sequence[int]) -> bool:
        assert callable(verdict)
        return said.setdefault(tuple(kept), bool(verdict(tuple(kept))))

    withdrawn = culprits(items, holds)
    kept = tuple(item for item in items if item not in withdrawn)
    assert not kept or said[kept]


@given(ITEMS, st.data())
def test_one_culprit_costs_the_logarithm(items: list[int], data: st.DataObject) -> None:
    guilty = data.draw(st.sampled_from(items))
    builds = Builds({guilty})
    assert culprits(items, builds) == (guilty,)
    assert len(builds.asked) <= 2 * math.ceil(math.log2(len(items))) + 1


def test_a_right_suspicion_saves_builds() -> None:
    items = list(range(16))
    builds = Builds({11})
    assert culprits(items, builds, suspects=[11]) == (11,)
    assert builds.asked == [tuple(items), tuple(item for item in items if item != 11)]


def test_a_wrong_suspicion_does_no_harm() -> None:
    assert culprits(list(range(8)), Builds({2}), suspects=[5]) == (2,)


def test_nobody_is_guilty_of_what_holds() -> None:
    assert culprits([1, 2], Builds()) == ()


def test_kept_items_stay_in_their_order() -> None:
    builds = Builds({7, 3})
    culprits([9, 7, 5, 3, 1], builds)
    assert all(list(asked) == sorted(asked, reverse=True) for asked in builds.asked)
