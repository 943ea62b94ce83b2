"""Whether every program and library still finds the libraries it found before, asked of the image's own loader.

glibc's loader lists with `--list` (ld.so(8)), musl's is asked the same way. What is missing makes it fail, or stands in
the list as `not found`.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from optimizer.containers.model import Engine, Network, RunRequest
from optimizer.proof.compare import Aspect, Delta
from optimizer.proof.elf import DynamicFiles, Elf, is_library_name
from optimizer.proof.model import Difference, DifferenceKind
from optimizer.proof.packages import owners_of
from optimizer.proof.rootfs import Tree
from optimizer.proof.usercheck import Side

_LIMIT = 300.0
"""Seconds for one run over all files; a loader needs about 5 ms for each."""

_DIRECTORY = re.compile(r"(?:/usr(?:/local)?)?/lib(?:32|64|x32)?(?:/[a-z0-9_]+-linux-[a-z0-9]+)?/[^/]+$")
"""Where loaders look (ld.so(8)); files in other directories are opened by name."""

_SCRIPT = """
while IFS= read -r file; do
  found=$("$1" --list "$file" 2>&1) || { printf '%s\\n' "$file"; continue; }
  case $found in
    *"not found"*|*"Error loading"*|*"Error relocating"*) printf '%s\\n' "$file";;
  esac
done
"""

_COMPLAINTS = (b"not found", b"Error loading", b"Error relocating")
"""What glibc's and musl's loaders print."""

_NOT_PRELOADED = b"cannot be preloaded"
"""Of a library in LD_PRELOAD, which may be the image's own (ld.so(8))."""

_TOGETHER = 100
"""Libraries that one loader is given at most: an environment variable holds 128 kB (execve(2))."""

_SEPARATORS = re.compile(r"[:\s]")
"""What stands between two libraries in LD_PRELOAD (ld.so(8))."""


def differences(
    engine: Engine, before: Side, after: Side, deltas: Sequence[Delta], dynamic: DynamicFiles
) -> tuple[Difference, ...]:
    """Files that linked in the image before and do not any more. Nothing is run where no library was touched."""
    touched = {delta.path for delta in deltas if delta.kind is not DifferenceKind.ADDED and _matters(delta)}
    if not touched:
        return ()
    files = tuple(dynamic.of(after.tree))
    suspects = _suspects([elf for elf in files if elf.path in before.tree.nodes], touched)
    if not suspects:
        return ()
    broken = _unresolved(engine, after, suspects, files)
    old = [elf for elf in suspects if elf.path in broken]
    broken_before = _unresolved(engine, before, old, dynamic.of(before.tree)) if old else frozenset()
    gone = {delta.path for delta in deltas if delta.kind is DifferenceKind.REMOVED and is_library_name(delta.path)}
    excused = frozenset(_without_recommended(old, gone, before.tree)) if old else frozenset()
    return tuple(
        Difference(DifferenceKind.LINKING, elf.path, "the loader misses a library or symbol that it found before")
        for elf in old
        if elf.path not in broken_before and elf.path not in excused
    )


def _without_recommended(broken: Sequence[Elf], gone: set[str], before: Tree) -> Iterator[str]:
    """Plug-ins of Debian packages that miss a library which their package does without: another package's, that is gone
    although every dependency is there (`dependencies` sees to that). What loads a plug-in goes on without."""
    plugins = [each for each in broken if each.interpreter is None and _DIRECTORY.match(each.path) is None]
    lacking = {each.path: {path for path in gone if path.rpartition("/")[2] in each.needed} for each in plugins}
    whose = owners_of({*lacking, *(path for paths in lacking.values() for path in paths)}, before)
    for path, libraries in lacking.items():
        others = [whose.get(library) for library in libraries]
        if others and None not in (whose.get(path), *others) and whose[path] not in others:
            yield path


def _suspects(files: Sequence[Elf], touched: set[str]) -> tuple[Elf, ...]:
    """Those of the files that both images have which a change could reach: changed ones, and those that need, directly
    or not, a library that changed or is gone."""
    names = {path.rpartition("/")[2] for path in touched if is_library_name(path)}
    everywhere = any(path.startswith("/etc/ld.so.conf") for path in touched)
    reached = {elf.path for elf in files if everywhere or elf.path in touched}
    while more := {elf.path for elf in files if elf.path not in reached and elf.needed & names}:
        reached |= more
        names |= {path.rpartition("/")[2] for path in more}
    return tuple(elf for elf in sorted(files, key=lambda elf: elf.path) if elf.path in reached)


def _matters(delta: Delta) -> bool:
    if delta.kind is DifferenceKind.REMOVED:
        return is_library_name(delta.path) or delta.path.startswith("/etc/ld.so.conf")
    return bool(delta.aspects & {Aspect.CONTENT, Aspect.TARGET, Aspect.KIND})


def _unresolved(engine: Engine, side: Side, suspects: Sequence[Elf], files: Iterable[Elf]) -> frozenset[str]:
    """The suspects whose loader complains. `files` are all dynamic ones of that side."""
    files = tuple(files)
    loaders = _loaders(files) if any(elf.interpreter is None for elf in suspects) else {}
    groups: dict[str, list[Elf]] = defaultdict(list)
    for elf in suspects:
        loader = elf.interpreter or loaders.get(elf.machine)
        if loader is not None and side.tree.resolve(loader) is not None:
            groups[loader].append(elf)
        else:
            groups[""].append(elf)
    complaints = {elf.path for elf in groups.pop("", [])}
    has_shell = side.tree.resolve("/bin/sh") is not None
    for loader, asked in groups.items():
        if has_shell:
            complaints |= set(_ask_in_shell(engine, side, loader, asked))
        else:
            complaints |= set(_ask_directly(engine, side, loader, asked, files))
    return frozenset(complaints)


def _loaders(files: Iterable[Elf]) -> Mapping[str, str]:
    """For each machine the loader that most programs name, for the libraries, which name none."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for elf in files:
        if elf.interpreter is not None:
            votes[elf.machine][elf.interpreter] += 1
    return {machine: counted.most_common(1)[0][0] for machine, counted in votes.items()}


def _ask_in_shell(engine: Engine, side: Side, loader: str, files: Sequence[Elf]) -> Iterator[str]:
    done = engine.run(
        RunRequest(
            side.image,
            entrypoint=("/bin/sh",),
            command=("-c", _SCRIPT, "sh", loader),
            user="0",
            stdin="".join(f"{elf.path}\n" for elf in files).encode("utf-8", "surrogateescape"),
            network=Network.NONE,
            timeout=_LIMIT,
        )
    )
    yield from done.stdout.decode("utf-8", "surrogateescape").splitlines()
    if done.exit_code != 0 or done.timed_out:
        yield from (elf.path for elf in files)  # the shell itself does not start


def _ask_directly(engine: Engine, side: Side, loader: str, asked: Sequence[Elf], files: Sequence[Elf]) -> Iterator[str]:
    """One container for each program, and with glibc one for many libraries that ask for the same: they find what they
    need at the same places, and none of them is what any of the `files` needs, so that none hides what another misses.
    musl also looks for symbols, which they would give each other."""
    needed = frozenset(name for elf in files for name in elf.needed)
    alike: dict[object, list[Elf]] = defaultdict(list)
    for elf in asked:
        together = elf.interpreter is None and not elf.searches and elf.name not in needed and "musl" not in loader
        alike[elf.needed if together and _SEPARATORS.search(elf.path) is None else elf.path].append(elf)
    batches = [each[at : at + _TOGETHER] for each in alike.values() for at in range(0, len(each), _TOGETHER)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for broken in pool.map(partial(_broken, engine, side, loader), batches):
            yield from broken


def _broken(engine: Engine, side: Side, loader: str, batch: Sequence[Elf]) -> list[str]:
    """Which of a batch the loader cannot load; which of them is found out where it complains about any."""
    if not _complains(engine, side, loader, batch):
        return []
    if len(batch) == 1:
        return [batch[0].path]
    return [elf.path for elf in batch if _complains(engine, side, loader, [elf])]


def _complains(engine: Engine, side: Side, loader: str, files: Sequence[Elf]) -> bool:
    *before, last = (elf.path for elf in files)
    request = RunRequest(
        side.image,
        entrypoint=(loader,),
        command=("--list", last),
        env=(f"LD_PRELOAD={':'.join(before)}",) if before else (),
        user="0",
        network=Network.NONE,
    )
    done = engine.run(request)
    text = done.stdout + done.stderr
    complaints = (*_COMPLAINTS, _NOT_PRELOADED) if before else _COMPLAINTS
    return done.exit_code != 0 or any(words in text for words in complaints)
