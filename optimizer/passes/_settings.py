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
    """Those of the `declared` ARGs that a text uses, and those that their defaults use."""
    args = [arg for arg in declared if isinstance(arg, Arg)]
    found: list[Arg] = []
    while more := [arg for arg in args if arg not in found and any(_uses(used, pair.key.raw) for pair in arg.pairs)]:
        found += more
        used = " ".join(arg.logical.text for arg in more)
    return tuple(arg for arg in args if arg in found)


def _uses(text: str, name: str) -> bool:
    return f"${name}" in text or f"${{{name}" in text
