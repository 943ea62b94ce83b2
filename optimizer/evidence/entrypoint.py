"""What an image runs: CMD, ENTRYPOINT and HEALTHCHECK followed through the image to the last program.

Programs are found as execvp(3) finds them; `#!` lines as the kernel reads them (execve(2)). Shell text is read by
`optimizer.shell`. Programs that start what a manifest names (`npm start`) are followed into it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from optimizer.containers.model import ImageConfig
from optimizer.ecosystems.verbs import words
from optimizer.evidence.tree import Root
from optimizer.shell.dialect import Dialect, interpreter, program
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read
from optimizer.sources.scripts import package_scripts

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "mksh"})
_RUNNERS = frozenset({"npm", "yarn", "pnpm", "bun"})
_INIT = frozenset({"tini", "tini-static", "dumb-init", "catatonit"})
"""Programs whose whole purpose is to start the command after their options."""

_DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the image: its words, as JSON gives them, and what to do with them."""

    words: tuple[str, ...]
    shell_text: bool = False
    """Whether `words` is one text for the image's shell."""
    after_entrypoint: bool = False
    """Whether the image's ENTRYPOINT stands before it, as before CMD."""
    guessed: bool = False
    """Whether it may be no command at all, but arguments of another."""


INTERPRETERS = words("python node nodejs ruby perl php java lua tclsh guile Rscript dotnet mono erl pwsh")
"""Programs that run others' code, without numbers."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What running the image touches before the application's own code decides.

    `programs` are absolute paths of what is started, links and interpreters included; `files` those of words that name
    a file or directory; `unknown` the names of programs that are not in the image; `computed`: some command is only
    known at run time; `manifests` are directories whose package.json was read.
    """

    programs: tuple[str, ...]
    files: tuple[str, ...]
    unknown: tuple[str, ...]
    computed: bool
    words: frozenset[str]
    """Every literal word on the way, program names included."""

    def runs(self, *names: str) -> bool:
        """Whether a program of one of these names is started; `python` means `python3.11` too."""
        found = [posixpath.basename(path).rstrip("0123456789.") for path in self.programs]
        return any(name in found for name in names)


def commands_of(config: ImageConfig) -> tuple[Command, ...]:
    """What a container engine may start of an image."""
    found: list[Command] = []
    if config.entrypoint or config.cmd:
        found.append(Command((*config.entrypoint, *config.cmd)))
    if config.entrypoint and config.cmd:
        found.append(Command(config.cmd, guessed=True))  # what `exec "$@"` in an entry script starts
    if config.health is not None:
        match config.health.test:
            case ("CMD", *words):
                found.append(Command(tuple(words)))
            case ("CMD-SHELL", *words):
                found.append(Command((" ".join(words),), shell_text=True))
    return tuple(found)


def resolve(root: Root, config: ImageConfig, extra: Iterable[Command] = ()) -> Entry:
    """Follow all commands of the image, and `extra` ones that are known from elsewhere."""
    environment = {name: value for name, _, value in (entry.partition("=") for entry in config.env)}
    walk = _Walk(root, environment, config.shell or ("/bin/sh", "-c"))
    workdir = config.workdir or "/"
    for command in commands_of(config):
        walk.command(command, workdir)
    for command in extra:  # files that name it may speak of what is only mounted: what is not there is no error
        if command.after_entrypoint and config.entrypoint:
            walk.start((*config.entrypoint, *command.words), workdir, known=True)
        walk.command(command, workdir, known=True)
    return walk.entry()


@dataclass(slots=True)
class _Walk:
    root: Root
    environment: Mapping[str, str]
    shell: tuple[str, ...]
    programs: dict[str, None] = field(default_factory=dict)
    files: dict[str, None] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    computed: bool = False
    depth: int = 0

    def entry(self) -> Entry:
        return Entry(tuple(self.programs), tuple(self.files), tuple(self.unknown), self.computed, frozenset(self.words))

    def command(self, command: Command, workdir: str, *, known: bool = False) -> None:
        words = (*self.shell, *command.words) if command.shell_text else command.words
        self.start(words, workdir, known=known or command.guessed)

    def start(self, words: Sequence[str], workdir: str, path: Sequence[str] = (), *, known: bool = False) -> None:
        """Follow one command. `path` are directories searched before PATH; a `known` command may be a builtin."""
        if not words or self.depth > _DEEPEST:
            return
        self.words.update(words)
        name = program(words[0])
        place = self._find(words[0], workdir, path)
        self._mentions(words[1:], workdir)
        if place is None:
            if not known:
                self.unknown[words[0]] = None
            return
        self.depth += 1
        self._visit(place, workdir)
        rest = tuple(words[1:])
        if name in _SHELLS:
            self._shell(words, workdir, path)
        elif name in _RUNNERS:
            self._runner(rest, workdir)
        elif name in _INIT:
            self.start(_after_options(rest), workdir, path)
        elif name == "env":
            self.start(tuple(_after_assignments(_after_options(rest))), workdir, path)
        self.depth -= 1

    def _find(self, name: str, workdir: str, path: Sequence[str]) -> str | None:
        if "/" in name:
            place = posixpath.normpath(posixpath.join(workdir, name))
            return place if self.root.is_program(place) else None
        directories = (*path, *self.environment.get("PATH", DEFAULT_PATH).split(":"))
        places = (posixpath.normpath(posixpath.join(workdir, directory, name)) for directory in directories)
        return next((place for place in places if self.root.is_program(place)), None)

    def _visit(self, place: str, workdir: str) -> None:
        """A program is started: remember it, and its interpreter if it is a script."""
        if place in self.programs:
            return
        self.programs.update(dict.fromkeys((place, *self.root.chain(place))))
        head = self.root.read(place, 256)
        if not head.startswith(b"#!"):
            return
        line = head[2:].split(b"\n", 1)[0].decode("utf-8", "replace").split(None, 1)
        words = [line[0], *(line[1].split() if len(line) > 1 else ())] if line else []
        if words and program(words[0]) in _SHELLS:
            self.start([words[0]], workdir)
            self.script(self.root.text(place), workdir)
        else:
            self.start(words, workdir)

    def _mentions(self, words: Iterable[str], workdir: str) -> None:
        for word in words:
            value = word.partition("=")[2] if word.startswith("-") and "=" in word else word
            found = self.root.place(posixpath.join(workdir, value)) if value and "\0" not in value else None
            if found is not None and found != "/":
                self.files[found] = None

    def _shell(self, words: Sequence[str], workdir: str, path: Sequence[str]) -> None:
        for at, word in enumerate(words[1:], start=1):
            if word.startswith("-") and "c" in word and not word.startswith("--"):
                if at + 1 < len(words):
                    self.script(words[at + 1], workdir, path)
                return
            if not word.startswith(("-", "+")):
                place = posixpath.normpath(posixpath.join(workdir, word))
                if self.root.is_file(place) and place not in self.programs:
                    self.programs.update(dict.fromkeys((place, *self.root.chain(place))))
                    self.script(self.root.text(place), workdir)
                return

    def script(self, text: str, workdir: str, path: Sequence[str] = ()) -> None:
        """Follow every command of a shell script, whichever branch it stands in."""
        if self.depth > _DEEPEST:
            return
        self.depth += 1
        script = read(text, Dialect.BASH)
        for command in commands(script):
            wrapped = unwrap(command)
            for name in wrapped.wrappers:
                self.start((name,), workdir, path, known=True)
            words = [self._expand(word.raw, word.literal) for word in wrapped.words]
            literal = [word for word in words if word is not None]
            if not words:
                continue
            if words[0] is None:
                self.computed = self.computed or wrapped.words[0].raw not in ('"$@"', "$@", '"${@}"')
                self._mentions(literal, workdir)
            else:
                self.start(literal, workdir, path, known=True)
        self.depth -= 1

    def _expand(self, raw: str, literal: str | None) -> str | None:
        """A word's value, also if it is nothing but a variable that the image sets."""
        if literal is not None:
            return literal
        name = raw.strip('"').removeprefix("$").strip("{}")
        return self.environment.get(name)

    def _runner(self, rest: Sequence[str], workdir: str) -> None:
        """`npm start`, `npm run x`, `yarn x`: the scripts of package.json, with those before and after."""
        arguments = [word for word in rest if not word.startswith("-")]
        if arguments[:1] in (["run"], ["run-script"]):
            arguments = arguments[1:]
        name = arguments[0] if arguments else "start"
        manifest = posixpath.join(workdir, "package.json")
        if not self.root.is_file(manifest):
            return
        self.files[self.root.place(manifest) or manifest] = None
        scripts = package_scripts(self.root.read(manifest))
        for each in (f"pre{name}", name, f"post{name}"):
            if each in scripts:
                self.script(scripts[each], workdir, (posixpath.join(workdir, "node_modules/.bin"),))


def _after_options(words: Sequence[str]) -> Sequence[str]:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 1
        if words[at - 1] == "--":
            break
    return words[at:]


def _after_assignments(words: Sequence[str]) -> Sequence[str]:
    at = 0
    while at < len(words) and "=" in words[at]:
        at += 1
    return words[at:]


def is_shell(argv: Sequence[str]) -> bool:
    """Whether a command is started through a shell."""
    return bool(argv) and interpreter((argv[0], "-c")).dialect is not Dialect.NOT_A_SHELL
