"""Evidence of a golden case: `evidence.toml` describes images in the notation of `tests.evidence.world`.

[base]      the image that FROM names: name, like (debian, alpine or fedora), slim, files, packages, config
[[here]]    other images that are present, described alike
[[step]]    what each RUN, COPY and ADD did: files, packages, removed
[config]    what the built image is configured to do
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from optimizer.containers.model import ImageId
from optimizer.policy import RuntimeBase
from tests.evidence.gathered import gather
from tests.evidence.world import CONFIG, Layered, Pack, Picture, World, alpine, debian, fedora

BUILT = "built"


def known(
    path: Path, text: str, target: str | None = None, runtime_base: RuntimeBase = RuntimeBase.OFFICIAL
) -> tuple[object, ...]:
    """What evidence a case hands to the passes; nothing if it has no such file."""
    if not path.exists():
        return ()
    data = tomllib.loads(path.read_text())
    images = {each["name"]: _image(each) for each in (data["base"], *data.get("here", ()))}
    base = images[data["base"]["name"]]
    steps = [_layer(step) for step in data.get("step", ())]
    config = _config(base, data.get("config", {}))
    images[BUILT] = base.then(*steps, config=config)
    if data["base"].get("gone"):
        del images[data["base"]["name"]]
    with tempfile.TemporaryDirectory() as top:
        return gather(World(Path(top), images).engine(), text, ImageId(BUILT), target, runtime_base=runtime_base)


def _image(data: Mapping[str, Any]) -> Picture:
    packages = [_pack(each) for each in data.get("packages", ())]
    match data.get("like"):
        case "alpine":
            picture = alpine(*packages)
        case "fedora":
            picture = fedora(*packages, slim=data.get("slim", False))
        case "debian":
            picture = debian(*packages, slim=data.get("slim", False))
        case _:
            picture = Picture([Layered({}, packages)])
    if "files" in data:
        first, *rest = picture.layers
        picture = replace(picture, layers=(replace(first, files={**first.files, **data["files"]}), *rest))
    return replace(picture, config=_config(picture, data.get("config", {})))


def _pack(data: Mapping[str, Any]) -> Pack:
    return Pack(**data)


def _layer(data: Mapping[str, Any]) -> Layered:
    packages = [_pack(each) for each in data.get("packages", ())]
    uid, gid = data.get("owner", (0, 0))
    return Layered(data.get("files", {}), packages, data.get("removed", ()), (uid, gid))


def _config(picture: Picture, data: Mapping[str, Any]) -> Any:
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    return replace(picture.config if picture.config is not None else CONFIG, **values)
