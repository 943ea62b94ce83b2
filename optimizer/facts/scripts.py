"""The shell in every RUN, read once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from optimizer.containerfile.nodes import ExecForm, Run, ShellForm
from optimizer.facts import Facts
from optimizer.facts.states import States
from optimizer.shell.dialect import interpreter
from optimizer.shell.nodes import Script
from optimizer.shell.reader import read


@dataclass(frozen=True, slots=True)
class Scripts:
    """Scripts of RUNs in shell form without here-document, by place. Spans are offsets into the logical body.

    A RUN that begins with a whole JSON array and goes on behind it is left out: BuildKit before July 2024 took it for
    the JSON form, later ones take it for a command line.
    """

    by_start: Mapping[int, Script]

    @classmethod
    def derive(cls, facts: Facts) -> Self:
        """Read all of them."""
        states = facts[States]
        found: dict[int, Script] = {}
        for run in facts.file.instructions:
            if not isinstance(run, Run) or run.span.start not in states.before:
                continue
            match run.command:
                case ShellForm(body=body) if not run.heredocs and not _begins_as_json(body.text):
                    found[run.span.start] = read(body.text, interpreter(states.at(run).shell).dialect)
                case ShellForm() | ExecForm():
                    continue
        return cls(MappingProxyType(found))

    def of(self, run: Run) -> Script | None:
        """The script of a RUN; None in JSON form and for here-documents."""
        return self.by_start.get(run.span.start)


def _begins_as_json(text: str) -> bool:
    try:
        value, _ = json.JSONDecoder().raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return False
    return isinstance(value, list)
