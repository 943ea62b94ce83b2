"""What a report is made of: one entry for each Containerfile, in the order of the command line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from optimizer.errors import Exit, OptimizerError
from optimizer.outcome import Outcome

STDIN = "Containerfile"


def shown(path: Path, root: Path) -> str:
    """A path as people should read it: relative to `root` if it lies below, else as it is."""
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


class Status(Enum):
    """How it stands with a Containerfile. The value is what users read."""

    UNCHANGED = "unchanged"
    WOULD_CHANGE = "would change"
    CHANGED = "changed"
    UNPROVEN = "not proven"
    FAILED = "failed"


class Saved(Enum):
    """Whether the rewritten files are on disk."""

    NO = "no"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Done:
    """A Containerfile that was worked on. `root` is the directory that names are relative to, `code` what
    `optimizer.optimize.exit_code` says of the outcome."""

    outcome: Outcome
    root: Path
    code: Exit = Exit.OK
    saved: Saved = Saved.NO

    @property
    def name(self) -> str:
        """The Containerfile's path as people should read it; a made-up name for standard input."""
        return STDIN if self.outcome.path == Path("-") else shown(self.outcome.path, self.root)

    def beside(self, path: str) -> str:
        """The same for a file of its build context, given relative to that."""
        context = self.outcome.context
        if context is None:
            return path
        near = self.outcome.path.parent
        return shown((near if near.resolve() == context else context) / path, self.root)

    @property
    def status(self) -> Status:
        """How it stands."""
        if self.code is Exit.UNPROVEN:
            return Status.UNPROVEN
        if not self.outcome.changed:
            return Status.UNCHANGED
        return Status.CHANGED if self.saved is Saved.YES else Status.WOULD_CHANGE


@dataclass(frozen=True, slots=True)
class Failed:
    """A Containerfile that could not be worked on, and why."""

    name: str
    error: OptimizerError

    @property
    def status(self) -> Status:
        """It failed."""
        return Status.FAILED


Entry = Done | Failed
