"""What was said on the command line, checked for sense and put into types."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import Path

from optimizer.config import Layer
from optimizer.errors import UsageError


class OutputFormat(StrEnum):
    """How the report is written."""

    DIFF = "diff"
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class ColorWhen(StrEnum):
    """When output is coloured."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Proof(Enum):
    """Whether changes are proven."""

    NO = "no"
    """Nothing is built: only changes that are safe without a proof."""
    YES = "yes"


class Action(Enum):
    """What is done with the result."""

    SHOW = "show"
    CHECK = "check"
    WRITE = "write"


class Loudness(Enum):
    """How much is said on standard error."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


@dataclass(frozen=True, slots=True)
class Options:
    """One command line. `layer` is the part that configuration files and the environment may say too."""

    paths: tuple[str, ...]
    action: Action
    proof: Proof
    layer: Layer
    config: Path | None
    format: OutputFormat
    output: Path | None
    color: ColorWhen
    loudness: Loudness


def proof_wanted(action: Action, verify: bool | None) -> Proof:
    """`--verify` or `--no-verify` if given; else only what is written is proven."""
    if verify is None:
        return Proof.YES if action is Action.WRITE else Proof.NO
    return Proof.YES if verify else Proof.NO


def action_wanted(*, write: bool, check: bool) -> Action:
    """What to do; raises UsageError for both."""
    if write and check:
        raise UsageError("--write and --check exclude each other", hint="--check only tells what --write would do")
    if write:
        return Action.WRITE
    return Action.CHECK if check else Action.SHOW


def loudness_wanted(*, quiet: bool, verbose: bool) -> Loudness:
    """How much to say; raises UsageError for both."""
    if quiet and verbose:
        raise UsageError("--quiet and --verbose exclude each other")
    if quiet:
        return Loudness.QUIET
    return Loudness.VERBOSE if verbose else Loudness.NORMAL


def default_format(action: Action) -> OutputFormat:
    """What is written is told; what is only shown is a diff."""
    return OutputFormat.TEXT if action is Action.WRITE else OutputFormat.DIFF


def names(values: list[str]) -> tuple[str, ...] | None:
    """`--select a,b --select c` as names; None if the option was not given."""
    found = tuple(name.strip() for value in values for name in value.split(",") if name.strip())
    return found if values else None


def build_args(values: list[str]) -> tuple[tuple[str, str], ...] | None:
    """`--build-arg KEY=VALUE`; `KEY` alone takes its value from the environment, as builders do."""
    pairs: list[tuple[str, str]] = []
    for value in values:
        key, equals, rest = value.partition("=")
        if not key:
            # The value may be a secret: it is not repeated.
            raise UsageError("--build-arg needs a name before the =", hint="--build-arg KEY=VALUE")
        if equals:
            pairs.append((key, rest))
        elif key in os.environ:
            pairs.append((key, os.environ[key]))
    return tuple(pairs) if values else None


def passthrough(**given: str | list[str] | None) -> tuple[str, ...] | None:
    """Options for the builder as `--name=value`, in the order of the help text; None if none was given."""
    found = [
        f"--{name.replace('_', '-')}={value}"
        for name, values in given.items()
        for value in ([values] if isinstance(values, str) else values or [])
    ]
    return tuple(found) or None
