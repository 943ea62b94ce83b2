"""Removing what runs of this program left behind: theirs only, known by name or mark, and only when they are dead."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from optimizer.containers import images, process
from optimizer.containers.failures import engine_error
from optimizer.containers.images import Listed
from optimizer.containers.names import (
    MARKER_PREFIX,
    RunId,
    begun_of_image,
    run_of_container,
    run_of_image,
    run_of_marker,
)


def _temporary_directories() -> tuple[Path, ...]:
    """Everything in the directories for temporary files, to be judged by name."""
    found: list[Path] = []
    for place in {tempfile.gettempdir(), "/var/tmp"}:
        with contextlib.suppress(OSError), os.scandir(place) as entries:
            found += [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    return tuple(found)


def _is_of_dead_run(marker: str) -> bool:
    run = run_of_marker(marker)
    return run is not None and run.dead()


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Knows how to find and remove them."""

    environ: dict[str, str]

    def sweep(self) -> int:
        """Remove what dead runs left: containers, images and temporary directories; how many. Raises EngineError."""
        removed = self._remove_containers(lambda run: run.dead())
        removed += self._remove_builds(_is_of_dead_run)
        for row in self._images():
            dead = [name for name in row.names if (run := run_of_image(name)) and run.dead()]
            if not dead:
                continue
            # An image that is older than the build that named it was somebody's before.
            ours = all(run_of_image(name) for name in row.names) and row.created >= max(map(begun_of_image, dead))
            if ours and len(dead) == len(row.names):
                self.delete_image(row.id)
            else:
                for name in dead:
                    self.untag(row.id, name)
            removed += 1
        for directory in _temporary_directories():
            run = run_of_container(directory.name.rpartition("-")[0])
            if run is not None and run.dead():
                shutil.rmtree(directory, ignore_errors=True)
                removed += 1
        return removed

    def remove_containers_of(self, run: RunId) -> None:
        """Remove the containers that a run named."""
        self._remove_containers(lambda other: other == run)

    def remove_build(self, marker: str) -> None:
        """Remove the working containers that an interrupted build of this run left, known by its mark."""
        self._remove_builds(lambda other: other == marker)

    def delete_image(self, image: str) -> None:
        """Delete an image by its full ID with all its names, and no other: `buildah rmi` would also take nameless
        ancestors, which may be somebody's build cache. Without skopeo that is accepted."""
        if process.installed("skopeo", self.environ):
            process.run(("skopeo", "delete", f"containers-storage:@{image}"), environ=self.environ)
        else:
            process.run(("buildah", "rmi", image), environ=self.environ)

    def untag(self, image: str, name: str) -> None:
        """Take a name from an image and leave the image. Only podman can."""
        if process.installed("podman", self.environ):
            process.run(("podman", "untag", image, name), environ=self.environ)

    def _images(self) -> tuple[Listed, ...]:
        return images.parse_listed_images(self._output("list images", "images", "--all", "--no-trunc", "--json"))

    def _output(self, action: str, *arguments: str) -> str:
        done = process.run(("buildah", *arguments), environ=self.environ)
        if done.code != 0:
            raise engine_error("buildah", action, done.err)
        return done.out

    def _containers(self) -> tuple[Listed, ...]:
        return images.parse_listed_containers(self._output("list containers", "containers", "--all", "--json"))

    def _remove_containers(self, chosen: Callable[[RunId], bool]) -> int:
        rows = self._containers()
        removed = 0
        for row in rows:
            name = row.names[0]
            run = run_of_container(name)
            if run is None or not chosen(run):
                continue
            # A container of podman is in the same storage, where buildah sees it without being able to remove it.
            if row.builder:
                process.run(("buildah", "rm", row.id), environ=self.environ)
            else:
                process.run(("podman", "rm", "--force", "--ignore", "--time", "0", row.id), environ=self.environ)
            removed += 1
        return removed

    def _remove_builds(self, chosen: Callable[[str], bool]) -> int:
        rows = [row for row in self._containers() if row.builder and run_of_container(row.names[0]) is None]
        if not rows:
            return 0
        store = images.parse_store(self._output("describe its storage", "info"))
        removed = 0
        for row in rows:
            record = Path(store.root, f"{store.driver}-containers", row.id, "userdata", "buildah.json")
            with contextlib.suppress(OSError):
                marker = images.marker_in(record.read_text(encoding="utf-8"), MARKER_PREFIX)
                if marker is not None and chosen(marker):
                    process.run(("buildah", "rm", row.id), environ=self.environ)
                    removed += 1
        return removed
