"""How often what a COPY brings has changed, by the history of the repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from optimizer import history
from optimizer.facts import Facts
from optimizer.facts.copies import Taken


@dataclass(frozen=True, slots=True)
class Churn:
    """Commits that changed each path of the context; empty where no history is known."""

    commits: Mapping[str, int]

    @classmethod
    def derive(cls, facts: Facts) -> Self:
        """Ask git, once and only when a pass wants to know."""
        root = facts.context.root if facts.context is not None else None
        return cls({} if root is None else history.changes(root))

    def of(self, taken: Taken) -> int:
        """Changes of the files that a COPY brings, each file of each commit counted."""
        return sum(count for path, count in self.commits.items() if taken.takes(path))
