"""What the catalogue of official images (`official_images`) says about one image, by its name and release."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from optimizer.ecosystems.official_images import (
    CODE_NAMES,
    DISTRIBUTIONS,
    DISTROLESS,
    LINES,
    VARIANT_WORDS,
    Contents,
    Line,
    Variant,
)
from optimizer.ecosystems.verbs import words

ROOT = frozenset(
    {
        *(name for line in LINES for name in line.names),
        *(
            "composer",
            "bun",
            "archlinux",
            "leap",
            "tumbleweed",
            "sdk",
            "miniconda3",
            "miniforge3",
            "ubi",
            "ubi-minimal",
        ),
    }
)
"""Names of official images whose builds begin as root (their pages, USER)."""
PREFIXES = ("oven/", "continuumio/", "condaforge/", "dotnet/", "opensuse/", "ubi8/", "ubi9/", "library/")
"""Namespaces of such images, without the registry."""


@dataclass(frozen=True, slots=True)
class OfficialUser:
    """A user that an official image brings."""

    image: str
    name: str
    uid: int
    home: str


USERS = (
    OfficialUser("node", "node", 1000, "/home/node"),
    OfficialUser("gradle", "gradle", 1000, "/home/gradle"),
    OfficialUser("bun", "bun", 1000, "/home/bun"),
)
"""docker-node, "Best Practices"; docker-gradle; oven-sh/bun, Dockerfile."""

_EXPECTED = (("openjdk-", "/usr/share/man/man1"),)
"""Packages, by the beginning of their names, whose scripts fail without a directory that slim images leave out
(Debian bug 863199)."""

_TOOLS = ("_VERSION", "_SHA256", "_SHA512", "_URL")
_TOOL_NAMES = words("GOPATH GOTOOLCHAIN CARGO_HOME RUSTUP_HOME GPG_KEY GPG_KEYS MAVEN_HOME GRADLE_HOME")

_SMALLER = {
    Contents.TOOLS: frozenset({Contents.LANGUAGE, Contents.RUNTIME}),
    Contents.LANGUAGE: frozenset({Contents.RUNTIME}),
    Contents.SYSTEM: frozenset({Contents.BARE}),
}
"""What holds less of the same."""


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
    path = f"/{reference.prefix}{reference.name}"
    return next(
        (
            line
            for line in LINES
            if any(path.endswith(f"/{name}") if line.anywhere else path == f"/{name}" for name in line.names)
        ),
        None,
    )


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag in its parts: `3.11-slim-bookworm` has version `3.11`, release `bookworm` and the word `slim`."""

    version: str
    release: str
    words: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Tag:
        """Read a tag by what its parts begin with."""
        parts = [part for part in text.split("-") if part]
        releases = [part for part in parts if part in CODE_NAMES]
        words = [part for part in parts if part.startswith(VARIANT_WORDS)]
        version = "-".join(part for part in parts if part not in releases and part not in words)
        alpine = next((word.removeprefix("alpine") for word in words if word.startswith("alpine")), "")
        bare = frozenset("alpine" if word.startswith("alpine") else word for word in words)
        return cls("" if version == "latest" else version, (*releases, alpine)[0], bare)


def version_of(tag: str) -> str:
    """`3.11-slim-bookworm` → `3.11`; empty if the tag names no version."""
    version = Tag.of(tag).version
    return version if version[:1].isdigit() else ""


def variant_of(reference: Reference) -> Variant | None:
    """Which variant of its line an image is; None if that is not known."""
    line = line_of(reference)
    words = Tag.of(reference.tag).words
    return next((each for each in line.variants if each.words == words), None) if line is not None else None


def slimmer(reference: Reference, release: str = "") -> tuple[str, ...]:
    """Names of images of the same line and version that hold less, to be looked for; the natural one first.

    A tag that names the distribution's release stays with it; any other may name the `release` that it has.
    """
    line, own, tag = line_of(reference), variant_of(reference), Tag.of(reference.tag)
    if line is None or own is None or reference.digest:
        return ()
    names: dict[str, None] = {}
    for other in line.variants:
        if other.family is not own.family or other.contents not in _SMALLER.get(own.contents, frozenset()):
            continue
        by_version = "{version}" in other.plain
        if not tag.release and (by_version or tag.version):
            names[_tagged(reference.name, other.plain, tag.version, tag.version)] = None
        if other.pinned is not None and (tag.release or release):
            names[_tagged(reference.name, other.pinned, tag.version, tag.release or release)] = None
    return tuple(names)


def _tagged(name: str, pattern: str, version: str, release: str) -> str:
    """A pattern with its parts put in; a part that is not there takes its dash along."""
    parts = (part.format(version=version, release=release) for part in pattern.split("-"))
    return f"{name}:{'-'.join(part for part in parts if part)}"


def runtimes(reference: Reference, release: str) -> tuple[str, ...]:
    """Names of the counterparts of an image, to be looked for. Empty where its version is not known."""
    line, version = line_of(reference), version_of(reference.tag)
    if line is None or not (version or line.anywhere):
        return ()
    java = _java(reference.tag) or version.partition(".")[0]
    names = (
        text.format(
            version=version,
            release=release,
            name=reference.name,
            java=java,
            prefix=reference.prefix,
            tag=reference.tag or "latest",
        )
        for text in line.runtimes
    )
    return tuple(dict.fromkeys(names))


def _java(tag: str) -> str:
    """Java's version in the tag of a build tool: `3.9-eclipse-temurin-17`, `8.5-jdk17-jammy`; else nothing."""
    _, *parts = tag.split("-")
    named = (part.removeprefix("jdk") for part in parts)
    return next((part for part in named if part.isdigit()), "")


def distribution(identifier: str, release: str, number: str) -> str | None:
    """The plain image of a distribution; None if it is not in the catalogue or the release is not known."""
    text = DISTRIBUTIONS.get(identifier)
    if text is None or ("{release}" in text and not release) or ("{number}" in text and not number):
        return None
    return text.format(release=release, number=number)


def distroless(identifier: str, number: str) -> tuple[str, ...]:
    """Names of images of a distribution's release that hold no shell; none where the release is not known."""
    return tuple(text.format(number=number) for text in DISTROLESS.get(identifier, ()) if number)


def speaks_of_tools(variable: str) -> bool:
    """Whether an environment variable of an official image only speaks of the tools in it."""
    return variable in _TOOL_NAMES or variable.endswith(_TOOLS)


def expected_directories(packages: Iterable[str], there: Container[str]) -> tuple[str, ...]:
    """Directories that must be made before these packages are installed where only `there` is there."""
    found = {directory for name in packages for start, directory in _EXPECTED if name.startswith(start)}
    return tuple(sorted(directory for directory in found if directory not in there))
