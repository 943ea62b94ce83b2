"""The environment that an old base brought, and what of it a stage on another base has to say again."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from optimizer.containerfile.nodes import Env
from optimizer.containerfile.stages import Stage
from optimizer.ecosystems.catalogue import speaks_of_tools
from optimizer.evidence.split import Candidate, PythonWay, Split


@dataclass(frozen=True, slots=True)
class Inheritance:
    """One candidate for one stage."""

    stage: Stage
    split: Split
    candidate: Candidate

    def restated(self) -> list[tuple[str, str]]:
        """Variables and values that the new stage has to set."""
        lost, new = self._lost(), _table(self.candidate.config.env)
        kept = [(name, value) for name, value in lost.items() if name != "PATH" and not speaks_of_tools(name)]
        path = lost.get("PATH")
        if path is not None:
            only_old = set(path.split(":")) - set(new.get("PATH", "").split(":"))
            if any(posixpath.dirname(each) in only_old for each in self.candidate.shipment.kept):
                kept.append(("PATH", path))
        return kept

    def changes(self) -> tuple[frozenset[str], frozenset[str]]:
        """Names of variables that get another value, and of those that are no longer set. Some come with the new base
        alone (`SSL_CERT_FILE`)."""
        restated = {name for name, _ in self.restated()}
        old, new = _table(self.split.base.env).keys(), _table(self.candidate.config.env).keys()
        other = frozenset(name for name in self._lost() if name not in restated)
        venv = frozenset({"PATH"}) if self.candidate.python is PythonWay.VENV else frozenset[str]()
        return (other & new) | venv | (new - old), other - new

    def _lost(self) -> dict[str, str]:
        old, new = _table(self.split.base.env), _table(self.candidate.config.env)
        own = {pair.key.raw for each in self.stage.instructions if isinstance(each, Env) for pair in each.pairs}
        return {name: value for name, value in old.items() if new.get(name) != value and name not in own - {"PATH"}}


def _table(env: tuple[str, ...]) -> dict[str, str]:
    return dict(entry.partition("=")[::2] for entry in env)
