"""When the system's certificate authorities come along."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.evidence.test_gather import GCC, best, pack
from tests.evidence.world import Layered, Pack

_LIBRARIES = "/usr/lib/x86_64-linux-gnu"
SSL = Pack("libssl3", {f"{_LIBRARIES}/libssl.so.3": "so libc.so.6"}, "libc6", automatic=True)
AUTHORITIES = pack("ca-certificates", "/usr/sbin/update-ca-certificates", automatic=True)
SPEAKS = "elf libssl.so.3 libc.so.6"
SITE = {"/etc/nginx/conf.d/site.conf": "root /var/www;", "/var/www/index.html": "<p>"}
TEXT = "FROM debian:bookworm\nRUN install\nCOPY . /\nCMD x\n"
# The name of a function that a file takes from a library stands among the same strings as the libraries' names.
OPENS = f"{SPEAKS} SSL_CTX_set_default_verify_paths"


def comes_along(
    tmp_path: Path,
    copied: Mapping[str, str] = SITE,
    program: str = SPEAKS,
    settings: str = "http {}",
    **config: object,
) -> bool:
    """Whether the authorities are installed where nginx is started and nobody asked for them."""
    server = Pack("nginx", {"/usr/sbin/nginx": program}, "libssl3, nginx-common", section="httpd")
    common = pack("nginx-common", "/etc/nginx/nginx.conf", settings, automatic=True)
    installed = Layered(packages=(GCC, SSL, AUTHORITIES, server, common))
    started = {"cmd": ("nginx",), "env": ("PATH=/usr/local/bin:/usr/sbin:/usr/bin:/bin",), **config}
    return "ca-certificates" in best(tmp_path, installed, Layered(copied), TEXT, **started).packages


def test_a_server_that_hands_out_files_asks_for_none(tmp_path: Path) -> None:
    assert not comes_along(tmp_path)
    assert not comes_along(tmp_path / "start", {**SITE, "/start": "x #!/bin/sh\nexec nginx\n"}, cmd=("/start",))


@pytest.mark.parametrize(
    ("copied", "program", "settings"),
    [
        ({**SITE, "/etc/nginx/conf.d/up.conf": "trust /etc/ssl/certs/ca-certificates.crt;"}, SPEAKS, ""),
        ({**SITE, "/etc/nginx/conf.d/up.conf": "trust /etc/ssl/certs;"}, SPEAKS, ""),
        (SITE, SPEAKS, "trust /etc/ssl/certs/ca-certificates.crt;"),
        (SITE, OPENS, ""),
        ({**SITE, "/usr/local/share/ca-certificates/own.crt": "CERTIFICATE"}, SPEAKS, ""),
    ],
    ids=["settings", "a directory", "settings of its package", "opens them itself", "an authority of one's own"],
)
def test_what_names_or_opens_them_brings_them(
    tmp_path: Path, copied: Mapping[str, str], program: str, settings: str
) -> None:
    assert comes_along(tmp_path, copied, program, settings)


@pytest.mark.parametrize("program", ["/usr/local/bin/fetch", "/usr/local/bin/run.py"])
def test_any_other_program_that_speaks_tls_brings_them(tmp_path: Path, program: str) -> None:
    files = {"/usr/local/bin/fetch": SPEAKS, "/usr/local/bin/run.py": "x #!/usr/local/bin/fetch\n"}
    assert comes_along(tmp_path, {**SITE, **files}, cmd=(program,))
