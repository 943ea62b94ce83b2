"""A cache that a RUN leaves full: which calls fill it, where it lies, and what may vanish with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from optimizer.containerfile.mounts import mounts
from optimizer.containerfile.nodes import Instruction, Run
from optimizer.containerfile.words import BadSubstitution, expand
from optimizer.ecosystems.caches import Avoidance, Cache, Means, Purge
from optimizer.ecosystems.model import Ecosystem, Invocation
from optimizer.ecosystems.verbs import Verb
from optimizer.facts import Facts
from optimizer.facts.states import States
from optimizer.facts.steps import Step
from optimizer.passes._cleanup_later import steps_of
from optimizer.passes._project import before
from optimizer.proposal import Contract, PathPattern, TraceRelation

SAME_USER = frozenset({"env", "command", "nice", "ionice", "time", "timeout", "nohup", "stdbuf", "eatmydata"})
"""Wrappers that change neither the user nor the home directory."""


@dataclass(frozen=True, slots=True)
class Waste:
    """A cache that a RUN fills and leaves, and the calls that fill it."""

    instruction: Instruction
    ecosystem: Ecosystem
    cache: Cache
    calls: tuple[Step, ...]
    following: tuple[Step, ...]
    """What the same RUN does after the last of them."""
    is_used: bool
    """Whether the RUN itself installs after it began to fill the cache, or may do so."""

    @property
    def remedy(self) -> Avoidance | Purge:
        """The flag, if every call can take it; else the purge command."""
        avoid, purge = self.cache.avoid, self.cache.purge
        if avoid is not None and (purge is None or all(call.verb in avoid.verbs for call in self.invocations)):
            return avoid
        assert purge is not None
        return purge

    @property
    def invocations(self) -> tuple[Invocation, ...]:
        """What the calls are."""
        return tuple(call.invocation for call in self.calls if call.invocation is not None)

    @property
    def at_end(self) -> bool:
        """Whether the cleanup stands behind all that the RUN does."""
        return isinstance(self.remedy, Purge) and self.remedy.means is not Means.TOOL

    @property
    def refreshed(self) -> bool:
        """Whether an UPDATE is among the calls."""
        return any(call.verb is Verb.UPDATE for call in self.invocations)


def is_mounted(waste: Waste, run: Run, facts: Facts) -> bool:
    """Whether a mount of the RUN holds the cache, wherever a variable has put it."""
    state = facts[States].at(run)
    variables = {**state.args, **state.env}
    places = [*waste.cache.paths, *(variables[name] for name in waste.cache.moved_by if variables.get(name))]
    for mount in mounts(run):
        try:
            target = expand(mount.target or "", variables, facts.file.escape)
        except BadSubstitution:
            return True
        if any(covers(target, place) or covers(place, target) for place in places):
            return True
    return False


def is_filled_before(waste: Waste, facts: Facts) -> bool:
    """Whether an earlier layer holds a cache that later steps were meant to work from."""
    cache = waste.cache
    return bool(cache.reused_by) and any(
        step.invocation is not None and cache in step.invocation.ecosystem.caches and step.invocation.fills(cache)
        for earlier in before(waste.instruction, facts)
        for step in steps_of(earlier, facts)
    )


def covers(above: str, path: str) -> bool:
    """Whether a directory of the image is, or holds, the path; `~` is any home."""
    above = "/" + above.strip("/") if not above.startswith("~") else above
    while path not in ("/", "", "~"):
        if above == path or (path.startswith("~") and above.endswith(path[1:])):
            return True
        path = path.rpartition("/")[0]
    return path == "~" and (above == "/root" or (above.startswith("/home/") and above.count("/") == 2))


def is_moved(call: Step, waste: Waste) -> bool:
    """Whether the call fills another place than the cleanup would empty."""
    cache = waste.cache
    if call.invocation is not None and call.invocation.has(cache.moved_with):
        return True
    if any(call.mentions(word) for word in cache.moved_in):
        return True
    if any(call.environment.get(name, "") != "" and not _is_usual(call, name, cache) for name in cache.moved_by):
        return True
    if isinstance(waste.remedy, Avoidance):
        return False
    other_user = set(call.wrappers) - SAME_USER - {"sudo"}
    # Only a bare sudo is certain to mean root, and root's home, again.
    at_home = any(path.startswith("~") for path in cache.paths)
    return bool(other_user) or ("sudo" in call.wrappers and (call.prefix != "sudo" or (at_home and waste.at_end)))


def _is_usual(call: Step, variable: str, cache: Cache) -> bool:
    """Whether a variable names the directory of caches in the home, where the cache would lie without it too (XDG Base
    Directory Specification: `XDG_CACHE_HOME` is `$HOME/.cache` by default)."""
    value, home = call.environment.get(variable), call.environment.get("HOME")
    place = None if not value or not home else value.rstrip("/").removeprefix(home.rstrip("/") + "/")
    return (
        variable == "XDG_CACHE_HOME" and place == ".cache" and all(path.startswith("~/.cache/") for path in cache.paths)
    )


def contract(waste: Waste) -> Contract:
    """What may differ in the image: only what lies below the cache's paths, and what the cleanup itself writes."""
    homes = frozenset(home for call in waste.calls for home in _homes(call))
    remedy = waste.remedy
    touched = remedy.touched if isinstance(remedy, Purge) else ()
    written = _patterns(touched, homes)
    return Contract(
        TraceRelation.CLEANS,
        removed=_patterns(waste.cache.paths, homes) | written,
        changed=written,
        added=written,
    )


def _homes(call: Step) -> Iterator[str]:
    home = call.environment.get("HOME")
    if home:
        yield home
    if call.user is None or call.user.partition(":")[0] in ("root", "0", ""):
        yield "/root"
    if call.user is None:
        yield "/home/*"
    elif call.user.partition(":")[0] not in ("root", "0", ""):
        yield f"/home/{call.user.partition(':')[0]}" if not call.user[0].isdigit() else "/home/*"


def _patterns(paths: Sequence[str], homes: frozenset[str]) -> frozenset[PathPattern]:
    return frozenset(
        PathPattern(home + path.removeprefix("~"))
        for path in paths
        for home in (sorted(homes) if path.startswith("~") else [""])
    )
