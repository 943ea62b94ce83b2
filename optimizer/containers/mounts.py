"""Images whose files are looked at, mounted once for all who look at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from optimizer.containers.model import ImageId


@dataclass(slots=True)
class _Mount:
    users: int = 0
    root: Path | None = None
    stack: ExitStack = field(default_factory=ExitStack)
    making: threading.Lock = field(default_factory=threading.Lock)


class Mounts:
    """Safe to use from several threads. Who shares a mount must only read."""

    def __init__(self, mount: Callable[[ImageId], AbstractContextManager[Path]]) -> None:
        self._mount = mount
        self._lock = threading.Lock()
        self._all: dict[ImageId, _Mount] = {}

    @contextmanager
    def of(self, image: ImageId) -> Iterator[Path]:
        """Where an image is mounted, until the last who asked for it leaves the block. Raises what mounting raises."""
        with self._lock:
            mount = self._all.setdefault(image, _Mount())
            mount.users += 1
        try:
            with mount.making:
                root = mount.root or mount.stack.enter_context(self._mount(image))
                mount.root = root
            yield root
        finally:
            with self._lock:
                mount.users -= 1
                unused = not mount.users
                if unused:
                    del self._all[image]
            if unused:
                mount.stack.close()
