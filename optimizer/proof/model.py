"""What a proof is given and what it answers: data only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from optimizer.containers.model import ImageId, Step, Version


@dataclass(frozen=True, slots=True)
class Subject:
    """One side of a proof: the Containerfile's text and the text of the ignore file in force (None: there is none)."""

    text: str
    ignore: str | None


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms both sides are built and run. Build arguments and passed options may hold secrets."""

    context: Path
    target: str | None = None
    build_args: tuple[str, ...] = field(default=(), repr=False)
    passthrough: tuple[str, ...] = field(default=(), repr=False)
    smoke: Path | None = None
    """A file of user checks; None: checks are derived from the image configuration."""
    timeout: float = 1800.0
    """Seconds for one build."""


@dataclass(frozen=True, slots=True)
class InstructionCost:
    """What one instruction costs: bytes its layer holds (0 without a layer) and seconds to run it."""

    text: str
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Measure:
    """Figures of one built image. Sizes in bytes, the compressed one about so if it is `sampled`; `rebuild_seconds` is
    the build after one source edit, None when it was not measured. `build_seconds` counts only steps that really ran;
    `cached` tells how many did not."""

    unpacked: int
    compressed: int
    layers: int
    build_seconds: float
    rebuild_seconds: float | None
    cached: int
    instructions: tuple[InstructionCost, ...]
    sampled: bool = False


class Underway(Protocol):
    """A build that goes on in another thread."""

    def steps(self) -> Iterator[Step]:
        """Its steps, each as soon as it is finished, to the end of the build."""

    def over(self) -> bool:
        """Whether it has ended."""


Foresee = Callable[[Underway], Iterable[Subject]]
"""Tells what a candidate will probably be built with, while the original is built."""


class CheckKind(Enum):
    """How the behaviour of an image was looked at."""

    COMMAND = "runs to the end with the same exit code and output"
    ANSWERS = "answers the same requests in the same way"
    LISTENS = "listens on the same port"
    HEALTH = "its HEALTHCHECK succeeds"
    STOPS = "stops with the same exit code"
    FILES = "files and configuration named by a check"
    USER = "a check of the user"


class CheckResult(Enum):
    """How a check went on both sides."""

    PASSED = "passed"
    FAILED = "failed"
    ORIGINAL_FAILS = "fails on the original"
    CANNOT_FAIL = "passes even without the entry program"


@dataclass(frozen=True, slots=True)
class Check:
    """One check and its result. `detail` says what was compared, or what differed; never a secret or an answer."""

    kind: CheckKind
    name: str
    result: CheckResult
    detail: str = ""


class DifferenceKind(Enum):
    """In what two images differ."""

    CONFIG = "image configuration"
    PACKAGE = "installed packages"
    DEPENDENCY = "package dependencies"
    REMOVED = "path missing"
    ADDED = "path added"
    CHANGED = "path changed"
    LINKING = "dynamic linking"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference that no contract covers."""

    kind: DifferenceKind
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class Proven:
    """Built, compared and run: all that differs is allowed, and at least one check counts."""

    before: Measure
    after: Measure
    checks: tuple[Check, ...]
    compared_paths: int
    tools: tuple[Version, ...]
    platform: str


@dataclass(frozen=True, slots=True)
class Refuted:
    """The candidate is not what it should be; `build` holds the last lines when it did not even build."""

    differences: tuple[Difference, ...] = ()
    checks: tuple[Check, ...] = ()
    build: tuple[str, ...] = ()


class Doubt(Enum):
    """Why nothing could be proven. The value is the sentence that users read."""

    NO_CHECK = "no check passes on the original and can fail"
    DRIFT = "the original does not build the same twice"
    TIME = "the time limit was reached"


@dataclass(frozen=True, slots=True)
class Undecided:
    """No verdict. `hint` says which check to add or what to pin."""

    doubt: Doubt
    hint: str
    checks: tuple[Check, ...] = ()
    before: Measure | None = None
    after: Measure | None = None


Verdict = Proven | Refuted | Undecided


@dataclass(frozen=True, slots=True)
class BuiltOriginal:
    """The original as built: its image and its figures, or how to get them: to compress an image for its compressed
    size takes longer than to start reasoning about it."""

    image: ImageId
    figures: Measure | Callable[[], Measure]

    @property
    def measure(self) -> Measure:
        """The figures; waits for them."""
        return self.figures if isinstance(self.figures, Measure) else self.figures()
