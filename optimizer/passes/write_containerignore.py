"""Keep out of the build context what no image needs. Page: `golden/write_containerignore/README.md`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from optimizer.containerfile.ignorefile import Dialect, kept, literal
from optimizer.containerfile.nodes import Containerfile
from optimizer.context import MemoryContext
from optimizer.facts import Facts
from optimizer.facts.copies import Copies, is_directory
from optimizer.passes._context_needs import Needs
from optimizer.passes._context_view import View, Why, is_within, look, topmost
from optimizer.passes._leftovers import Group, Leftover
from optimizer.passes.base import rewrite
from optimizer.proposal import Contract, Declined, FileWrite, Finding, Proposal, Safety
from optimizer.render import render
from optimizer.text import Span

__all__ = ["Why", "write_containerignore"]

_NAME = "write_containerignore"
_TEMPLATE = "containerignore/groups.j2"


_SAFE = frozenset({Group.CACHES, Group.DESKTOP})
_TITLES = {
    Group.CACHES: "leave caches that a command names out of the context",
    Group.DESKTOP: "leave editor files that a command names out of the context",
    Group.HISTORY: "leave the version history out of the context",
    Group.AUTOMATION: "leave instructions for continuous integration out of the context",
    Group.SECRETS: "leave secrets out of the context",
    Group.PACKAGES: "leave packages that the image installs for itself out of the context",
    Group.OUTPUT: "leave build output out of the context",
    Group.LOCAL: "leave files that version control ignores out of the context",
}
_SAFE_TITLE = "leave caches and editor files out of the context"
_REASONS = {
    Group.CACHES: "tools make caches again where they are wanted",
    Group.DESKTOP: "no program in the image reads an editor's files",
    Group.HISTORY: "it changes with every commit, so it spoils the cache, and it ships all that was ever deleted",
    Group.AUTOMATION: "a change to them rebuilds what follows the COPY",
    Group.SECRETS: "whoever has the image can read them",
    Group.PACKAGES: "the image installs its own, for its own platform",
    Group.OUTPUT: "the image builds its own",
    Group.LOCAL: "an image built from a fresh clone does without them",
}


@rewrite(weakest=Safety.NEEDS_PROOF, refuses=Why)
def write_containerignore(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Keep what no image needs out of the build context with an ignore file."""
    context = facts.context or MemoryContext()
    copies = facts[Copies]
    wide = [taken for taken in copies.taken if any(is_directory(context, found) for found in taken.found)]
    if not wide and not copies.unknown:
        return  # what is not taken does not travel: buildah reads the context where it lies
    at = wide[0].instruction.span if wide else copies.unknown[0].span
    view = look(facts, context)
    if isinstance(view, Why):
        yield Declined(_NAME, at, view)
        return
    verdicts = [(leftover, _why_not(leftover, view)) for leftover in view.found]
    refusals = [refusal for _, refusal in verdicts if refusal is not None]
    yield from (Declined(_NAME, at, why, detail) for why, detail in refusals)
    offers = _offers([leftover for leftover, refusal in verdicts if refusal is None], view)
    if not offers:
        if not refusals:
            yield Declined(_NAME, at, Why.NOTHING)
    elif not _means_the_same(offers, view):
        yield Declined(_NAME, at, Why.DISAGREE)
    else:
        yield from _proposals(offers, view, at)


def _why_not(leftover: Leftover, view: View) -> tuple[Why, str] | None:
    """The first reason why something stays, and what exactly is in the way."""
    safe = leftover.group in _SAFE
    shared = posixpath.basename(view.target) in (".containerignore", ".dockerignore")
    for path in leftover.paths:
        if leftover.pattern == path and not literal(path):
            return Why.NAME, path
        if view.copies.names(path):
            return Why.NAMED, path
        if not safe and view.copies.mounts(path):
            return Why.MOUNTED, path
        if shared and (other := view.needs.shared_with(path, by_name=safe)):
            return Why.SHARED, f"{other} takes {path}"
    return _wanted(leftover, leftover.paths[0], view.needs)


def _wanted(leftover: Leftover, path: str, needs: Needs) -> tuple[Why, str] | None:
    name = posixpath.basename(path)
    match leftover.group:
        case Group.HISTORY:
            return (Why.HISTORY, reader) if (reader := needs.history()) else None
        case Group.SECRETS:
            if needs.commands_name(name):
                return Why.COMMAND, path
            if name.startswith(".env") and (reader := needs.dotenv()):
                return Why.LOADED, f"{path}, by what {reader} uses"
            return (Why.OPENED, f"{path}, by {reader}") if (reader := needs.reader(path)) else None
        case Group.LOCAL:
            if needs.commands_name(name) or needs.commands_start_from(path):
                return Why.COMMAND, path
            return (Why.OPENED, f"{path}, by {reader}") if (reader := needs.reader(path)) else None
        case Group.OUTPUT | Group.PACKAGES if not leftover.remade:
            if needs.commands_start_from(path):
                return Why.COMMAND, path
            return (Why.OPENED, f"{path}, by {reader}") if (reader := needs.opener(path)) else None
        case _:
            return None


@dataclass(frozen=True, slots=True)
class _Offer:
    """One proposal before it is written."""

    title: str
    reason: str
    safety: Safety
    leftovers: tuple[Leftover, ...]

    @property
    def paths(self) -> frozenset[str]:
        """Topmost context paths that it leaves out."""
        return topmost(path for each in self.leftovers for path in each.paths)


def _offers(chosen: Sequence[Leftover], view: View) -> list[_Offer]:
    """One SAFE offer, then one for each further group; files for the builder go with the first."""
    plain = [
        each
        for each in chosen
        if each.group in _SAFE and not any(view.needs.commands_name(posixpath.basename(path)) for path in each.paths)
    ]
    offers: list[_Offer] = []
    if plain:
        reasons = dict.fromkeys(_REASONS[each.group] for each in plain)
        offers.append(_Offer(_SAFE_TITLE, ", ".join(reasons), Safety.SAFE, tuple(plain)))
    for group in Group:
        rest = tuple(each for each in chosen if each.group is group and each not in plain)
        if rest:
            offers.append(_Offer(_TITLES[group], _REASONS[group], Safety.NEEDS_PROOF, rest))
    if not any(each.leftovers[0].group is not Group.AUTOMATION for each in offers):
        return []
    own = tuple(_build_files(view))
    return [replace(offers[0], leftovers=(*offers[0].leftovers, *own)), *offers[1:]]


def _build_files(view: View) -> Iterator[Leftover]:
    """The Containerfile and the ignore file: an edit to them shall not spoil the cache of what follows a COPY."""
    for path in (view.containerfile, view.target):
        if path is None or not literal(path) or view.copies.names(path):
            continue
        if view.needs.commands_name(posixpath.basename(path)) or view.needs.opener(path):
            continue
        if path in view.sent or (path == view.target and view.ignore is None):
            yield Leftover(Group.BUILD_FILES, path, (path,))


def _means_the_same(offers: Sequence[_Offer], view: View) -> bool:
    """Whether both builders leave out exactly what is offered, and every COPY still finds what it names."""
    text = view.base + "".join(f"\n{each.pattern}" for offer in offers for each in offer.leftovers) + "\n"
    paths = [entry.path for entry in view.context.entries()]
    wanted = topmost(path for offer in offers for path in offer.paths if path in view.sent)
    for dialect in Dialect:
        after = kept(paths, text, dialect)
        if topmost(view.sent - after) != wanted:
            return False
        for source in (source for taken in view.copies.taken for source in taken.sources):
            left = [found for found in source.found if found in after or found not in view.sent]
            if source.path == "":
                left = [""] if after & view.sent else []
            if source.found and (not left or (not source.wild and left != list(source.found))):
                return False
    return True


def _proposals(offers: Sequence[_Offer], view: View, at: Span) -> Iterator[Proposal]:
    newline = "\r\n" if "\r\n" in view.base else "\n"
    separator = "" if not view.base else newline if view.base.endswith("\n") else newline * 2
    for offer in offers:
        others = {path for other in offers if other is not offer for path in other.paths}
        saves = sum(view.context.size(path) for path in offer.paths if not is_within(path, others))
        added = separator + _rendered(offer.leftovers).replace("\n", newline)
        separator = newline
        yield Proposal(
            _NAME,
            at,
            offer.title,
            f"{_listed(offer)}: {offer.reason}",
            (),
            offer.safety,
            Contract(ignored=offer.paths),
            (FileWrite(view.target, None if view.ignore is None else view.base, view.base + added),),
            saves=saves,
        )


def _listed(offer: _Offer) -> str:
    shown = sorted(each.pattern for each in offer.leftovers if each.group is not Group.BUILD_FILES)
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "")


def _rendered(chosen: Sequence[Leftover]) -> str:
    groups = [
        {"comment": group.value, "patterns": sorted(each.pattern for each in chosen if each.group is group)}
        for group in Group
        if any(each.group is group for each in chosen)
    ]
    return render(_TEMPLATE, groups=groups)
