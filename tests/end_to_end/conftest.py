"""Accounts with container storage of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Store
from tests.end_to_end.account import CHECKOUT, Account, environment

BASE = "docker.io/library/busybox:latest"


@pytest.fixture
def me(store: Store, tmp_path: Path) -> Account:
    """The user that runs the tests, over an empty storage with the lab's images."""
    return Account(tmp_path, environment(tmp_path))


@pytest.fixture
def ordinary(store: Store) -> Iterator[Account]:
    """A new user without privileges, with subordinate ids and a storage of their own that holds busybox."""
    if os.geteuid() != 0:
        pytest.skip("who runs the tests is an ordinary user")
    for tool in ("useradd", "newuidmap", "setpriv"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    home = Path(tempfile.mkdtemp(prefix="opt-"))
    name = home.name.lower().replace("_", "-") + "-user"
    subprocess.run(["useradd", "--no-create-home", "--home-dir", home, name], check=True)
    try:
        yield _settled(name, home)
    finally:
        subprocess.run(["pkill", "--signal", "KILL", "--euid", name], check=False)
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run(["userdel", name], check=True)


def _settled(name: str, home: Path) -> Account:
    archive = home / "base.tar"
    copy = ["skopeo", "copy", "--quiet", f"containers-storage:{BASE}", f"oci-archive:{archive}:{BASE}"]
    subprocess.run(copy, check=True)
    (home / "run").mkdir(mode=0o700)
    for path in (home, *home.iterdir()):
        shutil.chown(path, name, name)
    environ = environment(home, HOME=str(home), USER=name, XDG_RUNTIME_DIR=str(home / "run"))
    # Their storage is where containers-storage.conf(5) has it: below their home.
    for theirs in ("CONTAINERS_STORAGE_CONF", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        environ.pop(theirs, None)
    become = ("setpriv", f"--reuid={name}", f"--regid={name}", "--clear-groups", "--inh-caps=-all", "--")
    account = Account(home, environ, become)
    try:
        readable = account.run(sys.executable, "-c", "import optimizer.cli, rich, yaml").code == 0
    except PermissionError:
        readable = False
    if not readable:
        pytest.skip(f"another user cannot read {CHECKOUT} or start {sys.executable}")
    if (namespace := account.run("buildah", "unshare", "true")).code != 0:
        pytest.skip(f"no user namespaces here: {namespace.err.strip()}")
    account.shown("buildah", "pull", "--quiet", f"oci-archive:{archive}")
    return account


@pytest.fixture(params=["me", "ordinary"])
def account(request: pytest.FixtureRequest) -> Account:
    """Each in turn: what holds for one holds for the other."""
    found: Account = request.getfixturevalue(request.param)
    return found
