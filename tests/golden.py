"""Golden cases: folders of bytes under `golden/<pass>/<case>/`.

before.Containerfile   what goes in
after.Containerfile    what comes out, byte for byte
context/               the build context (optional)
suggested.Containerfile  what a suggestion, which is never applied, would make of it (optional)
after/<path>           files that are written into the context (optional)
case.toml              options, expected refusals and fates (optional)
evidence.toml          the built original as data, see tests/evidence/case.py (optional)
churn.toml             commits that changed each path of the context (optional; without it there is no history)
unversioned.txt        paths that version control ignores, one a line (optional; without it there are none)
sizes.toml             bytes that files of the context are said to have, whatever they hold (optional)
verify                 executable: the case is also built and run (optional)
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from optimizer.context import DirectoryContext, MemoryContext
from optimizer.engine import Rewrite, Source, run
from optimizer.facts.churn import Churn
from optimizer.facts.unversioned import Unversioned
from optimizer.passes import PIPELINE
from optimizer.passes.base import Pass
from optimizer.policy import CleanupStyle, MergePolicy, Policy, RuntimeBase
from optimizer.proposal import Safety
from optimizer.selection import Selection
from optimizer.text import decode
from tests.evidence.case import known

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "golden"


def _table(path: Path) -> dict[str, int]:
    return tomllib.loads(path.read_text()) if path.exists() else {}


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


class _Sized(DirectoryContext):
    """A context in which some files are larger than they are."""

    def __init__(self, root: Path, sizes: dict[str, int]) -> None:
        super().__init__(root)
        self._sizes = sizes

    def size(self, path: str) -> int:
        more = sum(size for name, size in self._sizes.items() if name == path or name.startswith(f"{path}/"))
        return super().size(path) + more


@dataclass(frozen=True)
class Case:
    """One folder."""

    rule: str
    name: str
    folder: Path
    before: bytes
    after: bytes
    declined: frozenset[str] = frozenset()
    safety: Safety | None = None
    least: Safety = Safety.NEEDS_PROOF
    policy: Policy = field(default_factory=Policy)
    suggested: bytes | None = None

    @property
    def id(self) -> str:
        return f"{self.rule}/{self.name}"

    @property
    def changes(self) -> bool:
        return self.before != self.after or (self.folder / "after").is_dir()

    @property
    def written(self) -> dict[str, bytes]:
        """The files that the case expects to be written, by path in the context."""
        top = self.folder / "after"
        return {str(path.relative_to(top)): path.read_bytes() for path in sorted(top.rglob("*")) if path.is_file()}

    def run(self, pipeline: tuple[Pass, ...] | None = None) -> Rewrite:
        """Send the case through its own pass, or through a whole pipeline."""
        context = self.folder / "context"
        sizes = _table(self.folder / "sizes.toml")
        source = Source(
            decode(self.before),
            (context if context.is_dir() else self.folder) / "Containerfile",
            _Sized(context, sizes) if context.is_dir() else MemoryContext(),
        )
        chosen = pipeline or tuple(each for each in PIPELINE if each.name == self.rule)
        # True of what was built, whatever text is asked about now.
        built = decode((self.folder / "before.Containerfile").read_bytes())
        found = known(self.folder / "evidence.toml", built, self.policy.target, self.policy.runtime_base)
        churn = Churn(_table(self.folder / "churn.toml"))
        unversioned = Unversioned(tuple(_lines(self.folder / "unversioned.txt")))
        return run(source, chosen, Selection(least=self.least), self.policy, (*found, churn, unversioned))


_KEYS = {"runtime-base", "declined", "safety", "least", "merge", "cleanup", "target", "why"}


def load(folder: Path) -> Case:
    """Read one case."""
    options = tomllib.loads((folder / "case.toml").read_text()) if (folder / "case.toml").exists() else {}
    if unknown := options.keys() - _KEYS:
        raise ValueError(f"{folder}/case.toml: unknown {unknown}")
    return Case(
        rule=folder.parent.name,
        name=folder.name,
        folder=folder,
        before=(folder / "before.Containerfile").read_bytes(),
        after=(folder / "after.Containerfile").read_bytes(),
        declined=frozenset(options.get("declined", ())),
        safety=Safety[options["safety"]] if "safety" in options else None,
        least=Safety[options.get("least", "NEEDS_PROOF")],
        policy=Policy(
            merge=MergePolicy(options.get("merge", "pays")),
            cleanup=CleanupStyle(options.get("cleanup", "purge")),
            target=options.get("target"),
            runtime_base=RuntimeBase(options.get("runtime-base", "official")),
        ),
        suggested=path.read_bytes() if (path := folder / "suggested.Containerfile").exists() else None,
    )


def cases() -> list[Case]:
    """All cases of all passes. Only root can lay out files of others."""
    folders = [path.parent for path in sorted(GOLDEN.glob("*/*/before.Containerfile"))]
    return [load(folder) for folder in folders if os.geteuid() == 0 or not _has_owners(folder / "evidence.toml")]


def _has_owners(evidence: Path) -> bool:
    return evidence.exists() and any("owner" in step for step in tomllib.loads(evidence.read_text()).get("step", ()))
