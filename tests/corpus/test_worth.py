"""What a change is worth is said where it is known, and only there."""

from __future__ import annotations

from optimizer.ecosystems import REGISTRY
from optimizer.proposal import Proposal, Safety
from optimizer.text import Span
from tests.corpus.worth import UNKNOWN, WEIGHED, touched, weight


def test_a_touched_file() -> None:
    found = touched("FROM debian\nRUN apt-get update && apt-get install -y curl\nRUN pip install redis\n")
    assert found is not None
    assert [(each.line, each.rule, each.weight) for each in found.changes] == [
        (2, "append_cache_cleanup", WEIGHED["apt lists"]),
        (3, "append_cache_cleanup", WEIGHED["pip cache"]),
    ]
    assert [line[0] for line in found.lines] == ["-", "-", "+", "+"]
    assert found.problems == ()


def test_an_untouched_file() -> None:
    assert touched("FROM debian\nRUN make\n") is None


def test_what_a_pass_knows_counts_more_than_a_table() -> None:
    assert weight(_proposal("keep the apt lists out of the layer", 5)).bytes == 5


def test_what_nobody_weighed_is_unknown() -> None:
    assert weight(_proposal("join with the RUN above", None)) is UNKNOWN


def test_the_table_names_caches_by_their_names() -> None:
    assert set(WEIGHED) <= {cache.name for ecosystem in REGISTRY for cache in ecosystem.caches}


def _proposal(title: str, saves: int | None) -> Proposal:
    return Proposal("append_cache_cleanup", Span(0, 1), title, "", (), Safety.SAFE, saves=saves)
