"""A build with the generated ignore file equals the build without it, but for the paths that are left out.

buildah builds both for each of thirty repositories, and its images are compared path by path.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from optimizer.containerfile.ignorefile import in_force
from optimizer.containerfile.parser import parse
from optimizer.containers.engine import open_engine
from optimizer.containers.model import Engine
from optimizer.context import DirectoryContext, OverlayContext
from optimizer.engine import Rewrite, Source, run
from optimizer.facts import Facts
from optimizer.facts.copies import Copies
from optimizer.passes.write_containerignore import write_containerignore
from optimizer.proposal import Safety
from optimizer.selection import Selection
from tests.passes.listing import listed
from tests.passes.repositories import Repository, make

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("store")]


@pytest.fixture
def engine(store: object) -> Iterator[Engine]:
    engine = open_engine()
    yield engine
    engine.close()


def rewritten(repository: Repository) -> Rewrite:
    context = DirectoryContext(repository.place)
    source = Source(repository.containerfile, repository.place / "Containerfile", context)
    return run(source, (write_containerignore,), Selection(least=Safety.NEEDS_PROOF))


@pytest.mark.parametrize("number", range(30))
def test_only_what_is_ignored_is_missing(engine: Engine, tmp_path: Path, number: int) -> None:
    place = tmp_path / "repository"
    place.mkdir()
    repository = make(number, place)
    context = DirectoryContext(place)
    path = place / "Containerfile"
    before = in_force(context, path)
    result = rewritten(repository)
    assert result.bugs == ()
    if not result.writes:
        assert result.refused
        return
    old = listed(engine, repository.containerfile, place, before.text if before else None, tmp_path)
    after = in_force(OverlayContext(context, {write.path: write.after for write in result.writes}), path)
    assert after is not None
    new = listed(engine, repository.containerfile, place, after.text, tmp_path)
    assert (old is None) == (new is None), "the ignore file decides whether it builds"
    if old is None or new is None:
        return
    copies = Facts(parse(repository.containerfile), context=context)[Copies].taken
    ignored = [each for placed in result.applied for each in placed.proposal.contract.ignored]
    gone = {found for each in ignored for taken in copies if (found := taken.image_path(each)) is not None}
    expected = {
        name: entry
        for name, entry in old.items()
        if not any(name == each or name.startswith(f"{each}/") for each in gone)
    }
    assert new == expected
    assert len(new) < len(old)


def test_most_repositories_get_a_file_and_all_kinds_are_among_them(tmp_path: Path) -> None:
    """Else the test above would show little."""
    kinds = []
    for number in range(30):
        place = tmp_path / str(number)
        place.mkdir()
        repository = make(number, place)
        if rewritten(repository).writes:
            kinds.append(repository.kind)
    assert len(kinds) >= 20
    assert len(set(kinds)) >= 9
