"""A sample tells what compressing all of a layer tells, within the 4 % that are promised."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import tarfile
import zlib
from itertools import pairwise
from pathlib import Path

import pytest

from optimizer.containers import layers, sampling, weighing
from optimizer.containers.exports import Exports
from optimizer.containers.images import Inspected
from optimizer.containers.model import CompressedSize, ImageConfig, ImageId, Layer
from optimizer.containers.names import Names, RunId
from optimizer.containers.stop import Stop
from optimizer.errors import EngineError

WORDS = [f"word{number * 7919}" for number in range(3000)]


def text(size: int, seed: int) -> bytes:
    chosen = random.Random(seed)
    return " ".join(chosen.choices(WORDS, k=size // 10)).encode()


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 MB of what layers hold: large and small files, text, what is packed already, zeros, links, odd names."""
    chosen, place = random.Random(1), tmp_path_factory.mktemp("diff")
    for number in range(300):
        directory = place / f"package{number % 20}" / "src"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"module{number}.py").write_bytes(text(chosen.randrange(40_000), number))
    (place / "library.so").write_bytes(text(9_000_000, 1) + bytes(3_000_000) + chosen.randbytes(4_000_000))
    (place / "data.gz").write_bytes(chosen.randbytes(8_000_000))
    (place / "words").write_bytes(text(11_000_000, 2))
    (place / "words.link").hardlink_to(place / "words")
    (place / "link").symlink_to("words")
    (place / os.fsdecode(b"\xff" * 150)).write_bytes(b"x")
    (place / "empty").touch()
    return place


def written(place: Path) -> dict[str, int]:
    return dict(layers.read_overlay(place).written)


def tar(place: Path) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path in sorted(place.rglob("*")):
            archive.add(path, str(path.relative_to(place)), recursive=False)
    return made.getvalue()


def test_a_sample_tells_the_size_of_the_whole(layer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tar(layer)
    truth = len(zlib.compress(whole, sampling._LEVEL)) / len(whole)
    monkeypatch.setattr(sampling, "_PIECES", 300)  # 10 of 40 MB
    assert abs(sampling.ratio(str(layer), written(layer)) / truth - 1) < 0.04


def test_a_layer_that_is_smaller_than_the_sample_is_taken_whole() -> None:
    pieces = list(sampling._pieces(20_000_000))
    assert sum(end - start for start, end in pieces) > 19_900_000
    assert all(end <= start for (_, end), (start, _) in pairwise(pieces))


@pytest.mark.parametrize("size", [1, 511, 32768, 32769, 10**9])
def test_pieces_lie_within_the_layer(size: int) -> None:
    pieces = list(sampling._pieces(size))
    assert 1 <= len(pieces) <= 1024
    assert all(0 <= start < end <= size for start, end in pieces)


def test_the_tar_has_every_byte_at_its_place(layer: Path) -> None:
    made, content = sampling._Tar(str(layer), written(layer)), (layer / "words").read_bytes()
    whole = made._read(0, made.size)
    assert len(whole) == made.size
    assert whole[whole.index(b"/words\0") + 512 :].startswith(content + bytes(-len(content) % 512) + b"/words.link\0")
    assert made._read(1_000, 1_000_000) == whole[1_000:1_000_000]


def test_a_long_path_moves_nothing(tmp_path: Path) -> None:
    place = tmp_path.joinpath(*["d" * 200] * 3)
    place.mkdir(parents=True)
    (place / "file").write_bytes(b"content")
    made = sampling._Tar(str(tmp_path), written(tmp_path))
    assert made._read(0, made.size).rstrip(b"\0").endswith(b"content")
    assert len(made._read(0, made.size)) == made.size


def test_the_program_needs_nothing_but_pythons_library(layer: Path) -> None:
    said = json.dumps({"directory": str(layer), "written": written(layer)})
    done = subprocess.run(
        [sys.executable, "-I", "-S", sampling.__file__], input=said, capture_output=True, text=True, cwd="/", check=True
    )
    assert float(done.stdout) == sampling.ratio(str(layer), written(layer))


# Weighing


CONFIG = ImageConfig((), (), "", "", (), (), (), (), "", (), (), None, "amd64", "linux")


def inspected(*diffs: str) -> Inspected:
    return Inspected(ImageId("1" * 64), CONFIG, diffs, {}, {}, ())


class Press(Exports):
    """Compresses to 7 bytes each."""

    def __init__(self) -> None:
        super().__init__(os.environ, Names(RunId.own()))
        self.asked: list[frozenset[str]] = []

    def compressed(self, image: Inspected, wanted: frozenset[str], stop: Stop) -> dict[str, int]:
        if stop.asked:
            raise EngineError("was ended")
        self.asked.append(wanted)
        return dict.fromkeys(wanted, 7)


@pytest.fixture
def large(layer: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> weighing.Stored:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return weighing.Stored(Layer("large", 200_000_000), layer, written(layer))


def test_large_layers_are_sampled_and_small_ones_compressed(large: weighing.Stored) -> None:
    press = Press()
    scales = weighing.Weighing(os.environ, press)
    small = weighing.Stored(Layer("small", 10), large.directory, large.written)
    found = scales.size(inspected("large", "small"), lambda: (large, small), Stop())
    expected = round(sampling.ratio(str(large.directory), large.written) * 200_000_000)
    assert found == CompressedSize(expected + 7, sampled=True)
    assert press.asked == [frozenset({"small"})]


def test_nothing_is_measured_twice(large: weighing.Stored) -> None:
    press, asked = Press(), list[str]()
    scales = weighing.Weighing(os.environ, press)

    def stored() -> tuple[weighing.Stored, ...]:
        asked.append("stored")
        return (large,)

    first = scales.size(inspected("large", "small"), stored, Stop())
    assert scales.size(inspected("large", "small"), stored, Stop()) == first
    assert scales.size(inspected("small"), stored, Stop()) == CompressedSize(7)
    assert (len(press.asked), asked) == (1, ["stored"])


def test_what_is_nearly_empty_is_compressed(large: weighing.Stored, tmp_path: Path) -> None:
    (tmp_path / "zeros").mkdir()
    with (tmp_path / "zeros" / "log").open("wb") as file:
        file.truncate(70_000_000)
    empty = weighing.Stored(large.layer, tmp_path / "zeros", written(tmp_path / "zeros"))
    found = weighing.Weighing(os.environ, Press()).size(inspected("large"), lambda: (empty,), Stop())
    assert found == CompressedSize(7)


def test_what_cannot_be_sampled_is_compressed(large: weighing.Stored, tmp_path: Path) -> None:
    press = Press()
    gone = weighing.Stored(large.layer, tmp_path / "gone", large.written)
    found = weighing.Weighing(os.environ, press).size(inspected("large"), lambda: (gone,), Stop())
    assert found == CompressedSize(7)


def test_weighing_can_be_ended(large: weighing.Stored) -> None:
    stop = Stop()
    stop.now()
    with pytest.raises(EngineError):
        weighing.Weighing(os.environ, Press()).size(inspected("large"), lambda: (large,), stop)
