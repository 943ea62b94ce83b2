"""Writes several RUNs as one. Whether that is right is asked elsewhere: `merge_runs.why_apart`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from optimizer.containerfile.nodes import PartKind, Run, ShellForm
from optimizer.facts import Facts
from optimizer.facts.layout import Layout
from optimizer.facts.scripts import Scripts
from optimizer.facts.shipping import Shipping
from optimizer.passes._idle_cleanup import whole
from optimizer.shell.effects import leaks
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
            yield insert(body(run).start, "( ")
            yield insert(body(run).end, " )")
    layout = facts[Layout].of(chain[0], text)
    *moved, last = _neighbours(chain, facts)
    for group in moved:
        yield insert(last[0].span.start, "".join(line + facts.file.newline for line in _above(group[0], text)))
        yield insert(body(last[0]).start, _written(group, layout, facts, inside) + layout.joint())
        yield from (cut(whole(run, facts.file)) for run in group)
    for first, second in pairwise(last):
        yield Edit(Span(body(first).end, body(second).start), layout.joint(tuple(comments(second, text))))
    away = [body(run) for group in moved for run in group]
    yield from (edit for edit in inside if not any(span.contains(edit.span) for span in away))


def needs_subshell(run: Run, chain: Sequence[Run], facts: Facts) -> bool:
    """Whether it would leak into what follows, or run though what stands before it failed."""
    script = facts[Scripts].of(run)
    assert script is not None
    return (run is not chain[-1] and bool(leaks(script))) or (run is not chain[0] and and_list(script) is None)


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
    pieces = [_edited(body(group[0]), text, inside)]
    for run in group[1:]:
        pieces += [layout.joint(tuple(comments(run, text))), _edited(body(run), text, inside)]
    return "".join(pieces)


def _edited(span: Span, text: str, edits: Sequence[Edit]) -> str:
    own = [edit for edit in edits if span.contains(edit.span)]
    return apply(span.of(text), [Edit(edit.span.shift(-span.start), edit.replacement) for edit in own])


def _above(run: Run, text: str) -> list[str]:
    """The comment lines directly above a RUN."""
    lines = run.leading.of(text).splitlines()
    while lines and lines[-1].strip():
        lines.pop()
    return run.leading.of(text).splitlines()[len(lines) :]


def comments(second: Run, text: str) -> list[str]:
    """The comment lines above the second RUN and between its keyword and its first command, without indentation."""
    above = [line.strip() for line in second.leading.of(text).splitlines()]
    start = body(second).start
    inside = [
        part.span.of(text).strip() for part in second.parts if part.kind is PartKind.COMMENT and part.span.end <= start
    ]
    return [line for line in (*above, *inside) if line.startswith("#")]


def body(run: Run) -> Span:
    """Where the command line stands in the source, without the blanks around it."""
    assert isinstance(run.command, ShellForm)
    logical = run.command.body
    text = logical.text
    return logical.source(Span(len(text) - len(text.lstrip()), max(len(text.rstrip()), len(text) - len(text.lstrip()))))
