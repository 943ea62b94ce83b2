"""Caches as mounts that builds share, in place of cleanups: where they go, and what they make useless."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.containerfile.nodes import Containerfile, DirectiveKind
from optimizer.ecosystems.caches import Cache, CacheMount, Sharing
from optimizer.ecosystems.catalogue import PREFIXES, ROOT, USERS, Reference
from optimizer.facts import Facts
from optimizer.facts.shipping import Shipping
from optimizer.facts.steps import Step
from optimizer.passes._cleanup_waste import SAME_USER
from optimizer.proposal import Contract, PathPattern, TraceRelation


@dataclass(frozen=True, slots=True)
class Home:
    """Whose calls they are, and where that user's home is."""

    directory: str
    uid: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A mount with its `~` written out."""

    cache: Cache
    mount: CacheMount
    target: str
    flag: str


def is_unknown_to_frontend(file: Containerfile) -> bool:
    """Whether the syntax line asks for a frontend without cache mounts: docker/dockerfile before 1.2, unless it is one
    of the experimental ones (moby/buildkit, releases dockerfile/1.0 to 1.2)."""
    for directive in file.directives:
        if directive.kind is DirectiveKind.SYNTAX:
            image, _, tag = directive.value.partition("@")[0].rpartition(":")
            version = tag.partition("-")[0].split(".")
            old = image.endswith("docker/dockerfile") and version[0] == "1" and version[1:2] in (["0"], ["1"])
            return old and not tag.endswith("experimental")
    return False


def placed(cache: Cache, calls: Sequence[Step], facts: Facts) -> tuple[Placed, ...] | None:
    """The mounts that serve these calls; None if it is not certain where they keep the cache."""
    run = calls[0].run
    reference = facts[Shipping].base_reference(run)
    image = reference.partition("@")[0].rpartition("/")[2]
    homes = {_home(call, reference) for call in calls}
    names = {call.invocation.name for call in calls if call.invocation is not None}
    if len(homes) != 1 or any(_is_elsewhere(call, cache) for call in calls):
        return None
    (home,) = homes
    found = {cache.mounted(name, image, root=home is None or home.uid == 0) for name in names}
    if len({tuple((each.target, each.id) for each in mounts) for mounts in found}) != 1 or not all(found):
        return None
    mounts = next(iter(found))
    if home is None and any(each.target.startswith("~") for each in mounts):
        return None
    return tuple(_written(cache, each, home or Home("/root", 0), reference) for each in mounts)


def _is_elsewhere(call: Step, cache: Cache) -> bool:
    assert call.invocation is not None
    return (
        call.invocation.has(cache.moved_with)
        or any(call.mentions(word) for word in cache.moved_in)
        or any(call.environment.get(name, "") != "" for name in cache.moved_by)
    )


def _home(call: Step, reference: str) -> Home | None:
    """The user of a call; None if it is not known."""
    if set(call.wrappers) - SAME_USER:
        return None
    found = Reference.of(reference)
    official = not found.prefix or found.prefix.endswith(PREFIXES)
    name = (call.user or "").partition(":")[0]
    set_home = call.environment.get("HOME")
    if call.user is not None and name in ("root", "0"):
        return Home(set_home or "/root", 0)
    if call.user is None:
        return Home(set_home or "/root", 0) if official and found.name in ROOT else None
    for user in USERS if official else ():
        if user.image == found.name and name in (user.name, str(user.uid)):
            return Home(set_home or user.home, user.uid)
    return None


def _written(cache: Cache, mount: CacheMount, home: Home, reference: str) -> Placed:
    target = mount.target.replace("~", home.directory, 1) if mount.target.startswith("~") else mount.target
    fields = ["type=cache"]
    if mount.id is not None:
        base = "".join(sign if sign.isalnum() or sign in ".-_" else "-" for sign in reference.partition("@")[0])
        fields.append(f"id={mount.id}-{base}" + (f"-{home.uid}" if home.uid else ""))
    fields.append(f"target={target}")
    if mount.sharing is not Sharing.SHARED:
        fields.append(f"sharing={mount.sharing.value}")
    if home.uid:
        fields.append(f"uid={home.uid},gid={home.uid}")
    return Placed(cache, mount, target, "--mount=" + ",".join(fields))


def contract(mounts: Sequence[Placed]) -> Contract:
    """What may differ in the image: what lies below the targets is not in it; their directories may be."""
    targets = frozenset(PathPattern(each.target) for each in mounts)
    touched = frozenset(
        PathPattern(path.replace("~", "/root" if each.target.startswith("/root") else "/home/*", 1))
        for each in mounts
        for path in (each.cache.purge.touched if each.cache.purge is not None else ())
    )
    return Contract(TraceRelation.MOUNTS, removed=targets | touched, changed=targets | touched, added=targets | touched)
