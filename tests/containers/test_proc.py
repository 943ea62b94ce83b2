from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from optimizer.containers import proc

NAMESPACE = ("unshare", "--pid", "--fork", "--kill-child=KILL")
SCRIPT = """
import signal, sys, threading, time
match sys.argv[1]:
    case "handles":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
    case "waits":
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        threading.Thread(target=signal.sigwait, args=([signal.SIGTERM],), daemon=True).start()
    case "ignores":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""


@contextmanager
def started(way: str, *before: str) -> Iterator[int]:
    """The PID of a process that treats SIGTERM in a way, once it does so."""
    with subprocess.Popen([*before, sys.executable, "-c", SCRIPT, way], stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None and child.stdout.readline() == b"ready\n"
            yield (*proc.descendants(child.pid), child.pid)[0]
        finally:
            child.kill()


def in_namespaces() -> bool:
    return os.geteuid() == 0 and subprocess.run([*NAMESPACE, "true"], check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not in_namespaces(), reason="no PID namespace can be made here")
@pytest.mark.parametrize(("way", "deaf"), [("nothing", True), ("ignores", True), ("handles", False), ("waits", False)])
def test_a_first_process_without_a_handler_is_deaf(way: str, deaf: bool) -> None:
    with started(way, *NAMESPACE) as pid:
        assert proc.is_deaf(pid, signal.SIGTERM) is deaf


@pytest.mark.skipif(not in_namespaces(), reason="no PID namespace can be made here")
def test_what_is_deaf_lives_on() -> None:
    with started("nothing", *NAMESPACE) as pid:
        os.kill(pid, signal.SIGTERM)
        time.sleep(0.3)
        assert proc.alive(pid)


def test_any_other_process_hears() -> None:
    with started("ignores") as pid:
        assert not proc.is_deaf(pid, signal.SIGTERM)


def test_who_is_gone_is_not_called_deaf() -> None:
    assert not proc.is_deaf(2**22 + 1, signal.SIGTERM)
