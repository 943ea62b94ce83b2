"""What is known of local images, and what is asked again."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from optimizer.containers.model import Engine, Image, ImageId
from optimizer.evidence.images import Images
from optimizer.evidence.runtime import of_image
from optimizer.evidence.tree import Root
from tests.evidence.world import CONFIG

SLIM, FULL = ImageId("slim"), ImageId("full")


@dataclass
class _Engine:
    """Tells what is here, and notes what it was asked for."""

    here: dict[str, ImageId]
    asked: list[str] = field(default_factory=list)

    def find(self, name: str) -> ImageId | None:
        self.asked.append(name)
        return self.here.get(name)

    def image(self, image: ImageId) -> Image:
        return _image(image)


def _image(image: ImageId) -> Image:
    return Image(image, CONFIG, (), (), 0)


def test_what_was_pulled_meanwhile_is_found(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text('ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n')
    root = Root(tmp_path)
    engine = _Engine({})
    images = Images(cast(Engine, engine), ExitStack())
    images._roots.update({SLIM: root, FULL: root})
    base = of_image("python:3.11", _image(FULL), root)

    def here() -> list[str]:
        return [each.name for each in images.here(base, root, ["python:3.11-slim"])]

    assert here() == []
    engine.here["python:3.11-slim"] = SLIM
    assert here() == ["python:3.11-slim"]
    assert here() == ["python:3.11-slim"]
    assert engine.asked == ["python:3.11-slim"] * 2
