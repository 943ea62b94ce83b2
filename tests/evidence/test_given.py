"""Commands that give files of packages to someone, found in the text of steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evidence.test_gather import GCC, best, pack
from tests.evidence.world import Layered


@pytest.mark.parametrize(
    ("command", "repeated"),
    [
        ("chown -R www-data:www-data /var/lib/web /app", ("chown -R www-data:www-data /var/lib/web",)),
        ("chown www-data /var/lib", ()),
        ("chown -R www-data /var/lib", ("chown -R www-data /var/lib",)),
        ("chmod u+s /usr/bin/app && chgrp mail /none", ("chmod u+s /usr/bin/app",)),
        ("chmod -x /usr/bin/app", ()),
        ("chown --reference=/etc /usr/bin/app", ()),
        ("chown $USER /usr/bin/app", ()),
        ("chown www-data /usr/bin/app || true", ()),
        ("if true; then chown www-data /usr/bin/app; fi", ()),
        ("! chown www-data /usr/bin/app", ()),
        ("make", ()),
    ],
)
def test_what_gives_files_of_packages_is_repeated(tmp_path: Path, command: str, repeated: tuple[str, ...]) -> None:
    text = f"FROM debian:bookworm\nRUN apt-get install -y gcc app\nRUN {command}\nCOPY . /app\nCMD app\n"
    installed = Layered(packages=(GCC, pack("app", "/usr/bin/app"), pack("web", "/var/lib/web/", "")))
    candidate = best(tmp_path, installed, Layered(), text, Layered({"/app/x": "y"}), cmd=("app",))
    assert candidate.given == repeated
