"""Every known trap, rewritten as far as is safe without a proof and with all RUNs joined that may be: both files are
built, what their RUNs saw is in the images, and the images are equal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from optimizer.containers.engine import open_engine
from optimizer.containers.model import Engine
from optimizer.context import Context, DirectoryContext
from optimizer.engine import Rewrite, Source, run
from optimizer.passes import PIPELINE
from optimizer.policy import MergePolicy, Policy
from optimizer.proposal import Safety
from optimizer.selection import Selection
from tests.passes.field_traps import TRAPS, Trap
from tests.passes.listing import listed


@pytest.fixture
def engine(store: object) -> Iterator[Engine]:
    engine = open_engine()
    yield engine
    engine.close()


def rewritten(trap: Trap, context: Context | None = None) -> Rewrite:
    path = context.root / "Containerfile" if context is not None and context.root is not None else None
    return run(Source(trap.text, path, context), PIPELINE, Selection(least=Safety.SAFE), Policy(MergePolicy.ALL))


@pytest.mark.container
@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_both_files_make_the_same_image(engine: Engine, tmp_path: Path, trap: Trap) -> None:
    place = tmp_path / "context"
    for path, data in trap.files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(data)
    place.mkdir(exist_ok=True)
    rewrite = rewritten(trap, DirectoryContext(place))
    assert rewrite.bugs == ()
    ignore = (trap.files.get(".dockerignore") or b"").decode()
    before = listed(engine, trap.text, place, ignore, tmp_path)
    assert before is not None, "a trap that does not build is none"
    if rewrite.text == trap.text and not rewrite.writes:
        return
    written = next((write.after for write in rewrite.writes), ignore)
    after = listed(engine, rewrite.text, place, written, tmp_path)
    left_out = [path for contract in rewrite.contracts for path in contract.ignored]
    kept = {
        path: entry
        for path, entry in before.items()
        if not any(path.endswith(f"/{each}") or f"/{each}/" in path for each in left_out)
    }
    # What the RUN of such a trap lists is what the ignore file leaves.
    shown = "/log" if left_out else None
    assert after is not None
    assert {path: entry for path, entry in after.items() if path != shown} == {
        path: entry for path, entry in kept.items() if path != shown
    }


def test_some_traps_are_stepped_over_and_some_left_alone() -> None:
    """Else the test above would show little."""
    changed = [trap for trap in TRAPS if rewritten(trap).text != trap.text]
    assert len(TRAPS) / 4 < len(changed) < len(TRAPS) * 3 / 4
