"""How each package manager of the system takes packages away again, and which commands count as doing that."""

from __future__ import annotations

import pytest

from optimizer.ecosystems import REGISTRY, called, grouping_words, installs_system_packages, named, uninstalls
from optimizer.ecosystems.verbs import Verb
from optimizer.shell.nodes import Simple
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read

ALL = [each for each in REGISTRY if each.uninstall is not None]


def command(text: str) -> Simple:
    (found,) = commands(read(text))
    return found


@pytest.mark.parametrize(
    ("name", "remove", "keep"),
    [
        ("apt", "apt-get purge -y --auto-remove a b", "apt-mark manual a b"),
        ("apk", "apk del --no-network a b", "apk add --no-network a b"),
        ("dnf", "dnf remove -y a b", "dnf mark install a b"),
    ],
)
def test_what_is_written(name: str, remove: str, keep: str) -> None:
    way = named(name).uninstall
    assert way is not None
    assert (way.removal(("a", "b")), way.keeper(("a", "b"))) == (remove, keep)


@pytest.mark.parametrize("ecosystem", ALL, ids=lambda each: each.name)
def test_what_is_written_is_read_again(ecosystem: object) -> None:
    (found,) = [each for each in ALL if each is ecosystem]
    way = found.uninstall
    assert way is not None
    assert way.source
    removal, keeper = command(way.removal(("a",))), command(way.keeper(("a",)))
    assert uninstalls(removal)
    assert uninstalls(keeper)
    call = called(unwrap(removal).words)
    assert call is not None
    assert (call[1].ecosystem, call[1].verb) == (found, Verb.REMOVE)
    assert [call[0][index].literal for index in call[1].operands] == ["a"]


@pytest.mark.parametrize(
    "text",
    [
        "apt-get remove -y gcc",
        "apt-get -y autoremove",
        "sudo apt-get purge -y --auto-remove gcc",
        "aptitude purge -y gcc",
        "apt-mark auto gcc",
        "apk del .build-deps",
        "dnf -y remove gcc",
        "microdnf remove gcc",
        "env A=b /usr/bin/apt-get purge gcc",
    ],
)
def test_removes_packages_or_says_which_stay(text: str) -> None:
    assert uninstalls(command(text))


@pytest.mark.parametrize(
    "text",
    [
        "apt-get install -y gcc",
        "apk add gcc",
        "pip uninstall -y x",
        "npm uninstall x",
        "rm gcc",
        "make",
        "apt-markup a",
    ],
)
def test_does_something_else(text: str) -> None:
    assert not uninstalls(command(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("apk add --no-cache -t .deps gcc", ["-t", ".deps"]),
        ("apk add --virtual=.deps gcc", ["--virtual=.deps"]),
        ("apk add --virtual .deps --no-cache gcc", ["--virtual", ".deps"]),
        ("apk add gcc", []),
        ("apt-get install -t stable gcc", []),
        ("make", []),
    ],
)
def test_words_that_give_packages_one_name(text: str, found: list[str]) -> None:
    assert [word.raw for word in grouping_words(unwrap(command(text)).words)] == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apt-get update", True),
        ("sudo apk add x", True),
        ("yum install -y x", True),
        ("pip install x", False),
        ("make", False),
    ],
)
def test_only_calls_a_package_manager_of_the_system(text: str, expected: bool) -> None:
    assert installs_system_packages(command(text)) is expected
