"""Which of several changes broke the whole: group testing by halves, as delta debugging does.

After A. Zeller and R. Hildebrandt, Simplifying and Isolating Failure-Inducing Input, IEEE TSE 28(2), 2002. Each
question costs a build, so a single culprit among n is found with about log2(n) questions, not n.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def culprits(items: Sequence[T], holds: Callable[[Sequence[T]], bool], suspects: Sequence[T] = ()) -> tuple[T, ...]:
    """The items to withdraw so that `holds` is true of the rest, in the order of `items`.

    `holds` is asked with subsequences of `items`; that of nothing at all is taken for granted (it is the original).
    The rest was asked and holds, whatever `holds` is. If a part of what holds holds too, no withdrawn item can be
    taken back. `suspects` are withdrawn first: if that is enough, the others are never looked at one by one.
    """
    if holds(items):
        return ()
    order = list(range(len(items)))
    under_suspicion = {place for place in order if items[place] in suspects}
    search = _Search(items, holds)
    trusted = [place for place in order if place not in under_suspicion]
    if under_suspicion and trusted and search.accept(trusted):
        guilty = search.blame(sorted(under_suspicion))
    else:
        guilty = search.blame(order)
    return tuple(items[place] for place in sorted(guilty))


class _Search:
    """Grows a set of places that is known to hold."""

    def __init__(self, items: Sequence[T], holds: Callable[[Sequence[T]], bool]) -> None:
        self._ask: Callable[[frozenset[int]], bool] = lambda places: holds([items[place] for place in sorted(places)])
        self._kept: frozenset[int] = frozenset()

    def accept(self, places: Sequence[int]) -> bool:
        """Keep the places if what is kept holds with them."""
        more = self._kept.union(places)
        if not self._ask(more):
            return False
        self._kept = more
        return True

    def blame(self, places: Sequence[int]) -> list[int]:
        """Keep as many of the places as hold; the others. It is known that not all of them do."""
        if len(places) == 1:
            return list(places)
        left, right = places[: len(places) // 2], places[len(places) // 2 :]
        guilty = [] if self.accept(left) else self.blame(left)
        # If all of the left is kept, the right cannot hold: all together do not.
        if not guilty or not self.accept(right):
            guilty = [*guilty, *self.blame(right)]
        return guilty
