"""Outcomes made by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from optimizer.containers.model import Version
from optimizer.errors import Exit, OriginalFails
from optimizer.outcome import Attempt, Decided, Fate, Outcome, Refused
from optimizer.proof.model import (
    Check,
    CheckKind,
    CheckResult,
    Difference,
    DifferenceKind,
    Doubt,
    InstructionCost,
    Measure,
    Proven,
    Refuted,
    Undecided,
    Verdict,
)
from optimizer.proposal import Declined, FileWrite, Proposal, Refusal, Safety
from optimizer.report.entry import Done, Failed, Saved
from optimizer.text import Position, Span

ROOT = Path("/srv/shop")
BEFORE = "FROM debian\nRUN apt-get update\nRUN apt-get install -y curl\nCOPY . /app\n"
AFTER = "FROM debian\nRUN apt-get update \\\n && apt-get install -y curl\nCOPY . /app\n"
PASSED = Check(CheckKind.ANSWERS, "GET / on port 8000", CheckResult.PASSED, "3 requests")
UNCOUNTED = Check(CheckKind.HEALTH, "curl -f localhost", CheckResult.ORIGINAL_FAILS)
TOOLS = (Version("buildah", 1, 28, "1.28.2"), Version("podman", 4, 3, "4.3.1"))


class Why(Refusal):
    """Reasons of a pass that does not exist."""

    APART = "the two RUNs do not belong together"
    CACHED = "a cache mount keeps it out of the image"


def proposal(rule: str, title: str, *, saves: int | None = None, safety: Safety = Safety.SAFE) -> Proposal:
    return Proposal(rule, Span(0, 1), title, f"because of {title}", (), safety, saves=saves)


JOIN = Decided(proposal("merge_runs", "join with the RUN above"), Position(3, 1), Fate.APPLIED)
SPLIT = Decided(
    proposal("split_stages", "build apart", saves=513_000_000, safety=Safety.NEEDS_PROOF),
    Position(1, 1),
    Fate.NEEDS_PROOF,
)
REFUSED = (
    Refused(Declined("merge_runs", Span(0, 1), Why.APART), Position(9, 1)),
    Refused(Declined("merge_runs", Span(0, 1), Why.APART, "USER differs"), Position(2, 1)),
    Refused(Declined("append_cache_cleanup", Span(0, 1), Why.CACHED), Position(7, 1)),
)


def measure(unpacked: int, *, cached: int = 0, rebuild: float | None = 41.0) -> Measure:
    costs = (InstructionCost("RUN make", 100, 1.5),)
    return Measure(unpacked, unpacked // 3, 12, 84.12, rebuild, cached, costs)


PROVEN = Proven(measure(881_200_000), measure(368_000_000), (PASSED, UNCOUNTED), 12345, TOOLS, "linux/amd64")
UNDECIDED = Undecided(Doubt.NO_CHECK, "name a check with --smoke", (UNCOUNTED,), measure(10**6), measure(9 * 10**5))
REFUTED = Refuted((Difference(DifferenceKind.LINKING, "/usr/lib/_x.so", "needs libpq.so.5"),), (), ())
NO_BUILD = Refuted(build=("STEP 4: RUN make", "make: cc: not found"))


def outcome(
    *decided: Decided,
    before: str = BEFORE,
    after: str = AFTER,
    path: Path = ROOT / "app" / "Containerfile",
    writes: tuple[FileWrite, ...] = (),
    refused: tuple[Refused, ...] = (),
    verdict: Verdict | None = None,
) -> Outcome:
    return Outcome(path, before, after, writes, path.parent, decided, refused, (), verdict)


def unchanged() -> Done:
    return Done(outcome(after=BEFORE), ROOT)


def dry() -> Done:
    """A dry run: one safe change, one that needs a proof, three refusals."""
    return Done(outcome(JOIN, SPLIT, refused=REFUSED), ROOT)


def proven(verdict: Proven = PROVEN) -> Done:
    """Proven and written, after one change was withdrawn."""
    changes = (
        replace(JOIN, fate=Fate.PROVEN, because="join all: path removed: /x"),
        replace(SPLIT, fate=Fate.WITHDRAWN, because="dynamic linking: /usr/lib/_x.so"),
    )
    attempts = (Attempt(("merge_runs", "split_stages"), REFUTED), Attempt(("merge_runs",), verdict))
    return Done(replace(outcome(*changes, verdict=verdict), attempts=attempts), ROOT, Exit.OK, Saved.YES)


def unproven(verdict: Verdict) -> Done:
    return Done(outcome(replace(JOIN, fate=Fate.WITHDRAWN), after=BEFORE, verdict=verdict), ROOT, Exit.UNPROVEN)


def failed() -> Failed:
    tail = ("STEP 2/3: RUN fals", "/bin/sh: fals: not found")
    error = OriginalFails("the original does not build", tail=tail, at=Position(2, 1), hint="build it without optimize")
    return Failed("b/Dockerfile", error)
