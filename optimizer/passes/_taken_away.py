"""Commands for the end of a build stage: what the build needed inside of directories that ship."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from shlex import quote

from optimizer.evidence.shipment import Shed
from optimizer.evidence.split import Candidate, Split


def taken_away(split: Split, candidate: Candidate, user: str, workdir: str) -> list[str]:
    """All that this user may take away, from where it works: directories, and what pruning commands take away."""
    pruned = [(each.directory or "/", each.pruning.command) for each in candidate.prunes]
    here = [command for directory, command in pruned if directory == workdir]
    # Into the directory rather than an option that names it: npm's also moves the global configuration, where a
    # registry or an authority may stand (npm documentation, "config", globalconfig). Last: what is named from the
    # working directory stands before.
    there = [f"cd {quote(directory)} && {command}" for directory, command in pruned if directory != workdir]
    return [*here, *_removed(split, candidate.shipment.shed, user, workdir), *there]


def _removed(split: Split, shed: Iterable[Shed], user: str, workdir: str) -> Iterator[str]:
    name = dict(split.names).get
    may = (each.path for each in shed if user in ("root", str(each.uid), name(each.uid)))
    # From the root a path without its `/` is no shorter to read, and wrong as soon as somebody adds a WORKDIR.
    found = [quote(path if workdir == "/" else path.removeprefix(f"{workdir}/")) for path in may]
    if found:
        yield f"rm -rf {' '.join(found)}"
