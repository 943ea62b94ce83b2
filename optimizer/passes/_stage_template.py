"""A split that nobody has looked at: rendered from `templates/stages/` by the base image's name alone."""

from __future__ import annotations

from optimizer.containerfile.nodes import Add, Copy, Run
from optimizer.containerfile.stages import Stage
from optimizer.ecosystems.catalogue import Reference, line_of, runtimes
from optimizer.facts import Facts
from optimizer.facts.states import States
from optimizer.proposal import Contract, Proposal, Safety, TraceRelation
from optimizer.render import fill
from optimizer.text import insert

_TEMPLATES = {
    "python": "python", "node": "node", "golang": "static", "rust": "static", "gcc": "compiled", "debian": "compiled",
    "ubuntu": "compiled", "maven": "java", "gradle": "java", "eclipse-temurin": "java", "ruby": "ruby",
}  # fmt: skip


def suggestion(facts: Facts, stage: Stage) -> Proposal | None:
    """A sketch of a runtime stage for the images of the catalogue; None for any other."""
    reference = Reference.of(facts.file.text[stage.from_.image.span.start : stage.from_.image.span.end])
    template = _TEMPLATES.get(reference.name)
    making = [each for each in stage.instructions if isinstance(each, Run | Copy | Add)]
    if template is None or line_of(reference) is None or not making or stage.name is not None:
        return None
    found = runtimes(reference, "")
    workdir = facts[States].at_end[stage.index].workdir
    text = fill(
        f"stages/{template}.txt",
        base=found[0] if found else f"{reference.name}:{reference.tag or 'latest'}",
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
