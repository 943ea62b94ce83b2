"""Who uses the tool: the user that runs the tests, or another, ordinary one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.interrupts import heeded

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Result:
    """What a command came to."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Account:
    """A user with a home and a container storage. `become` stands before each command."""

    home: Path
    environ: Mapping[str, str]
    become: tuple[str, ...] = ()

    def start(self, *command: str, cwd: Path, **more: str) -> subprocess.Popen[str]:
        """A command in a directory; `more` are variables of its environment."""
        return subprocess.Popen(
            [*self.become, *command],
            cwd=cwd,
            env={**self.environ, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heeded,
        )

    def run(self, *command: str, cwd: Path | None = None, **more: str) -> Result:
        """A command to its end."""
        program = self.start(*command, cwd=cwd or self.home, **more)
        out, err = program.communicate(timeout=120)
        return Result(program.returncode, out, err)

    def optimize(self, *arguments: str, cwd: Path, **more: str) -> Result:
        """The tool's own command line. It never lets a traceback out."""
        result = self.run(sys.executable, "-m", "optimizer", *arguments, cwd=cwd, **more)
        assert "Traceback" not in result.err, result.err
        return result

    def shown(self, *command: str) -> str:
        """Standard output of a command that must succeed."""
        result = self.run(*command)
        assert result.code == 0, result.err
        return result.out


def environment(home: Path, **more: str) -> dict[str, str]:
    """This process's, without wishes for the tool, and with a cache of proofs of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPTIMIZE_")}
    own = {"PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1", "XDG_CACHE_HOME": str(home / "cache")}
    return {**kept, **own, "COLUMNS": "80", **more}


@dataclass(frozen=True, slots=True)
class Stored:
    """What an account's own container storage holds: names of containers and of images, and nameless images."""

    containers: frozenset[str]
    images: frozenset[str]
    nameless: frozenset[str]

    @property
    def ours(self) -> frozenset[str]:
        """What bears a name that the tool gives, or is a working container that a build forgot."""
        return frozenset(name for name in self.containers | self.images if "optimizer" in name or "working" in name)


def stored(account: Account) -> Stored:
    """Look into it, with buildah and with podman. Read-only images belong to the lab."""
    working = json.loads(account.shown("buildah", "containers", "--all", "--json")) or []
    running = json.loads(account.shown("podman", "ps", "--all", "--external", "--format", "json")) or []
    images = json.loads(account.shown("buildah", "images", "--all", "--json")) or []
    own = [image for image in images if not image["readonly"]]
    return Stored(
        frozenset([each["containername"] for each in working] + [name for each in running for name in each["Names"]]),
        frozenset(name for image in own for name in image["names"] or ()),
        frozenset(image["id"] for image in own if not image["names"]),
    )
