"""One working container in which checks are run one after another, with the files that they open written down.

Checks here run under plain chroot(2) in namespaces of their own: nothing of an engine stands between strace(1) and what
a check starts, and twenty of them cost less than one start of an engine. Needs root.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from optimizer.containers import process, rooted
from optimizer.containers.model import Engine, Finished, ImageId, RunRequest
from optimizer.containers.runner import full_command

_STRACE = ("strace", "-f", "-qq", "-y", "-z", "-s", "4096", "--seccomp-bpf", "-e", "signal=none", "-e",
           "trace=open,openat,openat2,execve,chroot")  # fmt: skip
_NAMESPACES = ("unshare", "--mount", "--pid", "--fork", "--kill-child=KILL")
_MOUNTS = 'mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && exec "$@"'
_LONGEST = 30.0
"""Seconds for one check: with a file removed some programs wait for what never comes."""


@dataclass
class Container:
    """A container of its own for the checks of one image. Stands in for an engine where checks are carried out."""

    engine: Engine
    root: Path
    traced: bool
    opened: set[str] = field(default_factory=set)
    """What the checks so far asked for: files opened for reading, programs started. Some may not be in the image."""

    def run(self, request: RunRequest) -> Finished:
        """Run to the end."""
        config = self.engine.image(request.image).config
        uid, gid, home = self._user((request.user or config.user).partition(":")[0])
        enter = [shutil.which("unshare") or "unshare", f"--root={self.root}", f"--wd={config.workdir or '/'}"]
        enter += [f"--setgid={gid}", f"--setuid={uid}", "--", *full_command(request, config)]
        inside = [*_NAMESPACES, "sh", "-c", _MOUNTS, str(self.root)]
        argv = [*inside, "env", "-i", f"HOME={home}", *config.env, *request.env, *enter]
        if not self.traced:
            return self._finished(argv, request)
        with tempfile.NamedTemporaryFile(prefix="opened-") as log:
            done = self._finished([*_STRACE, "-o", log.name, *argv], request)
            lines = Path(log.name).read_text("utf-8", "replace").splitlines()
        self.opened.update(posixpath.join(config.workdir or "/", path) for path in _opened(lines, str(self.root)))
        return done

    def remove(self, path: str) -> None:
        """Take a file away."""
        rooted.remove(self.root, path)

    def _user(self, name: str) -> tuple[str, str, str]:
        """Numbers and home directory of a user (passwd(5))."""
        accounts = self.root / "etc/passwd"
        lines = accounts.read_text().splitlines() if accounts.is_file() else []
        for line in lines:
            login, _, uid, gid, _, home, *_ = line.split(":")
            if (name or "root") in (login, uid):
                return uid, gid, home
        return name or "0", "0", "/"

    def _finished(self, argv: list[str], request: RunRequest) -> Finished:
        done = process.run(argv, environ=os.environ, timeout=min(request.timeout, _LONGEST))
        return Finished(done.code, done.stdout, done.stderr, done.seconds, done.timed_out)


@contextmanager
def container(engine: Engine, image: ImageId, *, traced: bool = False) -> Iterator[Container]:
    """A new container of the image, removed at the end."""
    name = _buildah("from", "--pull-never", image.value)
    try:
        root = Path(_buildah("mount", name))
        for place in ("dev", "proc", engine.image(image).config.workdir.lstrip("/")):
            (root / place).mkdir(parents=True, exist_ok=True)  # as engines do
        yield Container(engine, root, traced)
    finally:
        _buildah("rm", name)


def _buildah(*words: str) -> str:
    done = process.run(("buildah", *words), environ=os.environ)
    assert done.code == 0, done.err
    return done.out


_RESULT = re.compile(r" = \d+<([^<>]*)>$")
_STARTED = re.compile(r'execve\("([^"]+)"')


def _opened(lines: list[str], root: str) -> Iterator[str]:
    """A finished call tells the path that its descriptor has (proc(5), `/proc/pid/fd`). A call that another thread
    interrupts takes two lines, and only the first tells how the file was opened."""
    writing = set[str]()
    inside = False
    for line in lines:
        inside = inside or "chroot(" in line
        pid = line.partition(" ")[0]
        if "<unfinished" in line and "O_WRONLY" in line:
            writing.add(pid)
        elif (found := _RESULT.search(line)) is not None:
            reads = pid not in writing and "O_WRONLY" not in line
            writing.discard(pid)
            if reads and found[1].startswith(f"{root}/"):
                yield found[1].removeprefix(root)
        elif inside and (found := _STARTED.search(line)) is not None:
            yield found[1]
