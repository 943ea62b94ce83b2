"""Python distributions that steps installed among the base image's own."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from optimizer.evidence.tree import Root


@dataclass(frozen=True, slots=True)
class Distribution:
    """A Python distribution that a step installed. `site` is the directory it lies in, `step` the index of the step,
    `files` the paths its RECORD names (PyPA, "Recording installed projects")."""

    name: str
    site: str
    step: int
    files: frozenset[str]


def distributions(root: Root, base: Root, step_of: Mapping[str, int]) -> Iterator[Distribution]:
    """Distributions that steps installed into directories which the base image has too."""
    for path, step in step_of.items():
        if not path.endswith(".dist-info/RECORD"):
            continue
        record = posixpath.dirname(path)
        site = posixpath.dirname(record)
        if site not in base.nodes:
            continue
        names = (line.strip('"').split(",", 1)[0] for line in root.text(path).splitlines())
        files = {place for name in names if (place := root.place(posixpath.join(site, name))) is not None}
        stem = posixpath.basename(record).removesuffix(".dist-info")
        yield Distribution(stem.partition("-")[0].lower(), site, step, frozenset(files))
