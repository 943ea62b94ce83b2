"""From what `buildah inspect --type image` prints to `Image`.

The document holds the image's own configuration and manifest as strings, unchanged; only these are read. Field names
are those of the OCI image-spec (config.md, manifest.md) and of Docker's image specification v1.2 for Healthcheck,
Shell and OnBuild.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from optimizer.containers.model import Health, History, Image, ImageConfig, ImageId, Layer
from optimizer.errors import EngineError

_COMPRESSED = ("gzip", "zstd")
"""Ends of the media types of compressed layers (OCI image-spec, layer.md; Docker's schema 2)."""


class _Fields:
    """A JSON object read by type; what is absent or null is the type's empty value."""

    def __init__(self, value: object) -> None:
        self._map: Mapping[str, object] = value if isinstance(value, dict) else {}

    def text(self, key: str) -> str:
        value = self._map.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int | None:
        value = self._map.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def flag(self, key: str) -> bool:
        return self._map.get(key) is True

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._map.get(key)
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()

    def keys(self, key: str) -> tuple[str, ...]:
        value = self._map.get(key)
        return tuple(sorted(value)) if isinstance(value, dict) else ()

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        value = self._map.get(key)
        return tuple(sorted((k, v) for k, v in value.items() if isinstance(v, str))) if isinstance(value, dict) else ()

    def inner(self, key: str) -> _Fields:
        return _Fields(self._map.get(key))

    def items(self, key: str) -> tuple[_Fields, ...]:
        value = self._map.get(key)
        return tuple(_Fields(item) for item in value) if isinstance(value, list) else ()

    def has(self, key: str) -> bool:
        return self._map.get(key) is not None


def _load(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise EngineError(
            "the container tool printed what this program cannot read", hint="report the output of `buildah --version`"
        ) from None


def _health(config: _Fields) -> Health | None:
    if not config.has("Healthcheck"):
        return None
    check = config.inner("Healthcheck")
    return Health(
        check.texts("Test"),
        check.number("Interval"),
        check.number("Timeout"),
        check.number("StartPeriod"),
        check.number("Retries"),
    )


def _config(document: _Fields) -> ImageConfig:
    config = document.inner("config")
    return ImageConfig(
        env=config.texts("Env"),
        user=config.text("User"),
        workdir=config.text("WorkingDir"),
        entrypoint=config.texts("Entrypoint"),
        cmd=config.texts("Cmd"),
        ports=config.keys("ExposedPorts"),
        volumes=config.keys("Volumes"),
        labels=config.pairs("Labels"),
        stop_signal=config.text("StopSignal"),
        shell=config.texts("Shell"),
        onbuild=config.texts("OnBuild"),
        health=_health(config),
        architecture=document.text("architecture"),
        os=document.text("os"),
    )


@dataclass(frozen=True, slots=True)
class Inspected:
    """An image as its own documents tell it; `sizes` by diff ID, only for layers that the manifest holds
    uncompressed (those of a pulled image are not), `compressed` for those that came compressed from a registry."""

    id: ImageId
    config: ImageConfig
    diff_ids: tuple[str, ...]
    sizes: Mapping[str, int]
    compressed: Mapping[str, int]
    history: tuple[History, ...]

    def image(self, sizes: Mapping[str, int]) -> Image:
        """The image, with the sizes that the manifest lacks. Raises EngineError if one stays unknown."""
        known = {**sizes, **self.sizes}
        if missing := [diff for diff in self.diff_ids if diff not in known]:
            raise EngineError(f"the size of layer {missing[0]} is not known")
        layers = tuple(Layer(diff, known[diff]) for diff in self.diff_ids)
        return Image(self.id, self.config, layers, self.history, sum(layer.size for layer in layers))


def parse_inspected(text: str) -> Inspected:
    """Read one document of `buildah inspect --type image`. Raises EngineError."""
    outer = _Fields(_load(text))
    document = _Fields(_load(outer.text("Config")))
    manifest = _Fields(_load(outer.text("Manifest")))
    diff_ids = document.inner("rootfs").texts("diff_ids")
    layers = tuple(manifest.items("layers"))
    blobs = {layer.text("digest"): layer.number("size") for layer in layers}
    packed = zip(diff_ids, layers, strict=True) if len(diff_ids) == len(layers) else ()
    history = tuple(History(entry.text("created_by"), entry.flag("empty_layer")) for entry in document.items("history"))
    return Inspected(
        id=ImageId(outer.text("FromImageID")),
        config=_config(document),
        diff_ids=diff_ids,
        sizes={diff: size for diff in diff_ids if (size := blobs.get(diff)) is not None},
        compressed={
            diff: size
            for diff, layer in packed
            if layer.text("mediaType").endswith(_COMPRESSED) and (size := layer.number("size")) is not None
        },
        history=history,
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list of images or containers: its full ID and its names (a container has one)."""

    id: str
    names: tuple[str, ...]
    created: int = 0
    """Seconds since 1970, 0 if not told."""
    builder: bool = False
    """Whether it is a working container of buildah's."""


def parse_listed_images(text: str) -> tuple[Listed, ...]:
    """Read `buildah images --all --no-trunc --json`."""
    rows = _Fields({"rows": _load(text or "null")}).items("rows")
    return tuple(
        Listed(row.text("id").removeprefix("sha256:"), row.texts("names"), row.number("created") or 0) for row in rows
    )


def parse_listed_containers(text: str) -> tuple[Listed, ...]:
    """Read `buildah containers --all --json`, which names those of podman too."""
    rows = _Fields({"rows": _load(text or "null")}).items("rows")
    return tuple(Listed(row.text("id"), (row.text("containername"),), builder=row.flag("builder")) for row in rows)


def parse_layer_sizes(history: str, diff_ids: tuple[str, ...], empty: tuple[bool, ...]) -> dict[str, int]:
    """Sizes by diff ID from `podman history --format json`, whose entries are newest first; nothing if they and the
    image's own history do not have the same length."""
    rows = tuple(reversed(_Fields({"rows": _load(history)}).items("rows")))
    if len(rows) != len(empty):
        return {}
    sizes = [row.number("size") or 0 for row, is_empty in zip(rows, empty, strict=True) if not is_empty]
    return dict(zip(diff_ids, sizes, strict=True)) if len(sizes) == len(diff_ids) else {}


def parse_overlay_directories(text: str) -> tuple[str, ...]:
    """The directories of an image's layers, oldest first, from `podman image inspect`; empty if its storage driver
    is not overlay."""
    documents = _Fields({"rows": _load(text)}).items("rows")
    if not documents or documents[0].inner("GraphDriver").text("Name") != "overlay":
        return ()
    data = documents[0].inner("GraphDriver").inner("Data")
    lower = data.text("LowerDir")
    return tuple(reversed([data.text("UpperDir"), *(lower.split(":") if lower else ())]))


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A container in storage without any word from the tool that made it; `created` in seconds since 1970."""

    id: str
    name: str
    created: float


def parse_unfinished(text: str) -> tuple[Unfinished, ...]:
    """Read containers.json of containers/storage: the containers that lack the metadata that podman gives at once.
    Times are RFC 3339 with nanoseconds."""
    rows = _Fields({"rows": _load(text)}).items("rows")
    return tuple(
        Unfinished(row.text("id"), name, datetime.fromisoformat(row.text("created")).timestamp())
        for row in rows
        for name in row.texts("names")[:1]
        if not row.text("metadata") and row.text("created")
    )


@dataclass(frozen=True, slots=True)
class StorePlace:
    """Where container storage lies."""

    root: str
    driver: str


def parse_store(text: str) -> StorePlace:
    """Read the part of `buildah info` about storage."""
    place = _Fields(_load(text)).inner("store")
    return StorePlace(place.text("GraphRoot"), place.text("GraphDriverName"))


def parse_manifest_layers(text: str) -> tuple[str, ...]:
    """The digests of the layers in an image manifest, oldest first."""
    return tuple(layer.text("digest") for layer in _Fields(_load(text)).items("layers"))


def parse_index(text: str) -> str:
    """The digest of the only manifest in the index of an OCI layout. Raises EngineError."""
    digests = [manifest.text("digest") for manifest in _Fields(_load(text)).items("manifests")]
    if len(digests) != 1:
        raise EngineError("skopeo did not write one image")
    return digests[0]


def marker_in(builder: str, prefix: str) -> str | None:
    """The value behind `prefix` among the secrets that a working container's own record (buildah.json) names."""
    options = _Fields(_load(builder)).inner("CommonBuildOpts")
    for secret in options.texts("Secrets"):
        name = secret.partition(",")[0]
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return None
