"""What calls of package managers read: named files, manifests beside them, and when that is not known."""

from __future__ import annotations

import json
import posixpath

import pytest

from optimizer.containerfile.nodes import Run
from optimizer.containerfile.parser import parse
from optimizer.context import MemoryContext
from optimizer.facts import Facts
from optimizer.facts.inputs import Inputs, Obstacle, inputs
from optimizer.facts.invocations import Invocations

LOCKED = {"package.json": b'{"dependencies": {"a": "1"}}', "package-lock.json": b"{}", ".npmrc": b"", "a.js": b""}


def read(command: str, files: dict[str, bytes] | None = None) -> Inputs | Obstacle:
    """What the first command of a RUN reads, where the context is the working directory `/w`."""
    facts = Facts(parse(f"FROM x\nWORKDIR /w\nRUN {command}\n"))
    (run,) = [each for each in facts.file.instructions if isinstance(each, Run)]
    step = facts[Invocations].of(run)[0]
    assert step.invocation is not None

    def place(path: str) -> str | None:
        whole = posixpath.normpath(posixpath.join("/w", path))
        return None if not whole.startswith("/w") else whole.removeprefix("/w").lstrip("/")

    return inputs(step, step.invocation, MemoryContext(files or {}), place)


def files(command: str, held: dict[str, bytes]) -> set[str]:
    found = read(command, held)
    assert isinstance(found, Inputs)
    return set(found.files)


@pytest.mark.parametrize(
    "command",
    ["apt-get update", "apt-get install -y gcc", "pip install flask", "npm install -g yarn", "npm cache clean --force"],
)
def test_reads_nothing_for_certain(command: str) -> None:
    assert read(command, LOCKED) == Inputs()


def test_requirements_are_followed() -> None:
    held = {
        "r.txt": b"# all\n-r more/base.txt\nflask==1 --hash=sha256:0 \\\n  --hash=sha256:1\n--index-url https://h/x\n",
        "more/base.txt": b"-cpins.txt\nx @ https://h/x.whl\n",
        "more/pins.txt": b"y==1\n",
        "other.txt": b"z\n",
    }
    assert files("pip install -r r.txt", held) == {"r.txt", "more/base.txt", "more/pins.txt"}
    assert files("pip install -r /w/other.txt -c more/pins.txt", held) == {"other.txt", "more/pins.txt"}


def test_a_module_looks_into_the_working_directory() -> None:
    direct = read("pip install -r r.txt", {"r.txt": b""})
    module = read("python3 -m pip install -r r.txt", {"r.txt": b""})
    assert isinstance(direct, Inputs) and direct.certain
    assert isinstance(module, Inputs) and not module.certain


@pytest.mark.parametrize(
    ("line", "because"),
    [
        ("-e .", Obstacle.LOCAL),
        ("--editable=lib", Obstacle.LOCAL),
        ("./lib", Obstacle.LOCAL),
        ("x @ file:///w/lib", Obstacle.LOCAL),
        ("lib/x", Obstacle.LOCAL),
        ("-f wheels", Obstacle.LOCAL),
        ("-r $WHICH", Obstacle.UNREADABLE),
        ("-r https://h/r.txt", Obstacle.UNREADABLE),
        ("-r gone.txt", Obstacle.MISSING),
    ],
)
def test_requirements_that_lead_elsewhere(line: str, because: Obstacle) -> None:
    assert read("pip install -r r.txt", {"r.txt": line.encode()}) is because


def test_manifests_locks_and_settings_beside_them() -> None:
    found = read("npm ci", LOCKED)
    assert isinstance(found, Inputs)
    assert found.files == {"package.json", "package-lock.json", ".npmrc"}
    assert "node_modules" in found.writes
    assert not found.certain


@pytest.mark.parametrize(
    ("manifest", "command", "because"),
    [
        ({"scripts": {"postinstall": "x"}}, "npm ci", Obstacle.PROJECT_CODE),
        ({"scripts": {"prepare": "x"}}, "npm install", Obstacle.PROJECT_CODE),
        ({"workspaces": ["a"]}, "npm ci", Obstacle.LOCAL),
        ({"dependencies": {"a": "file:../a"}}, "npm ci", Obstacle.LOCAL),
        ({"devDependencies": {"a": "link:a"}}, "npm ci", Obstacle.LOCAL),
        ({"overrides": {"a": {"b": "./b"}}}, "npm ci", Obstacle.LOCAL),
        ({}, "npm run build", Obstacle.PROJECT_CODE),
        ({}, "npm install ./a", Obstacle.LOCAL),
        ({}, "npm install a/b", Obstacle.UNREADABLE),
        ({}, "npm install $WHAT", Obstacle.UNREADABLE),
        ({}, "npm --prefix web ci", Obstacle.UNREADABLE),
    ],
)
def test_manifests_that_lead_elsewhere(manifest: object, command: str, because: Obstacle) -> None:
    assert read(command, {"package.json": json.dumps(manifest).encode()}) is because


@pytest.mark.parametrize(
    "command",
    ["go get app", "go get ./...", "go get", "go install x.org/y", "go get x.org/y@v1", "go mod tidy", "go mod vendor"],
)
def test_go_looks_at_sources(command: str) -> None:
    assert isinstance(read(command, {"go.mod": b"module m\n", "go.sum": b""}), Obstacle)


def test_go_downloads_by_the_manifest_alone() -> None:
    assert files("go mod download", {"go.mod": b"module m\n", "go.sum": b"", "a.go": b""}) == {"go.mod", "go.sum"}
    assert read("go mod download", {"go.mod": b"module m\nreplace a => ../a\n"}) is Obstacle.LOCAL
    assert read("go install x.org/y@latest", {"go.mod": b"module m\n"}) == Inputs()


def test_the_configuration_of_distutils_is_read_too() -> None:
    assert files("pip install flask", {"setup.cfg": b"[install]\nprefix=/p\n"}) == {"setup.cfg"}
    assert files("pip install -r r.txt", {"setup.cfg": b"", "r.txt": b"flask\n"}) == {"setup.cfg", "r.txt"}


def test_hooks_do_not_matter_where_they_are_switched_off() -> None:
    held = {"package.json": b'{"scripts": {"postinstall": "x"}}'}
    assert files("npm ci --ignore-scripts", held) == {"package.json"}


@pytest.mark.parametrize("text", [b"{", b"[]", b"\xff"])
def test_a_manifest_that_cannot_be_read(text: bytes) -> None:
    assert read("npm ci", {"package.json": text}) is Obstacle.UNREADABLE


def test_no_manifest_at_all() -> None:
    assert read("npm ci") is Obstacle.MISSING
    assert read("pip install -r /elsewhere/r.txt") is Obstacle.MISSING
