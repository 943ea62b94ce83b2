"""Writes several RUNs as one. Whether that is right is asked elsewhere: `merge_runs.why_apart`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from optimizer.containerfile.nodes import PartKind, Run, ShellForm
from optimizer.facts import Facts
from optimizer.facts.layout import Layout
from optimizer.facts.scripts import Scripts
from optimizer.facts.shipping import Shipping
from optimizer.passes._idle_cleanup import whole
from optimizer.shell.effects import Leak, leaks
from optimizer.shell.nodes import Joint, Pipeline, Script
from optimizer.shell.query import and_list
from optimizer.text import Edit, Span, apply, cut, insert


def joining(
    chain: Sequence[Run], facts: Facts, inside: Sequence[Edit] = (), grouped: Sequence[Run] = ()
) -> Iterator[Edit]:
    """The edits that make one RUN of several, written as the first of them is. Where other instructions stand between
    two of them, what stands above moves down to the next RUN, with its comments and with the edits `inside` it. Those
    that are `grouped` get a subshell though they need none."""
    text = facts.file.text
    for run in chain:
        if run in grouped or needs_subshell(run, chain, facts):
            yield insert(body(run, facts).start, "( ")
            yield Edit(_end(run, chain, facts), " )")
    layout = facts[Layout].of(chain[0], text)
    *moved, last = _neighbours(chain, facts)
    for group in moved:
        yield insert(last[0].span.start, "".join(line + facts.file.newline for line in _above(group[0], facts)))
        yield insert(body(last[0], facts).start, _written(group, layout, facts, inside) + layout.joint())
        yield from (cut(whole(run, facts.file)) for run in group)
    for first, second in pairwise(last):
        told = comments(second, text) if second is chain[-1] else _told(second, facts)
        yield Edit(Span(body(first, facts).end, body(second, facts).start), layout.joint(tuple(told)))
    if last[0] is not chain[-1] and (told_behind := behind(last[0], facts)) is not None:
        yield insert(last[0].span.start, told_behind + facts.file.newline)
    away = [body(run, facts) for group in moved for run in group]
    yield from (edit for edit in inside if not any(span.contains(edit.span) for span in away))


def _end(run: Run, chain: Sequence[Run], facts: Facts) -> Span:
    """Where a subshell is closed; at the end of the chain it needs no `;` behind it any more."""
    script = facts[Scripts].of(run)
    assert isinstance(run.command, ShellForm) and script is not None
    at = body(run, facts).end
    last = script.body.items[-1]
    if run is not chain[-1] or last.joint is not Joint.SEMICOLON:
        return Span(at, at)
    return Span(at, run.command.body.source(last.operator).end)


def needs_subshell(run: Run, chain: Sequence[Run], facts: Facts) -> bool:
    """Whether it would leak into what follows, or run though what stands before it failed."""
    script = facts[Scripts].of(run)
    assert script is not None
    leaking = leaks(script) - {Leak.COMMENT}
    return (run is not chain[-1] and bool(leaking)) or (run is not chain[0] and one_list(script) is None)


def _neighbours(chain: Sequence[Run], facts: Facts) -> list[list[Run]]:
    """The RUNs in groups of which nothing stands between."""
    stage = facts[Shipping].stages.stage_of(chain[0])
    assert stage is not None
    place = {each.span.start: at for at, each in enumerate(stage.instructions)}
    groups = [[chain[0]]]
    for first, second in pairwise(chain):
        if place[second.span.start] - place[first.span.start] == 1:
            groups[-1].append(second)
        else:
            groups.append([second])
    return groups


def _written(group: Sequence[Run], layout: Layout, facts: Facts, inside: Sequence[Edit]) -> str:
    """Neighbouring RUNs as one command line."""
    text = facts.file.text
    pieces = [_edited(body(group[0], facts), text, inside)]
    for run in group[1:]:
        pieces += [layout.joint(tuple(_told(run, facts))), _edited(body(run, facts), text, inside)]
    return "".join(pieces)


def _edited(span: Span, text: str, edits: Sequence[Edit]) -> str:
    own = [edit for edit in edits if span.contains(edit.span)]
    return apply(span.of(text), [Edit(edit.span.shift(-span.start), edit.replacement) for edit in own])


def _above(run: Run, facts: Facts) -> list[str]:
    """The comment lines directly above a RUN, and the comment behind it."""
    lines = run.leading.of(facts.file.text).splitlines()
    while lines and lines[-1].strip():
        lines.pop()
    told = behind(run, facts)
    return run.leading.of(facts.file.text).splitlines()[len(lines) :] + ([] if told is None else [told])


def _told(run: Run, facts: Facts) -> list[str]:
    """All comments of a RUN that does not end the chain: what stood behind it stands above it now."""
    told = behind(run, facts)
    return comments(run, facts.file.text) + ([] if told is None else [told])


def comments(second: Run, text: str) -> list[str]:
    """The comment lines above the second RUN and between its keyword and its first command, without indentation."""
    above = [line.strip() for line in second.leading.of(text).splitlines()]
    assert isinstance(second.command, ShellForm)
    logical = second.command.body
    start = logical.at(len(logical.text) - len(logical.text.lstrip()))
    inside = [
        part.span.of(text).strip() for part in second.parts if part.kind is PartKind.COMMENT and part.span.end <= start
    ]
    return [line for line in (*above, *inside) if line.startswith("#")]


def body(run: Run, facts: Facts) -> Span:
    """Where the command line stands in the source, without a last `;`, a comment and the blanks around it."""
    assert isinstance(run.command, ShellForm)
    script = facts[Scripts].of(run)
    logical = run.command.body
    start = len(logical.text) - len(logical.text.lstrip())
    end = script.body.items[-1].pipeline.span.end if script is not None and script.body.items else start
    return logical.source(Span(start, end))


def behind(run: Run, facts: Facts) -> str | None:
    """The comment at the end of the last line; None if there is none, or if there are others too."""
    script = facts[Scripts].of(run)
    if script is None or not script.body.items or len(script.comments) != 1 or not isinstance(run.command, ShellForm):
        return None
    (comment,) = script.comments
    if comment.span.start < script.body.items[-1].pipeline.span.end:
        return None
    told = run.command.body.source(comment.span).of(facts.file.text).rstrip()
    return None if "\n" in told else told


def one_list(script: Script) -> tuple[Pipeline, ...] | None:
    """The pipelines of `a && b && c`, with or without a last `;`."""
    items = script.body.items
    if items and items[-1].joint is Joint.SEMICOLON:
        items = (*items[:-1], replace(items[-1], joint=Joint.END))
    return and_list(replace(script, body=replace(script.body, items=items)))
