"""Official images: which runtime counterparts an image to build on has. Data only; what is here is looked at by others.

Sources: the "Image Variants" sections of the images' own pages (docker-library/docs) and the distributions' release
pages. `{version}` is the tag without its variant, `{release}` the code name of the distribution inside the image.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One official image line. `interpreter`: what is built by it is run by it. `runtimes` are names of counterparts
    without compilers, in no order: the smallest that is present and sufficient is taken."""

    names: tuple[str, ...]
    interpreter: str | None
    runtimes: tuple[str, ...]


LINES: tuple[Line, ...] = (
    Line(("python",), "python", ("python:{version}-slim", "python:{version}-slim-{release}")),
    Line(("node",), "node", ("node:{version}-slim", "node:{version}-{release}-slim")),
    Line(("ruby",), "ruby", ("ruby:{version}-slim", "ruby:{version}-slim-{release}")),
    Line(("perl",), "perl", ("perl:{version}-slim", "perl:{version}-slim-{release}")),
    Line(("php",), "php", ("php:{version}-cli", "php:{version}-fpm")),
    Line(("pypy",), "pypy", ("pypy:{version}-slim",)),
    Line(("golang", "rust", "gcc", "swift", "haskell", "buildpack-deps"), None, ()),
    Line(
        ("maven", "gradle", "eclipse-temurin"),
        "java",
        ("eclipse-temurin:{java}-jre", "eclipse-temurin:{java}-jre-{release}"),
    ),
    Line(("amazoncorretto",), "java", ("amazoncorretto:{version}-headless",)),
    Line(("erlang", "elixir"), "erl", ("{name}:{version}-slim",)),
    Line(("debian", "ubuntu", "alpine", "fedora", "rockylinux", "almalinux"), None, ()),
)  # fmt: skip

DISTRIBUTIONS = {"debian": "debian:{release}-slim", "ubuntu": "ubuntu:{release}", "alpine": "alpine:{number}"}
"""The plain image of a distribution's release, by the ID in os-release(5)."""

_EXPECTED = (("openjdk-", "/usr/share/man/man1"),)
"""Packages, by the beginning of their names, whose scripts fail without a directory that slim images leave out
(Debian bug 863199)."""

_VARIANTS = ("slim", "alpine", "bookworm", "bullseye", "trixie", "buster", "jammy", "noble", "focal", "jdk", "jre")


@dataclass(frozen=True, slots=True)
class Reference:
    """An image name in its parts: registry and path before the last name (`docker.io/library/` taken off)."""

    prefix: str
    name: str
    tag: str
    digest: str

    @classmethod
    def of(cls, text: str) -> Reference:
        """Read a reference as FROM has it (distribution/reference, grammar)."""
        rest, _, digest = text.partition("@")
        path, _, last = rest.rpartition("/")
        name, _, tag = last.partition(":")
        prefix = f"{path}/" if path else ""
        return cls("" if prefix in ("docker.io/library/", "library/", "docker.io/") else prefix, name, tag, digest)


def line_of(reference: Reference) -> Line | None:
    """The official line that an image belongs to by its name; None for every other image."""
    if reference.prefix:
        return None
    return next((line for line in LINES if reference.name in line.names), None)


def version_of(tag: str) -> str:
    """`3.11-slim-bookworm` → `3.11`; empty if the tag names no version."""
    kept = [part for part in tag.split("-") if part and not part.startswith(_VARIANTS)]
    return "-".join(kept) if kept and kept[0][:1].isdigit() else ""


def runtimes(reference: Reference, release: str) -> tuple[str, ...]:
    """Names of the counterparts of an image, to be looked for. Empty where its version is not known."""
    line, version = line_of(reference), version_of(reference.tag)
    if line is None or not version:
        return ()
    java = next((part for part in reference.tag.replace("temurin", "").split("-") if part.isdigit()), version)
    names = (
        text.format(version=version, release=release, name=reference.name, java=java.partition(".")[0])
        for text in line.runtimes
    )
    return tuple(dict.fromkeys(names))


def distribution(identifier: str, release: str, number: str) -> str | None:
    """The plain image of a distribution; None if it is not in the catalogue or the release is not known."""
    text = DISTRIBUTIONS.get(identifier)
    if text is None or ("{release}" in text and not release) or ("{number}" in text and not number):
        return None
    return text.format(release=release, number=number)


def expected_directories(packages: Iterable[str], there: Container[str]) -> tuple[str, ...]:
    """Directories that must be made before these packages are installed where only `there` is there."""
    found = {directory for name in packages for start, directory in _EXPECTED if name.startswith(start)}
    return tuple(sorted(directory for directory in found if directory not in there))
