"""When nothing but virtual environments can be meant by Python."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.evidence.entrypoint import resolve
from optimizer.evidence.tree import Root
from optimizer.evidence.virtual_environments import only_isolated, starts_one
from tests.evidence.world import CONFIG, Layered, Picture, write

FILES = {
    "/usr/bin/python3": "elf libc.so.6",
    "/venv/bin/python": "-> /usr/bin/python3",
    "/venv/pyvenv.cfg": "include-system-site-packages = false\n",
    "/app.py": "import x",
    "/start.sh": "x #!/bin/sh\npython3 /cron.py &\nexec /venv/bin/python /app.py\n",
    "/bin/sh": "elf libc.so.6",
}


@pytest.mark.parametrize(
    ("cmd", "env", "isolated", "one"),
    [
        (("/venv/bin/python", "/app.py"), "PATH=/usr/bin:/bin", True, True),
        (("python", "/app.py"), "PATH=/venv/bin:/usr/bin:/bin", True, True),
        (("python3", "/app.py"), "PATH=/venv/bin:/usr/bin:/bin", False, False),
        (("/start.sh",), "PATH=/usr/bin:/bin", False, True),
        (("/venv/bin/python", "/app.py"), "PYTHONPATH=/usr/lib/python3/site-packages", False, True),
    ],
)
def test_isolated(tmp_path: Path, cmd: tuple[str, ...], env: str, isolated: bool, one: bool) -> None:
    root = Root(write(tmp_path, Picture([Layered(FILES)])))
    config = replace(CONFIG, cmd=cmd, env=(env,))
    entry = resolve(root, config, ())
    assert (only_isolated(root, entry, config), starts_one(root, entry)) == (isolated, one)


def test_one_that_sees_the_others_is_not(tmp_path: Path) -> None:
    seeing = {**FILES, "/venv/pyvenv.cfg": "include-system-site-packages = true\n"}
    root = Root(write(tmp_path, Picture([Layered(seeing)])))
    config = replace(CONFIG, cmd=("/venv/bin/python", "/app.py"))
    assert not only_isolated(root, resolve(root, config, ()), config)
