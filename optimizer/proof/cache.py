"""Proofs that were made before, so that a second identical run need not build and run again.

One SQLite file in the user's cache directory. A key is one digest over everything that a proof depends on; neither
texts nor build arguments nor answers are stored. Only proofs are kept: what failed is tried again. Figures are those
of the day of the proof, and a proof is believed for a week, since package mirrors move.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from optimizer.containers.model import ImageId, Version
from optimizer.proof.model import Check, CheckKind, CheckResult, InstructionCost, Measure, Proven, Subject, Terms
from optimizer.proposal import Contract

_FORMAT = "3"
"""Changes when the judge compares more or otherwise, so that older proofs are made again."""
_BELIEVED = 7 * 24 * 3600.0
"""Seconds."""
_KEPT = 1000
"""Proofs; the oldest go first."""


def default_path() -> Path:
    """Where proofs are kept: below `XDG_CACHE_HOME` on Linux."""
    from platformdirs import user_cache_path

    return user_cache_path("optimize", appauthor=False) / "proofs.sqlite"


class ProofCache:
    """Proofs by key. A file that cannot be opened, read or written is as good as none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(self._path, timeout=5)) as database, database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE IF NOT EXISTS proof (key TEXT PRIMARY KEY, made REAL, value TEXT)")
            yield database

    def get(self, key: str, now: float | None = None) -> Proven | None:
        """The proof made under this key, None if there is none or it is too old."""
        oldest = (time.time() if now is None else now) - _BELIEVED
        try:
            with self._open() as database:
                row = database.execute("SELECT value FROM proof WHERE key = ? AND made > ?", (key, oldest)).fetchone()
            return None if row is None else _proven(json.loads(row[0]))
        except (sqlite3.Error, OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, proven: Proven, now: float | None = None) -> None:
        """Keep a proof."""
        made = time.time() if now is None else now
        try:
            with self._open() as database:
                value = json.dumps(asdict(proven), default=_name)
                database.execute("INSERT OR REPLACE INTO proof VALUES (?, ?, ?)", (key, made, value))
                database.execute(
                    "DELETE FROM proof WHERE key NOT IN (SELECT key FROM proof ORDER BY made DESC LIMIT ?)", (_KEPT,)
                )
        except (sqlite3.Error, OSError):
            return


def _name(value: object) -> str:
    if isinstance(value, CheckKind | CheckResult):
        return value.name
    raise TypeError(f"not for the cache: {type(value).__name__}")


def _proven(data: Mapping[str, Any]) -> Proven:
    return Proven(
        before=_measure(data["before"]),
        after=_measure(data["after"]),
        checks=tuple(
            Check(CheckKind[check["kind"]], check["name"], CheckResult[check["result"]], check["detail"])
            for check in data["checks"]
        ),
        compared_paths=data["compared_paths"],
        tools=tuple(Version(**tool) for tool in data["tools"]),
        platform=data["platform"],
    )


def _measure(data: Mapping[str, Any]) -> Measure:
    costs = tuple(InstructionCost(**cost) for cost in data["instructions"])
    return Measure(**{**data, "instructions": costs})


def key(
    original: Subject,
    candidate: Subject,
    contract: Contract,
    terms: Terms,
    bases: Mapping[str, ImageId | None],
    tools: tuple[Version, ...],
) -> str | None:
    """The digest of everything that a proof depends on; None where a base image is not here, so that its name alone
    would say too little."""
    if any(image is None for image in bases.values()):
        return None
    digest = hashlib.sha256()
    smoke = terms.smoke.read_bytes() if terms.smoke is not None and terms.smoke.is_file() else None
    for part in (
        _FORMAT,
        *(repr(subject) for subject in (original, candidate)),
        _written(contract),
        repr((terms.target, terms.build_args, [os.environ.get(name) for name in terms.build_args], terms.passthrough)),
        repr(smoke),
        repr(sorted((name, image.value) for name, image in bases.items() if image is not None)),
        repr(tools),
    ):
        _feed(digest, part.encode("utf-8", "surrogatepass"))
    _feed_directory(digest, terms.context)
    return digest.hexdigest()


def _written(value: object) -> str:
    """A contract, or a part of one, as the same text in every run: sets are sorted, and no field is left out."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, frozenset):
        return repr(sorted(map(_written, value)))
    if is_dataclass(value):
        return repr([(field.name, _written(getattr(value, field.name))) for field in fields(value)])
    return repr(value)


def _feed(digest: hashlib._Hash, data: bytes) -> None:
    digest.update(len(data).to_bytes(8, "big"))
    digest.update(data)


def _feed_directory(digest: hashlib._Hash, root: Path) -> None:
    """Every path of a context with its mode and content. What an ignore file hides counts too: a bind mount of the
    context sees it (buildah, RUN --mount)."""
    for directory, names, files in os.walk(root):
        names.sort()
        for name in sorted([*names, *files]):
            path = Path(directory, name)
            found = path.lstat()
            _feed(digest, os.fsencode(path.relative_to(root)))
            digest.update(found.st_mode.to_bytes(4, "big"))
            if stat.S_ISLNK(found.st_mode):
                _feed(digest, os.fsencode(path.readlink()))
            elif stat.S_ISREG(found.st_mode):
                with path.open("rb") as stream:
                    digest.update(hashlib.file_digest(stream, "sha256").digest())
