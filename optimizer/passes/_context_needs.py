"""What a build and the application in it need of the context beyond what a COPY brings: asked before it is left out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from optimizer.containerfile.nodes import Cmd, Entrypoint, Env, Healthcheck, Instruction, Onbuild, Run
from optimizer.containerfile.parser import parse
from optimizer.containerfile.stages import stages
from optimizer.context import Context, Kind
from optimizer.ecosystems.verbs import ADDING, Verb
from optimizer.facts import Facts
from optimizer.facts.copies import Copies
from optimizer.facts.invocations import Invocations
from optimizer.facts.states import States
from optimizer.facts.steps import Step
from optimizer.passes._leftovers import Group, Leftover
from optimizer.sources import wants
from optimizer.text import decode, encode

_TEXT_LIMIT = 1 << 20
_OUTPUTS = ("dist", "build", "out", ".next")


class Needs:
    """Answers about one build. Files are read once, and only when a question calls for them."""

    def __init__(self, facts: Facts, context: Context, sent: frozenset[str]) -> None:
        """`sent` are the context paths whose files are asked."""
        self._facts = facts
        self._context = context
        self._sent = sent

    def commands_name(self, name: str) -> bool:
        """Whether any command or variable of the file holds this name as a whole word."""
        return any(wants.holds(text, encode(name)) for text in self._commands)

    def commands_start_from(self, path: str) -> bool:
        """Whether a command or variable names something below this directory, as `.venv/bin/python` does."""
        name = encode(posixpath.basename(path))
        return any(wants.holds(text, name) for text in self._started)

    def shared_with(self, path: str, *, by_name: bool) -> str | None:
        """Another Containerfile in the context that takes this path, or only one that names it."""
        for other in self._neighbours:
            if other.copies.names(path) or (not by_name and other.takes(path)):
                return other.path
        return None

    def history(self) -> str | None:
        """What reads the version history: a RUN, or a file of the project."""
        invocations = self._facts[Invocations]
        for run in self._runs():
            steps = invocations.of(run)
            if any(_reads_repository(step) for step in steps) or (not steps and b"git" in self._text(run)):
                return f"line {self._facts.file.position(run.span.start).line}"
        return wants.reads_history(self._texts)

    def dotenv(self) -> str | None:
        """The file that has `.env` loaded."""
        return wants.reads_dotenv(self._texts)

    def reader(self, path: str) -> str | None:
        """The file of the application that opens or names this file."""
        return wants.names(self._texts, posixpath.basename(path)) or wants.opens(self._texts, path)

    def opener(self, path: str) -> str | None:
        """The Python module that opens this directory or something in it."""
        return wants.opens(self._texts, path)

    def _runs(self) -> Iterator[Run]:
        return (each for each in self._facts.file.instructions if isinstance(each, Run))

    @cached_property
    def _commands(self) -> tuple[bytes, ...]:
        kinds = (Run, Cmd, Entrypoint, Healthcheck, Env, Onbuild)
        return tuple(self._text(each) for each in self._facts.file.instructions if isinstance(each, kinds))

    @cached_property
    def _started(self) -> tuple[bytes, ...]:
        """Commands that may start what lies in the context; a RUN that installs or builds makes it first."""
        invocations = self._facts[Invocations]
        return tuple(
            self._text(each)
            for each in self._facts.file.instructions
            if isinstance(each, Cmd | Entrypoint | Healthcheck | Env)
            or (isinstance(each, Run) and not any(step.invocation for step in invocations.of(each)))
        )

    def _text(self, instruction: Instruction) -> bytes:
        return encode("\n".join([instruction.logical.text, *(heredoc.text for heredoc in instruction.heredocs)]))

    @cached_property
    def _texts(self) -> tuple[wants.Text, ...]:
        found: list[wants.Text] = []
        for entry in self._context.entries():
            if entry.path in self._sent and entry.kind is Kind.FILE and entry.size <= _TEXT_LIMIT:
                data = self._context.read(entry.path)
                if data is not None and b"\0" not in data[:1024]:
                    found.append((entry.path, data))
        return tuple(found)

    @cached_property
    def _neighbours(self) -> tuple[Neighbour, ...]:
        return tuple(_containerfiles_beside(self._facts, self._context))


def _reads_repository(step: Step) -> bool:
    words = [word.literal for word in step.words]
    if not words or words[0] is None or posixpath.basename(words[0]) != "git":
        return False
    verbs = [word for word in words[1:] if word is None or not word.startswith("-")]
    return bool(verbs) and wants.reads_repository(verbs[0])


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another Containerfile that may be built from the same context."""

    path: str
    copies: Copies

    def takes(self, path: str) -> bool:
        """Whether it copies or mounts this path."""
        copies = self.copies
        return bool(copies.unknown) or copies.mounts(path) or bool(copies.select((path,)))


def _containerfiles_beside(facts: Facts, context: Context) -> Iterator[Neighbour]:
    """Containerfiles in the context, other than our own, that have no ignore file of their own."""
    own = None if facts.path is None else facts.path.parent.resolve() / facts.path.name
    for entry in context.entries():
        if entry.kind is not Kind.FILE or not _is_containerfile(posixpath.basename(entry.path)):
            continue
        if context.root is not None and own == context.root / entry.path:
            continue
        if any(context.get(entry.path + ending) for ending in (".containerignore", ".dockerignore")):
            continue
        data = context.read(entry.path)
        if data is not None:
            other = Facts(parse(decode(data)), context=context)
            yield Neighbour(entry.path, other[Copies])


def _is_containerfile(name: str) -> bool:
    name = name.lower()
    if name.endswith(("ignore", ".md", ".j2", ".orig", ".bak")):
        return False
    return name.startswith(("containerfile", "dockerfile")) or name.endswith((".containerfile", ".dockerfile"))


def remade(facts: Facts, context: Context, sent: frozenset[str]) -> Iterator[Leftover]:
    """Directories that the build installs or builds anew at the very place where a COPY puts those of the context."""
    calls = [step.invocation for steps in facts[Invocations].by_start.values() for step in steps]
    written = {name for call in calls if call is not None for name in call.ecosystem.writes}
    for entry in context.entries():
        home, name = posixpath.split(entry.path)
        if entry.kind is Kind.DIRECTORY and entry.path in sent and (name in written or name in _OUTPUTS):
            group = _maker(facts, context, home, name, entry.path)
            if group is not None:
                yield Leftover(group, entry.path, (entry.path,), remade=True)


def _maker(facts: Facts, context: Context, home: str, name: str, path: str) -> Group | None:
    takers = [taken for taken in facts[Copies].taken if taken.takes(path)]
    groups = {_made_in(facts, context, home, name, taken.stage, taken.image_path(path)) for taken in takers}
    return groups.pop() if len(groups) == 1 else None


def _made_in(facts: Facts, context: Context, home: str, name: str, stage: int, place: str | None) -> Group | None:
    if place is None:
        return None
    for run in stages(facts.file).stages[stage].instructions:
        if not isinstance(run, Run):
            continue
        workdir = facts[States].at(run).path(".")
        if posixpath.join(workdir, name) != place:
            continue
        for step in facts[Invocations].of(run):
            call = step.invocation
            if call is None or not any(context.get(posixpath.join(home, each)) for each in call.ecosystem.manifests):
                continue
            if call.verb in ADDING and not call.operands and name in call.ecosystem.writes:
                return Group.PACKAGES
            if call.verb is Verb.BUILD and name in _OUTPUTS and step.mentions("build"):
                return Group.OUTPUT
    return None
