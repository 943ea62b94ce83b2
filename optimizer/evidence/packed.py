"""Whether a package's file is as it was packed, by the digests that are kept: in `info/*.md5sums`, for settings in the
field `Conffiles` of dpkg's status or by ucf (deb-md5sums(5), deb-conffiles(5), dpkg-query(1), ucf(1))."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from optimizer.evidence.packages import Manager, Packages
from optimizer.evidence.tree import Kind, Root

_DIRECTORY = "/var/lib/dpkg"
_UCF = "/var/lib/ucf/hashfile"
_DIGEST = 32
"""Characters of an MD5."""
_LARGEST = 1 << 26
"""Bytes of a file whose content is looked at; a larger one counts as it was packed."""


class Packed:
    """Answers for one image. Of other package managers than dpkg nothing is known, and nothing counts as changed."""

    def __init__(self, root: Root, packages: Packages) -> None:
        self._root = root
        self._packages = packages
        self._digests: dict[str, Mapping[str, str]] = {}

    def is_changed(self, path: str) -> bool:
        """Whether somebody else than its package gave a file its content, or put something else in the place of
        settings."""
        node, setting = self._root.nodes[path], self._settings.get(path)
        if node.kind is not Kind.FILE:
            return setting is not None and node.kind is Kind.LINK
        packed = setting or self._of(self._packages.owner.get(path, "")).get(path, "")
        if len(packed) != _DIGEST or node.size > _LARGEST:
            return False
        return packed != hashlib.md5(self._root.read(path, _LARGEST), usedforsecurity=False).hexdigest()

    def is_setting(self, path: str) -> bool:
        """Whether a package says that a file holds settings, which people change."""
        return path in self._settings

    @cached_property
    def _settings(self) -> Mapping[str, str]:
        if self._packages.manager is not Manager.DPKG:
            return {}
        by_ucf = (line.partition("  ") for line in self._root.text(_UCF).splitlines())
        found = [*_conffiles(self._root.text(f"{_DIRECTORY}/status").splitlines())]
        return dict(self._placed([*found, *((path, digest) for digest, _, path in by_ucf)]))

    def _of(self, package: str) -> Mapping[str, str]:
        if self._packages.manager is not Manager.DPKG:
            return {}
        if package not in self._digests:
            pattern = (f"{_DIRECTORY}/info/{package}.md5sums", f"{_DIRECTORY}/info/{package}:")
            texts = [self._root.text(each) for each in self._lists if each == pattern[0] or each.startswith(pattern[1])]
            lines = (line.partition("  ") for text in texts for line in text.splitlines())
            self._digests[package] = dict(self._placed((f"/{path}", digest) for digest, _, path in lines))
        return self._digests[package]

    @cached_property
    def _lists(self) -> tuple[str, ...]:
        return tuple(each for each in self._root.children(f"{_DIRECTORY}/info") if each.endswith(".md5sums"))

    def _placed(self, found: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """By the paths that they have here, where directories may have moved."""
        for path, digest in found:
            place = self._root.place(path)
            if place is not None:
                yield place, digest


def _conffiles(lines: list[str]) -> Iterator[tuple[str, str]]:
    inside = False
    for line in lines:
        if line.startswith(" ") and inside:
            path, digest, *_ = (*line.split(), "", "")  # `obsolete` and the like may follow
            yield path, digest
        else:
            inside = line.startswith("Conffiles:")
