"""How a build is told to leave out of its programs what only debuggers read, as data.

Nothing here knows a particular tool; the values stand with the other facts of their ecosystem.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkerWords:
    """An option whose value goes to the linker, blanks between its words, and the words that must be among them."""

    option: str
    words: tuple[str, ...]

    def lacking(self, value: str) -> tuple[str, ...]:
        """Those that a value does not hold yet."""
        held = value.split()
        return tuple(word for word in self.words if word not in held)

    def contradicts(self, value: str) -> bool:
        """Whether a value says the opposite (`-s=false`)."""
        return any(word.startswith(f"{each}=") for word in value.split() for each in self.words)


@dataclass(frozen=True, slots=True)
class Linking:
    """A build that can leave debug information out by itself."""

    programs: frozenset[str]
    verbs: frozenset[str]
    source: str
    since: tuple[int, ...] = ()
    """The first version that knows all of this; none if all do."""
    image: str = ""
    """The official image whose version is the tool's own."""
    variable: str = ""
    """Where that image says its version, too."""
    only_with: frozenset[str] = frozenset()
    """Options of which one must be given: other builds are for debugging."""
    not_with: tuple[tuple[str, str], ...] = ()
    """Options and a word in their value that ask for a program which a debugger can follow."""
    remote: str | None = None
    """A sign in an operand that stands for a program of somebody else."""
    linker: LinkerWords | None = None
    variables: tuple[tuple[str, str], ...] = ()
    """Environment variables to set, with their values."""
    static: tuple[str, str] | None = None
    """The variable, and its value, with which a program that calls no C needs no library at all."""
    profile: tuple[str, ...] = ()
    """Keys of the manifest, one in the other, of a table in which the project decides itself."""
    decides: frozenset[str] = frozenset()
    """Names in that table that do."""
    configured_by: str | None = None
    """An environment variable whose value may hold the same options."""
