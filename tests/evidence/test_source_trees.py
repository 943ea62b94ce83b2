"""Which directories a build only worked in: what leads there keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.evidence.test_gather import GCC, best
from tests.evidence.world import Layered

TEXT = "FROM debian:bookworm\nRUN install\nCOPY . /app\nRUN fetch\nRUN make -C /opt/w install\nCMD x\n"
FETCHED = {
    "/opt/w/Makefile": "all:",
    "/opt/w/main.c": "int x;",
    "/opt/w/list": "1",
    "/opt/w/lib/libw.so": "so libc.so.6",
}
INSTALLED = {"/usr/local/bin/w": "elf libc.so.6"}


def ships(
    tmp_path: Path,
    copied: Mapping[str, str] = {"/app/x": "1"},
    fetched: Mapping[str, str] = FETCHED,
    installed: Mapping[str, str] = INSTALLED,
    text: str = TEXT,
    below: str = "/opt/w/",
    **config: object,
) -> bool:
    """Whether anything of the fetched sources ships, where the program that was made of them is started."""
    settings = {"cmd": ("w",), **config}
    candidate = best(
        tmp_path, Layered(packages=(GCC,)), Layered(copied), text, Layered(fetched), Layered(installed), **settings
    )
    return any(path.startswith(below) for path in candidate.shipment.kept)


def test_sources_stay_behind(tmp_path: Path) -> None:
    assert not ships(tmp_path)


@pytest.mark.parametrize(
    "config",
    [
        {"cmd": ("w", "/opt/w")},
        {"cmd": ("w", "/opt/w/list")},
        {"workdir": "/opt/w"},
        {"volumes": ("/opt/w/data",)},
        {"env": ("PATH=/opt/w/bin:/usr/local/bin:/usr/bin:/bin",)},
    ],
)
def test_what_is_configured_leads_there(tmp_path: Path, config: dict[str, object]) -> None:
    assert ships(tmp_path, **config)


def test_a_program_that_knows_where_it_lies_may_begin_there(tmp_path: Path) -> None:
    assert not ships(tmp_path, fetched={**FETCHED, "/opt/w/configure": "x #!/bin/sh"}, workdir="/opt/w")


@pytest.mark.parametrize(
    "installed",
    [
        {**INSTALLED, "/usr/local/share/list": "-> /opt/w/list"},
        {**INSTALLED, "/usr/local/bin/start": "x #!/bin/sh\ncd /opt/w && exec w"},
        {**INSTALLED, "/etc/w.conf": "directory = /opt/w"},
        {"/usr/local/bin/w": "elf libw.so", "/etc/ld.so.conf": "/opt/w/lib"},
    ],
)
def test_what_was_installed_leads_there(tmp_path: Path, installed: Mapping[str, str]) -> None:
    assert ships(tmp_path, installed=installed)


def test_what_was_compiled_only_knows_its_sources(tmp_path: Path) -> None:
    assert not ships(tmp_path, installed={**INSTALLED, "/usr/local/lib/w.la": "libdir=/opt/w"})


def test_what_was_copied_leads_there(tmp_path: Path) -> None:
    assert ships(tmp_path, copied={"/app/x.py": "open('/opt/w')"})


def test_neighbours_keep_each_other(tmp_path: Path) -> None:
    deep = {path.replace("/opt/w/", "/opt/w/deep/"): text for path, text in FETCHED.items()}
    assert ships(tmp_path, fetched={**deep, "/opt/w/run.sh": "x #!/bin/sh\n"})


def test_the_archive_that_they_came_in_is_no_neighbour(tmp_path: Path) -> None:
    deep = {path.replace("/opt/w/", "/opt/w/deep/"): text for path, text in FETCHED.items()}
    text = TEXT.replace("/opt/w", "/opt/w/deep")
    assert not ships(tmp_path, fetched={**deep, "/opt/w/deep.tar.gz": "gz"}, text=text, below="/opt/w/deep/")
