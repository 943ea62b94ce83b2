"""Calls are recognised in every spelling, and their words told apart."""

from __future__ import annotations

import pytest

from optimizer.ecosystems import called, of
from optimizer.ecosystems.model import Invocation
from optimizer.ecosystems.verbs import Verb
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read


def call(text: str) -> Invocation:
    """The call that the only command of a text is."""
    (command,) = commands(read(text))
    found = called(unwrap(command).words)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("text", "name", "verb"),
    [
        ("apt-get install -y curl", "apt", Verb.INSTALL),
        ("apt-get -qq -o Dpkg::Use-Pty=0 install curl", "apt", Verb.INSTALL),
        ("apt-get -oDebug::x=1 -qqy update", "apt", Verb.UPDATE),
        ("apt-get --option Dpkg::Use-Pty=0 -t bookworm-backports install curl", "apt", Verb.INSTALL),
        ("apt-get $OPTIONS update", "apt", Verb.UPDATE),
        ("/usr/bin/apt-get update", "apt", Verb.UPDATE),
        ("sudo -E apt update", "apt", Verb.UPDATE),
        ("DEBIAN_FRONTEND=noninteractive apt-get update", "apt", Verb.UPDATE),
        ("env DEBIAN_FRONTEND=noninteractive apt-get dist-upgrade", "apt", Verb.UPGRADE),
        ("aptitude -y install curl", "apt", Verb.INSTALL),
        ("apt-cache policy curl", "apt", Verb.QUERY),
        ("xargs -a packages apt-get install -y", "apt", Verb.INSTALL),
        ("apt-get frobnicate", "apt", Verb.OTHER),
        ("pip install flask", "pip", Verb.INSTALL),
        ("pip3.11 install flask", "pip", Verb.INSTALL),
        ("/opt/venv/bin/pip --disable-pip-version-check install flask", "pip", Verb.INSTALL),
        ("pip --proxy http://proxy download flask", "pip", Verb.DOWNLOAD),
        ("python -m pip install flask", "pip", Verb.INSTALL),
        ("python3.12 -u -X dev -m pip wheel flask", "pip", Verb.BUILD),
        ("python -Im pip install flask", "pip", Verb.INSTALL),
        ("npm i", "npm", Verb.INSTALL),
        ("npm --prefix app ci", "npm", Verb.INSTALL),
        ("npm -g install typescript", "npm", Verb.INSTALL),
        ("npm cache clean --force", "npm", Verb.CLEAN),
        ("npm run build", "npm", Verb.BUILD),
    ],
)
def test_a_call_is_recognised(text: str, name: str, verb: Verb) -> None:
    found = call(text)
    assert (found.ecosystem.name, found.verb) == (name, verb)


@pytest.mark.parametrize(
    "argv",
    [
        (),
        (None, "install"),
        ("echo", "apt-get", "install"),
        ("apt-get-wrapper", "install"),
        ("pipx", "install", "black"),
        ("python", "setup.py", "install"),
        ("python", "-c", "import pip"),
    ],
    ids=str,
)
def test_what_calls_no_package_manager_is_none(argv: tuple[str | None, ...]) -> None:
    assert of(argv) is None


def test_the_verb_is_found_behind_options_with_values() -> None:
    found = of(("pip", "--timeout", "60", "install", "-r", "install", "flask"))
    assert found is not None
    assert found.verb_index == 3
    assert found.operands == (6,)
    assert found.files == ("install",)


@pytest.mark.parametrize(
    ("argv", "options"),
    [
        (("apt-get", "-qqy", "update"), [("-q", None), ("-q", None), ("-y", None)]),
        (("apt-get", "-t=stable", "install", "x"), [("-t", "stable")]),
        (("apt-get", "-tstable", "install", "x"), [("-t", "stable")]),
        (("apt-get", "install", "-t", "stable", "x"), [("-t", "stable")]),
        (("pip", "install", "--index-url=https://example.com", "x"), [("--index-url", "https://example.com")]),
        (("pip", "install", "--index-url", None, "x"), [("--index-url", None)]),
        (("pip", "install", "x", "-r"), [("-r", None)]),
        (("pip", "install", "--", "-r"), []),
    ],
    ids=str,
)
def test_options_are_read_with_their_values(
    argv: tuple[str | None, ...], options: list[tuple[str, str | None]]
) -> None:
    found = of(argv)
    assert found is not None
    assert [(option.name, option.value) for option in found.options] == options


def test_local_operands_are_told_from_names() -> None:
    argv = ("pip", "install", ".", "./lib", ".[test]", "/src", "flask", "git+https://example.com/x", None)
    found = of(argv)
    assert found is not None
    assert found.local(argv) == (".", "./lib", ".[test]", "/src")
    assert of(("npm", "install", "@scope/name")).local(("npm", "install", "@scope/name")) == ()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "fills"),
    [
        ("pip install flask", True),
        ("pip install --no-cache-dir flask", False),
        ("pip --no-cache-dir install flask", False),
        ("pip install --no-cache flask", False),
        ("pip install --no-index --find-links=/wheels flask", False),
        ("pip uninstall -y flask", False),
        ("pip list", False),
    ],
)
def test_a_flag_avoids_the_cache(text: str, fills: bool) -> None:
    found = call(text)
    assert found.fills(found.ecosystem.cache("pip cache")) is fills
