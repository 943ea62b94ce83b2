"""What passes offer and refuse: data only, no behaviour.

Safety is carried by each proposal. `Contract` says what a proposal may change in the built image; the proof judges the
real images against it without knowing why the pass thought so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from functools import cached_property
from typing import overload

from optimizer.ecosystems.trimming import Records as Records  # the judge takes it from here
from optimizer.text import Edit, Span


class Safety(IntEnum):
    """How far a proposal may go without further evidence."""

    SUGGESTION = 0
    """Shown, never applied."""
    NEEDS_PROOF = 1
    """Applied only after before and after were built and run."""
    SAFE = 2
    """Right for every base image and build context that meet the facts stated on the page of the pass."""


class Refusal(Enum):
    """Base of the reasons a pass gives for leaving a place alone. The value is the sentence that users read."""


@dataclass(frozen=True, slots=True)
class PathPattern:
    """Paths in an image: absolute, `*` stops at `/`, `**` does not; a directory covers all below it."""

    glob: str


class TraceRelation(Enum):
    """What must hold between the traces of before and after (see `optimizer.facts.trace`)."""

    EQUAL = "the same commands in the same order"
    COPIED = "the same commands in the same order, where a COPY stands for an ADD of local files"
    OWNED = "the same commands, where a COPY says the owner or mode that a command gave"
    ENTERED = "the same commands in the same directories, where WORKDIR stands for `cd`"
    CLEANS = "the same commands, and deletions of declared paths"
    MOUNTS = "the same commands, where a cache mount stands for deletions of the cache or flags that avoid it"
    TRIMS = "the same commands, but installs with declared options that make them bring less"
    TIDIES = "the same commands, and deletions of declared paths, which may stand elsewhere"
    LINKS = "the same commands, but links that leave debug information out, and calls of strip(1)"
    UNINSTALLS = "the same commands, but installs of packages further down, and packages removed where they were used"
    REORDERED = "the same commands, independent ones in another order"
    SORTED = "the same commands, and transfers to places apart in another order"
    DEFERRED = "the same commands, with variables that they do not name set later"
    REBASED = "the same commands on another base image, and installs that name more packages"
    RESPELLED = "the same commands, where CMD names the program that a shell would start"
    RESTAGED = "the same commands, spread over other stages"
    OPEN = "only the built images can tell"


@dataclass(frozen=True, slots=True)
class Unnamed:
    """Any package in these records may go but those `kept`: the ones that somebody asked for by name."""

    records: Records
    kept: frozenset[str]


@dataclass(frozen=True, slots=True)
class Respelled:
    """A CMD that starts the same program in another form, as image configurations have it before and after."""

    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """What may differ in the built image. Everything not named must stay as it was.

    `ignored` are context paths that no longer reach the build: their copies may be missing from the image.
    """

    trace: TraceRelation = TraceRelation.EQUAL
    removed: frozenset[PathPattern] = frozenset()
    changed: frozenset[PathPattern] = frozenset()
    added: frozenset[PathPattern] = frozenset()
    packages_removed: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    environment: frozenset[str] = frozenset()
    """Names of environment variables that may be added or get another value."""
    unset: frozenset[str] = frozenset()
    """Names of environment variables that may be missing."""
    shortened: frozenset[PathPattern] = frozenset()
    """Text files that may lose whole lines, and change in nothing else."""
    unnamed: frozenset[Unnamed] = frozenset()
    """Packages that may go though it is not known before the build which they are."""
    commands: frozenset[Respelled] = frozenset()
    """Forms in which CMD may be written instead. What then gets the signal to stop may stop by itself where it had to
    be killed."""

    def may_lack(self, records: Records, name: str) -> bool:
        """Whether a package may be missing."""
        return name in self.packages_removed or any(
            each.records is records and name not in each.kept for each in self.unnamed
        )


IDENTICAL = Contract()


@dataclass(frozen=True, slots=True)
class FileWrite:
    """A file beside the Containerfile that a proposal creates or replaces (an ignore file). Path is relative to the
    context root; `before` is None when the file does not exist yet."""

    path: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """One change that a pass offers.

    `at` is the place a reader should look at. `saves` are bytes known (from evidence or the context) to leave the
    image or the context; None when unknown. `alternatives` are tried in order when this one fails its proof.
    """

    rule: str
    at: Span
    title: str
    reason: str
    edits: tuple[Edit, ...]
    safety: Safety
    contract: Contract = IDENTICAL
    writes: tuple[FileWrite, ...] = ()
    saves: int | None = None
    alternatives: Sequence[Proposal] = field(default=(), compare=False)


class Later(Sequence[Proposal]):
    """Alternatives that are worked out when somebody asks for them: most often the first proposal passes."""

    def __init__(self, work_out: Callable[[], Sequence[Proposal]]) -> None:
        self._work_out = work_out

    @cached_property
    def _known(self) -> Sequence[Proposal]:
        return self._work_out()

    def __len__(self) -> int:
        return len(self._known)

    @overload
    def __getitem__(self, index: int) -> Proposal: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Proposal]: ...

    def __getitem__(self, index: int | slice) -> Proposal | Sequence[Proposal]:
        return self._known[index]


@dataclass(frozen=True, slots=True)
class Declined:
    """A place where a pass looked and refuses, with the reason."""

    rule: str
    at: Span
    why: Refusal
    detail: str = field(default="")


Finding = Proposal | Declined
