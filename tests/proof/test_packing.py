from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest

from optimizer.containers.model import ImageId
from optimizer.errors import EngineError
from optimizer.proof.packing import Packing

from .fake import FakeEngine

ONE, TWO = ImageId("1"), ImageId("2")


@dataclass
class Scale(FakeEngine):
    """Tells sizes slowly: not before someone lets it."""

    place: Path
    let: Event = field(default_factory=Event)
    asked: list[ImageId] = field(default_factory=list)

    def compressed_size(self, image: ImageId, given_up: Event | None = None) -> int:
        self.asked.append(image)
        assert given_up is not None
        while not self.let.wait(0.01):
            if given_up.is_set():
                raise EngineError("given up")
        return int(image.value) * 100


def test_each_image_is_measured_once_in_the_order_they_came(tmp_path: Path) -> None:
    engine = Scale(tmp_path)
    with Packing(engine) as packing:
        packing.start([TWO, None, ONE, TWO])
        engine.let.set()
        assert (packing.size(ONE), packing.size(TWO), packing.size(ONE)) == (100, 200, 100)
    assert engine.asked == [TWO, ONE]


def test_what_nobody_waits_for_is_given_up(tmp_path: Path) -> None:
    engine = Scale(tmp_path)
    with Packing(engine) as packing:
        packing.start([ONE, TWO])
    assert set(engine.asked) <= {ONE, TWO}


def test_an_engine_that_cannot_tell_is_an_error_of_who_asks(tmp_path: Path) -> None:
    class Broken(FakeEngine):
        def compressed_size(self, image: ImageId, given_up: Event | None = None) -> int:
            raise EngineError("no space left")

    with Packing(Broken(tmp_path)) as packing:
        packing.start([ONE])
        with pytest.raises(EngineError, match="no space"):
            packing.size(ONE)
