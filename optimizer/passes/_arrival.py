"""Whether a path of the context reaches the build."""

from __future__ import annotations

from optimizer.containerfile import ignorefile
from optimizer.containerfile.ignorefile import BadPattern, Dialect, UnmodelledPattern
from optimizer.context import MemoryContext
from optimizer.errors import InputError
from optimizer.facts import Facts


def arrives(path: str, facts: Facts) -> bool:
    """Whether no ignore file keeps a context path from the build, for either builder."""
    context = facts.context or MemoryContext()
    try:
        for dialect in Dialect:
            found = ignorefile.in_force(context, facts.path, dialect)
            if found is not None and path not in ignorefile.kept(_with_parents(path), found.text, dialect):
                return False
    except (BadPattern, UnmodelledPattern, InputError):
        return False
    return True


def _with_parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[: end + 1]) for end in range(len(parts))]
