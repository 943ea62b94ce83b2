"""Images that are here, each mounted and read once: reading tens of thousands of paths takes its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from optimizer.containers.model import Engine, Image, ImageId, LayerChange
from optimizer.ecosystems.catalogue import Reference, distribution, distroless, runtimes
from optimizer.evidence.runtime import Runtime, of_image, release, same_release
from optimizer.evidence.tree import Root
from optimizer.policy import RuntimeBase


@dataclass(frozen=True, slots=True)
class Images:
    """What `mounts` keeps mounted. Safe to use from two threads: one waits for what the other reads."""

    engine: Engine
    mounts: ExitStack
    _locks: dict[ImageId, Lock] = field(default_factory=dict)
    _roots: dict[ImageId, Root] = field(default_factory=dict)
    _runtimes: dict[tuple[str, ImageId], Runtime] = field(default_factory=dict)
    _found: dict[str, ImageId] = field(default_factory=dict)

    def _find(self, name: str) -> ImageId | None:
        """What is here is looked for once: if it becomes another image, what is proposed is judged on that one. What is
        not here is looked for again, since a build pulls images."""
        if (found := self._found.get(name) or self.engine.find(name)) is not None:
            self._found[name] = found
        return found

    def root(self, image: ImageId) -> Root:
        """The root file system of an image."""
        return self._read_once(image, Root)

    def built_on(self, below: Root, image: ImageId, layers: Iterable[LayerChange]) -> Root:
        """The root file system of an image that has these layers over another one's."""
        return self._read_once(image, lambda top: Root.over(below, top, layers))

    def _read_once(self, image: ImageId, read: Callable[[Path], Root]) -> Root:
        with self._locks.setdefault(image, Lock()):
            if image not in self._roots:
                self._roots[image] = read(self.mounts.enter_context(self.engine.rootfs(image)))
            return self._roots[image]

    def runtime(self, name: str, image: Image) -> Runtime:
        """An image by the name that FROM would give it."""
        key = name, image.id
        if key not in self._runtimes:
            self._runtimes[key] = of_image(name, image, self.root(image.id))
        return self._runtimes[key]

    def counterparts(self, base: Runtime, built: Root, choice: RuntimeBase, *, interpreter: bool) -> Iterator[Runtime]:
        """Images on which the stage that runs could stand, of the release that was `built`, and its base itself.
        `interpreter` says whether what the base's line is made for is started."""
        named = Reference.of(base.name)
        identifier, name, number = release(built)
        names = list(runtimes(named, name))
        if not interpreter:
            # `alpine:3.20.1` is also called `alpine:3.20`
            plain = (distribution(identifier, name, each) for each in (number, number.rpartition(".")[0]))
            names += dict.fromkeys(each for each in plain if each is not None)
        if choice is RuntimeBase.DISTROLESS:
            names += distroless(identifier, number)
        yield from self.here(base, built, names)
        yield base

    def here(self, base: Runtime, built: Root, names: Iterable[str]) -> Iterator[Runtime]:
        """Those of other images than the base that are here and of the release that was `built`."""
        seen = {base.image.id}
        for each in names:
            found = None if each == base.name else self._find(each)
            if found is None or found in seen:
                continue
            seen.add(found)
            if same_release(self.root(found), built):
                yield self.runtime(each, self.engine.image(found))
