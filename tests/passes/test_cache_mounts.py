"""Cache mounts for real: the image is the one that a purge makes, and the next build finds what this one fetched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from optimizer.containers.engine import open_engine
from optimizer.containers.model import Engine
from optimizer.context import DirectoryContext
from optimizer.engine import Source
from optimizer.errors import OriginalFails
from optimizer.optimize import Judge, Wishes, optimize
from optimizer.outcome import Fate
from optimizer.passes.append_cache_cleanup import append_cache_cleanup
from optimizer.policy import CleanupStyle, Policy
from optimizer.proof.model import Proven, Subject, Terms
from optimizer.proof.prover import Prover
from optimizer.proof.smoke import Patience
from tests.passes.test_trim_installs import REPOSITORY

# apt copies packages of such a source into its archives, as it does with those of the network. With the date set they
# are the same bytes whenever they are made.
COPIED = "export SOURCE_DATE_EPOCH=1\n" + REPOSITORY.replace("file:/repository", "copy:/repository")
BEFORE = """FROM debian:bookworm-slim
COPY repository.sh /
RUN sh /repository.sh
RUN apt-get update \\
    && apt-get install -y greet \\
    && rm -rf /var/lib/apt/lists/* /tmp/*
CMD ["sh", "/usr/share/greet/greet"]
"""
AFTER = """FROM debian:bookworm-slim
COPY repository.sh /
RUN sh /repository.sh
RUN --mount=type=cache,target=/var/lib/apt/lists,sharing=locked \\
    --mount=type=cache,target=/var/cache/apt,sharing=locked \\
    apt-get update \\
    && apt-get install -o Dir::Cache::Archives=kept/ -y greet \\
    && rm -rf /tmp/*
CMD ["sh", "/usr/share/greet/greet"]
"""
EMPTY = COPIED + "rm /repository/*.deb\n"
"""The lists name packages that cannot be had any more."""


@pytest.fixture
def engine(store: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    caches = tmp_path / "caches"
    caches.mkdir()
    monkeypatch.setenv("TMPDIR", str(caches))  # where buildah keeps cache mounts
    engine = open_engine()
    yield engine
    engine.close()


@pytest.mark.container
def test_mounts_make_the_image_that_a_purge_makes_and_serve_the_next_build(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "repository.sh").write_text(COPIED)
    path = folder / "Containerfile"
    path.write_text(BEFORE)

    def judge_for(source: Source, original: Subject) -> AbstractContextManager[Judge]:
        return Prover(engine, Terms(folder), original, path, patience=Patience(grace=2.0, run=10.0))

    wishes = Wishes(policy=Policy(cleanup=CleanupStyle.MOUNT), pipeline=(append_cache_cleanup,))
    outcome = optimize(Source(BEFORE, path, DirectoryContext(folder)), wishes, judge_for=judge_for)
    assert outcome.after == AFTER, (outcome.verdict, outcome.decided)
    assert isinstance(outcome.verdict, Proven), outcome.verdict
    assert [decided.fate for decided in outcome.decided] == [Fate.PROVEN]
    found = sorted(each.name for each in (tmp_path / "caches").rglob("*.deb"))
    assert found == ["extra_1_all.deb", "greet_1_all.deb", "words_1_all.deb"]

    # The packages are gone; only who kept them can install again.
    (folder / "repository.sh").write_text(EMPTY)
    assert not _builds(engine, folder, BEFORE)
    assert _builds(engine, folder, AFTER)


def _builds(engine: Engine, folder: Path, text: str) -> bool:
    """Whether a file builds."""
    path = folder / "Containerfile"
    path.write_text(text)
    with Prover(engine, Terms(folder), Subject(text, None), path) as prover:
        try:
            prover.original()
        except OriginalFails:
            return False
    return True
