from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.containers.model import Finished, ImageId, RunRequest
from optimizer.errors import ConfigError
from optimizer.proof.checks import CommandTest, ContentTest, Expected, FileTest, MetadataTest, read
from optimizer.proof.usercheck import Side, named, observe_one

from .fake import CONFIG, FakeEngine, Recipe, ended
from .trees import tree

FULL = """
schemaVersion: 2.0.0
globalEnvVars: [{key: MODE, value: test}]
containerRunOptions: {user: nobody}
commandTests:
  - name: version
    setup: [[mkdir, /tmp/x y]]
    command: app
    args: ["--home", "$HOME_DIR"]
    envVars: [{key: A, value: "1"}]
    expectedOutput: ['^app \\d+']
    excludedError: [warning]
    exitCode: 3
fileExistenceTests:
  - {name: main, path: /app/main.py, permissions: '-rw-r--r--', isExecutableBy: ''}
  - {name: none, path: /app/.env, shouldExist: false}
fileContentTests:
  - {name: text, path: /app/main.py, expectedContents: ['hel+o'], excludedContents: [bye]}
metadataTest:
  envVars: [{key: PATH, value: '^/usr', isRegex: true}]
  exposedPorts: ["80"]
  cmd: [app]
  workdir: /
"""


def file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "checks.yaml"
    path.write_text(text)
    return path


def test_the_whole_schema_is_read(tmp_path: Path) -> None:
    command, main, none, text, metadata = read(file(tmp_path, FULL))
    assert command == CommandTest(
        name="version",
        command=("app", "--home", "$HOME_DIR"),
        setup=(("mkdir", "/tmp/x y"),),
        env=(("MODE", "test"), ("A", "1")),
        exit_code=3,
        output=Expected((r"^app \d+",)),
        error=Expected((), ("warning",)),
        user="nobody",
    )
    assert main == FileTest("main", "/app/main.py", permissions="-rw-r--r--")
    assert none == FileTest("none", "/app/.env", exists=False)
    assert text == ContentTest("text", "/app/main.py", Expected(("hel+o",), ("bye",)))
    assert isinstance(metadata, MetadataTest)
    assert (metadata.cmd, metadata.entrypoint, metadata.workdir) == (("app",), None, "/")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("schemaVersion: 1.0.0", "schemaVersion must be 2.0.0"),
        ("schemaVersion: 2.0.0", "there is no check in it"),
        ("- a", "the file must be a mapping"),
        ("a: [", "not a YAML file"),
        ("schemaVersion: 2.0.0\nlicenseTests: [{debian: true}]", "licenseTests"),
        ("schemaVersion: 2.0.0\ncommandTests: [{name: a}]", "a command test without command"),
        ("schemaVersion: 2.0.0\ncommandTests: [{name: a, command: b, exitCode: x}]", "exitCode must be a number"),
        ("schemaVersion: 2.0.0\ncommandTests: [{name: a, command: b, expectedOutput: ['(']}]", "not a regular"),
        ("schemaVersion: 2.0.0\ncommandTests: [{name: a, command: b, colour: red}]", "key: colour"),
        ("schemaVersion: 2.0.0\ncommandTests: {}x", "not a YAML file"),
        ("schemaVersion: 2.0.0\nfileExistenceTests: [{name: a, path: /, isExecutableBy: me}]", "isExecutableBy"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=r".") as caught:
        read(file(tmp_path, text))
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / "none.yaml")


def look(tmp_path: Path, text: str, run: Callable[[RunRequest, Path], Finished]) -> dict[str, str]:
    """What each check lacks."""
    files = {"/usr/bin/app": "x", "/bin/sh": "x", "/app/main.py": "hello"}
    engine = FakeEngine(tmp_path / "engine")
    config = replace(CONFIG, ports=("80/tcp",), env=(*CONFIG.env, "HOME_DIR=/home/x"))
    image = ImageId("1" * 64)
    engine.images[image] = tmp_path / "root", Recipe(files, config, run=run)
    listed = tree(tmp_path / "root", files)
    side = Side(image, config, lambda: listed)
    tests = read(file(tmp_path, text))
    seen = (observe_one(engine, side, *test) for test in named(tests).items())
    return {each.name: "" if each.passed else each.note for each in seen}


def test_checks_are_carried_out(tmp_path: Path) -> None:
    asked: list[RunRequest] = []

    def run(request: RunRequest, root: Path) -> Finished:
        asked.append(request)
        return ended(3, b"app 12\n")

    assert set(look(tmp_path, FULL, run).values()) == {""}
    (request,) = asked
    assert request.entrypoint == ("/bin/sh",)
    assert request.command is not None
    assert "mkdir '/tmp/x y'" in request.command[1]
    assert request.command[3:] == ("app", "--home", "/home/x")
    assert (request.env, request.user) == (("MODE=test", "A=1"), "nobody")


@pytest.mark.parametrize(
    ("change", "name", "lacks"),
    [
        (("exitCode: 3", "exitCode: 0"), "1. version", "exits with 3, not 0"),
        (("[warning]", "[warn]"), "1. version", "standard error has warn"),
        (("^app", "^APP"), "1. version", "standard output lacks"),
        (("-rw-r--r--", "-rwxr-xr-x"), "2. main", "has mode -rw-r--r--"),
        (("isExecutableBy: ''", "isExecutableBy: any"), "2. main", "not executable by any"),
        (("isExecutableBy: ''", "uid: 12345"), "2. main", "belongs to user"),
        (("/app/.env", "/app"), "3. none", "/app exists"),
        (("hel+o", "halo"), "4. text", "lacks halo"),
        (("[bye]", "[ell]"), "4. text", "has ell"),
        (("cmd: [app]", "cmd: []"), "5. metadata", "another cmd"),
        (("'^/usr'", "'^/opt'"), "5. metadata", "PATH has another value"),
        (('"80"', '"81"'), "5. metadata", "port 81"),
    ],
    ids=lambda value: "" if isinstance(value, tuple) else value,
)
def test_each_expectation_can_fail(tmp_path: Path, change: tuple[str, str], name: str, lacks: str) -> None:
    text = FULL.replace(*change)
    assert text != FULL
    found = look(tmp_path, text, lambda request, root: ended(3, b"app 12\n", b"warn"))
    assert lacks in found[name]
