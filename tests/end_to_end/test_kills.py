"""Killed at any moment, the tool leaves the file whole, and the next run takes away what the killed one left."""

from __future__ import annotations

import random
import signal
import sys
import time

import pytest

from tests.end_to_end.account import Account, stored
from tests.end_to_end.apps import MERGE, MERGED, SCRIPT, WRITE, application, git, script

pytestmark = pytest.mark.container

KILLS = 20


def test_killed_at_twenty_moments_the_file_is_whole_and_nothing_of_ours_stays(me: Account) -> None:
    place = application(me.home / "app", script(), SCRIPT)
    users = me.shown("buildah", "from", "--pull-never", "busybox").strip()
    me.shown("buildah", "commit", "--quiet", users, "localhost/users:1")
    started = time.monotonic()
    assert me.optimize(*WRITE, *MERGE, cwd=place, XDG_CACHE_HOME=str(me.home / "first")).code == 0
    whole = time.monotonic() - started
    moments = random.Random(20)
    for number in range(KILLS):
        git(place, "checkout", "--quiet", ".")
        git(place, "clean", "--quiet", "--force", "-d")
        # Proofs are not remembered from one run to the next, or only the first would take its time.
        cache = str(me.home / f"cache-{number}")
        run = me.start(sys.executable, "-m", "optimizer", *WRITE, *MERGE, cwd=place, XDG_CACHE_HOME=cache)
        time.sleep(moments.uniform(0, whole))
        run.send_signal(signal.SIGKILL)
        run.communicate()
        assert (place / "Containerfile").read_text() in (script(), MERGED), f"kill {number}"
    assert me.optimize(*WRITE, *MERGE, cwd=place).code == 0
    assert (place / "Containerfile").read_text() == MERGED
    assert set(git(place, "status", "--short").split()) == {"M", "Containerfile", "??", ".containerignore"}
    left = stored(me)
    assert {name for name in left.containers | left.images if "optimizer" in name} == set()
    assert users in left.containers
    assert "localhost/users:1" in left.images


def test_an_interrupt_is_one_line_and_leaves_nothing(me: Account) -> None:
    place = application(me.home / "app", script(more="RUN sleep 30\n"), SCRIPT)
    run = me.start(sys.executable, "-m", "optimizer", *WRITE, *MERGE, cwd=place)
    time.sleep(3)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=20)
    assert run.returncode == 130
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    assert (place / "Containerfile").read_text() == script(more="RUN sleep 30\n")
    assert stored(me).ours == frozenset()
