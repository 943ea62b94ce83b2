from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.proof.entry import argv, cannot_start, programs

from .fake import CONFIG
from .trees import tree


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (("app", "-v"), ("/usr/bin/app",)),
        (("python", "x.py"), ("/usr/bin/python3.11",)),
        (("/bin/app",), ("/usr/bin/app",)),
        (("./run",), ("/srv/run",)),
        (("/bin/sh", "-c", "gunicorn -b :$PORT shop:app"), ("/usr/bin/gunicorn",)),
        (("/bin/sh", "-c", "cd /srv && exec gunicorn x"), ("/usr/bin/gunicorn",)),
        (("/bin/sh", "-c", "A=1 env B=2 gunicorn x & app"), ("/usr/bin/gunicorn", "/usr/bin/app")),
        (("/bin/sh", "-c", "sh -c 'app x'"), ("/usr/bin/app",)),
        (("/bin/sh", "-c", "echo hello"), ("/usr/bin/dash",)),
        (("/bin/sh", "/srv/run"), ("/usr/bin/dash",)),
        (("missing",), ()),
        (("notes",), ()),
        ((), ()),
    ],
)
def test_the_programs_behind_a_command(tmp_path: Path, command: tuple[str, ...], found: tuple[str, ...]) -> None:
    image = tree(
        tmp_path,
        {
            "/bin": Path("usr/bin"),
            "/usr/bin/app": "x",
            "/usr/bin/python": Path("python3"),
            "/usr/bin/python3": Path("python3.11"),
            "/usr/bin/python3.11": "x",
            "/usr/bin/gunicorn": "x",
            "/usr/bin/dash": "x",
            "/usr/bin/echo": "x",
            "/usr/bin/sh": Path("dash"),
            "/srv/bin/notes": None,
            "/srv/run": "x",
        },
    )
    nodes = {**image.nodes, "/srv/run": replace(image.nodes["/srv/run"], mode=0o755)}
    assert programs(replace(image, nodes=nodes), replace(CONFIG, workdir="/srv"), command) == found


@pytest.mark.parametrize(
    ("command", "gone", "cannot"),
    [
        (("app", "-v"), ("/usr/bin/app",), True),
        (("/bin/app",), ("/usr/bin/app",), True),
        (("app",), ("/usr/bin/sh",), False),
        (("twice",), ("/usr/local/bin/twice",), False),
        (("twice",), ("/usr/local/bin/twice", "/usr/bin/twice"), True),
        (("sh", "-c", "app"), ("/usr/bin/app",), False),
        ((), (), True),
    ],
)
def test_what_cannot_start_without_files(
    tmp_path: Path, command: tuple[str, ...], gone: tuple[str, ...], cannot: bool
) -> None:
    paths = ("/usr/bin/app", "/usr/bin/sh", "/usr/local/bin/twice", "/usr/bin/twice")
    image = tree(tmp_path, {"/bin": Path("usr/bin"), **dict.fromkeys(paths, "x")})
    config = replace(CONFIG, env=("PATH=/usr/local/bin:/usr/bin:/bin",))
    nodes = {path: replace(node, mode=0o755) for path, node in image.nodes.items()}
    assert cannot_start(replace(image, nodes=nodes), config, command, gone) is cannot


def test_a_container_runs_entrypoint_and_cmd() -> None:
    assert argv(replace(CONFIG, entrypoint=("a",), cmd=("b",))) == ("a", "b")
