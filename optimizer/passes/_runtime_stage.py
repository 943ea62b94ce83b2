"""Writes the two stages that a split candidate means: edits of the build stage, text of the runtime stage."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote

from optimizer.containerfile.nodes import (
    Add,
    Arg,
    Cmd,
    Containerfile,
    Copy,
    Entrypoint,
    Env,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from optimizer.containerfile.stages import Stage, Stages
from optimizer.ecosystems import named
from optimizer.ecosystems.catalogue import Reference
from optimizer.evidence.split import Candidate, Care, PythonWay, Split
from optimizer.facts import Facts
from optimizer.facts.layout import Layout
from optimizer.facts.states import State, States
from optimizer.passes._account_commands import account_commands, number_words, without_other_words
from optimizer.passes._directory_commands import directory_commands
from optimizer.passes._inherited_environment import Inheritance
from optimizer.passes._settings import NOT_FOR_BUILDS, arguments_in, arguments_in_text, not_for_builds
from optimizer.passes._taken_away import taken_away
from optimizer.passes._virtual_environment import PLACE, inserted_above, made_above
from optimizer.text import Edit, insert

_SAID_AGAIN = Env | User | Workdir | Volume | NOT_FOR_BUILDS


@dataclass(frozen=True, slots=True)
class Written:
    """The edits, and the variables that the image has in another way (`changed`) or not any more (`unset`)."""

    edits: tuple[Edit, ...]
    changed: frozenset[str]
    unset: frozenset[str]


class StageWriter:
    """One candidate on one stage. Nothing but the places that change is ever printed."""

    def __init__(self, facts: Facts, stages: Stages, stage: Stage, split: Split, candidate: Candidate) -> None:
        self._facts = facts
        self._file: Containerfile = facts.file
        self._stage = stage
        self._split = without_other_words(split, stage)
        self._candidate = candidate
        self._newline = facts.file.newline
        self._layout = facts[Layout]
        self._inherits = Inheritance(stage, split, candidate)
        making = [each for each in stage.instructions if isinstance(each, Run | Copy | Add)]
        self._making = making
        last = making[-1]
        at = stage.instructions.index(last) + 1
        self._before, self._after = stage.instructions[:at], stage.instructions[at:]
        self._cut = last.block.end
        self._name = stage.name or _free_name(stages)

    def write(self) -> Written:
        """Put all edits together."""
        changed, unset = self._inherits.changes()
        return Written((*self._build_edits(), insert(self._cut, self._runtime())), changed, unset)

    # The build stage

    def _build_edits(self) -> Iterator[Edit]:
        if self._stage.name is None:
            yield insert(self._stage.from_.image.span.end, f" AS {self._name}")
        python, go = self._split.python, self._candidate.go
        if self._candidate.python is PythonWay.VENV and python is not None:
            yield made_above(self._making[python.step], python.interpreter, self._file)
        if go is not None:
            why = "# linked statically, the program needs no base image"
            yield inserted_above(self._making[go.step], self._file, why, "ENV CGO_ENABLED=0")
        for instruction in not_for_builds(self._before):
            yield Edit(instruction.block, "")

    # The runtime stage

    def _runtime(self) -> str:
        text = self._file.text
        lines = [*self._taken_away(), "", *self._lines()]
        ended = self._cut == 0 or text[self._cut - 1] == "\n"
        joined = self._newline.join(lines) + self._newline
        return joined if ended else self._newline + joined.removesuffix(self._newline)

    def _taken_away(self) -> Iterator[str]:
        if commands := taken_away(self._split, self._candidate, self._user_at_cut(), self._workdir_at_cut()):
            yield self._run(commands)

    def _lines(self) -> Iterator[str]:
        yield self._from()
        yield from self._shell()
        yield from self._for_installer()
        yield from self._accounts(packaged=True)
        yield from self._packages()
        yield from self._accounts(packaged=False)
        if self._candidate.given:
            yield self._run(list(self._candidate.given))
        yield from self._directories()
        yield from self._arguments()  # not before: another value installs nothing else
        yield from self._environment()
        yield from self._copies()
        yield from self._links()
        yield from self._workdir()
        yield from self._kept(Volume)
        yield from self._user()
        yield from self._inherited()
        for instruction in not_for_builds(self._before):
            yield instruction.block.of(self._file.text).strip("\r\n")

    def _from(self) -> str:
        flags = [flag.span.of(self._file.text) for flag in self._stage.from_.flags]
        return " ".join(["FROM", *flags, self._image()])

    def _image(self) -> str:
        """The base as the file writes it where it is the same one, so that digests and arguments stay."""
        mine = self._stage.from_.image.raw
        base = Reference.of(mine)
        other = Reference.of(self._candidate.image)
        return mine if (base.name, base.tag) == (other.name, other.tag) and not base.prefix else self._candidate.image

    def _arguments(self) -> Iterator[str]:
        """ARGs that what is said again uses."""
        kept = [each for each in (*self._before, *self._after) if isinstance(each, _SAID_AGAIN)]
        found = arguments_in(kept, self._before)
        yield from (each.span.of(self._file.text) for each in found if each not in self._numbers)

    def _shell(self) -> Iterator[str]:
        shells = [each for each in self._before if isinstance(each, Shell)]
        if shells and self._candidate.shell:
            yield shells[-1].span.of(self._file.text)

    def _packages(self) -> Iterator[str]:
        """Install, take away again what the build took away, and empty the caches, in one layer."""
        candidate = self._candidate
        options = "-rf" if any(each.deep for each in candidate.removals) else "-f"
        remove = " ".join(("rm", options, *(each.word for each in candidate.removals))) if candidate.removals else ""
        if candidate.installer is None:
            if remove:
                yield f"RUN {remove}"
            return
        commands = [*candidate.installer.commands(candidate.packages, candidate.before_install)]
        if remove.startswith("rm -rf ") and commands[-1].startswith("rm -rf "):
            commands[-1] += remove.removeprefix("rm -rf")
        elif remove:
            commands.append(remove)
        if candidate.care is Care.TOOLS:
            yield "# what is started or loaded is only known at run time: more is installed than the files name"
        if candidate.before_install:
            yield "# scripts of the package expect this directory, which slim images leave out"
        yield self._run(commands)

    def _accounts(self, *, packaged: bool) -> Iterator[str]:
        groups = [each for each in self._split.groups if each.packaged is packaged]
        accounts = [each for each in self._split.accounts if each.packaged is packaged]
        commands = account_commands(groups, accounts, self._candidate.manager, () if packaged else self._split.joined)
        if commands and self._candidate.shell:
            if packaged:
                yield "# with the numbers that they have in the build stage"
            yield from (arg.span.of(self._file.text) for arg in self._numbers)
            yield self._run(commands)

    @property
    def _numbers(self) -> tuple[Arg, ...]:
        return arguments_in_text(number_words(self._split), self._before) if self._candidate.shell else ()

    def _directories(self) -> Iterator[str]:
        commands = directory_commands(self._candidate.shipment.directories, self._split.accounts, self._names)
        if commands:
            yield self._run(commands)

    def _for_installer(self) -> Iterator[str]:
        """What the tool reads that installs packages."""
        installer = self._candidate.installer
        reads = frozenset[str]() if installer is None else named(installer.ecosystem).environment
        for each in self._before:
            text = each.span.of(self._file.text)
            if isinstance(each, Env) and "$" not in text and all(pair.key.raw in reads for pair in each.pairs):
                yield text

    def _environment(self) -> Iterator[str]:
        early = set(self._for_installer())
        found = [(each.span.start, each.span.of(self._file.text)) for each in self._before if isinstance(each, Env)]
        found = [each for each in found if each[1] not in early]
        python = self._split.python
        if self._candidate.python is PythonWay.VENV and python is not None:
            found.append((self._making[python.step].span.start, f"ENV PATH={PLACE}/bin:$PATH"))
        restated = self._inherits.restated()
        if restated:
            found.append((-1, "ENV " + " ".join(f"{name}={_quoted(value)}" for name, value in restated)))
        yield from (text for _, text in sorted(found))

    def _copies(self) -> Iterator[str]:
        if self._candidate.python is PythonWay.VENV:
            yield f"COPY --from={self._name} {PLACE} {PLACE}"
        for copy in self._candidate.shipment.copies:
            chown = "" if copy.owner is None else " --chown=" + ":".join(self._names(copy.owner))
            paths = (*copy.sources, copy.destination)
            blank = any(char in path for path in paths for char in " \t\"'\\$*?[")
            said = json.dumps(paths) if blank else " ".join(paths)
            yield f"COPY --from={self._name}{chown} {said}"

    def _names(self, owner: tuple[int, int]) -> tuple[str, str]:
        """User and group by name where the runtime stage is sure to know them."""
        same_line = Reference.of(self._candidate.image).name == Reference.of(self._stage.from_.image.raw).name
        users, groups = dict(self._split.names), dict(self._split.group_names)
        made = {each.uid for each in self._split.accounts}, {each.gid for each in self._split.groups}
        there = self._candidate.users, self._candidate.groups
        sure = [
            same_line or number in made[side] or (number, names.get(number)) in there[side]
            for side, (number, names) in enumerate(zip(owner, (users, groups), strict=True))
        ]
        user = users.get(owner[0], str(owner[0])) if sure[0] else str(owner[0])
        return user, groups.get(owner[1], str(owner[1])) if sure[1] else str(owner[1])

    def _links(self) -> Iterator[str]:
        links = self._candidate.shipment.links
        commands = [f"ln -s{'fn' if link.replaces else ''} {quote(link.target)} {quote(link.path)}" for link in links]
        commands += self._candidate.refreshes  # ldconfig makes links of its own where there is none
        if commands:
            yield self._run(commands)

    def _workdir(self) -> Iterator[str]:
        own = [each for each in self._before if isinstance(each, Workdir)]
        moved = next((each.path.raw for each in self._after if isinstance(each, Workdir)), "")
        if moved.startswith("/"):
            return  # what follows says it anew
        if own:
            last = own[-1].span.of(self._file.text)
            yield last if own[-1].path.raw.startswith(("/", "$")) else f"WORKDIR {self._workdir_at_cut()}"
        elif self._split.base.workdir not in ("", "/", self._candidate.config.workdir):
            yield f"WORKDIR {self._split.base.workdir}"

    def _state_at_cut(self) -> State:
        states = self._facts[States]
        return states.at(self._after[0]) if self._after else states.at_end[self._stage.index]

    def _workdir_at_cut(self) -> str:
        return posixpath.join(self._split.base.workdir or "/", self._state_at_cut().workdir)

    def _user_at_cut(self) -> str:
        return _who(self._state_at_cut().user or self._split.base.user).partition(":")[0]

    def _kept(self, kind: type[Volume]) -> Iterator[str]:
        return (each.span.of(self._file.text) for each in self._before if isinstance(each, kind))

    def _user(self) -> Iterator[str]:
        own = [each for each in self._before if isinstance(each, User)]
        if any(isinstance(each, User) for each in self._after):
            return
        if own:
            yield own[-1].span.of(self._file.text)
        elif _who(self._split.base.user) != _who(self._candidate.config.user):
            yield f"USER {self._split.base.user or 'root'}"

    def _inherited(self) -> Iterator[str]:
        """What the old base said and the new one does not."""
        base, now = self._split.base, self._candidate.config
        entry = any(isinstance(each, Entrypoint) for each in self._stage.instructions)
        command = any(isinstance(each, Cmd) for each in self._stage.instructions)
        if not entry and base.entrypoint != now.entrypoint:
            if base.entrypoint:
                yield "# what the image of the build stage starts every command with"
            yield f"ENTRYPOINT {json.dumps(base.entrypoint)}"
        if not entry and not command and base.cmd != now.cmd:
            yield f"CMD {json.dumps(base.cmd)}"
        stops = any(isinstance(each, Stopsignal) for each in self._stage.instructions)
        if not stops and base.stop_signal != now.stop_signal:
            yield f"STOPSIGNAL {base.stop_signal or 'SIGTERM'}"

    def _run(self, commands: list[str]) -> str:
        return "RUN " + self._layout.joint().join(commands)


def _who(user: str) -> str:  # an empty one is root
    return "root" if user in ("", "0", "0:0", "root:root") else user


def _quoted(value: str) -> str:
    return value if value and all(char.isalnum() or char in "-_./:=,+@" for char in value) else json.dumps(value)


def _free_name(stages: Stages) -> str:
    taken = {stage.name.lower() for stage in stages if stage.name is not None}
    return next(name for name in ("build", "builder", *(f"build{n}" for n in range(2, 99))) if name not in taken)
