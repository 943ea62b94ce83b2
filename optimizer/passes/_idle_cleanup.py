"""RUNs that only empty caches which are empty, and what to cut to be rid of a RUN."""

from __future__ import annotations

from optimizer.containerfile.nodes import Add, Containerfile, Copy, Instruction, Run, Volume
from optimizer.ecosystems import purges
from optimizer.ecosystems.caches import Cache
from optimizer.ecosystems.model import Ecosystem
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.facts.scripts import Scripts
from optimizer.facts.shipping import Shipping
from optimizer.facts.steps import Reach
from optimizer.passes._cleanup_later import steps_of
from optimizer.passes._project import before
from optimizer.proposal import Safety
from optimizer.shell.query import commands, has_opaque
from optimizer.text import Span


def useless(run: Run, facts: Facts) -> Safety | None:
    """How certain it is that a RUN only empties caches that were emptied since they were filled; None if it is not."""
    script = facts[Scripts].of(run)
    steps = facts[Invocations].of(run)
    if run not in facts[Shipping] or run.flags or script is None or not steps or has_opaque(script):
        return None
    if len(steps) != len(list(commands(script))) or not all(purges(each) for each in commands(script)):
        return None
    wanted = [(ecosystem, cache) for step in steps for ecosystem, cache in step.empties]
    found = [_emptied_before(ecosystem, cache, run, facts) for ecosystem, cache in wanted]
    certain = [each for each in found if each is not None]
    return min(certain) if certain and len(certain) == len(found) and all(step.empties for step in steps) else None


def _emptied_before(ecosystem: Ecosystem, cache: Cache, run: Run, facts: Facts) -> Safety | None:
    """Whether a cache is empty when a RUN begins: what was done to it last, as far as this file tells."""
    safety = Safety.SAFE
    for instruction in before(run, facts):
        if isinstance(instruction, Copy | Add | Volume) and _mentions(instruction, cache):
            return None
        for step in reversed(steps_of(instruction, facts)):
            if (ecosystem, cache) in step.empties and step.reach is Reach.ALWAYS:
                return safety
            call = step.invocation
            if call is not None and call.ecosystem is ecosystem and call.fills(cache):
                file = cache.emptied_by_base
                by_base = file is not None and file.rpartition("/")[2] not in facts.file.text
                return Safety.NEEDS_PROOF if by_base else None
            if not step.known:
                safety = Safety.NEEDS_PROOF
    return None


def _mentions(instruction: Instruction, cache: Cache) -> bool:
    return any(path.removeprefix("~") in instruction.logical.text for path in cache.paths)


def whole(run: Run, file: Containerfile) -> Span:
    """An instruction with its line end, the comments directly above it and the blank lines above those."""
    lines = run.leading.of(file.text).splitlines(keepends=True)
    while lines and lines[-1].strip():
        lines.pop()
    while lines and not lines[-1].strip():
        lines.pop()
    end = run.span.end
    text = file.text
    if not text[run.span.start : end].endswith("\n"):
        end = next((at + 1 for at in range(end, len(text)) if text[at] == "\n"), len(text))
    return Span(run.leading.start + sum(map(len, lines)), end)
