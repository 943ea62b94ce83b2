"""How FROM would name another image, so that what the file writes of it stays: registry, arguments, flags."""

from __future__ import annotations

from optimizer.containerfile.stages import Stages
from optimizer.containerfile.words import variables


def written(raw: str, image: str, stages: Stages) -> str | None:
    """The word for `image` where FROM now says `raw`.

    None if an argument decides on more than the number of the version: with another value there may be no such image.
    """
    cut = _end_of_variables(raw)
    head, expanded = raw[:cut], stages.expanded(raw[:cut])
    registry, slash, _ = expanded.rpartition("/")
    prefix = f"{registry}{slash}"
    if not cut:
        registry, slash, _ = raw.rpartition("/")
        return f"{registry}{slash}{image}"
    path, colon, _ = head.partition(":")
    number = expanded.rpartition(":")[2]
    named = expanded.removeprefix(prefix)
    if not colon or variables(path) or not number.replace(".", "").isdecimal() or not image.startswith(named):
        return None
    return head + image.removeprefix(named)


def _end_of_variables(raw: str) -> int:
    """Where the literal end of a word begins; 0 if it is all literal."""
    at = raw.rfind("$")
    if at < 0:
        return 0
    if raw[at + 1 : at + 2] == "{":
        return raw.find("}", at) + 1
    end = at + 1
    while end < len(raw) and (raw[end].isalnum() or raw[end] == "_"):
        end += 1
    return end
