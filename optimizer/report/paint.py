"""Colour for terminals: the few SGR sequences that every terminal knows (ECMA-48 8.3.117), and none in a pipe."""

from __future__ import annotations

from enum import Enum


class Colour(Enum):
    """Whether output is coloured."""

    OFF = "off"
    ON = "on"


class Paint:
    """Paints text, or leaves it as it is."""

    __slots__ = ("_colour",)

    def __init__(self, colour: Colour) -> None:
        self._colour = colour

    def _with(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[m" if self._colour is Colour.ON and text else text

    def bold(self, text: str) -> str:
        """What to see first."""
        return self._with("1", text)

    def dim(self, text: str) -> str:
        """What may be overlooked."""
        return self._with("2", text)

    def good(self, text: str) -> str:
        """What went well."""
        return self._with("32", text)

    def bad(self, text: str) -> str:
        """What went wrong."""
        return self._with("31", text)

    def name(self, text: str) -> str:
        """Names of passes."""
        return self._with("36", text)
