"""The options of `optimize`. Reading a command line does nothing but say what is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer

import optimizer
from optimizer.cli import options as given
from optimizer.cli.options import ColorWhen, Options, OutputFormat
from optimizer.config import Layer
from optimizer.errors import Exit, UsageError
from optimizer.policy import CleanupStyle, MergePolicy, RuntimeBase

NAME = "optimize"
_CONTEXT = {"help_option_names": ["-h", "--help"]}

# Without markup typer writes plain help: half as long as in boxes, and rich need not be imported.
_optimize = typer.Typer(add_completion=False, rich_markup_mode=None)
_explain = typer.Typer(add_completion=False, rich_markup_mode=None)


@dataclass(frozen=True, slots=True)
class Explain:
    """Show the page of a pass, or which passes there are."""

    name: str | None
    color: ColorWhen


Request = Options | Explain | Exit


def parse(arguments: Sequence[str]) -> Request:
    """What a command line asks for; an Exit when it asked for help or the version, which were shown.

    Raises UsageError.
    """
    try:
        if arguments and arguments[0] == "explain":
            found = _explain(list(arguments[1:]), prog_name=f"{NAME} explain", standalone_mode=False)
        else:
            found = _optimize(list(arguments), prog_name=NAME, standalone_mode=False)
    except typer.TyperException as error:
        message = " ".join(error.format_message().split()).rstrip(".")
        raise UsageError(f"{message[:1].lower()}{message[1:]}", hint=f"{NAME} --help lists the options") from None
    return found if isinstance(found, Options | Explain) else Exit.OK


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{NAME} {optimizer.__version__}")
        raise typer.Exit


ValueT = TypeVar("ValueT")
_List = list[str] | None
_Text = str | None


def _option(*names: str, help: str, metavar: str | None = None, least: int | None = None) -> typer.models.OptionInfo:
    """An option that changes nothing unless it is given; its help says what holds otherwise."""
    made: typer.models.OptionInfo = typer.Option(*names, help=help, metavar=metavar, min=least, show_default=False)
    return made


@_optimize.command(
    context_settings=_CONTEXT,
    epilog="Exit codes: 0 shown, written or nothing to do; 1 --check and would change; 2 usage, configuration, "
    "reading or writing; 3 not proven, nothing written; 4 the original does not build. Of several the highest.",
)
def _command(
    paths: Annotated[_List, typer.Argument(metavar="[PATH]...", hidden=True)] = None,
    write: Annotated[bool, _option("-w", "--write", help="Prove, then write the files.")] = False,
    check: Annotated[bool, _option("--check", help="Exit with 1 if anything would change.")] = False,
    verify: Annotated[
        bool | None,
        _option("--verify/--no-verify", help="Build before and after, compare, run and measure. Default: with -w."),
    ] = None,
    select: Annotated[_List, _option("--select", metavar="PASS,...", help="Only these passes.")] = None,
    ignore: Annotated[_List, _option("--ignore", metavar="PASS,...", help="Not these passes.")] = None,
    merge: Annotated[
        MergePolicy | None, _option("--merge", help="RUNs to join: where it pays (default), all or none.")
    ] = None,
    runtime_base: Annotated[
        RuntimeBase | None, _option("--runtime-base", help="Bases of runtime stages: official (default) or distroless.")
    ] = None,
    cleanup: Annotated[
        CleanupStyle | None, _option("--cleanup", help="Caches: empty them (purge, default) or mount them.")
    ] = None,
    config: Annotated[
        Path | None, _option("--config", metavar="FILE", help="Configuration. Default: the nearest file.")
    ] = None,
    output_format: Annotated[
        OutputFormat | None,
        _option("--output-format", metavar="FORMAT", help="diff, text, json or markdown. Default: diff; with -w text."),
    ] = None,
    output: Annotated[Path | None, _option("-o", "--output", metavar="FILE", help="Report into a file.")] = None,
    color: Annotated[
        ColorWhen, _option("--color", metavar="WHEN", help="auto (default), always or never.")
    ] = ColorWhen.AUTO,
    quiet: Annotated[bool, _option("-q", "--quiet", help="Only data and errors.")] = False,
    verbose: Annotated[bool, _option("-v", "--verbose", help="Refusals, checks and build steps too.")] = False,
    context: Annotated[
        Path | None, _option("--context", metavar="DIR", help="Build context. Default: where the Containerfile is.")
    ] = None,
    target: Annotated[_Text, _option("--target", metavar="STAGE", help="Stage to build. Default: the last.")] = None,
    build_arg: Annotated[
        _List, _option("--build-arg", metavar="KEY=VALUE", help="Value for an ARG (repeatable).")
    ] = None,
    smoke: Annotated[
        Path | None, _option("--smoke", metavar="FILE", help="Checks, in the format of container-structure-test.")
    ] = None,
    timeout: Annotated[
        float | None, _option("--timeout", metavar="SECONDS", help="For one build (1800).", least=1)
    ] = None,
    jobs: Annotated[
        int | None, _option("-j", "--jobs", metavar="N", help="Files at a time. Default: 1 with a proof.", least=1)
    ] = None,
    time_rebuild: Annotated[bool, _option("--time-rebuild", help="Measure a rebuild after an edit too.")] = False,
    secret: Annotated[_List, _option("--secret", metavar="id=ID,src=FILE", help="For the builder.")] = None,
    ssh: Annotated[_List, _option("--ssh", metavar="ID[=SOCKET]", help="For the builder.")] = None,
    build_context: Annotated[_List, _option("--build-context", metavar="NAME=PLACE", help="For the builder.")] = None,
    platform: Annotated[_Text, _option("--platform", metavar="OS/ARCH", help="For the builder.")] = None,
    network: Annotated[_Text, _option("--network", metavar="MODE", help="For the builder.")] = None,
    pull: Annotated[_Text, _option("--pull", metavar="POLICY", help="For the builder.")] = None,
    authfile: Annotated[_Text, _option("--authfile", metavar="FILE", help="For the builder.")] = None,
    isolation: Annotated[_Text, _option("--isolation", metavar="KIND", help="For the builder.")] = None,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.", show_default=False)
    ] = False,
) -> Options:
    """Make Containerfiles smaller and faster to rebuild, and prove it.

    PATH is a Containerfile, a directory to search, or - for standard input; by default ./Containerfile, else
    ./Dockerfile. The changes are shown as a diff on standard output, the reasons on standard error.

    Options of the builder are handed to it as they are. What a pass does is told by: optimize explain PASS
    """
    action = given.action_wanted(write=write, check=check)
    return Options(
        paths=tuple(paths or ()),
        action=action,
        proof=given.proof_wanted(action, verify),
        layer=Layer(
            select=given.names(select or []),
            ignore=given.names(ignore or []),
            merge=merge,
            runtime_base=runtime_base,
            cleanup=cleanup,
            context=None if context is None else context.absolute(),
            target=target,
            build_args=given.build_args(build_arg or []),
            passthrough=given.passthrough(
                secret=secret,
                ssh=ssh,
                build_context=build_context,
                platform=platform,
                network=network,
                pull=pull,
                authfile=authfile,
                isolation=isolation,
            ),
            smoke=None if smoke is None else smoke.absolute(),
            jobs=jobs,
            timeout=timeout,
            time_rebuild=time_rebuild or None,
        ),
        config=config,
        format=output_format or given.default_format(action),
        output=output,
        color=color,
        loudness=given.loudness_wanted(quiet=quiet, verbose=verbose),
    )


@_explain.command(context_settings=_CONTEXT)
def _page(
    name: Annotated[str | None, typer.Argument(metavar="[PASS]", hidden=True)] = None,
    color: Annotated[
        ColorWhen, _option("--color", metavar="WHEN", help="auto (default), always or never.")
    ] = ColorWhen.AUTO,
) -> Explain:
    """Show the page of a pass: what it does, when that is safe, what it refuses, and on what sources that rests.

    Without a name, list the passes.
    """
    return Explain(name, color)
