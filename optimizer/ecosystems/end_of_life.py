"""When versions of languages and releases of distributions get their last security fixes, as data.

Sources, read in November 2026: endoflife.date (pages python, nodejs, ruby, php, go, debian, ubuntu, alpine-linux), and
what those name as theirs: devguide.python.org "Status of Python versions"; nodejs.org "Previous Releases";
ruby-lang.org "Ruby Maintenance Branches"; php.net "Supported Versions"; go.dev "Release History" (a version ends when
the second after it appears); wiki.debian.org "LTS"; ubuntu.com "Release cycle" (standard support); alpinelinux.org
"Releases". Debian counts until the end of its long-term support, since the official images are rebuilt until then.
Where only a month is named, its last day counts.
Versions that are not listed had no end that was near when this was read; a newer edition of this file knows more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from optimizer.ecosystems.catalogue import Reference, Tag, line_of
from optimizer.ecosystems.official_images import CODE_NAMES


@dataclass(frozen=True, slots=True)
class Ended:
    """What gets no security fixes any more, and the last day on which it got some."""

    what: str
    on: date


def _dates(text: str) -> Mapping[str, date]:
    """`3.8 2024-10-07` a line: a long table stays readable."""
    return {cycle: date.fromisoformat(day) for cycle, day in (line.split() for line in text.strip().splitlines())}


_PYTHON = _dates("""
    2.7 2020-01-01
    3.3 2017-09-29
    3.4 2019-03-18
    3.5 2020-09-13
    3.6 2021-12-23
    3.7 2023-06-27
    3.8 2024-10-07
    3.9 2025-10-31
    3.10 2026-10-31
    3.11 2027-10-31
""")
_NODE = _dates("""
    4 2018-04-30
    6 2019-04-30
    8 2019-12-31
    10 2021-04-30
    12 2022-04-30
    14 2023-04-30
    15 2021-06-01
    16 2023-09-11
    17 2022-06-01
    18 2025-04-30
    19 2023-06-01
    20 2026-04-30
    21 2024-06-01
    22 2027-04-30
""")
_RUBY = _dates("""
    2.3 2019-03-31
    2.4 2020-03-31
    2.5 2021-03-31
    2.6 2022-03-31
    2.7 2023-03-31
    3.0 2024-04-23
    3.1 2025-03-31
    3.2 2026-03-31
    3.3 2027-03-31
    3.4 2028-03-31
""")
_PHP = _dates("""
    5.6 2018-12-31
    7.0 2019-01-10
    7.1 2019-12-01
    7.2 2020-11-30
    7.3 2021-12-06
    7.4 2022-11-28
    8.0 2023-11-26
    8.1 2025-12-31
    8.2 2026-12-31
    8.3 2027-12-31
    8.4 2028-12-31
""")
_GO = _dates("""
    1.17 2022-08-02
    1.18 2023-02-01
    1.19 2023-08-08
    1.20 2024-02-06
    1.21 2024-08-13
    1.22 2025-02-11
    1.23 2025-08-12
""")
_DEBIAN = _dates("""
    8 2020-06-30
    9 2022-06-30
    10 2024-06-30
    11 2026-08-31
    12 2028-06-30
    13 2030-06-30
""")
_UBUNTU = _dates("""
    14.04 2019-04-02
    16.04 2021-04-02
    18.04 2023-05-31
    20.04 2025-05-31
    22.04 2027-04-01
    24.04 2029-05-31
""")
_ALPINE = _dates("""
    3.10 2021-05-01
    3.11 2021-11-01
    3.12 2022-05-01
    3.13 2022-11-01
    3.14 2023-05-01
    3.15 2023-11-01
    3.16 2024-05-23
    3.17 2024-11-22
    3.18 2025-05-09
    3.19 2025-11-01
    3.20 2026-04-01
    3.21 2026-11-01
    3.22 2027-05-01
    3.23 2027-11-01
""")

_LINES = {
    "python": ("Python", _PYTHON),
    "node": ("Node.js", _NODE),
    "ruby": ("Ruby", _RUBY),
    "php": ("PHP", _PHP),
    "golang": ("Go", _GO),
    "debian": ("Debian", _DEBIAN),
    "ubuntu": ("Ubuntu", _UBUNTU),
    "alpine": ("Alpine", _ALPINE),
}
_RELEASES = {
    "jessie": ("Debian", "8"),
    "stretch": ("Debian", "9"),
    "buster": ("Debian", "10"),
    "bullseye": ("Debian", "11"),
    "bookworm": ("Debian", "12"),
    "trixie": ("Debian", "13"),
    "xenial": ("Ubuntu", "16.04"),
    "bionic": ("Ubuntu", "18.04"),
    "focal": ("Ubuntu", "20.04"),
    "jammy": ("Ubuntu", "22.04"),
    "noble": ("Ubuntu", "24.04"),
}
_TABLES = dict(_LINES.values())


def ended(reference: Reference, today: date) -> Ended | None:
    """What of an official image is past its end of life by its tag: the language, else the distribution.

    A tag that follows the newest version (`3`, `latest`) tells nothing.
    """
    if line_of(reference) is None:
        return None
    tag = Tag.of(reference.tag)
    found = [_of_line(reference.name, tag.version), _of_release(tag.release)]
    return next((each for each in found if each is not None and each.on < today), None)


def _of_line(name: str, version: str) -> Ended | None:
    what, dates = _LINES.get(name, ("", {}))
    parts = version.split(".")
    cycles = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((Ended(f"{what} {cycle}", dates[cycle]) for cycle in cycles if cycle in dates), None)


def _of_release(release: str) -> Ended | None:
    if release not in CODE_NAMES and release[:1].isdigit():
        return _of_line("alpine", release)
    what, number = _RELEASES.get(release, ("", ""))
    day = _TABLES.get(what, {}).get(number)
    return None if day is None else Ended(f"{what} {number} ({release})", day)
