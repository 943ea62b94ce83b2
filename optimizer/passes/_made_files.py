"""Files that a RUN fetches, unpacks and removes, with the directory in which each command runs.

Only what runs whenever its RUN does counts: simple commands at the top of the script. A file is known by its path as
the shell would see it, variables as written; it is the same file if working directory and words are the same.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from optimizer.containerfile.nodes import Run
from optimizer.ecosystems import called, transfers
from optimizer.facts import Facts
from optimizer.facts.scripts import Scripts
from optimizer.facts.states import States
from optimizer.shell.nodes import Command, Group, GroupKind, Joint, Script, Simple, Word
from optimizer.shell.query import every_command, unwrap

_MOVES = frozenset({"cd", "pushd", "popd"})


@dataclass(frozen=True, slots=True)
class Place:
    """One simple command at the top of a script. `directory` None: it is not certain where it runs."""

    item: int
    simple: Simple
    words: tuple[Word, ...]
    wrappers: tuple[str, ...]
    directory: str | None

    def key(self, path: str) -> str | None:
        """A path as this command means it."""
        return resolved(self.directory, path)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that a command fetches: by which command, as it writes the path, and what that means."""

    by: Place
    written: str
    key: str


def resolved(directory: str | None, path: str) -> str | None:
    """A path seen from a directory; None if it is not certain."""
    if path.startswith(("/", "~")):
        return posixpath.normpath(path)
    return None if directory is None else posixpath.normpath(posixpath.join(directory, path))


def places(run: Run, facts: Facts) -> tuple[Place, ...]:
    """The simple commands of a RUN that run whenever it does, in order."""
    script = facts[Scripts].of(run)
    return () if script is None else tuple(_places(script, facts[States].at(run).workdir))


def end(run: Run, facts: Facts) -> str | None:
    """Where the shell stands when a RUN ends; None if that is not certain."""
    script = facts[Scripts].of(run)
    if script is None:
        return None
    directory: str | None = facts[States].at(run).workdir
    for item in script.body.items:
        for command in item.pipeline.commands:
            directory = _after(command, directory, script, alone=len(item.pipeline.commands) == 1)
    return directory


def _places(script: Script, start: str) -> Iterator[Place]:
    directory: str | None = start
    before = Joint.AND
    for at, item in enumerate(script.body.items):
        found = item.pipeline.commands
        for command in found:
            if isinstance(command, Simple) and before is not Joint.OR and not item.pipeline.negated:
                wrapped = unwrap(command)
                yield Place(at, command, wrapped.words, wrapped.wrappers, directory)
            directory = _after(command, directory, script, alone=len(found) == 1)
        before = item.joint


def _after(command: Command, directory: str | None, script: Script, *, alone: bool) -> str | None:
    """Where the shell stands after a command. What happens in a pipeline or a subshell stays there."""
    if not alone or (isinstance(command, Group) and command.kind is GroupKind.SUBSHELL):
        return directory
    if isinstance(command, Simple):
        name = command.words[0].literal if command.words else None
        if name not in _MOVES:
            return directory
        target = command.words[1] if len(command.words) == 2 else None
        if name == "popd" or target is None or target.literal is None or target.literal == "-":
            return None
        return resolved(directory, target.literal)
    inside = (each for each in every_command(script) if command.span.contains(each.span) and isinstance(each, Simple))
    return None if any(each.words and each.words[0].literal in _MOVES for each in inside) else directory


def fetched(run: Run, facts: Facts) -> Iterator[Fetched]:
    """The files that a RUN fetches, by an option of the fetcher or by redirection."""
    for place in places(run, facts):
        names = list(transfers.fetches(place.words))
        if place.words and place.words[0].literal in ("curl", "wget"):
            targets = (each.target for each in place.simple.redirections if each.operator == ">")
            names += [transfers.bare(target) for target in targets if _is_file(target)]
        for name in names:
            key = place.key(name)
            if key is not None:
                yield Fetched(place, name, key)


def _is_file(target: Word) -> bool:
    """Whether a redirection goes to a file and not to a device."""
    return not transfers.bare(target).startswith(("/dev/", "&"))


def unpacks(place: Place, key: str) -> bool:
    """Whether a command unpacks or installs the file."""
    names = list(transfers.unpacked(place.words))
    call = called(place.words)
    if call is not None:
        names += call[1].local(tuple(transfers.bare(word) for word in call[0]))
    return any(place.key(name) == key for name in names)


def removes(place: Place, key: str) -> bool:
    """Whether a command removes the file, or may: by its name, a pattern or a directory above it."""
    found = transfers.removes(place.words)
    if found is None:
        return bool(place.words) and place.words[0].literal == "find" and "-delete" in [w.raw for w in place.words]
    return any(covers(place, path, key) for path in found)


def covers(place: Place, path: str, key: str) -> bool:
    """Whether a removed path takes the file with it, or could."""
    seen = place.key(path)
    if seen is None or "$" in path:
        return posixpath.basename(path) == posixpath.basename(key) or "*" in path or path.startswith("$")
    top = seen.partition("*")[0]
    return key == seen or key.startswith(f"{seen}/") or ("*" in seen and key.startswith(top))


def surely_covers(place: Place, path: str, key: str) -> bool:
    """Whether a removed path takes the file with it for certain: its own name, a directory above it, a pattern."""
    seen = place.key(path)
    if seen is None:
        return False
    if key == seen or key.startswith(f"{seen}/"):
        return True
    return posixpath.dirname(key) == posixpath.dirname(seen) and _matches(seen, key)


def _matches(pattern: str, key: str) -> bool:
    """Whether the last name matches that of a pattern that holds nothing but `*`."""
    pattern, name = posixpath.basename(pattern), posixpath.basename(key)
    plain = "*" in pattern and not any(sign in pattern + name for sign in "$?[{")
    return plain and not name.startswith(".") and fnmatchcase(name, pattern)


def names(words: tuple[Word, ...], key: str) -> bool:
    """Whether a command names the file, by its last name at least, or by a pattern that could mean it."""
    return any(posixpath.basename(key) in transfers.bare(word) or _could_mean(word.raw, key) for word in words)


def _could_mean(pattern: str, key: str) -> bool:
    """A pattern without a directory could be seen from anywhere."""
    directory = posixpath.dirname(pattern)
    return _matches(pattern, key) and directory in ("", ".", posixpath.dirname(key))
