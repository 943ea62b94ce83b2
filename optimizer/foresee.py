"""What a candidate will probably be built with, as far as it can be told before anything is built: texts for the judge
to build beside the original."""

from __future__ import annotations

from dataclasses import replace

from optimizer.containerfile.nodes import Add, Copy, Run
from optimizer.containerfile.parser import parse
from optimizer.containerfile.stages import Stage, stages
from optimizer.engine import Rewrite, Source, run
from optimizer.outcome import Fate
from optimizer.passes.base import Pass
from optimizer.policy import Policy
from optimizer.proof.model import Subject
from optimizer.selection import Selection
from optimizer.text import apply, insert


def stages_before(
    source: Source, pipeline: tuple[Pass, ...], selection: Selection, policy: Policy, dry: Rewrite
) -> Subject | None:
    """The stages before the last, if the file is split as a pass suggested in the `dry` rewrite, or has another stage
    behind."""
    suggested = (each.proposal.edits for each in dry.placed if each.fate is Fate.SUGGESTED)
    split = next(filter(None, suggested), (insert(len(source.text), "\nFROM scratch\n"),))
    rewrite = run(replace(source, text=apply(source.text, split)), pipeline, selection, policy)
    last = stages(parse(rewrite.text)).last
    return None if last is None else Subject(rewrite.text[: last.from_.leading.start], source.ignored(rewrite.writes))


def last_stage(
    source: Source, pipeline: tuple[Pass, ...], selection: Selection, policy: Policy, foreseen: object
) -> Subject | None:
    """The stage that passes put behind the others, up to what it copies, if what is known of the original is what was
    `foreseen`; None if there is no such stage, or no command runs in it before."""
    rewrite = run(source, pipeline, selection, policy, (foreseen,))
    found = stages(parse(rewrite.text))
    last = found.last
    if last is None or len(found) == len(stages(parse(source.text))):
        return None
    head = rewrite.text[: found.stages[0].from_.leading.start]
    end = _end_of_runs(last)
    return None if end is None else Subject(head + rewrite.text[last.from_.leading.start : end], source.ignored())


def _end_of_runs(stage: Stage) -> int | None:
    """Where the last RUN before anything is copied ends."""
    end = None
    for each in stage.instructions:
        match each:
            case Run():
                end = each.block.end
            case Copy() | Add():
                break
            case _:
                pass
    return end
