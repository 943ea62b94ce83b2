"""What steps took away again of what packages brought: a stage that installs the packages anew takes it away too."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from shlex import quote

from optimizer.evidence.owners import Owners
from optimizer.evidence.runtime import Runtime
from optimizer.evidence.split import Removal
from optimizer.evidence.stage import BuiltStage
from optimizer.evidence.tree import Root, parents, under
from optimizer.shell.nodes import Pipeline, Simple, Word
from optimizer.shell.query import and_list
from optimizer.shell.reader import read

_PASSING = ("/var", "/tmp", "/run")
"""Where what is gone is no decision."""

_OF_PACKAGES = ("/etc", "/usr", "/lib", "/opt")
_OWN = ("/usr/local", "/usr/src")
"""Where scripts of packages make files, and where in there they do not (FHS 3.0)."""


def removals(stage: BuiltStage, runtime: Runtime, install: tuple[str, ...]) -> Iterator[Removal]:
    """The words of commands that removed what the runtime stage would bring back: files of its base, and what scripts
    of its packages make. What one step made and removed is in no layer: its directory tells whose it was."""
    owners, made = stage.owners, set[str]()
    packages = owners.packages.closure(install)
    for step in owners.steps:
        gone = {
            path
            for path in step.change.removed
            if (path in runtime.root.nodes or (install and path in made and _is_of_packages(path)))
            and path not in owners.root.nodes
        }
        if step.runs:
            said = [each for each in _removed_words(step.text) if not _is_there(each.word, owners.root)]
            known = {each: _matching(each.word, gone) for each in said}
            yield from (each for each in said if known[each] or _brings(each.word, owners, packages))
            rest = gone.difference(*known.values())
            yield from (Removal(quote(path)) for path in sorted(rest) if _is_meant(path, step.text))
        made |= step.change.written.keys()


def of_system(words: Sequence[Word]) -> Iterator[Removal]:
    """What a command removes, where it is certain which of the system's own files that is."""
    if not words or words[0].literal != "rm":
        return
    deep = any(word.raw == "--recursive" or (word.raw[:1] == "-" and set(word.raw) & set("rR")) for word in words)
    for word in words[1:]:
        text = word.raw if word.literal is None else quote(word.literal)
        usual = word.literal is not None or not set(word.raw) & set("$`'\"\\{~")
        if usual and text.startswith(("/", "'/")) and not under(text.strip("'"), _PASSING) and text.count("/") > 1:
            yield Removal(text, deep)


def _removed_words(text: str) -> Iterator[Removal]:
    for pipeline in and_list(read(text)) or ():
        match pipeline:
            case Pipeline(commands=(Simple(assignments=(), redirections=()) as simple,), negated=False):
                yield from of_system(simple.words)


def _is_there(word: str, root: Root) -> bool:
    named = _pattern(word)
    return word.strip("'") in root.nodes if named is None else any(map(named, root.nodes))


def _matching(word: str, paths: Iterable[str]) -> frozenset[str]:
    """The paths that the word of a command names, and what lies below them."""
    named = _pattern(word)
    if named is None:
        return frozenset(path for path in paths if under(path, (word.strip("'"),)))
    return frozenset(path for path in paths if any(map(named, (path, *parents(path)))))


def _pattern(word: str) -> Callable[[str], bool] | None:
    """What tells the paths that a word with stars names, None if it has none. A star stands for no more than one name
    (glob(7))."""
    star = next((index for index, sign in enumerate(word) if sign in "*?["), None)
    if star is None:
        return None
    where = word[:star]
    return lambda path: path.startswith(where) and PurePosixPath(path).match(word)


def _is_of_packages(path: str) -> bool:
    return under(path, _OF_PACKAGES) and not under(path, _OWN)


def _brings(word: str, owners: Owners, packages: Collection[str]) -> bool:
    """Whether a word names something in a directory that packages fill."""
    directory = posixpath.dirname(word.strip("'"))
    is_there = directory in owners.root.nodes and _is_of_packages(directory)
    near = (directory, *owners.root.children(directory)) if is_there else ()
    return any(owners.packages.owner.get(path) in packages for path in near)


def _is_meant(path: str, text: str) -> bool:
    return not under(path, _PASSING) and any(each in text for each in (path, *_deep(path)))


def _deep(path: str) -> tuple[str, ...]:
    return tuple(each for each in parents(path) if each.count("/") > 2)
