"""Which commands surely empty a cache."""

from __future__ import annotations

import pytest

from optimizer.ecosystems import emptied, purges
from optimizer.shell.nodes import Simple
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read


def command(text: str) -> Simple:
    """The only command of a text."""
    (found,) = commands(read(text))
    return found


def names(text: str) -> set[str]:
    """The caches that a command empties."""
    return {cache.name for _, cache in emptied(unwrap(command(text)).words)}


@pytest.mark.parametrize(
    "text",
    [
        "rm -rf /var/lib/apt/lists/*",
        "rm -rf /var/lib/apt/lists",
        "rm -r /var/lib/apt/lists/",
        "rm -fr /var/lib/apt/*",
        "rm --recursive --force /var/lib/apt/lists/*",
        "rm -rf /tmp/* /var/lib/apt/lists/* /var/tmp/*",
        "rm -f /var/lib/apt/lists/*_*",
        "sudo rm -rf /var/lib/apt/lists/*",
        "/bin/rm -rf /var//lib/apt/./lists/*",
        "find /var/lib/apt/lists -type f -delete",
        "find /var/lib/apt/lists -mindepth 1 -delete",
        "apt-get dist-clean",
    ],
)
def test_apt_lists_are_emptied(text: str) -> None:
    assert "apt lists" in names(text)


@pytest.mark.parametrize(
    "text",
    [
        "rm -rf '/var/lib/apt/lists/*'",
        'rm -rf "/var/lib/apt/lists/*"',
        "rm -rf /var/lib/apt/lists/d*",
        "rm -f /var/lib/apt/lists/lock",
        "rm -rf /var/lib/{apt,dpkg}/lists",
        "rm -rf $LISTS",
        "rm -rf /var/lib/dpkg/*",
        "find /var/lib/apt/lists -name 'x*' -delete",
        "find /var/lib/apt/lists -type d -delete",
        "find /var/lib/apt/lists -type f",
        "apt-get clean",
        "echo rm -rf /var/lib/apt/lists/*",
    ],
)
def test_apt_lists_are_not_certain_to_be_emptied(text: str) -> None:
    assert "apt lists" not in names(text)


@pytest.mark.parametrize(
    ("text", "cache"),
    [
        ("rm -rf ~/.cache/pip", "pip cache"),
        ("rm -rf /root/.cache", "pip cache"),
        ("rm -rf $HOME/.cache/*", "pip cache"),
        ('rm -rf "${HOME}"/.cache/pip', "pip cache"),
        ("rm -rf /home/app/.cache/pip", "pip cache"),
        ("pip cache purge", "pip cache"),
        ("python3 -m pip cache purge", "pip cache"),
        ("rm -rf ~/.npm", "npm cache"),
        ("npm cache clean --force", "npm cache"),
        ("npm cache clean -f", "npm cache"),
        ("apt-get clean", "apt archives"),
        ("rm -rf /var/cache/apt/archives/*", "apt archives"),
        ("rm -rf /var/cache/apt", "apt archives"),
    ],
)
def test_caches_are_emptied(text: str, cache: str) -> None:
    assert cache in names(text)


def test_npm_without_force_empties_nothing() -> None:
    assert names("npm cache clean") == set()


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("rm -rf /var/lib/apt/lists/*", True),
        ("sudo rm -rf /var/lib/apt/lists/*", True),
        ("npm cache clean --force", True),
        ("rm -rf /var/lib/apt/lists/* /tmp/*", False),
        ("rm -rf /var/lib/apt/lists/* $MORE", False),
        ("rm -rf /var/lib/apt", False),
        ("rm -rf", False),
        ("npm cache clean", False),
        ("make clean", False),
    ],
)
def test_a_purge_does_nothing_else(text: str, only: bool) -> None:
    assert purges(command(text)) is only
