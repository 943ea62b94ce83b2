"""The engine: buildah builds, podman or buildah runs, skopeo exports.

What stays after a run, decided once: layers of builds are nameless images, as those of every build with layers,
and stay as the build cache of the next run. The images that builds end in bear a name of this run; `remove` deletes one
with the layers that its build made, `close` takes the names away (without podman, which can do that, the next `sweep`
deletes the image) and deletes the copies that `without` made. What has another name too, or is older than the build,
is not ours and only loses our name.

`buildah from` runs the ONBUILD triggers of an image, in the directory in which it is called. An image that has triggers
is therefore only looked into, and run by buildah, as a copy that has none (the OCI format does not know them).

buildah, podman and skopeo get the caller's environment: isolation, storage, registries and credentials are the user's.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from optimizer.containers import process, rooted
from optimizer.containers.capabilities import parse_version
from optimizer.containers.failures import missing_tool, recognise
from optimizer.containers.images import Listed
from optimizer.containers.library import Library
from optimizer.containers.model import (
    BuildFailed,
    BuildRequest,
    Built,
    CacheUse,
    CompressedSize,
    Engine,
    Finished,
    Image,
    ImageId,
    LayerChange,
    Progress,
    RunRequest,
    Version,
)
from optimizer.containers.mounts import Mounts
from optimizer.containers.names import Names, RunId, secret_option
from optimizer.containers.runner import Runner, RunWith, chroot_isolation, family_guard
from optimizer.containers.running import RunningContainer
from optimizer.containers.steps import StepReader
from optimizer.containers.stop import Stop
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
        self._library = Library(self._environ, self._names)
        self._mounts = Mounts(self._library.root_of)
        self._runner = Runner(self._environ, self._names, self._library.config, self._quiet, run_with)
        self._sweeper = Sweeper(self._environ)
        self._lock = threading.Lock()
        self._versions: tuple[Version, ...] | None = None
        self._made: dict[ImageId, list[_Made]] = {}
        self._copies: set[ImageId] = set()
        self._quieted: dict[ImageId, ImageId] = {}
        self._quieting = threading.Lock()
        self._build_guard: tuple[str, ...] | None = None

    # Tools

    def versions(self) -> tuple[Version, ...]:
        if self._versions is None:
            tools = [tool for tool in ("buildah", "podman", "skopeo") if process.installed(tool, self._environ)]
            shown = [(tool, self._library.tool(tool, "tell its version", "--version")) for tool in tools]
            self._versions = tuple(parse_version(tool, text) for tool, text in shown)
        return self._versions

    # Building

    def build(self, request: BuildRequest, progress: Progress | None = None, stop: Stop | None = None) -> Built:
        begun, marker = int(time.time()), self._names.marker()
        name = self._names.image(begun)
        reader = StepReader(time.monotonic, progress)
        argv = [*self._guard(request), *self._build_command(request, name, marker)]
        finished = False
        try:
            limit, behind = request.timeout, request.behind
            done = process.stream(argv, reader.line, environ=self._environ, timeout=limit, stop=stop, behind=behind)
            finished = not done.timed_out and not (stop is not None and stop.asked)
        finally:
            if not finished:
                self._sweeper.remove_build(marker)
        if done.timed_out:
            raise EngineError(f"the build took longer than {request.timeout:.0f} s", hint="raise the limit: --timeout")
        if not finished:
            raise EngineError("the build was ended")
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

    def image(self, image: ImageId) -> Image:
        return self._library.image(image)

    def find(self, name: str) -> ImageId | None:
        return self._library.find(name)

    @contextlib.contextmanager
    def rootfs(self, image: ImageId) -> Iterator[Path]:
        with self._mounts.of(self._quiet(image)) as root:
            yield root

    def layer_changes(self, image: ImageId) -> tuple[LayerChange, ...]:
        return self._library.layer_changes(image)

    def compressed_size(self, image: ImageId, stop: Stop | None = None) -> CompressedSize:
        return self._library.compressed_size(image, stop)

    def without(self, image: ImageId, paths: tuple[str, ...]) -> ImageId:
        begun = int(time.time())
        name = self._names.image(begun)
        with self._library.working_container(self._quiet(image)) as (container, root):
            for path in paths:
                rooted.remove(root, path)
            self._library.tool(
                "buildah", "commit the image", "commit", "--quiet", "--format", "docker", container, name
            )
        made = self._library.find(name)
        if made is None:
            raise EngineError("buildah did not leave the image that it committed")
        self._own(made, _Made(name, begun, ()))
        self._copies.add(made)
        return made

    def _quiet(self, image: ImageId) -> ImageId:
        """The image, or a copy without triggers if it has some."""
        if not self._library.config(image).onbuild:
            return image
        with self._quieting:
            if image not in self._quieted:
                begun = int(time.time())
                name = self._names.image(begun)
                place = f"containers-storage:{name}"
                self._library.tool("buildah", "copy the image", "push", "--quiet", "--format=oci", image.value, place)
                copy = self._library.find(name)
                if copy is None:
                    raise EngineError("buildah did not leave the image that it copied")
                self._own(copy, _Made(name, begun, ()))
                self._copies.add(copy)
                self._quieted[image] = copy
            return self._quieted[image]

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
        self._library.settle()  # an image that a container uses is not deleted
        rows = self._library.listed()
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
        if older or not {one.name for one in made}.issuperset(row.names):
            for one in made:
                self._sweeper.untag(image.value, one.name)
        else:
            self._sweeper.delete_image(image.value)

    def sweep(self) -> int:
        return self._sweeper.sweep()

    def close(self) -> None:
        with self._lock:
            kept = {image.value: {one.name for one in self._made[image]} for image in self._made.keys() - self._copies}
        with ThreadPoolExecutor(2) as beside:
            untagging = [beside.submit(self._sweeper.untag, image, *names) for image, names in kept.items()]
            self._library.settle()
            self._sweeper.remove_containers_of(self._names.run)
            while self._copies:
                self.remove(self._copies.pop())
            for each in untagging:
                each.result()
        self._made.clear()


def open_engine(environ: Mapping[str, str] | None = None, run_with: RunWith = RunWith.BEST) -> Engine:
    """The engine over the tools of this machine, with the caller's environment (default: this process's).
    Raises MissingTool if there is no buildah."""
    environ = os.environ if environ is None else environ
    if not process.installed("buildah", environ):
        raise missing_tool("buildah")
    return BuildahEngine(environ, run_with)
