"""Compressed sizes, measured in the background: a report tells them, and no verdict needs them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from optimizer.containers.model import Engine, ImageId


class Packing:
    """A context manager: what nobody asked for by then is given up when it is left."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._over = threading.Event()
        self._sizes: dict[ImageId, Future[int]] = {}
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Packing:
        # One thread: an image that stands on another one finds the layers of that one done.
        self._pool = self._stack.enter_context(ThreadPoolExecutor(max_workers=1))
        self._stack.callback(self._over.set)  # before the pool waits for its thread
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def start(self, images: Iterable[ImageId | None]) -> None:
        """Begin with images if nobody did, in this order; None is an image that is not here."""
        for image in images:
            if image is not None and image not in self._sizes:
                self._sizes[image] = self._pool.submit(self._engine.compressed_size, image, self._over)

    def size(self, image: ImageId) -> int:
        """Bytes of an image after compression; waits for them. Raises EngineError."""
        self.start([image])
        return self._sizes[image].result()
