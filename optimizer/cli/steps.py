"""What happens in which order: find, work, report. The exit code is that of the worst file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import optimizer
from optimizer.cli.app import Explain
from optimizer.cli.console import Console
from optimizer.cli.find import find
from optimizer.cli.options import Action, Loudness, Options, OutputFormat, Proof
from optimizer.cli.progress import progresses
from optimizer.cli.work import PASSES, Worker
from optimizer.config import load
from optimizer.errors import Exit
from optimizer.output import replace_file
from optimizer.passes import PIPELINE
from optimizer.report import diff
from optimizer.report.entry import Done, Entry, Failed
from optimizer.report.paint import Colour
from optimizer.report.text import Detail, Style, text
from optimizer.text import encode

if TYPE_CHECKING:
    from optimizer.cli.prove import Workshop


def run(options: Options, console: Console, arguments: Sequence[str]) -> Exit:
    """Do what was asked. `arguments` is the command line, for the same program in another user namespace.

    Raises OptimizerError for what concerns no single file.
    """
    # Checked first: a wrong option is wrong for every file.
    jobs = load(console.root, options.layer, os.environ, PASSES, options.config).jobs
    found = find(options.paths, console.root)
    with ExitStack() as stack:
        workshop: Workshop | None = None
        if options.proof is Proof.YES and any(isinstance(each, Path) for each in found):
            from optimizer.cli.prove import workshop as open_workshop

            workshop = stack.enter_context(open_workshop(arguments))
        loudness = options.loudness if workshop is not None else Loudness.QUIET
        shown = stack.enter_context(progresses(console, loudness))
        entries = Worker(options, console.root, workshop, shown).all(found, jobs)
    code = Exit.OK
    for entry in entries:
        code = max(code, weight(entry, options.action))
        if isinstance(entry, Failed):
            console.error(entry.error, entry.name)
    _report(entries, options, console, code)
    return code


def explain(request: Explain, console: Console) -> Exit:
    """Show the page of a pass, drawn on a terminal, as it is in a pipe; without a name, the passes.

    Raises UsageError for a name that no pass has.
    """
    from optimizer.report.pages import find as find_page

    if request.name is None:
        widest = max(map(len, PASSES), default=0)
        console.data("".join(f"{each.name:{widest}}  {each.summary}\n" for each in PIPELINE))
        return Exit.OK
    page = find_page(request.name, PASSES)
    if console.out is Colour.ON:
        from rich.console import Console as RichConsole
        from rich.markdown import Markdown

        rich = RichConsole(width=console.width, force_terminal=True, legacy_windows=False)
        with rich.capture() as capture:
            rich.print(Markdown(page))
        page = capture.get()
    console.data(page)
    return Exit.OK


def weight(entry: Entry, action: Action) -> Exit:
    """The exit code of one file."""
    match entry:
        case Failed(error=error):
            return error.exit_code
        case Done(outcome=outcome, code=code):
            return max(code, Exit.WOULD_CHANGE) if action is Action.CHECK and outcome.changed else code


def _report(entries: Sequence[Entry], options: Options, console: Console, code: Exit) -> None:
    colour = console.out if options.output is None else Colour.OFF
    shown = _formatted(entries, options, console, colour, code)
    if options.output is not None:
        replace_file(options.output, encode(shown))
    else:
        console.data(shown)
    if options.format is OutputFormat.DIFF and options.loudness is not Loudness.QUIET:
        said = text(_done(entries), _style(options, console, console.err))
        # On a terminal, the diff and what is said about it follow one another.
        console.say(f"\n{said}" if shown and said and console.out is Colour.ON else said)


def _formatted(entries: Sequence[Entry], options: Options, console: Console, colour: Colour, code: Exit) -> str:
    match options.format:
        case OutputFormat.DIFF:
            return _diffs(entries, colour)
        case OutputFormat.TEXT:
            # What failed was told on standard error; in between others it has its place here too.
            told = entries if any(isinstance(entry, Done) for entry in entries) else ()
            return text(told, _style(options, console, colour))
        case OutputFormat.JSON:
            from optimizer.report import json

            return json.to_json(json.report(entries, optimizer.__version__, code))
        case OutputFormat.MARKDOWN:
            from optimizer.report import markdown

            return markdown.page(entries)


def _diffs(entries: Sequence[Entry], colour: Colour) -> str:
    lines = diff.of_entries(_done(entries))
    return diff.coloured(lines) if colour is Colour.ON else diff.plain(lines)


def _done(entries: Sequence[Entry]) -> Iterator[Done]:
    return (entry for entry in entries if isinstance(entry, Done))


def _style(options: Options, console: Console, colour: Colour) -> Style:
    detail = Detail.FULL if options.loudness is Loudness.VERBOSE else Detail.BRIEF
    return Style(console.width, colour, detail)
