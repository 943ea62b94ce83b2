"""What a user asks of the passes, apart from which of them run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum


class MergePolicy(Enum):
    """Which neighbouring RUNs are joined."""

    PAYS = "pays"
    """Those of one installation step, and with evidence those that save bytes; only in stages that ship."""
    ALL = "all"
    """Every pair that may be joined without changing what runs."""
    NEVER = "never"


class RuntimeBase(Enum):
    """Which images may become the base of a runtime stage."""

    OFFICIAL = "official"
    """Official images, and none at all for static programs."""
    DISTROLESS = "distroless"
    """Images without a shell, too: nobody can look around in such a container."""


class CleanupStyle(Enum):
    """How caches are kept out of layers."""

    PURGE = "purge"
    """They are emptied, or not filled, in the RUN that would leave them."""
    MOUNT = "mount"
    """They lie on mounts that builds share (`RUN --mount=type=cache`); emptied where no mount is certain to fit."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Wishes that change what passes offer. `build_args` are the names and values given for ARG, `today` is the day by
    which an end of life is judged; None: nothing is said of it."""

    merge: MergePolicy = MergePolicy.PAYS
    cleanup: CleanupStyle = CleanupStyle.PURGE
    target: str | None = None
    build_args: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    today: date | None = None
    runtime_base: RuntimeBase = RuntimeBase.OFFICIAL
