"""Copies of images outside the store, by skopeo: their layers as tars, and how large those become when compressed.

skopeo, podman and buildah push with the same code (containers/image), so the sizes are those of a push.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from optimizer.containers import images, process
from optimizer.containers.behind import Behind
from optimizer.containers.failures import engine_error, missing_tool
from optimizer.containers.images import Inspected
from optimizer.containers.model import ImageId
from optimizer.containers.names import Names
from optimizer.containers.stop import Stop

_COPY = ("skopeo", "copy", "--quiet")
_ALGORITHM = "sha256"


class Exports:
    """Every method may raise MissingTool and EngineError."""

    def __init__(self, environ: Mapping[str, str], names: Names) -> None:
        self._environ = environ
        self._names = names

    @contextlib.contextmanager
    def layers(self, image: ImageId) -> Iterator[tuple[Path, ...]]:
        """The image's layers as uncompressed tars, oldest first."""
        with self._directory() as place:
            self._copy(*_COPY, "--dest-decompress", _stored(image), f"dir:{place}")
            digests = images.parse_manifest_layers((place / "manifest.json").read_text())
            yield tuple(place / _encoded(digest) for digest in digests)

    def compressed(self, image: Inspected, wanted: frozenset[str], stop: Stop) -> dict[str, int]:
        """Bytes of the layers with the `wanted` diff IDs once they are compressed, which is done behind other work and
        ends with an EngineError on `stop`."""
        with self._directory() as place:
            blobs = place / "blobs" / _ALGORITHM
            blobs.mkdir(parents=True)
            # A blob that lies in an OCI layout is not written again, whatever it holds: the others are not even read.
            for diff in set(image.diff_ids) - wanted:
                (blobs / _encoded(diff)).touch()
            options = ("--dest-compress", "--dest-shared-blob-dir", str(blobs.parent))
            target = f"oci:{place / 'layout'}:image"
            self._copy(*_COPY, *options, _stored(image.id), target, stop=stop, behind=Behind())
            manifest = images.parse_index((place / "layout" / "index.json").read_text())
            layers = images.parse_manifest_layers((blobs / _encoded(manifest)).read_text())
            pairs = zip(image.diff_ids, layers, strict=True)
            return {diff: (blobs / _encoded(layer)).stat().st_size for diff, layer in pairs if diff in wanted}

    @contextlib.contextmanager
    def _directory(self) -> Iterator[Path]:
        # As large as the image: not where a small tmpfs may be, unless the user says so (file-hierarchy(7)).
        parent = None if "TMPDIR" in self._environ or not os.access("/var/tmp", os.W_OK) else "/var/tmp"
        with tempfile.TemporaryDirectory(prefix=f"{self._names.container()}-", dir=parent) as name:
            yield Path(name)

    def _copy(self, *argv: str, stop: Stop | None = None, behind: Behind | None = None) -> None:
        if not process.installed("skopeo", self._environ):
            raise missing_tool("skopeo")
        done = process.run(argv, environ=self._environ, stop=stop, behind=behind)
        if done.code != 0:
            raise engine_error("skopeo", "export the image", done.err)


def _stored(image: ImageId) -> str:
    return f"containers-storage:@{image.value}"


def _encoded(digest: str) -> str:
    """The part of a digest that names a file (OCI image-spec, descriptor.md and image-layout.md)."""
    return digest.removeprefix(f"{_ALGORITHM}:")
