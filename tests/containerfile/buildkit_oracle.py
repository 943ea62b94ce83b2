"""BuildKit's own parser (0.12.5, through the `dockerfile` package) as the judge of our tree."""

from __future__ import annotations

from dataclasses import dataclass, replace

import dockerfile

from optimizer.containerfile.nodes import (
    Add,
    Arg,
    Cmd,
    CommandForm,
    Containerfile,
    Copy,
    Entrypoint,
    Env,
    ExecForm,
    Expose,
    From,
    Healthcheck,
    Instruction,
    Label,
    ListForm,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    Unknown,
    User,
    Volume,
    Workdir,
)


@dataclass(frozen=True)
class Reading:
    """What both readers say of one instruction. `value` is None where ours refuses to read the arguments."""

    keyword: str
    start: int
    end: int
    flags: tuple[str, ...]
    inner: str | None
    json: bool
    value: tuple[str, ...] | None
    heredocs: tuple[tuple[str, str], ...]


def buildkit(text: str) -> list[Reading] | None:
    """BuildKit's reading; None if it refuses the file."""
    try:
        commands = dockerfile.parse_string(text)
    except (dockerfile.GoParseError, UnicodeDecodeError):  # the latter where it cuts a character in two
        return None
    return [
        Reading(
            (command.cmd or "").upper(),
            command.start_line,
            command.end_line,
            command.flags,
            command.sub_cmd.upper() if command.sub_cmd else None,
            command.json,
            command.value,
            tuple((heredoc.name, heredoc.content) for heredoc in command.heredocs),
        )
        for command in commands
    ]


def ours(file: Containerfile) -> list[Reading]:
    """Our reading, in the same terms."""
    return [_reading(file, instruction) for instruction in file.instructions]


def _reading(file: Containerfile, instruction: Instruction) -> Reading:
    inner = instruction.inner if isinstance(instruction, Onbuild) else instruction
    # The package does not hand out the heredocs of an ONBUILD, only the lines they take.
    heredocs = instruction.heredocs if inner is instruction else ()
    flags = tuple(f"--{flag.name}" + ("" if flag.value is None else f"={flag.value}") for flag in instruction.flags)
    return Reading(
        instruction.keyword.upper(),
        file.position(instruction.span.start).line,
        file.position(instruction.span.end).line,
        flags,
        inner.keyword.upper() if inner is not instruction else None,
        _is_json(inner),
        _value(inner),
        tuple((heredoc.name, heredoc.body.of(file.text)) for heredoc in heredocs),
    )


def _is_json(instruction: Instruction) -> bool:
    match instruction:
        case Run(command=form) | Cmd(command=form) | Entrypoint(command=form) | Shell(command=form):
            return isinstance(form, ExecForm)
        case Healthcheck(command=form):
            return isinstance(form, ExecForm)
        case Copy(form=form) | Add(form=form) | Volume(form=form):
            return form is ListForm.JSON
        case _:
            return False


def _command(form: CommandForm) -> tuple[str, ...]:
    return form.argv if isinstance(form, ExecForm) else (form.body.text,)


def _value(instruction: Instruction) -> tuple[str, ...] | None:
    match instruction:
        case Run(command=form) | Cmd(command=form) | Entrypoint(command=form) | Shell(command=form):
            return _command(form)
        case Healthcheck(command=None):
            return ("NONE",)
        case Healthcheck(command=form) if form is not None:
            return ("CMD", *_command(form))
        case From(image=image, alias=None):
            return (image.raw,)
        case From(image=image, alias=alias) if alias is not None:
            return (image.raw, "AS", alias.raw)
        case Copy() | Add():
            return (*(source.raw for source in instruction.sources), instruction.destination.raw)
        case Env(pairs=pairs) | Label(pairs=pairs):
            return tuple(word.raw for pair in pairs for word in (pair.key, pair.value) if word is not None)
        case Arg(pairs=pairs):
            return tuple(pair.key.raw + ("" if pair.value is None else f"={pair.value.raw}") for pair in pairs)
        case Expose(ports=words) | Volume(paths=words):
            return tuple(word.raw for word in words)
        case User(user=word) | Workdir(path=word) | Stopsignal(signal=word) | Maintainer(name=word):
            return (word.raw,)
        case Unknown():
            return None
        case _:
            raise AssertionError(f"no value known for {type(instruction).__name__}")


def disagreement(text: str, file: Containerfile) -> str | None:
    """The first thing BuildKit sees otherwise; None if it agrees or refuses the file.

    BuildKit's parser does not look at arguments as closely as its next stage does, so where our tree says Unknown only
    the boundaries are compared.
    """
    theirs = buildkit(text)
    if theirs is None:
        return None
    mine = ours(file)
    for left, right in zip(mine, theirs, strict=False):
        judge = right
        if left.value is None:
            left, judge = (replace(reading, value=None, json=False, inner=None) for reading in (left, right))
        if replace(left, value=_folded(left)) != replace(judge, value=_folded(judge)):
            return f"ours:     {left}\nBuildKit: {right}"
    if len(mine) != len(theirs):
        return f"ours has {len(mine)} instructions, BuildKit {len(theirs)}"
    return None


def _folded(reading: Reading) -> tuple[str, ...] | None:
    """The value with AS, CMD and NONE in one case."""
    match reading.keyword, reading.value:
        case "FROM", (image, _, alias):
            return (image, "AS", alias)
        case "HEALTHCHECK", (kind, *rest):
            return (kind.upper(), *rest)
        case _, value:
            return value
