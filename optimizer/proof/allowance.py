"""What a contract allows, applied to differences between root file systems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from optimizer.proof.compare import Aspect, Delta
from optimizer.proof.contract import Cover, above
from optimizer.proof.model import DifferenceKind
from optimizer.proof.noise import source_of
from optimizer.proof.rootfs import Kind, Node, Tree, read_tree, same_content
from optimizer.proposal import Contract


class Allowance:
    """One contract over one pair of trees. `context` is the build context's directory; `gone` are the paths of
    packages that may be removed; `after` is only needed to see what a file lost."""

    def __init__(
        self,
        contract: Contract,
        before: Tree,
        context: Path,
        gone: frozenset[str] = frozenset(),
        after: Tree | None = None,
    ) -> None:
        self.removed = Cover(contract.removed)
        self.added = Cover(contract.added)
        self._changed = Cover(contract.changed)
        self._shortened = Cover(contract.shortened)
        self._after = after
        self._before = before
        self._gone = gone
        self._copies = IgnoredCopies(context, contract.ignored) if contract.ignored else None

    def without(self, deltas: Sequence[Delta]) -> tuple[Delta, ...]:
        """The deltas that nothing allows."""
        removed = {delta.path for delta in deltas if delta.kind is DifferenceKind.REMOVED}
        allowed = {delta.path for delta in deltas if self._allows(delta)}
        # Links to what may go, and what was compiled from it, go with it; a link to such a link too.
        while more := {delta.path for delta in deltas if self._follows(delta, allowed, removed)} - allowed:
            allowed |= more
        rest = [delta for delta in deltas if delta.path not in allowed]
        return _without_emptied(rest, allowed)

    def _allows(self, delta: Delta) -> bool:
        match delta.kind:
            case DifferenceKind.REMOVED:
                return delta.path in self.removed or delta.path in self._gone or self._was_ignored(delta)
            case DifferenceKind.ADDED:
                return delta.path in self.added
            case _:
                return delta.path in self._changed or self._lost_lines(delta)

    def _lost_lines(self, delta: Delta) -> bool:
        """Whether a file that may get shorter lost whole lines and kept the others in their order."""
        if self._after is None or delta.aspects != {Aspect.CONTENT} or delta.path not in self._shortened:
            return False
        old = iter((self._before.read(delta.path) or b"").splitlines())
        # `in` goes on in the iterator where it stopped: this asks for a subsequence.
        return all(line in old for line in (self._after.read(delta.path) or b"").splitlines())

    def _was_ignored(self, delta: Delta) -> bool:
        return self._copies is not None and self._copies.explains(self._before, delta.path, delta.node)

    def _follows(self, delta: Delta, allowed: set[str], removed: set[str]) -> bool:
        """Whether a path only served one that may go: a link that would lead nowhere, an alternative, a `.pyc`."""
        source = source_of(delta.path)
        if delta.kind is DifferenceKind.REMOVED and source is not None:
            return source in allowed and source in removed
        if delta.before is None or delta.before.kind is not Kind.LINK:
            return False
        if delta.kind is DifferenceKind.CHANGED and not (
            delta.aspects == {Aspect.TARGET} and delta.path.startswith("/etc/alternatives/")
        ):
            return False
        target = (
            self._before.place(f"{delta.path.rpartition('/')[0]}/{delta.before.target}")
            if not (delta.before.target or "").startswith("/")
            else self._before.place(delta.before.target or "")
        )
        return target is not None and target in allowed and target in removed


def _without_emptied(rest: Sequence[Delta], allowed: set[str]) -> tuple[Delta, ...]:
    """A directory that is missing only because all that it held may be missing was made to hold just that; the same
    for a new directory that holds nothing but what may be new."""
    refused_below = {parent for delta in rest if not _is_directory(delta) for parent in above(delta.path)}
    allowed_below = {parent for path in allowed for parent in above(path) if parent != path}
    kept: list[Delta] = []
    for delta in sorted(rest, key=lambda delta: delta.path, reverse=True):
        emptied = (
            _is_directory(delta)
            and delta.kind is not DifferenceKind.CHANGED
            and delta.path in allowed_below
            and delta.path not in refused_below
        )
        if not emptied:
            kept.append(delta)
            refused_below.update(above(delta.path))
    return tuple(reversed(kept))


def _is_directory(delta: Delta) -> bool:
    return delta.node.kind is Kind.DIRECTORY


class IgnoredCopies:
    """Which missing paths of an image are copies of context files that an ignore file now keeps out."""

    def __init__(self, context: Path, ignored: frozenset[str]) -> None:
        self._tree = read_tree(context)
        self._ignored = frozenset("/" + path.strip("/") for path in ignored)
        self._by_name: Mapping[str, list[str]] = defaultdict(list)
        for path in self._tree.nodes:
            self._by_name[path.rpartition("/")[2]].append(path)

    def explains(self, image: Tree, path: str, node: Node) -> bool:
        """Whether `path` is a copy of an ignored file and of no other.

        The context path that shares the longest tail with the image path is the one that was copied there, whatever
        directory COPY stripped or added. A tail must reach up to the ignored name itself: COPY of that name alone
        would have failed.
        """
        candidates = self._by_name.get(path.rpartition("/")[2], [])
        shared = {candidate: _shared_tail(path, candidate) for candidate in candidates}
        longest = max(shared.values(), default=0)
        best = [
            candidate
            for candidate, length in shared.items()
            if length == longest and self._is_copy(image, path, node, candidate)
        ]
        ignored = [candidate for candidate in best if self._reaches_ignored(candidate, longest)]
        return any(
            all(other in ignored or _lies_elsewhere(image, path, candidate, other, longest) for other in best)
            for candidate in ignored
        )

    def _reaches_ignored(self, candidate: str, length: int) -> bool:
        """Whether the last `length` names of the context path begin at or above a name that is ignored."""
        tops = [part for part in above(candidate) if part in self._ignored]
        return any(candidate.count("/") - top.count("/") + 1 <= length for top in tops)

    def _is_copy(self, image: Tree, path: str, node: Node, candidate: str) -> bool:
        found = self._tree.nodes[candidate]
        if node.kind is not found.kind:
            return False
        match node.kind:
            case Kind.FILE:
                return node.size == found.size and same_content(image.on_disk(path), self._tree.on_disk(candidate))
            case Kind.LINK:
                return node.target == found.target
            case _:
                return node.kind is Kind.DIRECTORY


def _lies_elsewhere(image: Tree, path: str, candidate: str, other: str, shared: int) -> bool:
    """Whether `other` was copied to another place, if `candidate` was copied to `path`: both by one COPY of a
    directory above them."""
    above_path, above_candidate = (name.rsplit("/", shared)[0] for name in (path, candidate))
    return other.startswith(above_candidate + "/") and above_path + other.removeprefix(above_candidate) in image.nodes


def _shared_tail(one: str, other: str) -> int:
    """How many names two paths share at their ends."""
    pairs = zip(reversed(one.split("/")[1:]), reversed(other.split("/")[1:]), strict=False)
    count = 0
    for mine, theirs in pairs:
        if mine != theirs:
            break
        count += 1
    return count


def described(deltas: Iterable[Delta]) -> list[tuple[DifferenceKind, str, str]]:
    """Deltas as people read them: kind, path, detail. What lies below a missing or new directory is only counted."""
    tops: list[tuple[Delta, int]] = []
    for delta in sorted(deltas, key=lambda delta: delta.path):
        if tops and delta.kind is not DifferenceKind.CHANGED:
            top, count = tops[-1]
            if top.kind is delta.kind and _is_directory(top) and delta.path.startswith(top.path + "/"):
                tops[-1] = top, count + 1
                continue
        tops.append((delta, 0))
    return [(delta.kind, delta.path, _detail(delta, below)) for delta, below in tops]


def _detail(delta: Delta, below: int) -> str:
    if delta.before is None or delta.after is None:
        kind = delta.node.kind.value
        return f"{kind} with {below:,} paths below it" if below else kind
    old, new = delta.before, delta.after
    parts: list[str] = []
    for aspect in sorted(delta.aspects, key=lambda aspect: aspect.value):
        match aspect:
            case Aspect.KIND:
                parts.append(f"{old.kind.value} → {new.kind.value}")
            case Aspect.MODE:
                parts.append(f"mode {old.mode:04o} → {new.mode:04o}")
            case Aspect.OWNER:
                parts.append(f"owner {old.uid}:{old.gid} → {new.uid}:{new.gid}")
            case Aspect.CONTENT:
                sizes = f", {old.size:,} → {new.size:,} bytes" if old.size != new.size else ""
                parts.append(f"content{sizes}")
            case Aspect.TARGET:
                parts.append(f"target {old.target} → {new.target}")
            case Aspect.DEVICE | Aspect.ATTRIBUTES:
                parts.append(aspect.value)
    return ", ".join(parts)
