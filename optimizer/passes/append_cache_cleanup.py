"""Empty what a RUN leaves in caches, in the same layer. Page: `golden/append_cache_cleanup/README.md`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.containerfile.nodes import Containerfile, ExecForm, Instruction, Onbuild, Run
from optimizer.ecosystems.caches import Avoidance, Cache, Means, Purge, is_one_of
from optimizer.ecosystems.model import Ecosystem
from optimizer.ecosystems.verbs import ADDING
from optimizer.facts import Facts
from optimizer.facts.scripts import Scripts
from optimizer.facts.shipping import Shipping
from optimizer.facts.states import States
from optimizer.facts.steps import Reach, Step
from optimizer.passes._behind_verb import behind_verb
from optimizer.passes._cleanup_later import Later, Want, steps_of
from optimizer.passes._cleanup_place import Obstacle, Place, after_item, at_end, edit
from optimizer.passes._cleanup_waste import Waste, contract, covers, is_filled_before, is_mounted, is_moved
from optimizer.passes._cleanup_why import Why
from optimizer.passes._mount_findings import mounted
from optimizer.passes.base import rewrite
from optimizer.policy import CleanupStyle
from optimizer.proposal import Declined, Finding, Proposal, Safety
from optimizer.shell.nodes import Item, Script, Simple
from optimizer.text import Edit

_NAME = "append_cache_cleanup"


_OBSTACLES = {
    Obstacle.OPAQUE: Why.OPAQUE,
    Obstacle.COMMENT: Why.COMMENT,
    Obstacle.BACKGROUND: Why.BACKGROUND,
    Obstacle.EXIT: Why.EXIT,
    Obstacle.ERREXIT: Why.ERREXIT,
    Obstacle.CONDITIONAL: Why.CONDITIONAL,
}


@rewrite(
    weakest=Safety.NEEDS_PROOF,
    refuses=Why,
    codes=("DL3009", "DL3019", "DL3032", "DL3036", "DL3040", "DL3042", "DL3060"),
)
def append_cache_cleanup(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Empty the caches that a RUN fills, in the same layer."""
    for stage in facts[Shipping].stages:
        for instruction in stage.instructions:
            # What is put at the end comes last, also where two insertions meet.
            found = list(_wasted(instruction, facts))
            if facts.policy.cleanup is CleanupStyle.MOUNT and isinstance(instruction, Run):
                found = yield from mounted(instruction, facts, found)
            for waste in sorted(_once(found), key=lambda waste: waste.at_end):
                yield _finding(waste, facts)


def _wasted(instruction: Instruction, facts: Facts) -> Iterator[Waste]:
    """The caches that an instruction leaves full."""
    steps = steps_of(instruction, facts)
    met: dict[str, tuple[Ecosystem, Cache]] = {}
    for step in steps:
        if step.invocation is not None:
            ecosystem = step.invocation.ecosystem
            met.update({cache.name: (ecosystem, cache) for cache in ecosystem.caches})
    for ecosystem, cache in met.values():
        if not _may_act(cache, instruction, facts):
            continue
        calls: list[Step] = []
        last = 0
        for at, step in enumerate(steps):
            if _fills(step, cache, steps[:at]):
                calls.append(step)
                last = at
            elif (ecosystem, cache) in step.empties:
                calls = [call for call in calls if call.reach is Reach.ALWAYS and step.reach is Reach.SOMETIMES]
        if calls:
            after_first = steps[steps.index(calls[0]) + 1 :]
            is_used = any(_installs(step, ecosystem) for step in after_first)
            yield Waste(instruction, ecosystem, cache, tuple(calls), steps[last + 1 :], is_used)


def _once(found: list[Waste]) -> list[Waste]:
    """Tools may share a cache: the last of them empties it."""
    last = {waste.cache.paths: waste for waste in found}
    return [waste for waste in found if last[waste.cache.paths] is waste]


def _installs(step: Step, ecosystem: Ecosystem) -> bool:
    call = step.invocation
    return not step.known or (call is not None and call.ecosystem is ecosystem and call.verb in ADDING)


def _may_act(cache: Cache, instruction: Instruction, facts: Facts) -> bool:
    """Whether a cleanup of this cache is known, fits the tool and the base image, and is not the base image's duty."""
    purge, text = cache.purge, facts.file.text
    if purge is None and cache.avoid is None:
        return False
    if purge is not None and purge.images and not is_one_of(facts[Shipping].base_image(instruction), purge.images):
        return False
    if any(word in text for word in cache.unlike):
        return False
    return cache.emptied_by_base is None or cache.emptied_by_base.rpartition("/")[2] in text


def _fills(step: Step, cache: Cache, earlier: Sequence[Step]) -> bool:
    call = step.invocation
    if call is None or cache not in call.ecosystem.caches or not call.action.certain or not call.fills(cache):
        return False
    return not any(
        switch.is_on(step.environment.get(switch.variable)) or _is_set(switch.variable, earlier)
        for switch in cache.switches
    )


def _is_set(variable: str, earlier: Sequence[Step]) -> bool:
    """Whether an earlier command of the same shell sets a variable."""
    return any(
        step.words and step.words[0].literal in ("export", "declare") and step.mentions(f"{variable}=")
        for step in earlier
    )


def _finding(waste: Waste, facts: Facts) -> Finding:
    later = Later(facts, waste.ecosystem, waste.cache, waste.refreshed)
    reason = _why_not(waste, later, facts)
    edits = _edits(waste, facts) if reason is None else reason
    if isinstance(edits, Why):
        return Declined(_NAME, waste.instruction.span, edits, waste.cache.name)
    assert isinstance(waste.instruction, Run)
    return Proposal(
        _NAME,
        waste.instruction.span,
        f"keep the {waste.cache.name} out of the layer",
        _reason(waste),
        edits,
        _safety(waste, later.after(waste.instruction), facts),
        contract(waste),
    )


def _why_not(waste: Waste, later: Later, facts: Facts) -> Why | None:
    """The first reason why the cache must stay, or why nothing can be said of this RUN; None if there is none."""
    run = waste.instruction
    if isinstance(run, Onbuild):
        return Why.ONBUILD
    assert isinstance(run, Run)
    if is_mounted(waste, run, facts):
        return Why.CACHE_MOUNT
    if run not in facts[Shipping]:
        return Why.BUILDER_STAGE
    if isinstance(run.command, ExecForm):
        return Why.FORM
    if run.heredocs:
        return Why.HEREDOC
    if any(is_moved(call, waste) for call in waste.calls):
        return Why.MOVED
    state = facts[States].at(run)
    if any(covers(volume, path) for volume in state.volumes for path in waste.cache.paths):
        return Why.VOLUME
    if is_filled_before(waste, facts):
        return Why.EARLIER_LAYER
    want = later.after(run)
    if want is not Want.INSTALLS and not waste.at_end:
        want = max([want, *(later.of(step) for step in waste.following)])
    match want:
        case Want.INSTALLS:
            return Why.LATER_INSTALL
        case Want.READS:
            return Why.LATER_USE
        case Want.NOTHING | Want.UNKNOWN if not waste.is_used and waste.refreshed:
            return Why.LATER_UNKNOWN
        case Want.NOTHING | Want.UNKNOWN:
            return None


def _edits(waste: Waste, facts: Facts) -> tuple[Edit, ...] | Why:
    match waste.remedy:
        case Avoidance() as avoid:
            return _flags(waste, avoid)
        case Purge() as purge:
            return _purged(waste, purge, facts)


def _flags(waste: Waste, avoid: Avoidance) -> tuple[Edit, ...] | Why:
    """The flag directly after the verb of every call: no operand or value of an option can be hit there."""
    edits = [behind_verb(call, avoid.flag) for call in waste.calls]
    found = tuple(edit for edit in edits if edit is not None)
    return found if len(found) == len(edits) else Why.QUOTED


def _purged(waste: Waste, purge: Purge, facts: Facts) -> tuple[Edit, ...] | Why:
    """The purge command: at the end if it only removes files, else right behind the call that fills the cache."""
    run = waste.instruction
    assert isinstance(run, Run)
    script = facts[Scripts].of(run)
    last = waste.calls[-1]
    assert script is not None
    match purge.means:
        case Means.REMOVES:
            place = _at_end(run, script, facts)
        case Means.TOOL | Means.SYSTEM if last.reach is Reach.SOMETIMES or last.item is None:
            place = Obstacle.CONDITIONAL
        case Means.SYSTEM:
            place = _at_end(run, script, facts)
        case Means.TOOL if not _is_found_again(last, script.body.items[last.item], facts):
            return Why.NESTED
        case Means.TOOL:
            place = after_item(run, script, last.item, facts)
    if isinstance(place, Obstacle):
        return _OBSTACLES[place]
    sudo = "sudo " if any("sudo" in call.wrappers for call in waste.calls) else ""
    return (edit(run, script, place, sudo + purge.written(last.words[0].raw), facts),)


def _at_end(run: Run, script: Script, facts: Facts) -> Place | Obstacle:
    """Behind all that the RUN does, before an `exit` at its end."""
    place = at_end(run, script, facts)
    *before, last = script.body.items
    match last.pipeline.commands:
        case (Simple(assignments=(), words=(program, *_), redirections=()),) if before and program.literal == "exit":
            return after_item(run, script, len(before) - 1, facts) if place is Obstacle.EXIT else place
        case _:
            return place


def _is_found_again(call: Step, item: Item, facts: Facts) -> bool:
    """Whether the program's name, as called, means the same behind the item. A subshell or a nested shell may have
    changed PATH or the directory, and so may an assignment before the call; a module needs its interpreter."""
    assert call.invocation is not None
    if not call.invocation.program.is_called(call.invocation.name):
        return False
    state = facts[States].at(call.run)
    in_force = {**state.args, **state.env}
    if any(call.environment.get(name, "") != in_force.get(name, "") for name in ("PATH", "HOME")):
        return False
    return call.offset == 0 and any(
        isinstance(command, Simple) and call.words[0] in command.words for command in item.pipeline.commands
    )


def _safety(waste: Waste, want: Want, facts: Facts) -> Safety:
    """SAFE unless something later is not known, sudo may not allow the cleanup, the tool replaces itself before it is
    called again, the tool of the base image is older than the option, or the cleanup itself is not certain."""
    match waste.remedy:
        case Avoidance() as avoid if avoid.is_unknown_in(facts[Shipping].base_image(waste.instruction)):
            return Safety.NEEDS_PROOF
        case Purge(certain=False):
            return Safety.NEEDS_PROOF
        case Purge() if any("sudo" in call.wrappers for call in waste.calls):
            return Safety.NEEDS_PROOF
        case Purge(means=Means.TOOL) if any(call.replaces_itself for call in waste.calls):
            return Safety.NEEDS_PROOF
        case _:
            return Safety.NEEDS_PROOF if want is Want.UNKNOWN else Safety.SAFE


def _reason(waste: Waste) -> str:
    step = waste.calls[-1]
    call = step.invocation
    assert call is not None
    said = None if call.verb_index is None else step.words[call.verb_index].literal
    verb = " ".join((call.name, *((said,) if said else call.action.names[:1])))
    place = ", ".join(waste.cache.paths)
    return f"`{verb}` leaves files in {place}, which no later step needs; only the layer that writes them can drop them"
