"""The page of a pass, as `optimize explain` shows it."""

from __future__ import annotations

from optimizer.config import did_you_mean
from optimizer.errors import UsageError
from optimizer.render import shipped


def find(name: str, passes: tuple[str, ...]) -> str:
    """The Markdown of a pass's page. Raises UsageError for a name that no pass has."""
    if name not in passes:
        raise UsageError(f"no such pass: {name!r}", hint=did_you_mean(name, passes))
    for directory in shipped("pages"):
        place = directory / name / "README.md"
        if place.is_file():
            return place.read_text("utf-8")
    raise UsageError(f"the page of {name} is missing from this installation", hint="install it again")
