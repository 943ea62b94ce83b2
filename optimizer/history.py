"""What git knows of a build context: how often its files change (git-log(1)), and which it ignores (git-ls-files(1)).

A repository may be a stranger's. Nothing of it is started: no hook, pager, signature check or file system monitor, and
no network is asked for objects that a partial clone lacks. Without git, without a repository, or when that takes long,
nothing is known.
"""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

COMMITS = 400
"""How far back is looked: what happened before says little of what comes."""

_SECONDS = 5.0

_QUIET = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "log.showSignature=false", "core.quotePath=false")

_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}


def changes(root: Path) -> Mapping[str, int]:
    """In how many of the last commits each path below a directory changed, relative to it. Merges count for nothing;
    empty when nothing is known."""
    shown = ["--no-merges", "--no-renames", "--no-ext-diff", "--no-textconv", "--name-only", "--relative", "--format="]
    return Counter(_git(root, "log", f"--max-count={COMMITS}", *shown, "-z", "--", "."))


def ignored(root: Path) -> tuple[str, ...]:
    """Topmost paths below a directory that are not under version control because a `.gitignore` says so, relative to
    it, sorted: a fresh clone does not hold them. What only the user's own settings ignore is not among them."""
    found = _git(root, "ls-files", "--others", "--ignored", "--directory", "--exclude-per-directory=.gitignore", "-z")
    return tuple(sorted(path.rstrip("/") for path in found if path.strip("/")))


def _git(root: Path, command: str, *arguments: str) -> list[str]:
    """The paths that a command prints; none if there is no answer."""
    if not any((directory / ".git").exists() for directory in (root, *root.parents)):
        return []
    settings = [word for each in _QUIET for word in ("-c", each)]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | _ENVIRONMENT
    try:
        shown = subprocess.run(
            ["git", "--no-pager", *settings, "-C", str(root), command, *arguments],
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return [os.fsdecode(path) for path in shown.split(b"\0") if path]
