"""What calls of package managers read: named files, manifests beside them, and when that is not known."""

from __future__ import annotations

import json
import posixpath

import pytest

from optimizer.containerfile.nodes import Run
from optimizer.containerfile.parser import parse
from optimizer.context import MemoryContext
from optimizer.facts import Facts
from optimizer.facts.inputs import Inputs, inputs
from optimizer.facts.invocations import Invocations
from optimizer.facts.manifest import Obstacle

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
        ("..", Obstacle.LOCAL),
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
        ({"workspaces": ["!a"]}, "npm ci", Obstacle.UNREADABLE),
        ({"workspaces": ["packages/**"]}, "npm ci", Obstacle.UNREADABLE),
        ({"workspaces": 1}, "npm ci", Obstacle.UNREADABLE),
        ({"pnpm": {"executionEnv": {}}}, "pnpm install", Obstacle.UNREADABLE),
        ({"scripts": {"postinstall": "patch-package && node x.js"}}, "npm ci", Obstacle.PROJECT_CODE),
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


def package(**table: object) -> bytes:
    return json.dumps(table).encode()


WORKSPACES = {
    "package.json": package(workspaces=["packages/*", "site"]),
    "package-lock.json": b"{}",
    "packages/one/package.json": package(name="one", dependencies={"two": "workspace:*"}),
    "packages/one/one.js": b"",
    "packages/two/package.json": package(name="two"),
    "packages/README.md": b"",
    "site/package.json": package(name="site"),
    "site/node/package.json": package(name="no member"),
}


@pytest.mark.parametrize("command", ["npm ci", "yarn install", "bun install"])
def test_the_manifests_of_workspaces_are_read(command: str) -> None:
    found = read(command, WORKSPACES)
    assert isinstance(found, Inputs)
    members = {"packages/one", "packages/two", "site"}
    assert {path for path in found.files if "/" in path} == {f"{member}/package.json" for member in members}
    assert {f"{member}/node_modules" for member in members} <= found.writes


def test_pnpm_has_a_file_of_its_own_for_workspaces() -> None:
    held = {**WORKSPACES, "package.json": package(), "pnpm-workspace.yaml": b"packages:\n  - 'packages/*'\n"}
    assert files("pnpm install", held) == {
        *("package.json", "pnpm-workspace.yaml"),
        *("packages/one/package.json", "packages/two/package.json"),
    }
    assert read("pnpm install", {**held, "pnpm-workspace.yaml": b"packages: [}"}) is Obstacle.UNREADABLE


@pytest.mark.parametrize(
    ("member", "because"),
    [
        ({"scripts": {"prepare": "tsc"}}, Obstacle.PROJECT_CODE),
        ({"bin": "one.js"}, Obstacle.LOCAL),
        ({"workspaces": ["x"]}, Obstacle.UNREADABLE),
        ({"dependencies": {"x": "file:../../../x"}}, Obstacle.LOCAL),
    ],
)
def test_a_workspace_that_does_more(member: object, because: Obstacle) -> None:
    held = {**WORKSPACES, "packages/one/package.json": json.dumps(member).encode()}
    assert read("npm ci", held) is because


@pytest.mark.parametrize("version", ["file:lib", "file:./lib", "link:./lib", "portal:lib", "./lib"])
def test_a_dependency_in_a_directory_comes_whole(version: str) -> None:
    held = {"package.json": package(dependencies={"lib": version}), "lib/package.json": package(), "lib/x.js": b""}
    found = read("npm ci", held)
    assert isinstance(found, Inputs)
    assert found.files == {"package.json", "lib"}
    assert "lib/node_modules" in found.writes
    held["lib/package.json"] = package(scripts={"prepare": "x"})
    assert read("npm ci", held) is Obstacle.PROJECT_CODE


def test_an_archive_beside_the_manifest_is_read() -> None:
    held = {"package.json": package(dependencies={"a": "file:vendor/a.tgz"}), "vendor/a.tgz": b""}
    assert files("npm ci", held) == {"package.json", "vendor/a.tgz"}


def test_patches_are_read() -> None:
    held = {"package.json": package(scripts={"postinstall": "patch-package"}), "patches/a.patch": b""}
    assert files("npm ci", held) == {"package.json", "patches"}
    named = package(pnpm={"patchedDependencies": {"a@1": "fixes/a.patch"}, "overrides": {"b": "1"}})
    assert files("pnpm install", {"package.json": named, "fixes/a.patch": b""}) == {"package.json", "fixes/a.patch"}


def test_requirements_that_name_directories_take_them_along() -> None:
    held = {"r.txt": b"flask\n-e ./lib\nlibs/other\n", "lib/setup.py": b"", "libs/other/pyproject.toml": b"",
            "libs/other/other.egg-info/PKG-INFO": b""}  # fmt: skip
    found = read("pip install -r r.txt", held)
    assert isinstance(found, Inputs)
    assert found.files == {"r.txt", "lib", "libs/other"}
    assert found.writes == {"lib/build", "libs/other/build", "libs/other/other.egg-info"}
    assert not found.certain


def test_modules_that_go_replaces_bring_their_manifests() -> None:
    text = b"module m\n\nreplace (\n\tx.org/a => ./a\n\tx.org/b v1 => x.org/c v2\n)\nreplace x.org/d => ../w/d // why\n"
    held = {"go.mod": text, "go.sum": b"", "a/go.mod": b"", "a/a.go": b"", "a/go.sum": b"", "d/go.mod": b""}
    assert read("go mod download", held) is Obstacle.LOCAL  # ../w is above what is copied
    held["go.mod"] = text.replace(b"../w/d", b"./d")
    assert files("go mod download", held) == {"go.mod", "go.sum", "a/go.mod", "a/go.sum", "d/go.mod"}


def test_a_workspace_of_go_brings_its_modules() -> None:
    held = {"go.work": b"go 1.22\nuse (\n\t./a\n\t./b\n)\n", "go.work.sum": b"", "a/go.mod": b"", "b/go.mod": b"",
            "b/go.sum": b""}  # fmt: skip
    assert files("go mod download", held) == {"go.work", "go.work.sum", "a/go.mod", "b/go.mod", "b/go.sum"}
