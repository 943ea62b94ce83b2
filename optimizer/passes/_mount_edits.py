"""What a RUN with cache mounts looks like: flags, options that keep the mounts filled, no more cleanups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from optimizer import ecosystems
from optimizer.containerfile.nodes import Run, ShellForm
from optimizer.ecosystems import removal
from optimizer.ecosystems.caches import Cache
from optimizer.facts import Facts
from optimizer.facts.layout import Layout
from optimizer.facts.scripts import Scripts
from optimizer.facts.steps import Step
from optimizer.passes._behind_verb import behind_verb, word_of
from optimizer.passes._cache_mounts import Placed
from optimizer.passes._cleanup_later import steps_of
from optimizer.passes._cleanup_place import Errexit, errexit
from optimizer.passes._cleanup_waste import covers
from optimizer.shell.nodes import Item, Joint, Simple
from optimizer.shell.query import unwrap
from optimizer.text import Edit, Span, insert


class Stays(Enum):
    """Why a cache gets no mount."""

    CLEANUP = "cleanup"
    QUOTED = "quoted"


def edits(run: Run, calls: Sequence[Step], mounts: Sequence[Placed], facts: Facts) -> tuple[Edit, ...] | Stays:
    """The flags, what keeps the mounts filled, and the cuts of what they make useless."""
    kept: list[Edit] = []
    for call in calls:
        for each in mounts:
            if each.mount.kept_with is not None and _keeps(call, each.cache):
                kept_with = behind_verb(call, each.mount.kept_with)
                if kept_with is None:
                    return Stays.QUOTED
                kept.append(kept_with)
    cuts = _cuts(run, mounts, facts)
    return cuts if isinstance(cuts, Stays) else (_flags(run, mounts, facts), *kept, *cuts)


def _keeps(call: Step, cache: Cache) -> bool:
    """Whether a call keeps what it fetches in the cache, or would without an option that is taken out."""
    made = call.invocation
    return made is not None and cache in made.ecosystem.caches and made.verb in cache.filled_by


def _flags(run: Run, mounts: Sequence[Placed], facts: Facts) -> Edit:
    """The flags, each on a line of its own, and the command on the next."""
    text = facts.file.text
    layout = facts[Layout].of(run, text)
    line = f" {layout.escape}{layout.newline}{layout.indent}"
    after = run.flags[-1].span.end if run.flags else run.span.start + len(run.keyword)
    end = next(at for at in range(after, len(text)) if text[at] not in " \t")
    breaks = text[end] == layout.escape and not text[end + 1 : end + 2].strip()
    written = (line if run.flags else " ") + line.join(each.flag for each in mounts)
    return insert(after, written) if breaks else Edit(Span(after, end), written + line)


def _cuts(run: Run, mounts: Sequence[Placed], facts: Facts) -> tuple[Edit, ...] | Stays:
    """The cleanups to take out: flags, commands, operands. Any that must stay would empty the mount, or fail on it."""
    caches = [each.cache for each in mounts]
    script = facts[Scripts].of(run)
    found: list[Edit] = []
    done: set[int] = set()
    if script is not None and isinstance(run.command, ShellForm):
        items = script.body.items
        state = errexit(run, script, facts)
        for at, item in enumerate(items):
            if not _only_empties(item, caches):
                continue
            if not at or not _may_go(items, at, state):
                return Stays.CLEANUP
            span = Span(items[at - 1].pipeline.span.end, item.pipeline.span.end)
            found.append(Edit(run.command.body.source(span), ""))
            done.add(at)
    for step in steps_of(run, facts):
        if step.item in done:
            continue
        touched = [cache for cache in ecosystems.touched(step.words) if cache in caches]
        operands = removal.cache_operands(step.words, caches)
        if touched and not operands:
            return Stays.CLEANUP
        for word in (*operands, *ecosystems.avoiding_words(step.words)):
            own = [index for index, each in enumerate(step.words) if each is word]
            at_word = word_of(step, own[0]) if own else None
            before = word_of(step, own[0] - 1) if own and own[0] else None
            if at_word is None or before is None:
                return Stays.QUOTED
            found.append(Edit(Span(before.end, at_word.end), ""))
        if any(_hits(step, each) for each in mounts if not operands):
            return Stays.CLEANUP
    return tuple(_joined(found))


def _joined(found: Sequence[Edit]) -> Iterator[Edit]:
    """Cuts that meet, as one."""
    last: Edit | None = None
    for each in sorted(found, key=lambda edit: edit.span):
        if last is not None and each.span.start <= last.span.end:
            last = Edit(Span(last.span.start, max(last.span.end, each.span.end)), "")
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


def _only_empties(item: Item, caches: Sequence[Cache]) -> bool:
    match item.pipeline.commands:
        case (Simple() as command,):
            hit = ecosystems.touched(unwrap(command).words)
            return ecosystems.purges(command) and bool(hit) and all(cache in caches for cache in hit)
        case _:
            return False


def _may_go(items: Sequence[Item], at: int, state: Errexit) -> bool:
    """Whether the list ends as before without an item that always succeeds."""
    before, after = items[at - 1].joint, items[at].joint
    last = at == len(items) - 1
    if before is Joint.AND:
        plain = all(isinstance(command, Simple) for command in items[at - 1].pipeline.commands)
        return after is Joint.AND or (last and (plain or state is Errexit.OFF))
    alone = at < 2 or items[at - 2].joint not in (Joint.AND, Joint.OR)
    in_sequence = before in (Joint.SEMICOLON, Joint.NEWLINE)
    return in_sequence and (
        (after in (Joint.SEMICOLON, Joint.NEWLINE) and not last)
        or (state is Errexit.ON and alone and not items[at - 1].pipeline.negated)
    )


def _hits(step: Step, mount: Placed) -> bool:
    """Whether a command removes the directory of a mount, or one above it: that fails."""
    if not removal.is_removal(step.words):
        return False
    paths = [(word.literal or word.raw).removesuffix("/*") for word in step.words[1:]]
    return any(covers(path, mount.target) for path in paths if path.startswith(("/", "~")) and path != "/")
