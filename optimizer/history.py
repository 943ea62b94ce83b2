"""How often the files of a build context change: what git's log says of the last commits (git-log(1)).

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
    settings = [word for each in _QUIET for word in ("-c", each)]
    options = ["--no-pager", *settings, "-C", str(root), "log", f"--max-count={COMMITS}", "--no-merges", "--no-renames"]
    shown = ["--no-ext-diff", "--no-textconv", "--name-only", "--relative", "--format=", "-z", "--", "."]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | _ENVIRONMENT
    try:
        log = subprocess.run(
            ["git", *options, *shown],
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return {}
    return Counter(os.fsdecode(path) for path in log.split(b"\0") if path)
