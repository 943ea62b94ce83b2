"""What of the context is not under version control on purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from optimizer import history
from optimizer.facts import Facts


@dataclass(frozen=True, slots=True)
class Unversioned:
    """Topmost context paths that a `.gitignore` keeps out of the repository: a fresh clone builds without them."""

    paths: tuple[str, ...]

    @classmethod
    def derive(cls, facts: Facts) -> Self:
        """Ask git, once and only when a pass wants to know."""
        root = facts.context.root if facts.context is not None else None
        return cls(() if root is None else history.ignored(root))
