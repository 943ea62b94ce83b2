"""Whether Python is started in virtual environments, and whether these see what else was installed."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from optimizer.containers.model import ImageConfig
from optimizer.evidence.entrypoint import DEFAULT_PATH, Entry
from optimizer.evidence.tree import Root


def only_isolated(root: Root, entry: Entry, config: ImageConfig) -> bool:
    """Whether every Python that is started belongs to an environment that has no access to the packages of the
    interpreter it was made of (PEP 405, "Isolation from system site-packages")."""
    environment = dict(each.partition("=")[::2] for each in config.env)
    if "PYTHONPATH" in environment:
        return False
    paths = environment.get("PATH", DEFAULT_PATH).split(":")
    started = {path for path in entry.programs if _is_python(path)}
    isolated = {path for path in started if _is_isolated(root, path)}
    reached = {step for path in isolated for step in root.chain(path)}
    named = {_found(root, word, paths) for word in entry.words if _is_python(word)}
    return bool(isolated) and started <= isolated | reached and all(_is_isolated(root, word) for word in named)


def _found(root: Root, word: str, paths: Sequence[str]) -> str:
    """The program that a word means."""
    places = (posixpath.join(path, word) for path in paths)  # an absolute word stays as it is
    return next((place for place in places if root.is_program(place)), word)


def starts_one(root: Root, entry: Entry) -> bool:
    """Whether some Python that is started belongs to an environment."""
    return any(_is_python(path) and _settings(root, path) for path in entry.programs)


def _is_python(path: str) -> bool:
    return posixpath.basename(path).rstrip("0123456789.") == "python"


def _is_isolated(root: Root, path: str) -> bool:
    pairs = (line.partition("=") for line in _settings(root, path).splitlines())
    found = {name.strip(): value.strip() for name, _, value in pairs}
    return found.get("include-system-site-packages", "").lower() == "false"


def _settings(root: Root, path: str) -> str:
    return root.text(posixpath.join(posixpath.dirname(posixpath.dirname(path)), "pyvenv.cfg"))
