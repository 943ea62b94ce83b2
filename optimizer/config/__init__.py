"""What the user wants, from four places: defaults ← configuration file ← environment ← options.

Later places win. Lists replace one another; build arguments are joined by name.

A configuration file may come with a stranger's pull request, so it decides nothing that touches the machine: what is
passed through to the builder (`--secret`, `--network`, `--isolation` …) comes from options only, and a context or a
file of checks named by a file that was found by itself must lie inside its repository.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from optimizer.errors import ConfigError, OptimizerError, UsageError
from optimizer.policy import CleanupStyle, MergePolicy, Policy, RuntimeBase

BuildArgs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """What one place says. None: it says nothing about that."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    merge: MergePolicy | None = None
    runtime_base: RuntimeBase | None = None
    cleanup: CleanupStyle | None = None
    context: Path | None = None
    target: str | None = None
    build_args: BuildArgs | None = field(default=None, repr=False)
    passthrough: tuple[str, ...] | None = field(default=None, repr=False)
    smoke: Path | None = None
    jobs: int | None = None
    timeout: float | None = None
    time_rebuild: bool | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for one Containerfile."""

    select: tuple[str, ...] | None = None
    """Names of the passes to run; None: all of them."""
    ignore: tuple[str, ...] = ()
    """Names of passes to leave out, whatever `select` says."""
    merge: MergePolicy = MergePolicy.PAYS
    runtime_base: RuntimeBase = RuntimeBase.OFFICIAL
    cleanup: CleanupStyle = CleanupStyle.PURGE
    context: Path | None = None
    """The build context, absolute; None: the directory that holds the Containerfile."""
    target: str | None = None
    build_args: BuildArgs = field(default=(), repr=False)
    passthrough: tuple[str, ...] = field(default=(), repr=False)
    """Options handed to the builder as they are; may name secrets."""
    smoke: Path | None = None
    """A file of checks, absolute; None: checks are derived from the image."""
    jobs: int | None = None
    """How many Containerfiles are worked on at a time; None: one where something is built, else one a processor."""
    timeout: float = 1800.0
    """Seconds for one build."""
    time_rebuild: bool = False
    """Whether a rebuild after an edit of a source is timed, which takes one more build of each side."""

    @property
    def policy(self) -> Policy:
        """The part that passes may know."""
        return Policy(self.merge, self.cleanup, self.target, self.build_args, runtime_base=self.runtime_base)

    def rules(self, known: tuple[str, ...]) -> frozenset[str] | None:
        """The passes to run by name, None if that is all of `known`."""
        if self.select is None and not self.ignore:
            return None
        return frozenset(known if self.select is None else self.select) - frozenset(self.ignore)


def settings(*layers: Layer) -> Settings:
    """Put layers together, the later ones over the earlier ones."""
    chosen: dict[str, object] = {}
    build_args: dict[str, str] = {}
    for layer in layers:
        for each in fields(Layer):
            value = getattr(layer, each.name)
            if value is not None:
                chosen[each.name] = value
        build_args.update(layer.build_args or ())
    chosen["build_args"] = tuple(build_args.items())
    return Settings(**chosen)  # type: ignore[arg-type]  # the two classes share names and types, a test says so


def load(
    start: Path, options: Layer, environ: Mapping[str, str], passes: tuple[str, ...], named: Path | None = None
) -> Settings:
    """The settings for a Containerfile in the directory `start`.

    `named` is a configuration file that the user named; without it the nearest one is searched upwards from `start` to
    the root of the repository. `passes` are the names that `select` and `ignore` may hold. Raises ConfigError for a
    file or a variable, UsageError for an option.
    """
    from optimizer.config.file import find, read

    place = find(start) if named is None else named
    layers: list[Layer] = []
    if place is not None:
        layers.append(read(place, passes, trusted=named is not None))
    layers += [_environment(environ, passes), options]
    for kind, names in (("--select", options.select), ("--ignore", options.ignore)):
        check_passes(names or (), passes, UsageError(kind))
    return settings(*layers)


def check_passes(names: tuple[str, ...], known: tuple[str, ...], error: OptimizerError) -> None:
    """Raise an error like `error`, which says where the names stand, if one of them is no pass."""
    for name in names:
        if name not in known:
            raise type(error)(
                f"{error.message}: no such pass: {name!r}", hint=did_you_mean(name, known), path=error.path, at=error.at
            )


def did_you_mean(name: str, known: tuple[str, ...]) -> str:
    """A hint: the nearest of the known names, or all of them."""
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(known) or 'nothing'}"


_PREFIX = "OPTIMIZE_"
_VARIABLES = ("SELECT", "IGNORE", "MERGE", "CLEANUP", "RUNTIME_BASE", "CONTEXT", "TARGET", "SMOKE", "JOBS", "TIMEOUT")


def _environment(environ: Mapping[str, str], passes: tuple[str, ...]) -> Layer:
    given = {name.removeprefix(_PREFIX): value for name, value in environ.items() if name.startswith(_PREFIX) and value}
    for name in sorted(given):
        # Other programs use this prefix too: only what looks like a slip of the pen is an error.
        if name not in _VARIABLES and (near := get_close_matches(name, _VARIABLES, n=1, cutoff=0.75)):
            raise ConfigError(f"unknown variable {_PREFIX}{name}", hint=f"did you mean {_PREFIX}{near[0]}?")
    for name in ("SELECT", "IGNORE"):
        check_passes(_names(given.get(name)) or (), passes, ConfigError(_PREFIX + name))
    return Layer(
        select=_names(given.get("SELECT")),
        ignore=_names(given.get("IGNORE")),
        merge=_choice("MERGE", given.get("MERGE"), MergePolicy),
        runtime_base=_choice("RUNTIME_BASE", given.get("RUNTIME_BASE"), RuntimeBase),
        cleanup=_choice("CLEANUP", given.get("CLEANUP"), CleanupStyle),
        context=_path(given.get("CONTEXT")),
        target=given.get("TARGET"),
        smoke=_path(given.get("SMOKE")),
        jobs=_number("JOBS", given.get("JOBS"), int),
        timeout=_number("TIMEOUT", given.get("TIMEOUT"), float),
    )


def _names(value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(name.strip() for name in value.split(",") if name.strip())


def _path(value: str | None) -> Path | None:
    return None if value is None else Path(value).absolute()


ChoiceT = TypeVar("ChoiceT", MergePolicy, RuntimeBase, CleanupStyle)


def _choice(name: str, value: str | None, kind: type[ChoiceT]) -> ChoiceT | None:
    if value is None:
        return None
    try:
        return kind(value)
    except ValueError:
        choices = tuple(each.value for each in kind)
        raise ConfigError(f"{_PREFIX}{name}: no such policy: {value!r}", hint=did_you_mean(value, choices)) from None


NumberT = TypeVar("NumberT", int, float)


def _number(name: str, value: str | None, kind: type[NumberT]) -> NumberT | None:
    if value is None:
        return None
    try:
        number = kind(value)
    except ValueError:
        raise ConfigError(f"{_PREFIX}{name}: not a number: {value!r}") from None
    if not 0 < number < float("inf"):
        raise ConfigError(f"{_PREFIX}{name}: must be greater than 0: {value!r}")
    return number
