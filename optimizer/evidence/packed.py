"""Whether a package's file is as it was packed, by the digests that dpkg keeps: in `info/*.md5sums`, and for settings
in the field `Conffiles` of its status (deb-md5sums(5), deb-conffiles(5), dpkg-query(1))."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cached_property

from optimizer.evidence.packages import Manager, Packages
from optimizer.evidence.tree import Kind, Root

_DIRECTORY = "/var/lib/dpkg"
_LARGEST = 1 << 26
"""Bytes of a file whose content is looked at; a larger one counts as it was packed."""


class Packed:
    """Answers for one image. Of other package managers than dpkg nothing is known, and nothing counts as changed."""

    def __init__(self, root: Root, packages: Packages) -> None:
        self._root = root
        self._packages = packages
        self._digests: dict[str, Mapping[str, str]] = {}

    def is_changed(self, path: str) -> bool:
        """Whether somebody else than its package gave a file its content."""
        node = self._root.nodes[path]
        if node.kind is not Kind.FILE or node.size > _LARGEST or self._packages.manager is not Manager.DPKG:
            return False
        packed = self._settings.get(path) or self._of(self._packages.owner[path]).get(path)
        found = hashlib.md5(self._root.read(path, _LARGEST), usedforsecurity=False).hexdigest()
        return packed is not None and len(packed) == len(found) and packed != found

    def is_setting(self, path: str) -> bool:
        """Whether a package says that a file holds settings, which people change."""
        return path in self._settings

    @cached_property
    def _settings(self) -> Mapping[str, str]:
        lines = self._root.text(f"{_DIRECTORY}/status").splitlines() if self._packages.manager is Manager.DPKG else []
        return dict(self._placed(_conffiles(lines)))

    def _of(self, package: str) -> Mapping[str, str]:
        if package not in self._digests:
            pattern = (f"{_DIRECTORY}/info/{package}.md5sums", f"{_DIRECTORY}/info/{package}:")
            texts = [self._root.text(each) for each in self._lists if each == pattern[0] or each.startswith(pattern[1])]
            lines = (line.partition("  ") for text in texts for line in text.splitlines())
            self._digests[package] = dict(self._placed((f"/{path}", digest) for digest, _, path in lines))
        return self._digests[package]

    @cached_property
    def _lists(self) -> tuple[str, ...]:
        return tuple(each for each in self._root.children(f"{_DIRECTORY}/info") if each.endswith(".md5sums"))

    def _placed(self, found: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """By the paths that they have here, where directories may have moved."""
        for path, digest in found:
            place = self._root.place(path)
            if place is not None:
                yield place, digest


def _conffiles(lines: list[str]) -> Iterator[tuple[str, str]]:
    inside = False
    for line in lines:
        if line.startswith(" ") and inside:
            path, _, digest = line.removesuffix(" obsolete").removesuffix(" remove-on-upgrade").strip().rpartition(" ")
            yield path, digest
        else:
            inside = line.startswith("Conffiles:")
