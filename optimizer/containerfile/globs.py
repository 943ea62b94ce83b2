"""The wildcards in a source of COPY or ADD: `*`, `?` and classes, as Go's `filepath.Match` reads them."""

from __future__ import annotations

import re
from collections.abc import Callable

from optimizer.containerfile.re2 import BadExpression, UnmodelledExpression, translate


def has_wildcard(path: str) -> bool:
    """Whether any character of a source path is not taken literally."""
    return any(char in path for char in "*?[\\")


def matcher(pattern: str) -> Callable[[str], bool] | None:
    """A test for whole context paths; None if the pattern is one that no builder accepts or that is not modelled."""
    if "**" in pattern:  # filepath.Match takes it for one star, newer builders for any depth
        return None
    expression: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "*":
            expression.append("[^/]*")
        elif char == "?":
            expression.append("[^/]")
        elif char == "[":
            end = pattern.find("]", at + 2)
            if end < 0:
                return None
            expression.append(pattern[at : end + 1])
            at = end
        elif char == "\\":
            at += 1
            expression.append(_literal(pattern[at : at + 1]))
        else:
            expression.append(_literal(char))
        at += 1
    try:
        found = re.compile(translate(f"^{''.join(expression)}$"))
    except (BadExpression, UnmodelledExpression):
        return None
    return lambda path: found.search(path) is not None


def _literal(char: str) -> str:
    return f"\\{char}" if char in tuple(".+*?(){}|^$[]\\") else char
