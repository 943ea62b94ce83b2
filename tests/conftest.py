"""Fixtures for every test: the lab (base images in a store of their own) and an empty store on top of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

from tests.applications import NAMES
from tests.applications.table import judge, rows_of, table

# The same examples in each run of continuous integration: what a search finds by chance is for those who search.
# No test is timed: a busy machine is no failure.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")

collect_ignore = ["apps", "lab", "traps"]
CHECKOUT = Path(__file__).parent.parent
INSTALL = "run tests/lab/setup.sh (as root: it installs buildah, podman and skopeo and makes the base images)"


@dataclass(frozen=True, slots=True)
class Store:
    """Container storage of one test: empty, with the lab's base images readable below it."""

    path: Path
    config: Path
    """The storage.conf; `CONTAINERS_STORAGE_CONF` names it while the test runs."""


def _lab_environment() -> dict[str, str]:
    """What tests/lab/env.sh sets, and nothing else of the shell's environment."""
    shown = subprocess.run(
        ["bash", "-c", ". tests/lab/env.sh && env -0"], cwd=CHECKOUT, capture_output=True, check=True, text=True
    ).stdout
    pairs = (entry.partition("=") for entry in shown.split("\0") if entry)
    names = ("OPTIMIZER_LAB", "CONTAINERS_CONF", "BUILDAH_ISOLATION")
    return {name: value for name, _, value in pairs if name in names}


def _lacking() -> str | None:
    """Why tests in containers cannot run here; None if they can."""
    for tool in ("buildah", "skopeo"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    images = Path(_lab_environment()["OPTIMIZER_LAB"], "store", "overlay-images", "images.json")
    held = json.loads(images.read_text()) if images.exists() else []
    names = [name for image in held for name in image.get("names") or ()]
    for wanted in ("busybox:latest", "debian:bookworm-slim", "python:3.11", "python:3.11-slim", "node:20-slim"):
        if not any(name.endswith("/" + wanted) for name in names):
            return f"the base image {wanted} is not in the lab"
    return None


@pytest.fixture(scope="session")
def lab_lacks() -> str | None:
    return _lacking()


@pytest.fixture(autouse=True)
def _container_tests_need_the_lab(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("container") is None:
        return
    lacks: str | None = request.getfixturevalue("lab_lacks")
    if lacks is None:
        return
    if os.environ.get("CI"):
        pytest.fail(f"{lacks}; {INSTALL}", pytrace=False)
    pytest.skip(f"{lacks}; {INSTALL}")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or fills the user's cache of proofs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_day() -> Iterator[None]:
    """Whether a base image is past its end of life does not depend on the day on which the tests run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1735689600")  # 2025-01-01
        yield


def _unmount_below(directory: Path) -> None:
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for point in sorted((mount for mount in mounts if Path(mount).is_relative_to(directory)), key=len, reverse=True):
        subprocess.run(["umount", "--lazy", point], check=False, capture_output=True)


_SPARE = 12 << 20
"""kB of memory that have to be free for a store to lie there: one of an application holds some 4 GB, and two run."""


def _in_memory(path: Path) -> None:
    """Let a directory lie in memory where there is enough of it and a mount is allowed: what lasts for a minute need
    not reach the disk."""
    lines = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
    spare = next((int(words[1]) for words in lines if words[0] == "MemAvailable:"), 0)
    if spare > _SPARE and shutil.which("mount"):
        subprocess.run(["mount", "-t", "tmpfs", "opt-store", str(path)], check=False, capture_output=True)


_AT_ONCE = 3
"""Stores that are removed while tests run; each of an application holds some GB."""


@pytest.fixture(scope="session")
def _removing() -> Iterator[list[subprocess.Popen[bytes]]]:
    """What removes stores while the next tests run: one holds up to a hundred thousand files."""
    removing = list[subprocess.Popen[bytes]]()
    yield removing
    for each in removing:
        each.wait()


@pytest.fixture
def store(
    monkeypatch: pytest.MonkeyPatch,
    _container_tests_need_the_lab: None,
    _removing: list[subprocess.Popen[bytes]],
) -> Iterator[Store]:
    """An empty store over the lab's images, named by the environment for as long as the test runs.
    Its path is short: the sockets of a container's monitor lie below it and may have 108 characters."""
    for name, value in _lab_environment().items():
        monkeypatch.setenv(name, value)
    path = Path(tempfile.mkdtemp(prefix="opt-"))
    _in_memory(path)
    config = path / "storage.conf"
    config.write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{path}/g"\nrunroot = "{path}/r"\n'
        f'[storage.options]\nadditionalimagestores = ["{os.environ["OPTIMIZER_LAB"]}/store"]\n'
    )
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(config))
    yield Store(path, config)
    containers = path / "g" / "overlay-containers" / "containers.json"
    if shutil.which("podman") and containers.exists() and json.loads(containers.read_text()):
        environ = os.environ | {"CONTAINERS_STORAGE_CONF": str(config)}
        remove = ["podman", "rm", "--all", "--force", "--time", "0"]
        subprocess.run(remove, env=environ, check=False, capture_output=True)
    _unmount_below(path)
    while len(_removing) > _AT_ONCE:  # a small disk
        _removing.pop(0).wait()
    _removing.append(subprocess.Popen(["nice", "rm", "-rf", str(path)], stderr=subprocess.DEVNULL))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Judge all applications together, in the process that hears of every test."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(session.config, "workerinput"):
        judge(session, reporter, NAMES)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of the applications that were measured."""
    if rows := rows_of(terminalreporter):
        terminalreporter.section("applications")
        for line in table(rows):
            terminalreporter.write_line(line)
