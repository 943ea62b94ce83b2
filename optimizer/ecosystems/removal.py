"""Whether a command deletes a directory's contents: `rm -rf` and `find … -delete`, in the spellings people use.

Only what is certain counts. A `*` in quotes is no pattern and removes nothing (POSIX.1-2017, XCU, 2.6.6), so words are
looked at as written, not as the values that quote removal gives them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from optimizer.ecosystems.caches import Cache
from optimizer.shell.nodes import Word

_HOMES = ("$HOME", "${HOME}", "~", "/root")
_FIND_TESTS = {"-type": frozenset({"f"}), "-mindepth": frozenset({"0", "1"})}
"""Tests of find(1) that leave no file of a cache out, and their values."""


@dataclass(frozen=True, slots=True)
class _Removed:
    """What a removal names: `path` None if it is not certain; only files if it does not go into directories."""

    path: str | None
    recursive: bool


def empties(words: Sequence[Word], cache: Cache) -> bool:
    """Whether this simple command (wrappers taken off) surely deletes all that is in the cache."""
    return any(True for _ in emptied(words, (cache,)))


def emptied(words: Sequence[Word], caches: Iterable[Cache]) -> Iterator[int]:
    """The places of the caches of which the command surely deletes all that is in them."""
    found = [each for each in _removed(words) if each.path is not None] if is_removal(words) else []
    if not found:
        return
    removed = {_at_home(each.path or "") for each in found}
    deep = {_at_home(each.path or "") for each in found if each.recursive}
    for place, cache in enumerate(caches):
        covered = (_covered(_at_home(path), deep) for path in cache.paths)
        also = any(_at_home(path) in removed for path in cache.also_emptied_by)
        if also or (any(covered) if cache.only_one else all(covered)):
            yield place


def only_removes(words: Sequence[Word], caches: Sequence[Cache]) -> bool:
    """Whether the command is a removal and each path that it removes lies in one of the caches."""
    removed = list(_removed(words))
    inside = [_at_home(path) for cache in caches for path in cache.paths]
    return bool(removed) and all(
        each.path is not None and any(_within(_at_home(each.path), cache) for cache in inside) for each in removed
    )


def removes_from(words: Sequence[Word], cache: Cache) -> bool:
    """Whether a removal names something in the cache, or a directory that holds it."""
    paths = [_at_home(path) for path in cache.paths]
    named = [_at_home(each.path.removesuffix("/*")) for each in _removed(words) if each.path is not None]
    return any(_within(name, path) or _within(path, name) for name in named for path in paths)


def cache_operands(words: Sequence[Word], caches: Sequence[Cache]) -> tuple[Word, ...]:
    """The operands of `rm` that lie in one of these caches; none if nothing else would be left to remove."""
    if _name(words) != "rm":
        return ()
    inside = [_at_home(path) for cache in caches for path in cache.paths]
    operands = [word for word in words[1:] if not word.raw.startswith("-")]
    found = [
        word
        for word in operands
        if (path := _path(word)) is not None and any(_within(_at_home(path), cache) for cache in inside)
    ]
    return tuple(found) if len(found) < len(operands) else ()


def is_forced(words: Sequence[Word]) -> bool:
    """Whether the command succeeds where there is nothing to remove: `rm -f`."""
    if _name(words) != "rm":
        return False
    options = [word.literal or "" for word in words[1:] if word.raw.startswith("-")]
    return any(option == "--force" or (option[:2] != "--" and "f" in option) for option in options)


def is_removal(words: Sequence[Word]) -> bool:
    """Whether the command is one whose removals are understood."""
    return _name(words) in ("rm", "find")


def _name(words: Sequence[Word]) -> str:
    first = words[0].literal if words else None
    return "" if first is None else first.rpartition("/")[2]


def _removed(words: Sequence[Word]) -> Iterator[_Removed]:
    """What `rm` or `find -delete` deletes."""
    match _name(words):
        case "rm":
            yield from _by_rm(words[1:])
        case "find":
            yield from _by_find(words[1:])
        case _:
            return


def _by_rm(words: Sequence[Word]) -> Iterator[_Removed]:
    options = [word.literal for word in words if word.literal is not None and word.literal.startswith("-")]
    recursive = any(
        option == "--recursive" or (not option.startswith("--") and ("r" in option or "R" in option))
        for option in options
    )
    for word in words:
        if word.raw.startswith("-"):
            continue
        yield _Removed(_path(word), recursive)


def _by_find(words: Sequence[Word]) -> Iterator[_Removed]:
    paths: list[str] = []
    at = 0
    while at < len(words) and not words[at].raw.startswith(("-", "(", "!", "\\")):
        path = _path(words[at])
        if path is None:
            return
        paths.append(path)
        at += 1
    while at < len(words) and words[at].literal in _FIND_TESTS:
        value = words[at + 1].literal if at + 1 < len(words) else None
        if value not in _FIND_TESTS[words[at].literal or ""]:
            return
        at += 2
    if [word.literal for word in words[at:]] == ["-delete"]:
        yield from (_Removed(path, recursive=True) for path in paths)


def _path(word: Word) -> str | None:
    """The path that a word means: its value, or what is written if only `$HOME`, `~` and a final pattern expand."""
    if word.literal is not None:
        return None if "*" in word.literal else posixpath.normpath(word.literal)
    raw = word.raw
    head, _, tail = raw.rpartition('"')
    if "'" in raw or "\\" in raw or "{" in raw.replace("${HOME}", "") or "*" in head:
        return None
    return posixpath.normpath(head.replace('"', "") + tail)


@lru_cache(maxsize=1024)
def _at_home(path: str) -> str:
    """The path with the home directory written as `~`, whoever's it is."""
    for home in _HOMES:
        if path == home or path.startswith(home + "/"):
            return "~" + path[len(home) :]
    parts = path.split("/")
    if len(parts) > 3 and parts[1] == "home":
        return "/".join(("~", *parts[3:]))
    return path


def _covered(directory: str, removed: set[str]) -> bool:
    """Whether a directory's contents go: the directory itself, one above it, or all entries of either."""
    while directory not in ("/", "", "~"):
        if directory in removed or f"{directory}/*" in removed:
            return True
        directory = posixpath.dirname(directory)
    return directory == "~" and "~" in removed


def _within(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory + "/")
