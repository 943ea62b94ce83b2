"""When the system's certificate authorities come along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.evidence.test_gather import GCC, best, pack
from tests.evidence.world import Layered, Pack

_LIBRARIES = "/usr/lib/x86_64-linux-gnu"
SSL = Pack("libssl3", {f"{_LIBRARIES}/libssl.so.3": "so libc.so.6"}, "libc6", automatic=True)
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
AUTHORITIES = pack("ca-certificates", BUNDLE, "CERTIFICATES", automatic=True)
SPEAKS = "elf libssl.so.3 libc.so.6"
SITE = {"/etc/nginx/conf.d/site.conf": "root /var/www;", "/var/www/index.html": "<p>"}
PATH = "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/bin"
TEXT = "FROM debian:bookworm\nRUN install\nCOPY . /\nCMD x\n"
# The name of a function that a file takes from a library stands among the same strings as the libraries' names.
OPENS = f"{SPEAKS} SSL_CTX_set_default_verify_paths"


def comes_along(
    tmp_path: Path,
    copied: Mapping[str, str] = SITE,
    program: str = SPEAKS,
    settings: str = "http {}",
    more: Sequence[Pack] = (),
    text: str = TEXT,
    **config: object,
) -> bool:
    """Whether the authorities are installed where nginx is started."""
    server = Pack("nginx", {"/usr/sbin/nginx": program}, "libssl3, nginx-common", section="httpd")
    common = pack("nginx-common", "/etc/nginx/nginx.conf", settings, automatic=True)
    installed = Layered(packages=(GCC, SSL, AUTHORITIES, server, common, *more))
    started = {"cmd": ("nginx",), "env": (PATH,), **config}
    return "ca-certificates" in best(tmp_path, installed, Layered(copied), text, **started).packages


def test_a_server_that_hands_out_files_asks_for_none(tmp_path: Path) -> None:
    assert not comes_along(tmp_path)


UP = "/etc/nginx/conf.d/up.conf"


@pytest.mark.parametrize(
    ("copied", "program", "settings"),
    [
        ({UP: f"trust {BUNDLE};"}, SPEAKS, ""),
        ({UP: "trust /etc/ssl/certs;"}, SPEAKS, ""),
        ({"/etc/nginx/ca.pem": f"-> {BUNDLE}"}, SPEAKS, ""),
        ({}, SPEAKS, f"trust {BUNDLE};"),
        ({}, OPENS, ""),
        ({"/usr/local/share/ca-certificates/own.crt": "CERTIFICATE"}, SPEAKS, ""),
    ],
    ids=[
        "settings",
        "a directory",
        "a link",
        "settings of its package",
        "opens them itself",
        "an authority of one's own",
    ],
)
def test_what_names_or_opens_them_brings_them(
    tmp_path: Path, copied: Mapping[str, str], program: str, settings: str
) -> None:
    assert comes_along(tmp_path, {**SITE, **copied}, program, settings)


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"cmd": ("nginx", "-g", f"trust {BUNDLE};")}, TEXT),
        ({"env": (PATH, f"CA={BUNDLE}")}, TEXT),
        ({"volumes": ("/etc/nginx/conf.d",)}, TEXT),
        ({}, TEXT.replace("RUN install", "RUN apt-get install -y nginx ca-certificates")),
    ],
    ids=["a word", "environment", "settings from outside", "asked for, though the base has them"],
)
def test_what_is_configured_brings_them(tmp_path: Path, config: dict[str, object], text: str) -> None:
    assert comes_along(tmp_path, text=text, **config)


@pytest.mark.parametrize("program", ["/usr/local/bin/fetch", "/usr/local/bin/run.py", "/usr/local/bin/start"])
def test_any_other_program_that_speaks_tls_brings_them(tmp_path: Path, program: str) -> None:
    files = {
        "/usr/local/bin/fetch": SPEAKS,
        "/usr/local/bin/run.py": "x #!/usr/local/bin/fetch\n",
        "/usr/local/bin/start": "x #!/bin/sh\nfetch & exec nginx\n",
    }
    assert comes_along(tmp_path, {**SITE, **files}, cmd=(program,))


def test_a_package_beside_the_server_may_open_them(tmp_path: Path) -> None:
    assert comes_along(tmp_path, more=(pack("nginx-module-acme", "/usr/lib/nginx/modules/acme.so", "so libc.so.6"),))
