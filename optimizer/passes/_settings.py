"""Instructions that only set something: they neither read nor write files, and no directory means anything to them."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.containerfile.nodes import (
    Arg,
    Cmd,
    Entrypoint,
    Env,
    Expose,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Stopsignal,
    User,
)

SETTINGS = (Arg, Cmd, Entrypoint, Env, Expose, Healthcheck, Label, Maintainer, Stopsignal, User)

NOT_FOR_BUILDS = Expose | Label | Stopsignal | Healthcheck | Entrypoint | Cmd | Onbuild | Maintainer
"""What has no effect on the build of its own stage."""


def not_for_builds(instructions: Iterable[Instruction]) -> tuple[Instruction, ...]:
    """Those that a stage which only builds does without: they belong to the one that runs."""
    return tuple(each for each in instructions if isinstance(each, NOT_FOR_BUILDS))


def arguments_in(said: Iterable[Instruction], declared: Iterable[Instruction]) -> tuple[Arg, ...]:
    """Those of the `declared` ARGs that what is said in another stage uses: they hold for one stage only."""
    return arguments_in_text(" ".join(each.logical.text for each in said), declared)


def arguments_in_text(used: str, declared: Iterable[Instruction]) -> tuple[Arg, ...]:
    """Those of the `declared` ARGs that a text uses."""
    return tuple(
        arg
        for arg in declared
        if isinstance(arg, Arg)
        and any(f"${pair.key.raw}" in used or f"${{{pair.key.raw}" in used for pair in arg.pairs)
    )
