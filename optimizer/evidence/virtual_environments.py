"""Whether Python is started in virtual environments, and whether these see what else was installed."""

from __future__ import annotations

import posixpath

from optimizer.evidence.entrypoint import Entry
from optimizer.evidence.tree import Root


def only_isolated(root: Root, entry: Entry) -> bool:
    """Whether every Python that is started belongs to an environment that has no access to the packages of the
    interpreter it was made of (PEP 405, "Isolation from system site-packages")."""
    started = {path for path in entry.programs if _is_python(path)}
    isolated = {path for path in started if _is_isolated(root, path)}
    reached = {step for path in isolated for step in root.chain(path)}
    named = {word for word in entry.words if word.startswith("/") and _is_python(word)}
    return bool(isolated) and started <= isolated | reached and all(_is_isolated(root, word) for word in named)


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
