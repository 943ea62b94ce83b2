"""What a pass is: a function from a Containerfile and its facts to findings, and a name.

A pass yields `Proposal`s and `Declined`s and changes nothing itself. The name of the function, of its module, of its
page (`golden/<name>/README.md`) and of the option that selects it are one and the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from optimizer.containerfile.nodes import Containerfile
from optimizer.facts import Facts
from optimizer.proposal import Finding, Refusal, Safety

Find = Callable[[Containerfile, Facts], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Pass:
    """One kind of improvement. `weakest` is the lowest safety that its proposals ever carry; `codes` are the hadolint
    rules whose pragmas say that the user does not want it."""

    name: str
    summary: str
    weakest: Safety
    refuses: type[Refusal]
    find: Find
    codes: frozenset[str] = frozenset()

    def __call__(self, file: Containerfile, facts: Facts) -> Iterator[Finding]:
        return self.find(file, facts)


def rewrite(*, weakest: Safety, refuses: type[Refusal], codes: tuple[str, ...] = ()) -> Callable[[Find], Pass]:
    """Make a pass of a function: its name is the pass's name, the first line of its docstring the summary."""

    def make(find: Find) -> Pass:
        summary = (find.__doc__ or "").strip().split("\n", 1)[0].rstrip(".")
        return Pass(find.__name__, summary, weakest, refuses, find, frozenset(codes))

    return make
