"""The table of an ecosystem: `tables/<name>.toml`, one row for each fact.

manifests, locks, settings   files in the working directory, as the ecosystem names them
files                        "call: path path", what the options of a call name
[verbs]                      for each verb the calls that mean it; `none` are calls that are no call of it
[cache."name"]
  paths                      where it lies
  fills, spares              calls that fill it, and calls that do not
  avoid, too_old, off        options and variables with which it is not filled; images whose tool has no such option
  moved                      calls that put it elsewhere
  purge                      what empties it; empty if nothing is worth it
  emptied, full              commands after which it is surely empty, and commands after which it may not be
  mounts                     "image program root: mount options", what a program run by root or others in an image takes
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from optimizer.ecosystems.verbs import Verb

TABLES = Path(__file__).parent / "tables"
_TOP = {"manifests", "locks", "settings", "files", "verbs", "cache"}
_VERBS = {verb.name.lower() for verb in Verb} | {"none"}
_CACHE = {
    *("paths", "fills", "spares", "avoid", "too_old", "off", "moved", "purge", "emptied", "full", "mounts"),
}
_MAY_BE_EMPTY = {"avoid", "too_old", "off", "moved", "purge", "emptied"}


@dataclass(frozen=True)
class CacheTable:
    """The rows of one cache."""

    name: str
    paths: tuple[str, ...]
    fills: tuple[str, ...]
    spares: tuple[str, ...]
    avoid: tuple[str, ...]
    too_old: tuple[str, ...]
    off: tuple[str, ...]
    moved: tuple[str, ...]
    purge: str
    emptied: tuple[str, ...]
    full: tuple[str, ...]
    mounts: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The rows of one ecosystem, and what is missing among them."""

    name: str
    manifests: tuple[str, ...]
    locks: tuple[str, ...]
    settings: tuple[str, ...]
    files: tuple[str, ...]
    verbs: dict[str, tuple[str, ...]]
    caches: dict[str, CacheTable]
    missing: tuple[str, ...]

    def calls(self) -> Iterator[tuple[str, Verb]]:
        """Every call with the verb that it means."""
        for name, rows in self.verbs.items():
            if name != "none":
                yield from ((row, Verb[name.upper()]) for row in rows)


def load(name: str) -> Table:
    """Read one table; what it lacks is named in it."""
    path = TABLES / f"{name}.toml"
    if not path.exists():
        return Table(name, (), (), (), (), {}, {}, (f"tests/ecosystems/tables/{name}.toml",))
    data = tomllib.loads(path.read_text())
    missing = [f"{name}.toml: {key}" for key in sorted(_TOP ^ data.keys())]
    verbs = data.get("verbs", {})
    missing += [f"{name}.toml: [verbs] {key}" for key in sorted(verbs.keys() - _VERBS)]
    missing += [f"{name}.toml: [verbs] {key}" for key in ("install", "none", "query") if key not in verbs]
    caches = data.get("cache", {})
    for cache, rows in caches.items():
        wrong = sorted(_CACHE ^ rows.keys())
        wrong += sorted(key for key in _CACHE - _MAY_BE_EMPTY if rows.get(key) == [])
        missing += [f'{name}.toml: [cache."{cache}"] {key}' for key in wrong]
    return Table(
        name,
        *(tuple(data.get(key, ())) for key in ("manifests", "locks", "settings", "files")),
        {key: tuple(rows) for key, rows in verbs.items()},
        {cache: CacheTable(cache, **_rows(rows)) for cache, rows in caches.items()} if not missing else {},
        tuple(missing),
    )


def _rows(rows: dict[str, str | list[str]]) -> dict[str, str | tuple[str, ...]]:
    return {key: value if isinstance(value, str) else tuple(value) for key, value in rows.items()}
