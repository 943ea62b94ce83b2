"""A dry run is quick because it imports little. Time itself is measured by tests/bench/bench_cli.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.build import BEFORE, write

CHECKOUT = Path(__file__).parents[2]
HEAVY = {
    "jinja2": "templates",
    "pydantic": "configuration files and JSON",
    "rich": "progress and pages",
    "libcst": "Python sources",
    "yaml": "checks of the user",
    "sqlite3": "the cache of proofs",
    "optimizer.proof.prover": "proofs",
    "optimizer.containers.engine": "proofs",
    "optimizer.containers.model": "built images",
    "optimizer.evidence.owners": "built images",
    "optimizer.evidence.stage": "built images",
}


@pytest.mark.parametrize("heavy", HEAVY)
def test_a_dry_run_does_not_load(tmp_path: Path, heavy: str) -> None:
    write(tmp_path / "Containerfile", BEFORE)
    told = f"import sys; from optimizer.cli import run; run(['.']); sys.exit({heavy!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], cwd=tmp_path, env={"PYTHONPATH": str(CHECKOUT)}, check=False)
    assert done.returncode == 0
