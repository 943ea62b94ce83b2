"""What a call of a package manager does, whatever the tool calls it."""

from __future__ import annotations

from enum import Enum


def words(text: str) -> frozenset[str]:
    """A set of names written as one text, blanks between them: long tables stay readable."""
    return frozenset(text.split())


class Verb(Enum):
    """What an invocation does, whatever the tool calls it."""

    UPDATE = "refreshes what is known about packages"
    INSTALL = "installs packages"
    UPGRADE = "replaces installed packages by newer ones"
    REMOVE = "removes packages"
    CLEAN = "empties a cache"
    DOWNLOAD = "fetches packages without installing them"
    BUILD = "runs what the project says: builds, tests, scripts"
    QUERY = "reads what is known about packages"
    ENVIRONMENT = "makes a directory that packages can be installed into"
    OTHER = "something else"


ADDING = frozenset({Verb.INSTALL, Verb.UPGRADE})
"""Verbs that bring packages into the image."""
