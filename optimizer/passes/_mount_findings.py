"""What a RUN is offered where caches shall lie on mounts."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

from optimizer.containerfile.nodes import Add, Copy, Run
from optimizer.ecosystems import touched
from optimizer.ecosystems.caches import Cache
from optimizer.facts import Facts
from optimizer.facts.states import States
from optimizer.facts.steps import Step
from optimizer.passes import _cache_mounts as mounts
from optimizer.passes._cleanup_later import Later, Want, steps_of
from optimizer.passes._cleanup_waste import Waste, covers, is_mounted
from optimizer.passes._cleanup_why import Why
from optimizer.passes._mount_edits import Stays
from optimizer.passes._mount_edits import edits as edits_of
from optimizer.passes._project import before
from optimizer.proposal import Declined, Finding, Proposal, Safety

_RULE = "append_cache_cleanup"
_STAYS = {
    Stays.CLEANUP: Why.CLEANUP_STAYS,
    Stays.QUOTED: Why.QUOTED,
}


def mounted(run: Run, facts: Facts, wasted: list[Waste]) -> Generator[Finding, None, list[Waste]]:
    """One finding for all caches of a RUN that mounts can hold; gives back what is left to be emptied."""
    found: list[tuple[Waste, tuple[mounts.Placed, ...]]] = []
    for waste in _filled(run, facts):
        places = mounts.placed(waste.cache, waste.calls, facts)
        if places is None or is_mounted(waste, run, facts):
            continue
        why = _why_no_mount(waste, run, facts)
        if why is None:
            found.append((waste, places))
        else:
            yield Declined(_RULE, run.span, why, waste.cache.name)
    places = tuple({each.flag: each for _, some in found for each in some}.values())
    calls = tuple({id(call): call for waste, _ in found for call in waste.calls}.values())
    edits = edits_of(run, calls, places, facts) if places else ()
    if isinstance(edits, Stays):
        names = ", ".join(waste.cache.name for waste, _ in found)
        yield Declined(_RULE, run.span, _STAYS[edits], names)
        return wasted
    if edits:
        names = " and the ".join(waste.cache.name for waste, _ in found)
        reason = "builds share what lies on a cache mount, and none of it enters the layer"
        title = f"keep the {names} on a mount"
        yield Proposal(
            _RULE,
            run.span,
            title,
            reason,
            edits,
            _mount_safety([waste for waste, _ in found], places, run, facts),
            mounts.contract(places),
        )
    gone = {waste.cache.paths for waste, _ in found}
    return [waste for waste in wasted if waste.cache.paths not in gone]


def _filled(run: Run, facts: Facts) -> Iterator[Waste]:
    """The caches that a RUN fills, cleaned up or not, avoided or not."""
    steps = steps_of(run, facts)
    met = {step.invocation.ecosystem.name: step.invocation.ecosystem for step in steps if step.invocation is not None}
    for ecosystem in met.values():
        for cache in ecosystem.caches:
            if any(word in facts.file.text for word in cache.unlike):
                continue
            would = [
                step
                for step in steps
                if step.invocation is not None
                and step.invocation.ecosystem is ecosystem
                and step.invocation.verb in cache.filled_by
                and step.invocation.action.certain
                and not step.invocation.has(cache.unfilled_with)
            ]
            if would:
                yield Waste(run, ecosystem, cache, tuple(would), steps[steps.index(would[-1]) + 1 :], is_used=True)


def _why_no_mount(waste: Waste, run: Run, facts: Facts) -> Why | None:
    if mounts.is_unknown_to_frontend(facts.file):
        return Why.FRONTEND
    volumes = facts[States].at(run).volumes
    if any(covers(volume, path) for volume in volumes for path in waste.cache.paths):
        return Why.VOLUME
    if any(_switched_off(step, waste.cache) for step in waste.calls):
        return Why.MOVED
    if _is_laid_out(waste, run, facts):
        return Why.HIDDEN
    match Later(facts, waste.ecosystem, waste.cache, waste.refreshed, mounted=True).after(run):
        case Want.INSTALLS:
            return Why.LATER_INSTALL
        case Want.READS:
            return Why.LATER_USE
        case _:
            return None


def _is_laid_out(waste: Waste, run: Run, facts: Facts) -> bool:
    """Whether an earlier step names the cache's path, but to remove it."""
    names = [path.removeprefix("~") for path in waste.cache.paths]
    for earlier in before(run, facts):
        if isinstance(earlier, Copy | Add) and any(name in earlier.logical.text for name in names):
            return True
        for step in steps_of(earlier, facts):
            if any(step.mentions(name) for name in names) and waste.cache not in touched(step.words):
                return True
    return False


def _switched_off(step: Step, cache: Cache) -> bool:
    return any(switch.is_on(step.environment.get(switch.variable)) for switch in cache.switches)


def _mount_safety(found: Iterable[Waste], places: Iterable[mounts.Placed], run: Run, facts: Facts) -> Safety:
    """SAFE unless something later is not known, or the directories above the mount would not be the user's own."""
    if any("uid=" in each.flag for each in places):
        return Safety.NEEDS_PROOF
    wants = [Later(facts, each.ecosystem, each.cache, each.refreshed, mounted=True).after(run) for each in found]
    return Safety.NEEDS_PROOF if Want.UNKNOWN in wants else Safety.SAFE
