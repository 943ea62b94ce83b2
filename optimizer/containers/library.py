"""Looking into local images: their documents, their files, their sizes. Nothing here builds or runs."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from optimizer.containers import images, layers, process
from optimizer.containers.exports import Exports
from optimizer.containers.failures import engine_error
from optimizer.containers.images import Inspected, Listed
from optimizer.containers.model import CompressedSize, Image, ImageConfig, ImageId, LayerChange
from optimizer.containers.names import Names
from optimizer.containers.removal import Removal
from optimizer.containers.stop import Stop
from optimizer.containers.weighing import Stored, Weighing

_ATTEMPTS = 5


def list_images(environ: dict[str, str]) -> str:
    """What `buildah images` tells, as JSON. Raises EngineError."""
    return _list("images", ("images", "--all", "--no-trunc", "--json"), environ)


def list_containers(environ: dict[str, str]) -> str:
    """What `buildah containers` tells, as JSON. Raises EngineError."""
    return _list("containers", ("containers", "--all", "--json"), environ)


def _list(what: str, arguments: tuple[str, ...], environ: dict[str, str]) -> str:
    """It fails if another program removes one while it reads them: then it is asked again."""
    for attempt in range(_ATTEMPTS):
        done = process.run(("buildah", *arguments), environ=environ)
        if done.code == 0:
            return done.out
        if "not known" not in done.err or attempt == _ATTEMPTS - 1:
            break
    raise engine_error("buildah", f"list {what}", done.err)


class Library:
    """The local images as one run sees them. What cannot change is read once. Every method may raise EngineError."""

    def __init__(self, environ: dict[str, str], names: Names) -> None:
        self._environ = environ
        self._names = names
        self._inspected: dict[ImageId, Inspected] = {}
        self._changes: dict[str, layers.RawChange] = {}
        self._places: dict[ImageId, Mapping[str, Path]] = {}
        self._exports = Exports(environ, names)
        self._removal = Removal(environ)
        self._reading = threading.Lock()
        self._asking: dict[ImageId, threading.RLock] = {}
        self._weighing = Weighing(environ, self._exports)

    def tool(self, tool: str, action: str, *arguments: str) -> str:
        """Standard output of a command that must succeed; `action` is what to say it cannot do if it does not."""
        done = process.run((tool, *arguments), environ=self._environ)
        if done.code != 0:
            raise engine_error(tool, action, done.err)
        return done.out

    def _inspect(self, image: ImageId) -> Inspected:
        if (known := self._inspected.get(image)) is not None:
            return known
        with self._asked(image):
            if image not in self._inspected:
                text = self.tool("buildah", "inspect the image", "inspect", "--type", "image", image.value)
                self._inspected[image] = images.parse_inspected(text)
            return self._inspected[image]

    def _asked(self, image: ImageId) -> threading.RLock:
        """Held by the thread that asks for what is known of an image, so that no other one asks, too."""
        return self._asking.setdefault(image, threading.RLock())

    def config(self, image: ImageId) -> ImageConfig:
        """The configuration alone: cheaper than `image`."""
        return self._inspect(image).config

    def listed(self) -> tuple[Listed, ...]:
        """All images with their names, the nameless too."""
        return images.parse_listed_images(list_images(self._environ))

    def image(self, image: ImageId) -> Image:
        """Configuration, layers and history."""
        inspected = self._inspect(image)
        sizes: dict[str, int] = {}
        if len(inspected.sizes) < len(set(inspected.diff_ids)):
            sizes = self._layer_sizes(inspected)
        return inspected.image(sizes)

    def _layer_sizes(self, inspected: Inspected) -> dict[str, int]:
        """Uncompressed sizes of the layers of an image whose manifest has compressed ones, as one that was pulled."""
        if process.installed("podman", self._environ):
            text = self.tool("podman", "tell the history", "history", "--format", "json", inspected.id.value)
            empty = tuple(entry.empty for entry in inspected.history)
            if sizes := images.parse_layer_sizes(text, inspected.diff_ids, empty):
                return sizes
        with self._exports.layers(inspected.id) as blobs:
            return {diff: blob.stat().st_size for diff, blob in zip(inspected.diff_ids, blobs, strict=True)}

    def find(self, name: str) -> ImageId | None:
        """A local image by name; None if it is not here."""
        argv = ("buildah", "inspect", "--type", "image", "--format", "{{.FromImageID}}", name)
        done = process.run(argv, environ=self._environ)
        if done.code == 0:
            return ImageId(done.out)
        if "not known" in done.err or "no such image" in done.err or "did not resolve" in done.err:
            return None
        raise engine_error("buildah", "look for the image", done.err)

    @contextlib.contextmanager
    def working_container(self, image: ImageId) -> Iterator[tuple[str, Path]]:
        """The name of a container of the image, and where its files are mounted. It is removed soon after
        the block."""
        name = self._names.container()
        try:
            self.tool("buildah", "use the image", "from", "--pull-never", "--name", name, image.value)
            yield name, Path(self.tool("buildah", "mount the image", "mount", name))
        finally:
            self._removal.begin(name)

    @contextlib.contextmanager
    def root_of(self, image: ImageId) -> Iterator[Path]:
        """The files of an image, mounted for this block."""
        with self.working_container(image) as (_, root):
            yield root

    def settle(self) -> None:
        """Wait until the working containers that were left are removed."""
        self._removal.end()

    def layer_changes(self, image: ImageId) -> tuple[LayerChange, ...]:
        """What each layer holds, oldest first."""
        whole = self.image(image)
        wanted = [layer.diff_id for layer in whole.layers]
        with self._reading:
            if any(diff not in self._changes for diff in wanted):
                self._changes |= self._read_layers(image, wanted)
        return layers.stack(whole.layers, [self._changes[diff] for diff in wanted])

    def _read_layers(self, image: ImageId, diff_ids: list[str]) -> dict[str, layers.RawChange]:
        """The layers that were not read before: from the overlay driver's directories, else from an export."""
        if places := self._overlay(image):
            return {diff: layers.read_overlay(place) for diff, place in places.items() if diff not in self._changes}
        with self._exports.layers(image) as blobs:
            tars = zip(diff_ids, blobs, strict=True)
            return {diff: layers.read_tar(blob) for diff, blob in tars if diff not in self._changes}

    def compressed_size(self, image: ImageId, stop: Stop | None = None) -> CompressedSize:
        """All layers: those that were pulled as they came, others as a push would compress them, or nearly so."""
        return self._weighing.size(self._inspect(image), partial(self._stored, image), stop or Stop())

    def _stored(self, image: ImageId) -> Iterator[Stored]:
        """The layers, if their directories can be read."""
        if places := self._overlay(image):
            self.layer_changes(image)
            for layer in self.image(image).layers:
                yield Stored(layer, places[layer.diff_id], self._changes[layer.diff_id].written)

    def _overlay(self, image: ImageId) -> Mapping[str, Path]:
        """The overlay driver's directory of each layer, by diff ID; none if the images are stored in another way."""
        with self._asked(image):
            if image not in self._places:
                directories: list[Path] = []
                if process.installed("podman", self._environ):
                    text = self.tool("podman", "inspect the image", "image", "inspect", image.value)
                    directories = [Path(place) for place in images.parse_overlay_directories(text)]
                diff_ids = self._inspect(image).diff_ids
                found = len(directories) == len(diff_ids) and all(place.is_dir() for place in directories)
                self._places[image] = dict(zip(diff_ids, directories, strict=True)) if found else {}
            return self._places[image]
