"""How large the layers of an image are when they are compressed: known, compressed, or told from a sample."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from optimizer.containers import process, sampling
from optimizer.containers.behind import Behind
from optimizer.containers.exports import Exports
from optimizer.containers.images import Inspected
from optimizer.containers.model import CompressedSize, Layer
from optimizer.containers.sizes import CompressedSizes
from optimizer.containers.stop import Stop

_LARGE = 1 << 26
"""Bytes from which a layer is not compressed as a whole: for less a sample saves nothing."""

_LEAST = 0.1
"""What part of its size a layer must keep for a sample to be near it: what is mostly empty or always the same errs by
more, and is soon compressed as a whole."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A layer, the overlay directory that holds it, and the size of each file there."""

    layer: Layer
    directory: Path
    written: Mapping[str, int]


class Weighing:
    """Safe to use from several threads: one image after the other, since two that are compared have most of their
    layers in common. Raises MissingTool and EngineError, the latter on `stop` too."""

    def __init__(self, environ: Mapping[str, str], exports: Exports) -> None:
        self._environ = environ
        self._exports = exports
        self._sizes = CompressedSizes()
        self._sampled: dict[str, int] = {}
        self._lock = threading.Lock()

    def size(self, image: Inspected, stored: Callable[[], Iterable[Stored]], stop: Stop) -> CompressedSize:
        """All layers together. `stored` is asked only if the size of one is not known."""
        with self._lock:
            self._sizes.remember(image.compressed)
            unknown = self._sizes.unknown(image.diff_ids)
            if unknown - self._sampled.keys():
                self._sampled.update(self._of_large(stored(), unknown, stop))
            if small := unknown - self._sampled.keys():
                self._sizes.remember(self._exports.compressed(image, small, stop))
            sampled = [self._sampled[diff] for diff in image.diff_ids if diff in unknown - small]
            exact = tuple(diff for diff in image.diff_ids if diff not in unknown - small)
            return CompressedSize(self._sizes.total(exact) + sum(sampled), sampled=bool(sampled))

    def _of_large(self, layers: Iterable[Stored], unknown: frozenset[str], stop: Stop) -> Iterator[tuple[str, int]]:
        for each in layers:
            diff = each.layer.diff_id
            if each.layer.size >= _LARGE and diff in unknown and diff not in self._sampled:
                # A program of its own, so that it takes nothing from the threads here.
                argv = (sys.executable, "-I", sampling.__file__)
                said = json.dumps({"directory": str(each.directory), "written": dict(each.written)}).encode()
                done = process.run(argv, environ=self._environ, stdin=said, stop=stop, behind=Behind())
                if done.code == 0 and float(done.out) >= _LEAST:
                    yield diff, round(float(done.out) * each.layer.size)
