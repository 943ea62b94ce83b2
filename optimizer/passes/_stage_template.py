"""A split that nobody has looked at: rendered from `templates/stages/` by the base image's name and what its RUNs
call."""

from __future__ import annotations

from optimizer.containerfile.nodes import Add, Cmd, Copy, Entrypoint, Run
from optimizer.containerfile.stages import Stage
from optimizer.ecosystems.catalogue import Reference
from optimizer.ecosystems.stage_templates import SERVERS, suiting
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.facts.states import States
from optimizer.proposal import Contract, Proposal, Safety, TraceRelation
from optimizer.render import fill
from optimizer.text import insert


def suggestion(facts: Facts, stage: Stage) -> Proposal | None:
    """A sketch of a runtime stage for the images of the catalogue; None for any other."""
    reference = Reference.of(facts.file.text[stage.from_.image.span.start : stage.from_.image.span.end])
    making = [each for each in stage.instructions if isinstance(each, Run | Copy | Add)]
    runs = [each for each in making if isinstance(each, Run)]
    called = {call.ecosystem.name for run in runs for call in facts[Invocations].calls(run)}
    found = suiting(reference, called, served=_is_served(stage))
    if found is None or not making or stage.name is not None:
        return None
    template, base = found
    workdir = facts[States].at_end[stage.index].workdir
    text = fill(
        f"stages/{template.name}.txt",
        base=base,
        workdir=workdir if workdir.startswith("/") else "/app",
    )
    lines = [line for line in text.splitlines() if line.strip() or line == ""]
    newline = facts.file.newline
    cut = making[-1].block.end
    ended = facts.file.text[cut - 1] == "\n"
    joined = newline + newline.join(lines) + newline
    return Proposal(
        "split_stages",
        stage.from_.span,
        "ship a stage of its own (not proven)",
        "compilers and sources would stay in the build stage; with --verify this is worked out from the built image",
        (
            insert(stage.from_.image.span.end, " AS build"),
            insert(cut, joined if ended else newline + joined.removesuffix(newline)),
        ),
        Safety.SUGGESTION,
        Contract(trace=TraceRelation.OPEN),
    )


def _is_served(stage: Stage) -> bool:
    """Whether the image starts a web server, or what its base does."""
    started = [each.logical.text for each in stage.instructions if isinstance(each, Cmd | Entrypoint)]
    return all(any(server in text for server in SERVERS) for text in started)
