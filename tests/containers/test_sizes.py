from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from optimizer.containers.sizes import CompressedSizes
from optimizer.errors import EngineError

ENVIRON = {"PATH": "/usr/bin:/bin"}


def test_a_layer_is_measured_once_and_remembered_by_the_next_run(tmp_path: Path) -> None:
    sizes = CompressedSizes(ENVIRON, tmp_path / "known.json")
    (tmp_path / "layer").mkdir()
    assert sizes.unknown(("sha256:a",)) == {"sha256:a"}
    sizes.measure({"sha256:a": tmp_path / "layer"}, Event())
    assert sizes.total(("sha256:a", "sha256:a")) == 2 * sizes.total(("sha256:a",)) > 0
    assert CompressedSizes(ENVIRON, tmp_path / "known.json").unknown(("sha256:a", "sha256:b")) == {"sha256:b"}


def test_what_a_registry_said_is_believed(tmp_path: Path) -> None:
    sizes = CompressedSizes(ENVIRON, tmp_path / "known.json")
    sizes.learn({"sha256:a": 7})
    assert sizes.total(("sha256:a",)) == 7


def test_an_unreadable_layer_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="a layer cannot be compressed"):
        CompressedSizes(ENVIRON, tmp_path / "known.json").measure({"sha256:a": tmp_path / "nowhere"}, Event())


def test_what_nobody_waits_for_is_not_compressed(tmp_path: Path) -> None:
    (tmp_path / "layer").mkdir()
    nobody = Event()
    nobody.set()
    sizes = CompressedSizes(ENVIRON, tmp_path / "known.json")
    with pytest.raises(EngineError):
        sizes.measure({"sha256:a": tmp_path / "layer"}, nobody)
    assert sizes.unknown(("sha256:a",))
