"""Copies of images outside the store, by skopeo: their layers as tars, and how large those become when compressed.

skopeo, podman and buildah push with the same code (containers/image), so the sizes are those of a push.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from itertools import compress
from pathlib import Path

from optimizer.containers import images, process
from optimizer.containers.failures import engine_error, missing_tool
from optimizer.containers.images import Inspected
from optimizer.containers.model import ImageId
from optimizer.containers.names import Names
from optimizer.containers.stop import Stop

_MANIFEST = "manifest.json"
_PLAIN, _PACKED = "--dest-decompress", "--dest-compress"


class Exports:
    """Every method may raise MissingTool and EngineError."""

    def __init__(self, environ: Mapping[str, str], names: Names) -> None:
        self._environ = environ
        self._names = names

    @contextlib.contextmanager
    def layers(self, image: ImageId) -> Iterator[tuple[Path, ...]]:
        """The image's layers as uncompressed tars, oldest first."""
        with self._copied(_stored(image), _PLAIN, (), None) as place:
            yield _blobs(place)

    def compressed(self, image: Inspected, wanted: frozenset[str], stop: Stop) -> dict[str, int]:
        """Bytes of the layers with the `wanted` diff IDs once they are compressed, which is done behind other work and
        ends with an EngineError on `stop`."""
        turn = process.last_in_turn(self._environ)
        kept = [diff in wanted for diff in image.diff_ids]
        with contextlib.ExitStack() as stack:
            source = _stored(image.id)
            if not all(kept):
                # Three times quicker to write than to compress: what is known is only copied.
                whole = stack.enter_context(self._copied(source, _PLAIN, turn, stop))
                manifest = whole / _MANIFEST
                manifest.write_text(images.with_layers(manifest.read_text(), kept))
                source = f"dir:{whole}"
            packed = stack.enter_context(self._copied(source, _PACKED, turn, stop))
            sizes = [blob.stat().st_size for blob in _blobs(packed)]
            return dict(zip(compress(image.diff_ids, kept), sizes, strict=True))

    @contextlib.contextmanager
    def _copied(self, source: str, form: str, before: tuple[str, ...], stop: Stop | None) -> Iterator[Path]:
        if not process.installed("skopeo", self._environ):
            raise missing_tool("skopeo")
        # As large as the image: not where a small tmpfs may be, unless the user says so (file-hierarchy(7)).
        parent = None if "TMPDIR" in self._environ or not os.access("/var/tmp", os.W_OK) else "/var/tmp"
        with tempfile.TemporaryDirectory(prefix=f"{self._names.container()}-", dir=parent) as name:
            argv = (*before, "skopeo", "copy", "--quiet", source, f"dir:{name}", form)
            done = process.run(argv, environ=self._environ, stop=stop)
            if done.code != 0:
                raise engine_error("skopeo", "export the image", done.err)
            yield Path(name)


def _stored(image: ImageId) -> str:
    return f"containers-storage:@{image.value}"


def _blobs(place: Path) -> tuple[Path, ...]:
    digests = images.parse_manifest_layers((place / _MANIFEST).read_text())
    return tuple(place / digest.removeprefix("sha256:") for digest in digests)
