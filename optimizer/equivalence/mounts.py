"""Cache mounts in place of cleanups: what a RUN no longer empties must lie on a mount of its own."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from optimizer import ecosystems
from optimizer.ecosystems import removal
from optimizer.ecosystems.caches import Cache
from optimizer.equivalence.cleanups import calls, cleans, only_cleans, without_cleanup
from optimizer.facts.trace import Session, Step
from optimizer.shell.dialect import interpreter
from optimizer.shell.nodes import Simple
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read
from optimizer.text import Span


@dataclass(frozen=True, slots=True)
class _Entry:
    """A step without cleanups and cache mounts; `emptied` and `mounted` are names of caches, `mounts` the flags."""

    step: Step
    emptied: frozenset[str]
    mounted: frozenset[str]
    mounts: frozenset[str]


def mounted(old: Sequence[Step], new: Sequence[Step]) -> str | None:
    """What `new` does beyond giving caches as mounts, None if nothing."""
    before, after = list(_entries(old)), list(_entries(new))
    if len(before) != len(after):
        return f"{len(before)} steps became {len(after)}"
    for left, right in zip(before, after, strict=True):
        if left.step != right.step:
            return f"`{_shown(left.step)}` became `{_shown(right.step)}`"
        if not left.mounts <= right.mounts:
            return f"a mount of `{_shown(left.step)}` is gone"
        if lost := left.emptied - right.emptied - right.mounted:
            return f"the {min(lost)} is emptied no more"
    return None


def _shown(step: Step) -> str:
    return " && ".join(step.commands)[:120] if isinstance(step, Session) else str(step)[:120]


def _entries(steps: Sequence[Step]) -> Iterator[_Entry]:
    pending: _Entry | None = None
    for step in steps:
        if not isinstance(step, Session) or step.heredocs:
            if pending is not None:
                yield pending
            pending = _Entry(_bare(step), frozenset(), frozenset(), _cache_mounts(step))
            continue
        text = " && ".join(step.commands)
        if pending is not None and only_cleans(text, cleans):
            pending = replace(pending, emptied=pending.emptied | _emptied(text))
            continue
        if pending is not None:
            yield pending
        found = tuple(_mounted(step))
        plain = _without_options(text, found)
        errexit = interpreter(step.setting.shell).errexit
        kept = _without_operands(without_cleanup(plain, cleans, errexit=errexit))
        bare = _bare(replace(step, commands=(kept,)))
        names = frozenset(cache.name for cache in found)
        pending = _Entry(bare, _emptied(plain), names, _cache_mounts(step))
    if pending is not None:
        yield pending


def _bare(step: Step) -> Step:
    if not isinstance(step, Session):
        return step
    flags = tuple(flag for flag in step.setting.flags if flag not in _cache_mounts(step))
    return replace(step, setting=replace(step.setting, flags=flags))


def _cache_mounts(step: Step) -> frozenset[str]:
    """The flags that mount a cache which some ecosystem knows."""
    flags = step.setting.flags if isinstance(step, Session) else ()
    return frozenset(flag for flag in flags if (target := _target(flag)) is not None and any(_caches(target)))


def _mounted(step: Session) -> Iterator[Cache]:
    for flag in sorted(_cache_mounts(step)):
        yield from _caches(_target(flag) or "")


def _target(flag: str) -> str | None:
    """Where a plain `--mount=type=cache` puts its cache."""
    name, _, value = flag.partition("=")
    fields = dict(field.partition("=")[::2] for field in next(csv.reader([value]), []))
    if name != "--mount" or fields.get("type") != "cache" or "from" in fields or "$" in value:
        return None
    return fields.get("target")


def _caches(target: str) -> Iterator[Cache]:
    for ecosystem in ecosystems.REGISTRY:
        for cache in ecosystem.caches:
            if any(target == path or (path[0] == "~" and target.endswith(path[1:])) for path in cache.paths):
                yield cache


def _emptied(text: str) -> frozenset[str]:
    """Names of the caches that commands of a text empty, wholly or in part, or avoid."""
    names: set[str] = set()
    for command in commands(read(text)):
        for words, _ in calls(command, 0):
            names.update(cache.name for cache in ecosystems.touched(words))
            if ecosystems.avoiding_words(words) and (found := ecosystems.called(words)) is not None:
                names.update(cache.name for cache in found[1].ecosystem.caches if cache.avoid is not None)
    return frozenset(names)


def _without_operands(text: str) -> str:
    """The text without those operands of `rm` that lie in a cache, where others are left."""
    spans = [
        word.span
        for command in commands(read(text))
        for word in removal.cache_operands(unwrap(command).words, ecosystems.every_cache())
    ]
    return _cut(text, spans)


def _without_options(text: str, caches: Sequence[Cache]) -> str:
    """The text without the options behind a verb that only serve the mounts of these caches."""
    spans: list[Span] = []
    for command in commands(read(text)):
        if isinstance(command, Simple):
            for words, shift in calls(command, 0):
                spans += [word.span.shift(shift) for word in ecosystems.keeping_words(words, caches)]
    return _cut(text, spans)


def _cut(text: str, spans: Sequence[Span]) -> str:
    kept: list[str] = []
    done = 0
    for span in sorted(spans):
        kept.append(text[done : span.start].rstrip(" \t"))
        done = span.end
    kept.append(text[done:])
    return "".join(kept)
