"""The official images, as data: their lines, the variants of each, what a variant holds and what it stands on.

Sources: the "Image Variants" and "Supported tags" sections of the images' own pages (docker-library/docs), the README
of GoogleContainerTools/distroless, Red Hat's "Types of container images" and Fedora's registry. What is here is looked
at by others; nothing in this module is a guess about one image in particular. In tags, `{version}` is what stands for
the version, `{release}` the code name of the distribution's release.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Contents(Enum):
    """What a variant holds beyond a shell and the distribution's package manager."""

    TOOLS = "the language, compilers, headers of many libraries, version control"
    LANGUAGE = "the language and the libraries it needs itself"
    RUNTIME = "what runs programs, without what makes them"
    SYSTEM = "a distribution with its documentation"
    BARE = "a distribution without documentation and translations"


class Family(Enum):
    """The distribution below. Images of two families never stand in for one another: the C library may differ."""

    DEBIAN = "Debian"
    UBUNTU = "Ubuntu"
    ALPINE = "Alpine"
    AMAZON = "Amazon Linux"
    ORACLE = "Oracle Linux"


@dataclass(frozen=True, slots=True)
class Variant:
    """One kind of image of a line. `plain` is its tag, `pinned` the tag that names the distribution's release too."""

    plain: str
    pinned: str | None
    contents: Contents
    family: Family

    @property
    def words(self) -> frozenset[str]:
        """What its tags hold besides version and release."""
        return frozenset(part for part in self.plain.split("-") if "{" not in part)


@dataclass(frozen=True, slots=True)
class Line:
    """One official image line. `interpreter`: what is built by it is run by it. `runtimes` are names of counterparts
    without compilers, in no order: the smallest that is present and sufficient is taken."""

    names: tuple[str, ...]
    interpreter: str | None
    runtimes: tuple[str, ...]
    variants: tuple[Variant, ...] = ()
    anywhere: bool = False
    """Whether the names mean the same in every registry: these images have homes of their own. A name may then hold
    the last part of the path."""


def _debian(plain: str, pinned: str | None, contents: Contents) -> Variant:
    return Variant(plain, pinned, contents, Family.DEBIAN)


_ALPINE = Variant("{version}-alpine", "{version}-alpine{release}", Contents.LANGUAGE, Family.ALPINE)
_SLIM_FIRST = (
    _debian("{version}", "{version}-{release}", Contents.TOOLS),
    _debian("{version}-slim", "{version}-slim-{release}", Contents.LANGUAGE),
    _ALPINE,
)
_SLIM_LAST = (
    _debian("{version}", "{version}-{release}", Contents.TOOLS),
    _debian("{version}-slim", "{version}-{release}-slim", Contents.LANGUAGE),
    _ALPINE,
)
_JAVA = (
    Variant("{version}", "{version}-{release}", Contents.LANGUAGE, Family.UBUNTU),
    Variant("{version}-jdk", "{version}-jdk-{release}", Contents.LANGUAGE, Family.UBUNTU),
    Variant("{version}-jre", "{version}-jre-{release}", Contents.RUNTIME, Family.UBUNTU),
    Variant("{version}-jdk-alpine", None, Contents.LANGUAGE, Family.ALPINE),
    Variant("{version}-jre-alpine", None, Contents.RUNTIME, Family.ALPINE),
)
_PHP = (
    _debian("{version}", "{version}-{release}", Contents.LANGUAGE),
    _debian("{version}-cli", "{version}-cli-{release}", Contents.LANGUAGE),
    _debian("{version}-fpm", "{version}-fpm-{release}", Contents.LANGUAGE),
    _debian("{version}-apache", "{version}-apache-{release}", Contents.LANGUAGE),
    _debian("{version}-zts", "{version}-zts-{release}", Contents.LANGUAGE),
    _ALPINE,
)

LINES: tuple[Line, ...] = (
    Line(("python",), "python", ("python:{version}-slim", "python:{version}-slim-{release}"), _SLIM_FIRST),
    Line(("node",), "node", ("node:{version}-slim", "node:{version}-{release}-slim"), _SLIM_LAST),
    Line(("ruby",), "ruby", ("ruby:{version}-slim", "ruby:{version}-slim-{release}"), _SLIM_FIRST),
    Line(("perl",), "perl", ("perl:{version}-slim", "perl:{version}-slim-{release}"), _SLIM_FIRST),
    Line(("php",), "php", ("php:{version}-cli", "php:{version}-fpm"), _PHP),
    Line(("pypy",), "pypy", ("pypy:{version}-slim",), _SLIM_FIRST),
    Line(("rust",), None, (), _SLIM_FIRST),
    Line(("golang", "gcc", "swift", "haskell"), None, (), (_SLIM_FIRST[0], _ALPINE)),
    Line(
        ("buildpack-deps",),
        None,
        (),
        (
            _debian("{release}", "{release}", Contents.TOOLS),
            _debian("{release}-scm", "{release}-scm", Contents.LANGUAGE),
            _debian("{release}-curl", "{release}-curl", Contents.RUNTIME),
        ),
    ),
    Line(
        ("maven", "gradle"),
        "java",
        ("eclipse-temurin:{java}-jre", "eclipse-temurin:{java}-jre-{release}"),
    ),
    Line(
        ("eclipse-temurin",),
        "java",
        ("eclipse-temurin:{java}-jre", "eclipse-temurin:{java}-jre-{release}"),
        _JAVA,
    ),
    Line(
        ("amazoncorretto",),
        "java",
        ("amazoncorretto:{version}-headless",),
        (
            Variant("{version}", None, Contents.LANGUAGE, Family.AMAZON),
            Variant("{version}-headless", None, Contents.RUNTIME, Family.AMAZON),
            Variant("{version}-alpine", None, Contents.LANGUAGE, Family.ALPINE),
        ),
    ),
    Line(("erlang", "elixir"), "erl", ("{name}:{version}-slim",), (*_SLIM_FIRST[:1],
         _debian("{version}-slim", None, Contents.LANGUAGE), _ALPINE)),
    Line(
        ("debian",),
        None,
        (),
        (
            _debian("{release}", "{release}", Contents.SYSTEM),
            _debian("{release}-slim", "{release}-slim", Contents.BARE),
        ),
    ),
    Line(("ubuntu", "alpine"), None, ()),
    Line(("almalinux", "rockylinux"), None, ("{name}:{version}-minimal",)),
    Line(("oraclelinux",), None, ("{name}:{version}-slim",)),
    Line(
        ("dotnet/sdk",),
        "dotnet",
        ("{prefix}aspnet:{tag}", "{prefix}runtime:{tag}", "{prefix}runtime-deps:{tag}"),
        anywhere=True,
    ),
    Line(("fedora", "ubi", "ubi8", "ubi9", "ubi10"), None, ("{prefix}{name}-minimal:{tag}",), anywhere=True),
)  # fmt: skip

DISTRIBUTIONS = {"debian": "debian:{release}-slim", "ubuntu": "ubuntu:{release}", "alpine": "alpine:{number}"}
"""The plain image of a distribution's release, by the ID in os-release(5)."""

CODE_NAMES = {
    **dict.fromkeys(("jessie", "stretch", "buster", "bullseye", "bookworm", "trixie"), Family.DEBIAN),
    **dict.fromkeys(("xenial", "bionic", "focal", "jammy", "noble"), Family.UBUNTU),
}
"""Releases as tags name them."""

VARIANT_WORDS = (
    *("slim", "alpine", "jdk", "jre", "cli", "fpm", "apache", "zts", "headless", "scm", "curl"),
    *("windowsservercore", "nanoserver", "ubi9", "ubi10", "temurin", "eclipse", "onbuild", "perl"),
)
"""How the parts of a tag begin that are no version."""

_DISTROLESS = ("static", "base", "cc", "python3", "nodejs20", "nodejs22", "nodejs24", "java17", "java21", "java25")
DISTROLESS = {"debian": tuple(f"gcr.io/distroless/{name}-debian{{number}}" for name in _DISTROLESS)}
"""Images of a distribution's release without shell and package manager, by the ID in os-release(5). Which of them holds
what a program needs is seen in the images."""
