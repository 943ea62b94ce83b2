"""Reads, while the original is built, what would have to be read once it is. Nothing waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from optimizer.containers.model import Engine, ImageId
from optimizer.proof.compare import Contents, compare
from optimizer.proof.elf import DynamicFiles
from optimizer.proof.listing import Listing


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read so far. Nothing more is read ahead once it is `over`. Safe to use from several threads; its methods
    raise EngineError and OSError."""

    engine: Engine
    over: Callable[[], bool]
    listing: Listing = field(default_factory=Listing)
    dynamic: DynamicFiles = field(default_factory=DynamicFiles)
    contents: Contents = field(default_factory=Contents)

    def bases(self, images: Iterable[ImageId | None]) -> None:
        """List base images that are here: of the original only what was built on them is then left."""
        for image in filter(None, images):
            if self.over():
                return
            with self.engine.rootfs(image) as root:
                self.listing.of(root, self.engine.layer_changes(image))

    def built(self, image: ImageId, bases: Iterable[ImageId | None]) -> None:
        """Learn what the layers of an image that was built ahead hold, and where they hold the same as the original's
        `bases`: a candidate that has these layers is then read no more."""
        if self.over():
            return
        with self.engine.rootfs(image) as root:
            tree = self.listing.of(root, self.engine.layer_changes(image))
            tuple(self.dynamic.of(tree))
            for base in filter(None, bases):
                if self.over():
                    return
                with self.engine.rootfs(base) as below:
                    compare(self.listing.of(below, self.engine.layer_changes(base)), tree, self.contents)
