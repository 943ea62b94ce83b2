"""Removing what runs of this program left behind: theirs only, known by name or mark, and only when they are dead."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from optimizer.containers import images, proc, process
from optimizer.containers.failures import engine_error
from optimizer.containers.images import Listed
from optimizer.containers.library import list_containers, list_images
from optimizer.containers.names import (
    MARKER_PREFIX,
    RunId,
    begun_of_image,
    run_of_container,
    run_of_directory,
    run_of_image,
    run_of_marker,
)

_WORKING = "-working-container"
"""How buildah calls a container while it builds, after the name of the image and before a number (buildah, new.go)."""

_RECORDING = 1.0
"""Seconds in which the record of a container that was just made is written; it takes some milliseconds."""

_RECORDING_LATE = 15.0
"""The same, at most, where a buildah lives that has to wait for the disk or for others."""


def _directories_of_dead_runs() -> tuple[tuple[Path, RunId], ...]:
    """Temporary directories that bear the name of a run that has ended."""
    found: list[tuple[Path, RunId]] = []
    for place in {tempfile.gettempdir(), "/var/tmp"}:
        with contextlib.suppress(OSError), os.scandir(place) as entries:
            for entry in entries:
                run = run_of_directory(entry.name) if entry.is_dir(follow_symlinks=False) else None
                if run is not None and run.dead():
                    found.append((Path(entry.path), run))
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
        containers = self._containers()
        removed = self._remove_containers(containers, lambda run: run.dead())
        removed += self._remove_builds(containers, _is_of_dead_run)
        leftovers = _directories_of_dead_runs()
        if leftovers:
            removed += self._remove_unfinished(min(run.began() for _, run in leftovers))
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
        for directory, _ in leftovers:
            shutil.rmtree(directory, ignore_errors=True)
            removed += 1
        return removed

    def remove_containers_of(self, run: RunId) -> None:
        """Remove the containers that a run named."""
        self._remove_containers(self._containers(), lambda other: other == run)

    def remove_build(self, marker: str) -> None:
        """Remove the working containers that an interrupted build of this run left, known by its mark."""
        self._remove_builds(self._containers(), lambda other: other == marker)

    def delete_image(self, image: str) -> None:
        """Delete an image by its full ID with all its names, and no other: `buildah rmi` would also take nameless
        ancestors, which may be somebody's build cache. Without skopeo that is accepted."""
        if process.installed("skopeo", self.environ):
            process.run(("skopeo", "delete", f"containers-storage:@{image}"), environ=self.environ)
        else:
            process.run(("buildah", "rmi", image), environ=self.environ)

    def untag(self, image: str, *names: str) -> None:
        """Take names from an image and leave the image. Only podman can."""
        if process.installed("podman", self.environ):
            process.run(("podman", "untag", image, *names), environ=self.environ)

    def _images(self) -> tuple[Listed, ...]:
        return images.parse_listed_images(list_images(self.environ))

    def _output(self, action: str, *arguments: str) -> str:
        done = process.run(("buildah", *arguments), environ=self.environ)
        if done.code != 0:
            raise engine_error("buildah", action, done.err)
        return done.out

    def _containers(self) -> tuple[Listed, ...]:
        return images.parse_listed_containers(list_containers(self.environ))

    def _remove_containers(self, listed: Iterable[Listed], chosen: Callable[[RunId], bool]) -> int:
        rows = [row for row in listed if (run := run_of_container(row.names[0])) and chosen(run)]
        # A container of podman is in the same storage, where buildah sees it without being able to remove it.
        ways = (
            (("buildah", "rm"), [row.id for row in rows if row.builder]),
            (
                ("podman", "rm", "--force", "--ignore", "--time", "0"),
                [row.id for row in rows if not row.builder],
            ),
        )
        for command, found in ways:
            if found:
                process.run((*command, *found), environ=self.environ)
        return len(rows)

    def _remove_unfinished(self, since: float) -> int:
        """Remove the containers of builds that were killed after buildah made them and before it wrote their record:
        they bear no mark, and no tool can use them. Those made before `since` (seconds since 1970) are not ours."""
        found = self._unfinished(since)
        if found:
            time.sleep(_RECORDING)
            found &= self._unfinished(since)
        limit = time.monotonic() + _RECORDING_LATE
        while found and proc.runs("buildah") and time.monotonic() < limit:
            time.sleep(_RECORDING)
            found &= self._unfinished(since)
        for container in found:
            process.run(("buildah", "rm", container), environ=self.environ)
        return len(found)

    def _unfinished(self, since: float) -> set[str]:
        place = self._containers_place()
        with contextlib.suppress(OSError):
            listed = images.parse_unfinished((place / "containers.json").read_text(encoding="utf-8"))
            return {
                each.id
                for each in listed
                if each.created >= since
                and each.name.rpartition(_WORKING)[1]
                and not (place / each.id / "userdata" / "buildah.json").exists()
            }
        return set()

    def _containers_place(self) -> Path:
        """Where container storage keeps what is known of containers."""
        store = images.parse_store(self._output("describe its storage", "info"))
        return Path(store.root, f"{store.driver}-containers")

    def _remove_builds(self, listed: Iterable[Listed], chosen: Callable[[str], bool]) -> int:
        rows = [row for row in listed if row.builder and run_of_container(row.names[0]) is None]
        if not rows:
            return 0
        place = self._containers_place()
        removed = 0
        for row in rows:
            record = place / row.id / "userdata" / "buildah.json"
            with contextlib.suppress(OSError):
                marker = images.marker_in(record.read_text(encoding="utf-8"), MARKER_PREFIX)
                if marker is not None and chosen(marker):
                    process.run(("buildah", "rm", row.id), environ=self.environ)
                    removed += 1
        return removed
