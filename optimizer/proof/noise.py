"""What differs between any two builds of the same Containerfile, as a table with reasons.

Modification times and directory sizes are never compared at all. Everything else is compared unless a rule here says
why not; the rest of what an original does not reproduce is learnt from a second build of it (`Learned`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from optimizer.proof import truststore
from optimizer.proof.compare import Aspect, Delta
from optimizer.proof.contract import Cover
from optimizer.proof.model import DifferenceKind
from optimizer.proof.rootfs import Kind, Tree
from optimizer.proposal import PathPattern

_LARGEST_TEXT = 1 << 22
"""Bytes up to which a file that no build repeats is read word by word."""
_WORD = re.compile(rb"\w+")
_DIGIT = re.compile(rb"\d")


class Scope(Enum):
    """How much of a path a rule leaves out."""

    WHOLLY = "neither its presence nor its content is compared"
    CONTENT = "its content is not compared; presence, type, mode and owner are"
    MASKED = "its content is compared but for a part"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of noise. `mask` cuts out of the bytes what changes; only for MASKED."""

    glob: str
    scope: Scope
    reason: str
    mask: Callable[[bytes], bytes] | None = None


def _without_dates(shadow: bytes) -> bytes:
    """shadow(5): the third field is the day of the last change, counted from 1970."""
    return b"\n".join(b":".join([*line.split(b":")[:2], *line.split(b":")[3:]]) for line in shadow.split(b"\n"))


def _without_header(compiled: bytes) -> bytes:
    """PEP 552: magic number, flags, then eight bytes that hold time and size of the source, or its hash."""
    return compiled[:8] + compiled[16:]


RULES: tuple[Rule, ...] = (
    Rule("/proc", Scope.WHOLLY, "a kernel file system is mounted over it"),
    Rule("/sys", Scope.WHOLLY, "a kernel file system is mounted over it"),
    Rule("/dev", Scope.WHOLLY, "the runtime mounts its own"),
    Rule("/run/.containerenv", Scope.WHOLLY, "the runtime writes it"),
    Rule("/run/secrets", Scope.WHOLLY, "builders leave mount points there"),
    Rule("/run", Scope.CONTENT, "what services of the build wrote; directories there are part of the image"),
    Rule("/etc/resolv.conf", Scope.WHOLLY, "the runtime mounts its own over it"),
    Rule("/etc/hosts", Scope.WHOLLY, "the runtime mounts its own over it"),
    Rule("/etc/hostname", Scope.WHOLLY, "the runtime mounts its own over it"),
    Rule("/.dockerenv", Scope.WHOLLY, "the runtime writes it"),
    Rule("/etc/passwd-", Scope.WHOLLY, "backup that shadow tools write and nothing reads"),
    Rule("/etc/group-", Scope.WHOLLY, "backup that shadow tools write and nothing reads"),
    Rule("/etc/shadow-", Scope.WHOLLY, "backup that shadow tools write and nothing reads"),
    Rule("/etc/gshadow-", Scope.WHOLLY, "backup that shadow tools write and nothing reads"),
    Rule("/etc/subuid-", Scope.WHOLLY, "backup that shadow tools write and nothing reads"),
    Rule("/etc/subgid-", Scope.WHOLLY, "backup that shadow tools write and nothing reads"),
    Rule("/var/lib/dpkg/*-old", Scope.WHOLLY, "backup that dpkg writes and nothing reads"),
    Rule("/var/cache/debconf/*-old", Scope.WHOLLY, "backup that debconf writes and nothing reads"),
    Rule("/var/cache/ldconfig/aux-cache", Scope.WHOLLY, "holds inode numbers; ldconfig makes it again"),
    Rule("/**/.npm/_logs", Scope.WHOLLY, "logs named after the time"),
    Rule("/**/.npm/_update-notifier-last-checked", Scope.WHOLLY, "says when npm looked for itself"),
    Rule("/**/.cache/go-build", Scope.WHOLLY, "named after hashes, of logs with their times too; Go makes it again"),
    Rule("/**/.cache/pip/selfcheck", Scope.WHOLLY, "says when pip looked for itself"),
    Rule("/etc/shadow", Scope.MASKED, "holds the day of each password's last change", _without_dates),
    Rule("/**.pyc", Scope.MASKED, "the header holds the time of its source", _without_header),
    Rule("/**/cacerts", Scope.MASKED, "a trust store says when each certificate was added", truststore.without_times),
    Rule("/etc/ld.so.cache", Scope.CONTENT, "read as a set of libraries instead (`ldcache`)"),
    Rule("/etc/machine-id", Scope.CONTENT, "random by design"),
    Rule("/var/lib/dbus/machine-id", Scope.CONTENT, "random by design"),
    Rule("/etc/ssh/ssh_host_*", Scope.CONTENT, "keys made when the package was configured"),
    Rule("/etc/ssl/certs/ssl-cert-snakeoil.pem", Scope.CONTENT, "a key made when the package was configured"),
    Rule("/etc/ssl/private/ssl-cert-snakeoil.key", Scope.CONTENT, "a key made when the package was configured"),
    Rule("/var/lib/systemd/random-seed", Scope.CONTENT, "random by design"),
    Rule("/var/log", Scope.CONTENT, "logs hold the time"),
    Rule("/var/cache/apt/*.bin", Scope.CONTENT, "apt's index of its lists holds their times"),
    Rule("/var/cache/fontconfig", Scope.CONTENT, "holds the times of font directories"),
    Rule(
        "/var/lib/apt/lists", Scope.CONTENT, "what a mirror offered when it was asked; packages are compared by version"
    ),
    Rule("/var/lib/dpkg/status", Scope.CONTENT, "read as a set of packages instead"),
    Rule("/var/lib/dpkg/available", Scope.CONTENT, "read as a set of packages instead"),
    Rule(
        "/var/lib/apt/extended_states", Scope.CONTENT, "why a package was installed, in the order it was; no program's"
    ),
    Rule("/lib/apk/db", Scope.CONTENT, "read as a set of packages instead; scripts.tar holds times"),
    Rule("/usr/lib/apk/db", Scope.CONTENT, "read as a set of packages instead; scripts.tar holds times"),
    *(
        Rule(f"{directory}/{name}", Scope.WHOLLY if name.startswith(".") else Scope.CONTENT, reason)
        for directory in ("/usr/lib/sysimage/rpm", "/var/lib/rpm")
        for name, reason in (
            ("rpmdb.sqlite", "read as a set of packages instead"),
            ("Packages.db", "read as a set of packages instead"),
            ("Index.db", "rpm makes it again from the packages"),
            (".rpm.lock", "rpm's lock"),
        )
    ),
    *(
        Rule(f"{directory}/rpmdb.sqlite-{part}", Scope.WHOLLY, "SQLite's journal, read with the database")
        for directory in ("/usr/lib/sysimage/rpm", "/var/lib/rpm")
        for part in ("shm", "wal")
    ),
    Rule("/var/lib/dnf", Scope.CONTENT, "dnf's history holds the time"),
    Rule("/usr/lib/sysimage/libdnf5", Scope.CONTENT, "dnf's history holds the time"),
    Rule("/var/lib/zypp/AnonymousUniqueId", Scope.CONTENT, "random by design"),
    Rule("/**/.cache/pip", Scope.CONTENT, "answers of an index with their dates"),
    Rule("/**/.npm/_cacache", Scope.CONTENT, "answers of a registry with their dates"),
)


class Noise:
    """The rules, ready to be asked."""

    def __init__(self, rules: Sequence[Rule] = RULES) -> None:
        self._scopes = {
            scope: Cover(PathPattern(rule.glob) for rule in rules if rule.scope is scope) for scope in Scope
        }
        self._masks = [(Cover([PathPattern(rule.glob)]), rule.mask) for rule in rules if rule.mask is not None]

    def without(self, deltas: Iterable[Delta], before: Tree, after: Tree) -> tuple[Delta, ...]:
        """The deltas that are no noise. A directory that only one side has, with nothing but noise in it, is noise."""
        all_deltas = tuple(deltas)
        changed = {delta.path for delta in all_deltas}
        rest = tuple(delta for delta in all_deltas if not self._explains(delta, changed, before, after))
        noisy = {parent for path in changed - {delta.path for delta in rest} for parent in _parents(path)}
        wanted = {parent for delta in rest if delta.path not in noisy for parent in _parents(delta.path)}
        return tuple(delta for delta in rest if not (_is_holder(delta, noisy) and delta.path not in wanted))

    def _explains(self, delta: Delta, changed: set[str], before: Tree, after: Tree) -> bool:
        if delta.path in self._scopes[Scope.WHOLLY]:
            return True
        if delta.aspects != {Aspect.CONTENT}:
            return False
        if delta.path in self._scopes[Scope.CONTENT]:
            return True
        source = source_of(delta.path)
        if source is not None and source in before.nodes and source not in changed:
            return True  # an interpreter makes it again from a source that is the same
        for cover, mask in self._masks:
            if delta.path in cover:
                return mask(before.read(delta.path) or b"") == mask(after.read(delta.path) or b"")
        return False


def _parents(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def _is_holder(delta: Delta, noisy: set[str]) -> bool:
    """Whether it is a directory that only one side has, and noise lies in it."""
    return delta.path in noisy and delta.kind is not DifferenceKind.CHANGED and delta.node.kind is Kind.DIRECTORY


def source_of(compiled: str) -> str | None:
    """The source of a `.pyc` in `__pycache__` (PEP 3147: `module.cpython-311.pyc`), None for other paths."""
    directory, _, name = compiled.rpartition("/")
    parent, _, cache = directory.rpartition("/")
    if cache != "__pycache__" or not name.endswith(".pyc"):
        return None
    return f"{parent}/{name.split('.', 1)[0]}.py"


class Learned:
    """What two builds of the original themselves do not agree on.

    A difference is noise of this build only if the originals differ in the same way at the same path: other content
    does not excuse a missing file, and a stamp in a file does not excuse another line of it. Where the originals do not
    even agree on names (random ones) in a directory, a new name of the same kind in that directory is excused too.
    """

    def __init__(self, deltas: Iterable[Delta], one: Tree, other: Tree) -> None:
        self._one, self._other = one, other
        self._deltas = {delta.path: delta for delta in deltas}
        removed = {_place(delta) for delta in self._deltas.values() if delta.kind is DifferenceKind.REMOVED}
        added = {_place(delta) for delta in self._deltas.values() if delta.kind is DifferenceKind.ADDED}
        self._random = removed & added

    def without(self, deltas: Iterable[Delta], after: Tree) -> tuple[Delta, ...]:
        """The deltas that the second original does not excuse. Parents come before what is below them."""
        kept: list[Delta] = []
        excused: set[str] = set()
        for delta in sorted(deltas, key=lambda delta: delta.path):
            if self._explains(delta, after) or (
                delta.kind is DifferenceKind.ADDED and delta.path.rpartition("/")[0] in excused
            ):
                excused.add(delta.path)
            else:
                kept.append(delta)
        return tuple(kept)

    def _explains(self, delta: Delta, after: Tree) -> bool:
        if delta.kind is DifferenceKind.ADDED and _place(delta) in self._random:
            return True
        learned = self._deltas.get(delta.path)
        if learned is None:
            return False
        if delta.kind is not DifferenceKind.CHANGED:
            return learned.kind is delta.kind
        if learned.kind is not DifferenceKind.CHANGED or not delta.aspects <= learned.aspects:
            return False
        return Aspect.CONTENT not in delta.aspects or self._varies_alike(delta.path, after)

    def _varies_alike(self, path: str, after: Tree) -> bool:
        """Whether a file holds what both originals hold: every line, and in the lines that they do not share every word
        without a digit. Of a file that is not text, or is large, only the size is compared."""
        contents = [tree.read(path) or b"" for tree in (self._one, self._other, after)]
        shortest, longest = sorted(map(len, contents[:2]))
        if not shortest // 2 <= len(contents[2]) <= longest * 2:
            return False
        if longest > _LARGEST_TEXT or any(b"\0" in content for content in contents):
            return True
        one, other, new = (Counter(content.splitlines()) for content in contents)
        shared = one & other
        if shared - new:
            return False
        first, second, third = (_words(lines - shared) for lines in (one, other, new))
        return not (first & second) - third


def _words(lines: Counter[bytes]) -> Counter[bytes]:
    """The words of lines, without those that hold a digit: numbers, dates, and what is random."""
    words = Counter(_WORD.findall(b"\n".join(lines.elements())))
    return Counter({word: count for word, count in words.items() if not _DIGIT.search(word)})


def _place(delta: Delta) -> tuple[str, Kind]:
    return delta.path.rpartition("/")[0], delta.node.kind
