"""Which sketch of a runtime stage suits a base image and what is built on it, as data. The texts are templates/stages/.

Only a suggestion: nothing of it was looked at, let alone proven.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from optimizer.ecosystems.catalogue import Reference, line_of, runtimes, slimmer
from optimizer.ecosystems.verbs import words


@dataclass(frozen=True, slots=True)
class StageTemplate:
    """A template and when it is meant: the name of the base image, and an ecosystem that the build calls, if any must
    be. `base` is the image that it stands on, made of `{prefix}` and `{tag}` of the base image; None: the counterpart
    that the catalogue knows."""

    name: str
    images: frozenset[str]
    called: frozenset[str] = frozenset()
    served: bool | None = None
    """Whether a web server, or nothing at all, is started; None: it does not matter."""
    base: str | None = None
    environment: Environment | None = None
    """The virtual environment that its stage takes from the build; it is no use where none can be made."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What installs into a virtual environment as it is: calls of this ecosystem by its program's own name, without one
    of the options that name another place or builds with what is there. Of `itself` it installs newer ones only."""

    ecosystem: str
    interpreter: str
    itself: frozenset[str]
    elsewhere: frozenset[str]
    others: frozenset[str]
    """Ecosystems that install for the same language in their own ways."""


_VENV = Environment(
    "pip",
    "python",
    words("pip setuptools wheel"),
    words("--target -t --prefix --user --root --no-build-isolation -e --editable"),
    words("uv poetry pipenv conda"),
)
"""Python documentation, "venv"; pip documentation, "pip install" and "Package Management", `--python`."""


SERVERS = words("nginx httpd caddy")
"""Programs that serve files, whatever language made them."""

_WITH_PATH = words("dotnet/sdk")
"""Names that need the last part of the path (dotnet/dotnet-docker, README.sdk.md)."""

_JAVA = words("maven gradle eclipse-temurin amazoncorretto")

TEMPLATES: tuple[StageTemplate, ...] = (
    StageTemplate("python_uv", words("python"), words("uv")),
    StageTemplate("python_poetry", words("python"), words("poetry")),
    StageTemplate("python_venv", words("python"), words("pip"), environment=_VENV),
    StageTemplate("python", words("python pypy")),
    StageTemplate("node_site", words("node"), words("npm yarn pnpm bun"), served=True),
    StageTemplate("node_yarn", words("node"), words("yarn")),
    StageTemplate("node_pnpm", words("node"), words("pnpm")),
    StageTemplate("node", words("node")),
    StageTemplate("go", words("golang")),
    StageTemplate("rust", words("rust")),
    StageTemplate("java_maven", _JAVA, words("maven")),
    StageTemplate("java_gradle", _JAVA, words("gradle")),
    StageTemplate("java", _JAVA),
    StageTemplate("dotnet", _WITH_PATH),
    StageTemplate("ruby", words("ruby")),
    StageTemplate("php", words("php")),
    StageTemplate("compiled", words("gcc buildpack-deps"), base="debian:stable-slim"),
    StageTemplate("compiled", words("debian ubuntu alpine")),
)
"""The first that suits is the best."""


def suiting(reference: Reference, called: Collection[str], *, served: bool) -> Iterator[tuple[StageTemplate, str]]:
    """The templates for a base image and the ecosystems that its RUNs call, best first, and the image that each stands
    on. `served`: nothing is started but a web server."""
    line = line_of(reference)
    names = frozenset(line.names) & {reference.name, *_WITH_PATH} if line is not None else frozenset[str]()
    for each in TEMPLATES:
        calls = not each.called or any(one in each.called for one in called)
        if names & each.images and calls and each.served in (None, served):
            yield each, _base(reference, each)


def _base(reference: Reference, template: StageTemplate) -> str:
    tag = reference.tag or "latest"
    if template.base is not None:
        return template.base.format(prefix=reference.prefix, tag=tag)
    known = (*runtimes(reference, ""), *slimmer(reference))
    return next(iter(known), f"{reference.prefix}{reference.name}:{tag}")
