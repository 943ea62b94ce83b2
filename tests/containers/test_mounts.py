"""One mount for all who look at an image at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from optimizer.containers.model import ImageId
from optimizer.containers.mounts import Mounts

ONE, OTHER = ImageId("one"), ImageId("other")


@dataclass
class _Disk:
    """Counts what it mounts; the first `failures` times it cannot."""

    failures: int = 0
    mounted: list[ImageId] = field(default_factory=list)
    unmounted: list[ImageId] = field(default_factory=list)

    @contextmanager
    def mount(self, image: ImageId) -> Iterator[Path]:
        if self.failures:
            self.failures -= 1
            raise OSError("busy")
        self.mounted.append(image)
        yield Path(f"/{image.value}-{len(self.mounted)}")
        self.unmounted.append(image)


def test_it_stays_until_the_last_has_left() -> None:
    disk = _Disk()
    mounts = Mounts(disk.mount)
    with mounts.of(ONE) as first:
        with mounts.of(ONE) as second, mounts.of(OTHER) as third:
            assert first == second != third
        assert disk.unmounted == [OTHER]
    assert disk.mounted == [ONE, OTHER]
    assert disk.unmounted == [OTHER, ONE]


def test_who_comes_later_gets_a_new_one() -> None:
    disk = _Disk()
    mounts = Mounts(disk.mount)
    with mounts.of(ONE) as first:
        pass
    with mounts.of(ONE) as second:
        assert first != second
    assert disk.unmounted == [ONE, ONE]


def test_who_comes_while_it_is_mounted_waits_for_it() -> None:
    disk, begun, may_end = _Disk(), threading.Event(), threading.Event()

    @contextmanager
    def slowly(image: ImageId) -> Iterator[Path]:
        begun.set()
        assert may_end.wait(60)
        with disk.mount(image) as root:
            yield root

    mounts = Mounts(slowly)

    def look(_: int) -> Path:
        with mounts.of(ONE) as root:
            leaving.wait(60)
            return root

    leaving = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        seen = pool.map(look, range(2))
        assert begun.wait(60)
        may_end.set()
        assert len(set(seen)) == 1
    assert disk.mounted == disk.unmounted == [ONE]


def test_what_cannot_be_mounted_is_tried_again() -> None:
    disk = _Disk(failures=1)
    mounts = Mounts(disk.mount)
    with pytest.raises(OSError, match="busy"), mounts.of(ONE):
        pass
    with mounts.of(ONE):
        assert disk.mounted == [ONE]
    assert disk.unmounted == [ONE]
