"""A split that nobody has looked at: rendered from `templates/stages/` by the base image's name and what its RUNs
call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from optimizer.containerfile.nodes import Add, Cmd, Copy, Entrypoint, Env, Run
from optimizer.containerfile.stages import Stage
from optimizer.ecosystems.catalogue import Reference
from optimizer.ecosystems.stage_templates import SERVERS, Environment, StageTemplate, suiting
from optimizer.ecosystems.verbs import ADDING
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.facts.states import States
from optimizer.passes._settings import arguments_in, not_for_builds
from optimizer.passes._virtual_environment import made_above
from optimizer.proposal import Contract, Proposal, Safety, TraceRelation
from optimizer.render import fill
from optimizer.text import Edit, insert


@dataclass(frozen=True, slots=True)
class _Sketch:
    """A template, the image that its stage stands on, and the first step that installs into its environment, if it has
    one."""

    template: StageTemplate
    base: str
    installs: Run | None


def suggestion(facts: Facts, stage: Stage) -> Proposal | None:
    """A sketch of a runtime stage for the images of the catalogue; None for any other."""
    making = [each for each in stage.instructions if isinstance(each, Run | Copy | Add)]
    found = next(_sketches(facts, stage), None) if making and stage.name is None else None
    if found is None:
        return None
    workdir = facts[States].at_end[stage.index].workdir
    text = fill(
        f"stages/{found.template.name}.txt",
        base=found.base,
        workdir=workdir if workdir.startswith("/") else "/app",
    )
    lines = [line for line in text.splitlines() if line.strip() or line == ""]
    newline = facts.file.newline
    cut = making[-1].block.end
    ended = facts.file.text[cut - 1] == "\n"
    at = stage.instructions.index(making[-1])
    before, after = stage.instructions[:at], stage.instructions[at + 1 :]
    moved = not_for_builds(before)
    set_again = [each for each in before if isinstance(each, Env)]
    declared = arguments_in((*set_again, *moved, *after), before)
    lines += [each.span.of(facts.file.text) for each in (*declared, *set_again)]
    lines += [each.block.of(facts.file.text).strip("\r\n") for each in moved]
    joined = newline + newline.join(lines) + newline
    edits = [insert(stage.from_.image.span.end, " AS build")]
    if found.installs is not None and found.template.environment is not None:
        edits.append(made_above(found.installs, found.template.environment.interpreter, facts.file))
    edits += [Edit(each.block, "") for each in moved]
    edits.append(insert(cut, joined if ended else newline + joined.removesuffix(newline)))
    return Proposal(
        "split_stages",
        stage.from_.span,
        "ship a stage of its own (not proven)",
        "compilers and sources would stay in the build stage; with --verify this is worked out from the built image",
        tuple(edits),
        Safety.SUGGESTION,
        Contract(trace=TraceRelation.OPEN),
    )


def _sketches(facts: Facts, stage: Stage) -> Iterator[_Sketch]:
    """Those that suit, best first."""
    reference = Reference.of(facts.file.text[stage.from_.image.span.start : stage.from_.image.span.end])
    runs = [each for each in stage.instructions if isinstance(each, Run)]
    called = {call.ecosystem.name for run in runs for call in facts[Invocations].calls(run)}
    for template, base in suiting(reference, called, served=_is_served(stage)):
        installs = None if template.environment is None else _installs(runs, template.environment, facts)
        if template.environment is None or installs is not None:
            yield _Sketch(template, base, installs)


def _installs(runs: Iterable[Run], into: Environment, facts: Facts) -> Run | None:
    """The first RUN whose packages would lie in an environment; None if one of the RUNs could not install there."""
    first: Run | None = None
    for run in runs:
        for step in facts[Invocations].of(run):
            call = step.invocation
            if call is None or call.verb not in ADDING:
                continue
            if call.ecosystem.name in into.others:
                return None
            if call.ecosystem.name == into.ecosystem:
                if call.name not in call.program.names or call.has(into.elsewhere):
                    return None
                named = [step.words[index].literal for index in call.operands]
                if first is None and (not named or not into.itself.issuperset(named)):
                    first = run
    return first


def _is_served(stage: Stage) -> bool:
    """Whether the image starts a web server, or what its base does."""
    started = [each.logical.text for each in stage.instructions if isinstance(each, Cmd | Entrypoint)]
    return all(any(server in text for server in SERVERS) for text in started)
