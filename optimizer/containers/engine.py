"""The engine: buildah builds, podman or buildah runs, skopeo exports.

What stays after a run, decided once: layers of builds are nameless images, as those of every build with layers,
and stay as the build cache of the next run. The images that builds end in bear a name of this run; `remove` deletes one
with the layers that its build made, `close` takes the names away (without podman, which can do that, the next `sweep`
deletes the image). What has another name too, or is older than the build, is not ours and only loses our name.

buildah, podman and skopeo get the caller's environment: isolation, storage, registries and credentials are the user's.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from optimizer.containers import images, layers, process, rooted
from optimizer.containers.capabilities import parse_version
from optimizer.containers.failures import engine_error, missing_tool, recognise
from optimizer.containers.images import Inspected, Listed
from optimizer.containers.model import (
    BuildFailed,
    BuildRequest,
    Built,
    CacheUse,
    Finished,
    Image,
    ImageConfig,
    ImageId,
    LayerChange,
    Progress,
    RunRequest,
    Version,
)
from optimizer.containers.names import Names, RunId, run_of_image, secret_option
from optimizer.containers.runner import Runner, RunWith, chroot_isolation, family_guard
from optimizer.containers.running import RunningContainer
from optimizer.containers.sizes import CompressedSizes
from optimizer.containers.steps import StepReader
from optimizer.containers.sweep import Sweeper
from optimizer.errors import EngineError


@dataclass(frozen=True, slots=True)
class _Made:
    """An image of ours: the name it got, when its build began (seconds since 1970), the layers its build made."""

    name: str
    begun: int
    created: tuple[str, ...]


class BuildahEngine:
    """Implements `optimizer.containers.model.Engine`. Safe to use from several threads."""

    def __init__(self, environ: Mapping[str, str], run_with: RunWith = RunWith.BEST) -> None:
        self._environ = dict(environ)
        self._names = Names(RunId.own())
        self._runner = Runner(self._environ, self._names, self._config, run_with)
        self._sweeper = Sweeper(self._environ)
        self._sizes = CompressedSizes()
        self._lock = threading.Lock()
        self._versions: tuple[Version, ...] | None = None
        self._inspected: dict[ImageId, Inspected] = {}
        self._changes: dict[str, layers.RawChange] = {}
        self._made: dict[ImageId, list[_Made]] = {}
        self._build_guard: tuple[str, ...] | None = None

    # Tools

    def versions(self) -> tuple[Version, ...]:
        if self._versions is None:
            tools = [tool for tool in ("buildah", "podman", "skopeo") if process.installed(tool, self._environ)]
            shown = [(tool, self._tool(tool, "tell its version", "--version")) for tool in tools]
            self._versions = tuple(parse_version(tool, text) for tool, text in shown)
        return self._versions

    def _tool(self, tool: str, action: str, *arguments: str) -> str:
        """Standard output of a command that must succeed."""
        done = process.run((tool, *arguments), environ=self._environ)
        if done.code != 0:
            raise engine_error(tool, action, done.err)
        return done.out

    # Building

    def build(self, request: BuildRequest, progress: Progress | None = None) -> Built:
        begun, marker = int(time.time()), self._names.marker()
        name = self._names.image(begun)
        reader = StepReader(time.monotonic, progress)
        argv = [*self._guard(request), *self._build_command(request, name, marker)]
        finished = False
        try:
            done = process.stream(argv, reader.line, environ=self._environ, timeout=request.timeout)
            finished = not done.timed_out
        finally:
            if not finished:
                self._sweeper.remove_build(marker)
        if done.timed_out:
            raise EngineError(f"the build took longer than {request.timeout:.0f} s", hint="raise the limit: --timeout")
        if done.code != 0:
            tail = tuple(reader.tail)
            known = recognise(tail[-20:])
            if known is not None:
                raise EngineError(f"buildah cannot build: {known.message}", hint=known.hint)
            raise BuildFailed(reader.current, tail, done.seconds)
        reader.close()
        image = self.find(name)
        if image is None:
            raise EngineError("buildah did not leave the image that it built")
        self._own(image, _Made(name, begun, tuple(reader.created)))
        return Built(image, done.seconds, tuple(reader.steps))

    def _build_command(self, request: BuildRequest, name: str, marker: str) -> tuple[str, ...]:
        arguments = ["buildah", "bud", "--layers", "--force-rm", "--format", request.format.value, "--tag", name]
        arguments += ["--secret", secret_option(marker), "--file", str(request.containerfile)]
        # Without the option buildah would take an ignore file that lies in the context.
        arguments += ["--ignorefile", str(request.ignorefile or os.devnull)]
        arguments += [] if request.target is None else ["--target", request.target]
        arguments += ["--no-cache"] if request.cache is CacheUse.COLD else []
        arguments += [option for pair in request.build_args for option in ("--build-arg", pair)]
        return (*arguments, *request.passthrough, str(request.context))

    def _guard(self, request: BuildRequest) -> tuple[str, ...]:
        if not chroot_isolation(self._environ, request.passthrough):
            return ()
        if self._build_guard is None:
            self._build_guard = family_guard(self._environ)
        return self._build_guard

    def _own(self, image: ImageId, made: _Made) -> None:
        with self._lock:
            self._made.setdefault(image, []).append(made)

    # Images

    def _inspect(self, image: ImageId) -> Inspected:
        if image not in self._inspected:
            text = self._tool("buildah", "inspect the image", "inspect", "--type", "image", image.value)
            self._inspected[image] = images.parse_inspected(text)
        return self._inspected[image]

    def _config(self, image: ImageId) -> ImageConfig:
        return self._inspect(image).config

    def _listed(self) -> tuple[Listed, ...]:
        return images.parse_listed_images(
            self._tool("buildah", "list images", "images", "--all", "--no-trunc", "--json")
        )

    def _names_of(self, image: ImageId) -> tuple[str, ...]:
        return tuple(name for row in self._listed() if row.id == image.value for name in row.names)

    def image(self, image: ImageId) -> Image:
        inspected = self._inspect(image)
        sizes: dict[str, int] = {}
        if len(inspected.sizes) < len(set(inspected.diff_ids)):
            sizes = self._layer_sizes(inspected)
        return inspected.image(self._names_of(image), sizes)

    def _layer_sizes(self, inspected: Inspected) -> dict[str, int]:
        """Uncompressed sizes of the layers of an image whose manifest has compressed ones, as one that was pulled."""
        if process.installed("podman", self._environ):
            text = self._tool("podman", "tell the history", "history", "--format", "json", inspected.id.value)
            empty = tuple(entry.empty for entry in inspected.history)
            if sizes := images.parse_layer_sizes(text, inspected.diff_ids, empty):
                return sizes
        with self._exported(inspected.id) as blobs:
            return {diff: blob.stat().st_size for diff, blob in zip(inspected.diff_ids, blobs, strict=True)}

    def find(self, name: str) -> ImageId | None:
        argv = ("buildah", "inspect", "--type", "image", "--format", "{{.FromImageID}}", name)
        done = process.run(argv, environ=self._environ)
        if done.code == 0:
            return ImageId(done.out)
        if "not known" in done.err or "no such image" in done.err or "did not resolve" in done.err:
            return None
        raise engine_error("buildah", "look for the image", done.err)

    # Contents

    @contextlib.contextmanager
    def _working_container(self, image: ImageId) -> Iterator[tuple[str, Path]]:
        name = self._names.container()
        try:
            self._tool("buildah", "use the image", "from", "--pull-never", "--name", name, image.value)
            yield name, Path(self._tool("buildah", "mount the image", "mount", name))
        finally:
            process.run(("buildah", "rm", name), environ=self._environ)

    @contextlib.contextmanager
    def rootfs(self, image: ImageId) -> Iterator[Path]:
        with self._working_container(image) as (_, root):
            yield root

    def without(self, image: ImageId, paths: tuple[str, ...]) -> ImageId:
        begun = int(time.time())
        name = self._names.image(begun)
        with self._working_container(image) as (container, root):
            for path in paths:
                place = rooted.place(root, path)
                if place is None:
                    continue
                try:
                    if place.is_dir() and not place.is_symlink():
                        shutil.rmtree(place)
                    else:
                        place.unlink(missing_ok=True)
                except OSError as error:
                    reason = (error.strerror or "unknown reason").lower()
                    raise EngineError(f"{path} cannot be removed: {reason}") from None
            self._tool("buildah", "commit the image", "commit", "--quiet", "--format", "docker", container, name)
        made = self.find(name)
        if made is None:
            raise EngineError("buildah did not leave the image that it committed")
        self._own(made, _Made(name, begun, ()))
        return made

    def layer_changes(self, image: ImageId) -> tuple[LayerChange, ...]:
        whole = self.image(image)
        wanted = [layer.diff_id for layer in whole.layers]
        if any(diff not in self._changes for diff in wanted):
            self._changes |= self._read_layers(image, wanted)
        return layers.stack(whole.layers, [self._changes[diff] for diff in wanted])

    def _read_layers(self, image: ImageId, diff_ids: list[str]) -> dict[str, layers.RawChange]:
        """The layers that were not read before: from the overlay driver's directories, else from an export."""
        if process.installed("podman", self._environ):
            text = self._tool("podman", "inspect the image", "image", "inspect", image.value)
            directories = [Path(place) for place in images.parse_overlay_directories(text)]
            if len(directories) == len(diff_ids) and all(place.is_dir() for place in directories):
                pairs = zip(diff_ids, directories, strict=True)
                return {diff: layers.read_overlay(place) for diff, place in pairs if diff not in self._changes}
        with self._exported(image) as blobs:
            tars = zip(diff_ids, blobs, strict=True)
            return {diff: layers.read_tar(blob) for diff, blob in tars if diff not in self._changes}

    def compressed_size(self, image: ImageId) -> int:
        diff_ids = self._inspect(image).diff_ids
        unknown = self._sizes.unknown(diff_ids)
        if unknown:
            with self._exported(image) as blobs:
                pairs = zip(diff_ids, blobs, strict=True)
                self._sizes.measure({diff: blob for diff, blob in pairs if diff in unknown})
        return self._sizes.total(diff_ids)

    @contextlib.contextmanager
    def _exported(self, image: ImageId) -> Iterator[tuple[Path, ...]]:
        """The image's layers as uncompressed tars, oldest first."""
        if not process.installed("skopeo", self._environ):
            raise missing_tool("skopeo")
        # As large as the image: not where a small tmpfs may be, unless the user says so (file-hierarchy(7)).
        parent = None if "TMPDIR" in self._environ or not os.access("/var/tmp", os.W_OK) else "/var/tmp"
        with tempfile.TemporaryDirectory(prefix=f"{self._names.container()}-", dir=parent) as name:
            target = ("dir:" + name, "--dest-decompress")
            self._tool("skopeo", "export the image", "copy", "--quiet", f"containers-storage:@{image.value}", *target)
            digests = images.parse_manifest_layers(Path(name, "manifest.json").read_text())
            yield tuple(Path(name, digest.removeprefix("sha256:")) for digest in digests)

    # Running

    def run(self, request: RunRequest) -> Finished:
        return self._runner.run(request)

    def start(self, request: RunRequest) -> contextlib.AbstractContextManager[RunningContainer]:
        return self._runner.start(request)

    # Leaving

    def remove(self, image: ImageId) -> None:
        with self._lock:
            made = self._made.pop(image, [])
        if not made:
            return
        rows = self._listed()
        self._delete_or_untag(image, made, rows)
        with self._lock:
            needed = {prefix for others in self._made.values() for other in others for prefix in other.created}
        prefixes = {prefix for one in made for prefix in one.created} - needed
        begun = min(one.begun for one in made)
        kept = {image.value for image in self._made}
        for row in rows:
            ours = any(row.id.startswith(prefix) for prefix in prefixes)
            if ours and not row.names and row.created >= begun and row.id not in kept and row.id != image.value:
                self._sweeper.delete_image(row.id)

    def _delete_or_untag(self, image: ImageId, made: list[_Made], rows: tuple[Listed, ...]) -> None:
        row = next((row for row in rows if row.id == image.value), None)
        if row is None:
            return
        older = row.created < min(one.begun for one in made)
        if older or any(run_of_image(name) is None for name in row.names):
            for one in made:
                self._sweeper.untag(image.value, one.name)
        else:
            self._sweeper.delete_image(image.value)

    def sweep(self) -> int:
        return self._sweeper.sweep()

    def close(self) -> None:
        self._sweeper.remove_containers_of(self._names.run)
        with self._lock:
            made, self._made = self._made, {}
        for image, ones in made.items():
            for one in ones:
                self._sweeper.untag(image.value, one.name)


def open_engine(environ: Mapping[str, str] | None = None, run_with: RunWith = RunWith.BEST) -> BuildahEngine:
    """The engine over the tools of this machine, with the caller's environment (default: this process's).
    Raises MissingTool if there is no buildah."""
    environ = os.environ if environ is None else environ
    if not process.installed("buildah", environ):
        raise missing_tool("buildah")
    return BuildahEngine(environ, run_with)
