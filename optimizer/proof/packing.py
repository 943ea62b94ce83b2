"""Compressed sizes of images, found in the background while something else goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from optimizer.containers.model import CompressedSize, Engine, ImageId
from optimizer.containers.stop import Stop


class Packing:
    """What is asked for first is measured first, one image after the other. Safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stop = Stop()
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._lock = threading.Lock()
        self._sizes: dict[ImageId, Future[CompressedSize]] = {}

    def start(self, images: Iterable[ImageId | None]) -> None:
        """Begin with those that are there and were not asked for before."""
        with self._lock:
            for image in images:
                if image is not None and image not in self._sizes:
                    self._sizes[image] = self._thread.submit(self._engine.compressed_size, image, self._stop)

    def size(self, image: ImageId) -> CompressedSize:
        """All layers together, waited for. Raises MissingTool, EngineError."""
        self.start((image,))
        return self._sizes[image].result()

    def end(self) -> None:
        """Drop what has not begun and stop what goes on."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._stop.now()
        self._thread.shutdown()
