"""How a project's own Makefile and scripts name its image and start it: `docker build -t`, `docker run`, `compose run`.

Options by docker(1), podman-run(1) and the reference of `docker compose run` and `exec`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from optimizer.ecosystems.verbs import words
from optimizer.shell.dialect import program
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read
from optimizer.sources.compose import composes

_ENGINES = frozenset({"docker", "podman", "nerdctl", "buildah"})
_VALUED = words(
    "-f --file -p --project-name --profile --env-file --project-directory -H --host --context -e --env -v --volume"
    " --publish -u --user -w --workdir --name --network --net --entrypoint -l --label --mount --add-host --cap-add"
    " --cap-drop --cpus -m --memory --platform --pull --restart --tmpfs --ulimit --hostname -h --device --gpus --index"
    " -t --tag --target --build-arg --secret --ssh --cache-from --cache-to --output -o --progress"
)
_FLAGS_OF_RUN = frozenset({"-t", "-i", "-it", "-ti", "-d", "-T", "-P"})
"""Single letters that mean something else to `build`."""


@dataclass(frozen=True, slots=True)
class Named:
    """A build that gives its image a name. `file` and `target` as written, None for the default."""

    names: tuple[str, ...]
    file: str | None
    target: str | None


@dataclass(frozen=True, slots=True)
class Launch:
    """A command in a container: of an image, or (`service`) of a compose service. `replaces`: the image's ENTRYPOINT
    is not used."""

    of: str
    words: tuple[str, ...]
    service: bool
    replaces: bool


def is_script(name: str) -> bool:
    """Whether a file of this name is a script that people start the project with."""
    return name in ("Makefile", "makefile", "GNUmakefile", "justfile", "Justfile") or name.endswith((".sh", ".mk"))


def launches(name: str, text: str) -> Iterator[Named | Launch]:
    """What a script of this name builds and starts; what cannot be read says nothing."""
    recipe = not name.endswith(".sh")
    for script in _recipes(text) if recipe else (text,):
        for command in commands(read(script)):
            argv = [word.literal or "" for word in unwrap(command).words]
            if len(argv) > 1 and (program(argv[0]) in _ENGINES or composes(argv[0])):
                yield from _launch(argv)


def _recipes(text: str) -> Iterator[str]:
    """The lines of the recipes of a Makefile, without the signs before them (GNU make manual, "Recipes")."""
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith(("\t", "    ")):
            yield line.strip().lstrip("@-+")


def _launch(argv: Sequence[str]) -> Iterator[Named | Launch]:
    service = composes(argv[0])
    options, rest = _options(argv[1:], frozenset())
    if not service and rest[:1] == ["compose"]:
        service = True
        options, rest = _options(rest[1:], frozenset())
    if rest[:1] in (["container"], ["image"], ["buildx"]):
        options, rest = _options(rest[1:], frozenset())
    verb, rest = (rest[0], rest[1:]) if rest else ("", [])
    match verb:
        case "run" | "exec":
            options, operands = _options(rest, _FLAGS_OF_RUN)
            entry = tuple(value for name, value in options if name == "--entrypoint")
            if operands and (entry or operands[1:]):
                replaces = bool(entry) or verb == "exec"
                yield Launch(operands[0], (*entry[-1:], *operands[1:]), service, replaces)
        case "build" | "bud" if not service:
            options, _ = _options(rest, frozenset())
            names = tuple(value for name, value in options if name in ("-t", "--tag"))
            last = dict(options)
            if names:
                yield Named(names, last.get("-f") or last.get("--file"), last.get("--target"))
        case _:
            return


def _options(argv: Sequence[str], flags: frozenset[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Options with their values up to the first operand, and the words from there on."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(argv) and argv[at].startswith("-"):
        name, equals, value = argv[at].partition("=")
        at += 1
        if name == "--":
            break
        if not equals and name in _VALUED and name not in flags and at < len(argv):
            value = argv[at]
            at += 1
        found.append((name, value))
    return found, list(argv[at:])
