"""Compressed sizes in the background: in order, once each, and nothing is waited for at the end."""

from __future__ import annotations

import threading
from typing import cast

import pytest

from optimizer.containers.model import CompressedSize, Engine, ImageId
from optimizer.containers.stop import Stop
from optimizer.errors import EngineError
from optimizer.proof.packing import Packing

ONE, TWO = ImageId("1" * 64), ImageId("2" * 64)


class Scales:
    """An engine that only weighs; it never ends with `TWO` unless it is told to."""

    def __init__(self) -> None:
        self.asked: list[ImageId] = []

    def compressed_size(self, image: ImageId, stop: Stop) -> CompressedSize:
        self.asked.append(image)
        if image == TWO:
            ended = threading.Event()
            with stop.ending(ended.set):
                ended.wait()
            raise EngineError("was ended")
        return CompressedSize(7)


def test_each_is_measured_once_and_what_is_not_here_is_left_out() -> None:
    scales = Scales()
    packing = Packing(cast(Engine, scales))
    packing.start((None, ONE))
    assert (packing.size(ONE), packing.size(ONE)) == (CompressedSize(7), CompressedSize(7))
    packing.end()
    assert scales.asked == [ONE]


def test_the_end_stops_what_goes_on_and_drops_what_waits() -> None:
    scales = Scales()
    packing = Packing(cast(Engine, scales))
    packing.start((TWO, ONE))
    packing.end()
    assert ONE not in scales.asked
    with pytest.raises(RuntimeError):
        packing.size(ImageId("3" * 64))
