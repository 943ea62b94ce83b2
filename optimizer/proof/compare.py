"""Two root file systems path by path: what is missing, what is new, what is different. Nothing is forgiven here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum

from optimizer.proof.model import DifferenceKind
from optimizer.proof.rootfs import Kind, Node, Tree, same_content

_READERS = 4
"""Threads that compare contents; they wait for the disk more than they compute."""
_AT_ONCE = 100
"""Files for one thread: to hand over a small one takes longer than to read it."""


class Aspect(Enum):
    """In what a path that both sides have differs."""

    KIND = "type"
    MODE = "mode"
    OWNER = "owner"
    CONTENT = "content"
    TARGET = "target"
    DEVICE = "device number"
    ATTRIBUTES = "extended attributes"


@dataclass(frozen=True, slots=True)
class Delta:
    """One path that differs; `before` or `after` is None where it does not exist."""

    path: str
    kind: DifferenceKind
    before: Node | None
    after: Node | None
    aspects: frozenset[Aspect] = frozenset()

    @property
    def node(self) -> Node:
        """The side that exists, the one before if both do."""
        node = self.before or self.after
        assert node is not None
        return node


class Contents:
    """Which contents are the same, read once: a layer's diff ID and a path in it tell one content for good. Safe to use
    from several threads."""

    def __init__(self) -> None:
        self._same: dict[tuple[str, str, str], bool] = {}

    def same(self, before: Tree, after: Tree, path: str) -> bool:
        """Whether a file that has the same size on both sides has the same content. Raises OSError."""
        one, other = before.origins.get(path), after.origins.get(path)
        if one is None or other is None:
            return same_content(before.on_disk(path), after.on_disk(path))
        if (one, other, path) not in self._same:
            self._same[one, other, path] = same_content(before.on_disk(path), after.on_disk(path))
        return self._same[one, other, path]


def compare(before: Tree, after: Tree, contents: Contents | None = None) -> tuple[Delta, ...]:
    """Every difference, sorted by path. Contents are read only where size and layer leave it open, and `contents` were
    not read before."""
    contents = contents or Contents()
    deltas = list(_presence(before, after))
    unread: list[str] = []
    for path, old in before.nodes.items():
        new = after.nodes.get(path)
        if new is None:
            continue
        aspects = frozenset(_aspects(old, new))
        if aspects:
            deltas.append(Delta(path, DifferenceKind.CHANGED, old, new, aspects))
        if (
            not aspects & {Aspect.KIND, Aspect.CONTENT}
            and old.kind is Kind.FILE
            and not _same_layer(before, after, path)
        ):
            unread.append(path)

    def differing(paths: Sequence[str]) -> list[str]:
        return [path for path in paths if not contents.same(before, after, path)]

    with ThreadPoolExecutor(_READERS) as readers:
        parts = (unread[start : start + _AT_ONCE] for start in range(0, len(unread), _AT_ONCE))
        changed = {path for found in readers.map(differing, parts) for path in found}
    return tuple(sorted(_with_contents(deltas, changed, before, after), key=lambda delta: delta.path))


def _presence(before: Tree, after: Tree) -> Iterator[Delta]:
    for path in before.nodes.keys() - after.nodes.keys():
        yield Delta(path, DifferenceKind.REMOVED, before.nodes[path], None)
    for path in after.nodes.keys() - before.nodes.keys():
        yield Delta(path, DifferenceKind.ADDED, None, after.nodes[path])


def _aspects(old: Node, new: Node) -> Iterator[Aspect]:
    if old.kind is not new.kind:
        yield Aspect.KIND
        return
    if old.mode != new.mode and old.kind is not Kind.LINK:
        yield Aspect.MODE
    if (old.uid, old.gid) != (new.uid, new.gid):
        yield Aspect.OWNER
    if old.size != new.size:
        yield Aspect.CONTENT
    if old.target != new.target:
        yield Aspect.TARGET
    if old.device != new.device:
        yield Aspect.DEVICE
    if old.attributes != new.attributes:
        yield Aspect.ATTRIBUTES


def _same_layer(before: Tree, after: Tree, path: str) -> bool:
    """Whether the same layer wrote the path last on both sides: a diff ID is a digest of all that the layer holds."""
    origin = before.origins.get(path)
    return origin is not None and origin == after.origins.get(path)


def _with_contents(deltas: list[Delta], changed: set[str], before: Tree, after: Tree) -> Iterator[Delta]:
    for delta in deltas:
        if delta.path not in changed:
            yield delta
            continue
        changed.remove(delta.path)
        aspects = delta.aspects | {Aspect.CONTENT}
        yield Delta(delta.path, delta.kind, delta.before, delta.after, aspects)
    for path in changed:
        yield Delta(path, DifferenceKind.CHANGED, before.nodes[path], after.nodes[path], frozenset({Aspect.CONTENT}))
