"""Small applications that build in a second or two, without a network."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SCRIPT = {"run.sh": "#!/bin/sh\ncat data/one data/two\n", "__pycache__/run.pyc": "made by a tool\n"}
"""The files beside a Containerfile of `script`."""


def script(*, command: str = 'CMD ["/srv/run.sh"]', more: str = "") -> str:
    """A program that prints two lines and ends."""
    return (
        "FROM busybox\nWORKDIR /srv\n\n# the program\nCOPY . .\n"
        f"RUN chmod +x run.sh\nRUN mkdir data && echo 1 > data/one\nRUN echo 2 > data/two\n{more}{command}\n"
    )


MERGED = script().replace("\nRUN mkdir", " \\\n    && mkdir").replace("\nRUN echo 2", " \\\n    && echo 2")
"""What becomes of `script` with MERGE."""

SERVER = (
    "FROM busybox\nWORKDIR /srv\nCOPY serve.sh .\nRUN mkdir www\nRUN echo hello > www/index.html\nEXPOSE 8080\n"
    "HEALTHCHECK CMD wget -qO- http://127.0.0.1:8080/\n"
    'CMD ["/bin/sh", "serve.sh"]\n'
)
SERVER_FILES = {"serve.sh": "trap 'exit 0' TERM\nhttpd -p 8080 -h /srv/www\nwhile true; do sleep 0.1; done\n"}
"""httpd itself takes no notice of SIGTERM as the first process, and waiting for that takes seconds."""

VERIFY = ("--verify", "--pull", "never")
WRITE = ("--write", "--pull", "never")
MERGE = ("--merge", "all")
"""Joins RUNs that have nothing to do with package managers too."""


def application(place: Path, containerfile: str | None, files: dict[str, str] | None = None) -> Path:
    """A directory under git with a Containerfile and files beside it, all of it committed."""
    place.mkdir(parents=True, exist_ok=True)
    if containerfile is not None:
        (place / "Containerfile").write_text(containerfile)
    for name, text in (files or {}).items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    git(place, "init", "--quiet")
    git(place, "add", "--all", "--force")
    git(place, "commit", "--quiet", "--allow-empty", "--message", "as it was")
    return place


def git(place: Path, *arguments: str) -> str:
    """What git says; nothing outside of the directory tells it how to behave."""
    who = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
    alone = dict.fromkeys(("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"), os.devnull)
    environ = os.environ | alone | dict.fromkeys(who, "test@localhost")
    command = ["git", *arguments]
    return subprocess.run(command, cwd=place, env=environ, check=True, capture_output=True, text=True).stdout


def held(place: Path) -> dict[str, bytes]:
    """Every file of a directory, but git's own."""
    files = (path for path in place.rglob("*") if path.is_file() and ".git" not in path.relative_to(place).parts)
    return {str(path.relative_to(place)): path.read_bytes() for path in files}
