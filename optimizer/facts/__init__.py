"""Facts derived once from the tree and the build context, asked for by type: `facts[States]`.

A fact is a class with a `derive` class method. It is computed when first asked for and kept; it never changes, since
neither the tree nor the context does. Facts may build on one another but never in a circle.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, Self, TypeVar, cast

from optimizer.containerfile.nodes import Containerfile
from optimizer.context import Context
from optimizer.policy import Policy


class Fact(Protocol):
    """Anything that can be derived from a file, its context and the user's wishes."""

    @classmethod
    def derive(cls, facts: Facts) -> Self:
        """Compute it; called once."""


FactT = TypeVar("FactT", bound=Fact)
GivenT = TypeVar("GivenT")


class Facts:
    """One Containerfile and all that is known about it. `context` is None when there is none (standard input)."""

    def __init__(
        self,
        file: Containerfile,
        *,
        context: Context | None = None,
        path: Path | None = None,
        policy: Policy | None = None,
        known: tuple[object, ...] = (),
    ) -> None:
        self.file = file
        self.context = context
        self.path = path
        """Where the Containerfile lies on disk, absolute; None for standard input."""
        self.policy = policy or Policy()
        self._facts: dict[type[object], object] = {type(each): each for each in known}

    def __getitem__(self, kind: type[FactT]) -> FactT:
        if kind not in self._facts:
            self._facts[kind] = kind.derive(self)
        return cast(FactT, self._facts[kind])

    def known(self, kind: type[GivenT]) -> GivenT | None:
        """What was handed in from outside (evidence); None when it was not. Never derived."""
        return cast("GivenT | None", self._facts.get(kind))
