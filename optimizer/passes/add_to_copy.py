"""Say COPY where ADD does nothing more. Page: `golden/add_to_copy/README.md`."""

from __future__ import annotations

from collections.abc import Iterator
from enum import unique

from optimizer.containerfile.globs import has_wildcard, matcher
from optimizer.containerfile.nodes import Add, Containerfile, ListForm, Onbuild, Word
from optimizer.containerfile.stages import stages
from optimizer.containerfile.words import BadSubstitution, expand, variables
from optimizer.context import normal
from optimizer.facts import Facts
from optimizer.facts.archives import Unpacking, of_context, of_name
from optimizer.passes.base import rewrite
from optimizer.proposal import Contract, Declined, Finding, Proposal, Refusal, Safety, TraceRelation
from optimizer.text import Edit, Span

_NAME = "add_to_copy"

_SHARED = frozenset({"chown", "chmod", "link", "exclude"})
"""Flags that mean the same to COPY."""

_VARIABLE = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands for the value of a variable, which may be anything."""


@unique
class Why(Refusal):
    """Why an ADD stays one."""

    REMOTE = "a source is fetched from elsewhere, which COPY cannot do"
    ARCHIVE = "a source is an archive, or is named like one, and ADD unpacks it"
    VARIABLE = "what a variable holds decides whether a source is an address or an archive"
    UNKNOWN = "a source is not in the context, and its name does not tell whether it is an archive"
    FLAG = "a flag asks for what only ADD does"
    ONBUILD = "it takes from the context of another build, and the trigger is part of the image's configuration"


@rewrite(weakest=Safety.SAFE, refuses=Why, codes=("DL3020",))
def add_to_copy(file: Containerfile, facts: Facts) -> Iterator[Finding]:
    """Say COPY where ADD neither fetches nor unpacks anything."""
    for stage in stages(file):
        for instruction in stage.instructions:
            match instruction:
                case Add():
                    reason = _why_not(instruction, facts)
                    yield _proposal(instruction) if reason is None else Declined(_NAME, instruction.span, reason)
                case Onbuild(inner=Add()):
                    yield Declined(_NAME, instruction.span, Why.ONBUILD)
                case _:
                    continue


def _proposal(add: Add) -> Proposal:
    start = add.span.start
    return Proposal(
        _NAME,
        add.span,
        "say COPY instead of ADD",
        "it only copies; ADD would also unpack a source that became an archive",
        (Edit(Span(start, start + len(add.keyword)), _in_case_of(add.keyword)),),
        Safety.SAFE,
        Contract(TraceRelation.COPIED),
    )


def _in_case_of(keyword: str) -> str:
    """COPY as the file writes its keywords."""
    if keyword.islower():
        return "copy"
    return "Copy" if keyword.istitle() else "COPY"


def _why_not(add: Add, facts: Facts) -> Why | None:
    if any(flag.name not in _SHARED for flag in add.flags):
        return Why.FLAG
    found = {reason for word in add.sources if (reason := _of_source(word, add.form, facts)) is not None}
    return next((reason for reason in Why if reason in found), None)


def _of_source(word: Word, form: ListForm, facts: Facts) -> Why | None:
    """What speaks against one source; None if it is certain that ADD only copies it."""
    if word.raw.startswith("<<") and form is ListForm.PLAIN:
        return None
    escape = facts.file.escape
    names = variables(word.raw, escape)
    try:
        value = expand(word.raw, dict.fromkeys(names, _VARIABLE), escape)
    except BadSubstitution:
        return Why.VARIABLE
    if _is_remote(value):
        return Why.REMOTE
    if names:
        return None if _is_certain(word.raw, value) else Why.VARIABLE
    return _of_unpacking(_unpacking(value, facts))


def _is_remote(value: str) -> bool:
    """Whether a builder takes it for an address (BuildKit: URLs, `user@host:path`, `github.com/…`)."""
    host = value.partition("/")[0]
    return "://" in value or ("@" in host and ":" in host) or value.startswith("github.com/")


def _is_certain(raw: str, value: str) -> bool:
    """Whether no value of its variables makes it an address or an archive: it begins with a local directory and ends in
    a harmless name."""
    start, _, _ = value.partition(_VARIABLE)
    rest = value.rpartition(_VARIABLE)[2]
    plain = raw.count("$") == value.count(_VARIABLE)
    return plain and "/" in start and "." in rest and of_name(f"x{rest}") is Unpacking.NEVER


def _unpacking(source: str, facts: Facts) -> Unpacking:
    """What ADD does with a source: the most that it does with any path it matches."""
    path = normal(source)
    context = facts.context
    if not has_wildcard(path):
        known = context is not None and context.get(path) is not None
        return of_context(context, path) if known else of_name(source)
    test = matcher(path)
    if test is None:
        return Unpacking.UNKNOWN
    found = {of_context(context, entry.path) for entry in (context.entries() if context else ()) if test(entry.path)}
    if not found:
        return _of_pattern(path)
    return next((each for each in (Unpacking.MAYBE, Unpacking.UNKNOWN) if each in found), Unpacking.NEVER)


def _of_pattern(path: str) -> Unpacking:
    """What a pattern tells that matches nothing: only a plain ending says something of all names."""
    _, dot, ending = path.rpartition(".")
    return of_name(f"x.{ending}") if dot and not has_wildcard(ending) and "/" not in ending else Unpacking.UNKNOWN


def _of_unpacking(unpacking: Unpacking) -> Why | None:
    match unpacking:
        case Unpacking.NEVER:
            return None
        case Unpacking.MAYBE:
            return Why.ARCHIVE
        case Unpacking.UNKNOWN:
            return Why.UNKNOWN
