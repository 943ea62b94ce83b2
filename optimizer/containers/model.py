"""What the rest of the program may ask of a container engine, and what it gets back. No process is started here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from optimizer.containers.behind import Behind
from optimizer.containers.stop import Stop


@dataclass(frozen=True, slots=True)
class Version:
    """A tool's version as far as decisions need it."""

    tool: str
    major: int
    minor: int
    text: str


@dataclass(frozen=True, slots=True)
class ImageId:
    """A full image ID (64 hex digits, without `sha256:`)."""

    value: str


class ManifestFormat(Enum):
    """OCI drops SHELL, HEALTHCHECK and ONBUILD; docker keeps them."""

    DOCKER = "docker"
    OCI = "oci"


class CacheUse(Enum):
    """Whether a build may take layers from earlier builds."""

    REUSE = "reuse"
    COLD = "cold"


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """One build. Values of `build_args` and `passthrough` may be secrets: never printed, logged or cached."""

    containerfile: Path
    """Absolute; may lie outside the context."""
    context: Path
    ignorefile: Path | None
    """Absolute. None: the context has no ignore file in force."""
    target: str | None = None
    build_args: tuple[str, ...] = field(default=(), repr=False)
    passthrough: tuple[str, ...] = field(default=(), repr=False)
    """Options handed to the builder as they are (`--secret=…`, `--network=…`, `--isolation=…`)."""
    format: ManifestFormat = ManifestFormat.DOCKER
    cache: CacheUse = CacheUse.REUSE
    timeout: float | None = None
    """Seconds for the whole build."""
    behind: Behind | None = field(default=None, repr=False, compare=False)
    """None: it waits for nobody."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction as the builder announced it. `number` counts from 1 over all stages that were built."""

    number: int
    total: int
    text: str
    seconds: float
    cached: bool
    image: ImageId | None = None
    """What it left, often by a shortened ID; None if the builder did not tell."""


@dataclass(frozen=True, slots=True)
class Built:
    """A finished build: the image, how long it took, and the builder's steps in order."""

    image: ImageId
    seconds: float
    steps: tuple[Step, ...]


class BuildFailed(Exception):
    """The build stopped: the step it stopped at (None when it never began) and the last lines it printed."""

    def __init__(self, step: Step | None, tail: tuple[str, ...], seconds: float) -> None:
        super().__init__(step.text if step else "the build did not start")
        self.step = step
        self.tail = tail
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Health:
    """HEALTHCHECK as the image configuration holds it; durations in nanoseconds, None where unset."""

    test: tuple[str, ...]
    interval: int | None = None
    timeout: int | None = None
    start_period: int | None = None
    retries: int | None = None


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """The part of an image's configuration that a running container sees (OCI image-spec, config.md)."""

    env: tuple[str, ...]
    user: str
    workdir: str
    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...]
    ports: tuple[str, ...]
    volumes: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    stop_signal: str
    shell: tuple[str, ...]
    onbuild: tuple[str, ...]
    health: Health | None
    architecture: str
    os: str


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: its diff ID (digest of the uncompressed tar) and its uncompressed size in bytes."""

    diff_id: str
    size: int


@dataclass(frozen=True, slots=True)
class History:
    """One entry of the image history, oldest first; `empty` entries made no layer."""

    created_by: str
    empty: bool


@dataclass(frozen=True, slots=True)
class Image:
    """An image in local storage. `size` is the sum of its layers, in bytes."""

    id: ImageId
    config: ImageConfig
    layers: tuple[Layer, ...]
    history: tuple[History, ...]
    size: int


@dataclass(frozen=True, slots=True)
class CompressedSize:
    """Bytes of compressed layers; `sampled` if large ones are told from a sample, which errs by 4 % or so."""

    bytes: int
    sampled: bool = False


@dataclass(frozen=True, slots=True)
class LayerChange:
    """What one layer holds: added or changed paths with their size in bytes, and the paths its whiteouts remove.
    Paths are absolute in the image. Directories (also those that only hold something changed) and links have size 0,
    and a file with several hard links counts once. A whiteout of a directory names everything below it too, and an
    opaque whiteout removes all that lay below the directory."""

    layer: Layer
    written: Mapping[str, int]
    removed: frozenset[str]


class Network(Enum):
    """What a running container may reach. NONE still has its own loopback."""

    NONE = "none"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One container. `command` None means the image's own ENTRYPOINT and CMD; otherwise it replaces both when
    `entrypoint` is given, else CMD only."""

    image: ImageId
    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    env: tuple[str, ...] = field(default=(), repr=False)
    user: str | None = None
    stdin: bytes | None = None
    network: Network = Network.NONE
    timeout: float = 60.0
    stop: Stop | None = field(default=None, repr=False, compare=False)
    """Another thread may end it with this, as if something had killed it."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A container that ended by itself or was stopped. `timed_out` means that it was killed at the limit."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    seconds: float
    timed_out: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP; header names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Running(Protocol):
    """A started container; leaving its context removes it."""

    def alive(self) -> bool:
        """Whether its first process still runs."""

    def listens(self, port: int, protocol: str = "tcp") -> bool:
        """Whether something inside listens on the port."""

    def get(self, port: int, path: str, *, method: str = "GET", timeout: float = 10.0) -> Answer | None:
        """One HTTP request made from inside the container's own network; None if nothing answers HTTP there."""

    def execute(self, argv: tuple[str, ...], timeout: float = 30.0) -> Finished:
        """Run a command inside it."""

    def logs(self) -> tuple[bytes, bytes]:
        """Standard output and error so far."""

    def stop(self, grace: float = 10.0) -> Finished:
        """Send the stop signal, wait `grace` seconds (not where it cannot arrive), then kill; `seconds` is how long
        stopping took."""


Progress = Callable[[Step], None]


class Engine(Protocol):
    """A container engine: buildah with podman, or buildah alone. Every method may raise MissingTool or EngineError."""

    def versions(self) -> tuple[Version, ...]:
        """Versions of the tools in use, buildah first."""

    def build(self, request: BuildRequest, progress: Progress | None = None, stop: Stop | None = None) -> Built:
        """Build with layers. Raises BuildFailed. The image carries our label and is removed by `close`. A build that
        `stop` ends raises EngineError; the layers that it finished stay."""

    def image(self, image: ImageId) -> Image:
        """Configuration, layers and history. History and layers are read from the image, never guessed."""

    def find(self, name: str) -> ImageId | None:
        """A local image by name, None if it is not here. Never pulls."""

    def rootfs(self, image: ImageId) -> AbstractContextManager[Path]:
        """The image's root file system, to be read only."""

    def layer_changes(self, image: ImageId) -> tuple[LayerChange, ...]:
        """What each layer holds, oldest first."""

    def compressed_size(self, image: ImageId, stop: Stop | None = None) -> CompressedSize:
        """How large the image's layers are where a registry holds them. Another thread may end it with `stop`."""

    def without(self, image: ImageId, paths: tuple[str, ...]) -> ImageId:
        """A copy of the image that lacks the given paths, for checks that must be able to fail."""

    def run(self, request: RunRequest) -> Finished:
        """Run to the end."""

    def start(self, request: RunRequest) -> AbstractContextManager[Running]:
        """Run in the background."""

    def remove(self, image: ImageId) -> None:
        """Remove an image that this program made; images of others are left alone."""

    def sweep(self) -> int:
        """Remove what earlier, killed runs of this program left behind; how many things that were."""

    def close(self) -> None:
        """Remove the containers and temporary files of this run; cached layers of builds stay for the next."""
