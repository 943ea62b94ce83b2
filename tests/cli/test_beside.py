"""What files beside the Containerfile start reaches the evidence."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from optimizer.cli import prove
from optimizer.config import Settings
from optimizer.containers.model import Engine, ImageId
from optimizer.context import DirectoryContext
from optimizer.engine import Source
from optimizer.evidence.entrypoint import Command
from optimizer.evidence.gather import Gathering
from optimizer.proof.cache import ProofCache
from optimizer.proof.model import BuiltOriginal


@pytest.mark.parametrize(
    ("file", "commands"),
    [("Containerfile", (Command(("work",), after_entrypoint=True),)), ("other.Containerfile", ())],
)
def test_a_service_of_compose_is_a_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, commands: tuple[Command, ...]
) -> None:
    (tmp_path / "compose.yaml").write_text("services: {a: {build: ., command: work}}")
    asked: list[object] = []
    monkeypatch.setattr(Gathering, "of", lambda self, _: asked.append(self.extra) or ())
    shop = prove.Workshop(cast(Engine, None), ProofCache(tmp_path / "cache"))
    evidence = shop.evidence_for(Settings())
    assert evidence is not None
    source = Source("FROM a\nCMD b\n", tmp_path / file, DirectoryContext(tmp_path))
    with evidence(source) as found:
        found.of(BuiltOriginal(ImageId("built"), lambda: pytest.fail("nobody asked")))
    assert asked == [commands]
