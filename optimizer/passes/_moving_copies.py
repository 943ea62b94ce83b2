"""How far COPYs may be moved down, and what the installations that they pass read of them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import unique

from optimizer.containerfile.nodes import (
    Add,
    Arg,
    Copy,
    Env,
    Instruction,
    Run,
    Workdir,
)
from optimizer.containerfile.stages import Stage
from optimizer.containerfile.words import variables
from optimizer.context import MemoryContext
from optimizer.ecosystems.verbs import ADDING
from optimizer.facts import Facts
from optimizer.facts.copies import Taken
from optimizer.facts.invocations import Invocations
from optimizer.facts.manifest import Obstacle
from optimizer.facts.states import States
from optimizer.passes._arrival import arrives
from optimizer.passes._moving import fetches
from optimizer.passes._places import is_below, is_shared
from optimizer.passes._reading import Unclear, reading
from optimizer.passes._settings import SETTINGS
from optimizer.proposal import Refusal

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/@+")


@unique
class Why(Refusal):
    """Why sources stay before an installation."""

    PROJECT_CODE = "the installation runs the project's own code"
    LOCAL = "the installation brings something from a directory of the project"
    UNREADABLE = "what the installation reads cannot be told from its manifests"
    MISSING = "a file that the installation reads is not in the context, or is ignored"
    COMMAND = "another command beside the installation may read what is copied"
    WRITTEN = "the context holds what the installation writes, so a later COPY would replace it"
    DESTINATION = "it is copied to where others have files, or to a directory that is not known"
    FLAG = "the COPY has a flag that means something else for single files"
    MANY = "it would take more COPY lines than anybody wants to read"
    BETWEEN = "an instruction between the COPY and the installation depends on their order"


_OF_OBSTACLE = {
    Obstacle.PROJECT_CODE: Why.PROJECT_CODE,
    Obstacle.LOCAL: Why.LOCAL,
    Obstacle.UNREADABLE: Why.UNREADABLE,
    Obstacle.MISSING: Why.MISSING,
}


@dataclass(slots=True)
class Scan:
    """What lies behind a COPY, as far as it may be moved: the COPYs that go with it, the RUNs that they pass, and why
    it goes no further."""

    copies: list[Taken]
    behind: list[int]
    """How many of the RUNs stand before each of the COPYs."""
    passed: list[Run]
    reads: list[set[tuple[int, str]]]
    """For each RUN the context paths that it reads, each with the number of the COPY by which it sees it."""
    certain: bool
    stop: Why | None
    end: int
    """The index in the stage at which it ends."""
    later: int | None = None
    """The index of the first COPY that joined behind a RUN."""

    def keep(self, passed: int) -> None:
        """Forget all RUNs but the first, and the COPYs behind these."""
        if passed:
            self.copies = [copy for copy, before in zip(self.copies, self.behind, strict=True) if before < passed]
        self.behind = self.behind[: len(self.copies)]
        self.passed, self.reads = self.passed[:passed], self.reads[:passed]

    def groups(self) -> Iterator[tuple[int, int, set[tuple[int, str]]]]:
        """For COPYs that stand together the number of the first, that of the RUN that first reads from one of them, and
        what is read from them."""
        for before in sorted(set(self.behind)):
            mine = {number for number, each in enumerate(self.behind) if each == before}
            reads = [{each for each in found if each[0] in mine} for found in self.reads]
            first = next((at for at, found in enumerate(reads) if found), None)
            if first is not None:
                yield min(mine), first, set().union(*reads)


def scan_from(stage: Stage, at: int, broad: Mapping[int, Taken], facts: Facts) -> Scan:
    """What the COPY at an index of a stage, and those that go with it, may be moved behind."""
    return _paying(_scan(stage, at, broad, facts), facts)


def _scan(stage: Stage, at: int, broad: Mapping[int, Taken], facts: Facts) -> Scan:
    scan = Scan([], [], [], [], True, None, at)
    for index, instruction in enumerate(stage.instructions[at:], at):
        scan.end = index
        taken = broad.get(instruction.span.start)
        if isinstance(instruction, Copy) and taken is not None:
            scan.stop = _unfit(instruction, taken, facts)
            if scan.stop is not None and scan.passed:
                scan.stop = None
                return scan
            if scan.stop is not None:
                later = any(_installs(each, facts) for each in stage.instructions[index:])
                scan.stop = scan.stop if later else None
                scan.end = index + 1
                return scan
            scan.copies.append(taken)
            scan.behind.append(len(scan.passed))
            scan.later = index if scan.later is None and scan.passed else scan.later
        elif isinstance(instruction, Run):
            outcome = _read(instruction, scan, facts)
            if outcome is not None:
                scan.stop = _blamed(outcome, stage.instructions[index:], facts) if not scan.passed else None
                return scan
        elif not _passable(instruction, scan, facts):
            scan.stop = _blamed(Why.BETWEEN, stage.instructions[index:], facts) if not scan.passed else None
            scan.end = max(index, at + 1)
            return scan
    scan.end = len(stage.instructions)
    return scan


def _paying(scan: Scan, facts: Facts) -> Scan:
    """The same without the last RUNs if they fetch nothing: to pass those is not worth a change."""
    fetching = [index for index, run in enumerate(scan.passed) if fetches(run, facts)]
    scan.keep(fetching[-1] + 1 if fetching else 0)
    return scan


def _blamed(reason: Why, rest: Sequence[Instruction], facts: Facts) -> Why | None:
    """The reason if it is the installation's own, another one if that comes later, none if there is no installation."""
    if not any(_installs(each, facts) for each in rest):
        return None
    return reason if _installs(rest[0], facts) else Why.BETWEEN


def _installs(instruction: Instruction, facts: Facts) -> bool:
    return isinstance(instruction, Run) and any(call.verb in ADDING for call in facts[Invocations].calls(instruction))


def _passable(instruction: Instruction, scan: Scan, facts: Facts) -> bool:
    """Whether the COPYs do the same behind an instruction that is neither RUN nor COPY."""
    copies = [each.instruction for each in scan.copies]
    match instruction:
        case Workdir():
            return all(_is_absolute(copy, facts) and not copy.flags for copy in copies)
        case Arg() | Env():
            used = (
                text for copy in copies for text in (copy.destination.raw, *(each.value or "" for each in copy.flags))
            )
            return not any(variables(text, facts.file.escape) for text in used)
        case _:
            return isinstance(instruction, SETTINGS)


def _is_absolute(copy: Copy | Add, facts: Facts) -> bool:
    value = facts[States].at(copy).value(copy.destination, facts.file.escape)
    return value is not None and value.startswith("/")


def _unfit(copy: Copy, taken: Taken, facts: Facts) -> Why | None:
    """What keeps a COPY from being moved at all."""
    if any(flag.name not in ("chown", "chmod") for flag in copy.flags):
        return Why.FLAG
    place = taken.destination
    if place is None or not place.startswith("/") or is_shared(place):
        return Why.DESTINATION
    if any(is_below(place, each) or is_below(each, place) for each in facts[States].at(copy).volumes):
        return Why.DESTINATION
    return None if set(copy.destination.raw) <= _PLAIN | set("${}") else Why.DESTINATION


def _read(run: Run, scan: Scan, facts: Facts) -> Why | None:
    """Take a RUN into the scan; why not, if it cannot be passed."""
    seen: dict[str, int] = {}

    def find(path: str) -> str | None:
        number = next((at for at in reversed(range(len(scan.copies))) if _is_in(path, scan.copies[at])), None)
        if number is None:
            return None
        source = _source(path, scan.copies[number])
        seen[source] = number
        return source

    context = facts.context or MemoryContext()
    outcome = reading(run, tuple(copy.destination or "" for copy in scan.copies), find, context, facts)
    if isinstance(outcome, Unclear):
        return Why.COMMAND if outcome.obstacle is None else _OF_OBSTACLE[outcome.obstacle]
    found = outcome.inputs
    if not all(any(copy.takes(path) for copy in scan.copies) and arrives(path, facts) for path in found.files):
        return Why.MISSING
    if any(set(path) - _PLAIN for path in found.files):
        return Why.UNREADABLE
    if any(context.get(path) is not None and arrives(path, facts) for path in found.writes - found.files):
        return Why.WRITTEN
    reads = {(number, path) for path in found.files for number in _numbers(path, scan.copies, seen)}
    if len(reads) != len(found.files):
        return Why.DESTINATION
    scan.reads.append(reads)
    scan.certain = scan.certain and found.certain
    scan.passed.append(run)
    return None


def _is_in(path: str, copy: Taken) -> bool:
    return is_below(path, copy.destination or "")


def _source(path: str, copy: Taken) -> str:
    """The context path that a COPY brings to a path of the image."""
    rest = path[len(copy.destination or "") :].lstrip("/")
    return posixpath.normpath(posixpath.join(copy.sources[0].path, rest)) if rest else copy.sources[0].path


def _numbers(path: str, copies: Sequence[Taken], seen: Mapping[str, int]) -> list[int]:
    """The COPY by which a RUN sees a file: several may bring it, to different places, and a manifest may name it."""
    if path in seen:
        return [seen[path]]
    return [number for number, copy in enumerate(copies) if copy.takes(path) and number in seen.values()]
