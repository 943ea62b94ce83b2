"""Commands that others start in the image: a Procfile, compose files and scripts beside the Containerfile, and other
Containerfiles that stand on the image by the name that those give it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from optimizer.containerfile.nodes import Cmd, CommandForm, Entrypoint, ExecForm, Healthcheck, Run, ShellForm
from optimizer.containerfile.parser import parse
from optimizer.containerfile.stages import Stage, Stages, stages
from optimizer.context import Context, Kind, normal
from optimizer.ecosystems.catalogue import Reference
from optimizer.evidence.entrypoint import Command
from optimizer.sources.compose import Build, Service, is_compose, services
from optimizer.sources.launches import Launch, Named, is_script, launches
from optimizer.sources.scripts import procfile
from optimizer.text import decode, printable

_DEFAULT_FILES = ("Containerfile", "Dockerfile")
_LARGEST = 1 << 18
_DEEPEST = 1
"""Directories below the root in which scripts are looked for."""


@dataclass(frozen=True, slots=True)
class Ours:
    """The image that is built: the text it is built from, that file's path in the context where it lies there, and the
    stage asked for."""

    text: str
    file: str | None = None
    target: str | None = None

    def is_built_by(self, file: str | None, target: str | None) -> bool:
        """Whether a build of this file (None: the default one) and stage gives this image."""
        if self.file is not None:
            names = _DEFAULT_FILES if file is None else (normal(file),)
            if self.file not in names:
                return False
        found = stages(parse(self.text))
        wanted = found.target(self.target)
        return wanted is not None and found.target(target) == wanted


def commands_beside(context: Context, ours: Ours) -> tuple[Command, ...]:
    """Every command that files of the context start in our image; files that cannot be read say nothing."""
    found: list[Command] = []
    data = context.read("Procfile")
    if data is not None:
        found += [Command((text,), shell_text=True) for text in procfile(_text(data)).values()]
    project = services(_composes(context))
    scripts = [each for name, text in _scripts(context) for each in launches(name, text)]
    built = {each.name for each in project if each.build is not None and _is_ours(each.build, ours)}
    images = set(_images(project, built, scripts, ours))
    started_by = {each.name for each in project if each.name in built or (not each.build and _name(each) in images)}
    for service in project:
        if service.name in started_by:
            found += [
                Command(each.words, each.text, after_entrypoint=not (each.text or each.replaces))
                for each in service.started
            ]
    for each in scripts:
        if (
            isinstance(each, Launch)
            and each.of
            and (each.of in started_by if each.service else _short(each.of) in images)
        ):
            found.append(Command(each.words, after_entrypoint=not each.replaces))
    for text in _containerfiles(context, ours.file):
        found += _standing_on(images, stages(parse(text)))
    return tuple(dict.fromkeys(found))


def _text(data: bytes) -> str:
    return printable(decode(data))


def _composes(context: Context) -> Iterator[bytes]:
    """Compose files in the root, those that override others behind them."""
    names = [each.path for each in context.entries() if "/" not in each.path and is_compose(each.path)]
    for name in sorted(names, key=lambda each: (each.count("."), each)):
        data = context.read(name)
        if data is not None and len(data) <= _LARGEST:
            yield data


def _scripts(context: Context) -> Iterator[tuple[str, str]]:
    for each in context.entries():
        name = posixpath.basename(each.path)
        if each.kind is Kind.FILE and each.path.count("/") <= _DEEPEST and is_script(name) and each.size <= _LARGEST:
            data = context.read(each.path) or b""
            if any(word in data for word in (b"docker", b"podman", b"nerdctl", b"buildah")):
                yield name, _text(data)


def _containerfiles(context: Context, own: str | None) -> Iterator[str]:
    for each in context.entries():
        name = posixpath.basename(each.path)
        is_one = name.startswith(_DEFAULT_FILES) or name.endswith((".Containerfile", ".Dockerfile"))
        ignores = name.endswith((".containerignore", ".dockerignore"))
        if each.kind is Kind.FILE and is_one and not ignores and each.path != own and each.size <= _LARGEST:
            data = context.read(each.path)
            if data is not None:
                yield decode(data)


def _is_ours(build: Build, ours: Ours) -> bool:
    """Whether a service is built from the directory that holds the compose file, and from our file and stage."""
    here = not normal(build.context) and not build.context.startswith(("/", "..")) and "://" not in build.context
    return here and not build.inline and ours.is_built_by(build.file, build.target)


def _images(
    project: Iterable[Service], built: set[str], scripts: Iterable[Named | Launch], ours: Ours
) -> Iterator[tuple[str, str]]:
    """The names that the project gives to our image."""
    for service in project:
        if service.name in built and service.image:
            yield _short(service.image)
    for each in scripts:
        if isinstance(each, Named) and ours.is_built_by(each.file, each.target):
            yield from (_short(name) for name in each.names if name)


def _name(service: Service) -> tuple[str, str]:
    return _short(service.image or "")


def _short(reference: str) -> tuple[str, str]:
    """A name without tag: tags are given anew with every version."""
    read = Reference.of(reference)
    return read.prefix.removeprefix("localhost/"), read.name


def _standing_on(images: set[tuple[str, str]], others: Stages) -> Iterator[Command]:
    """What stages of another Containerfile that begin with our image run in it, at their build and afterwards."""
    ours: set[int] = set()
    for stage in others:
        below = others.base(stage)
        if below.index in ours if below is not None else _short(others.expanded(stage.from_.image.raw)) in images:
            ours.add(stage.index)
            yield from _of_stage(stage)


def _of_stage(stage: Stage) -> Iterator[Command]:
    entry = next((each for each in reversed(stage.instructions) if isinstance(each, Entrypoint)), None)
    words = entry.command.argv if entry is not None and isinstance(entry.command, ExecForm) else ()
    for each in stage.instructions:
        match each:
            case Run():
                yield from (Command((heredoc.text,), shell_text=True) for heredoc in each.heredocs)
                yield from _command(each.command)
            case Cmd():
                if words and isinstance(each.command, ExecForm):
                    yield Command((*words, *each.command.argv))
                yield from _command(each.command, appended=entry is None)
            case Entrypoint():
                yield from _command(each.command)
            case Healthcheck(command=command) if command is not None:
                yield from _command(command)
            case _:
                pass


def _command(form: CommandForm, *, appended: bool = False) -> Iterator[Command]:
    match form:
        case ExecForm(argv=argv):
            yield Command(argv, after_entrypoint=appended)
        case ShellForm(body=body):
            yield Command((body.text,), shell_text=True)
