"""Start the program itself where CMD has a shell start it. Page: `golden/exec_form/README.md`."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator
from enum import unique

from optimizer.containerfile.nodes import Cmd, Containerfile, Entrypoint, Instruction, PartKind, ShellForm
from optimizer.facts import Facts
from optimizer.facts.shipping import Shipping
from optimizer.facts.states import States
from optimizer.passes._project import lineage
from optimizer.passes.base import rewrite
from optimizer.proposal import (
    Contract,
    Declined,
    Finding,
    Proposal,
    Refusal,
    Respelled,
    Safety,
    TraceRelation,
)
from optimizer.shell.dialect import Dialect, interpreter
from optimizer.shell.programs import BUILTINS
from optimizer.shell.query import plain_words
from optimizer.shell.reader import read
from optimizer.text import Edit, Span

_NAME = "exec_form"


@unique
class Why(Refusal):
    """Why CMD keeps its shell."""

    SHELL = "the shell does more than start one program with words that are known"
    BUILTIN = "it starts what may be a part of the shell and no program"
    STARTUP = "the shell is no plain one: it reads start-up files, or is not known"
    ENTRYPOINT = "an entry point takes the words of CMD as its arguments"
    ARGUMENTS = "ENTRYPOINT in shell form ignores arguments, in the other form it would take them"


@rewrite(weakest=Safety.NEEDS_PROOF, refuses=Why, codes=("DL3025",))
def exec_form(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Start the program itself where CMD has a shell start it, so that it gets the signals."""
    shipping = facts[Shipping]
    if shipping.target is None:
        return
    stage = shipping.stages.stages[shipping.target]
    lines = [each for above in lineage(stage, facts) for each in reversed(above.instructions)]
    entry = next((each for each in lines if isinstance(each, Entrypoint)), None)
    if entry is not None and isinstance(entry.command, ShellForm):
        yield Declined(_NAME, entry.span, Why.ARGUMENTS)
        return
    cmd = next((each for each in lines if isinstance(each, Cmd)), None)
    if cmd is None or not isinstance(cmd.command, ShellForm):
        return
    reason = Why.ENTRYPOINT if entry is not None else _why_not(cmd, cmd.command, facts)
    yield _proposal(cmd, cmd.command, facts) if reason is None else Declined(_NAME, cmd.span, reason)


def _why_not(cmd: Instruction, form: ShellForm, facts: Facts) -> Why | None:
    shell = interpreter(facts[States].at(cmd).shell)
    if shell.startup or shell.dialect is Dialect.NOT_A_SHELL:
        return Why.STARTUP
    found = plain_words(read(form.body.text))
    if not found or any(part.kind is not PartKind.TEXT for part in cmd.parts) or not "".join(found).isprintable():
        return Why.SHELL
    return Why.BUILTIN if posixpath.basename(found[0]) in BUILTINS else None


def _proposal(cmd: Instruction, form: ShellForm, facts: Facts) -> Proposal:
    text = form.body.text
    words = plain_words(read(text)) or ()
    place = form.body.source(Span(len(text) - len(text.lstrip()), len(text.rstrip())))
    shell = facts[States].at(cmd).shell
    return Proposal(
        _NAME,
        cmd.span,
        "start the program without a shell",
        "a shell between the container and the program may not pass on the signal to stop",
        (Edit(place, json.dumps(list(words), ensure_ascii=False)),),
        Safety.NEEDS_PROOF,
        Contract(TraceRelation.RESPELLED, commands=frozenset({Respelled((*shell, text.strip()), tuple(words))})),
    )
