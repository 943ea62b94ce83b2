from __future__ import annotations

import pytest

from optimizer.proof.contract import Cover, merge
from optimizer.proposal import IDENTICAL, Contract, PathPattern, TraceRelation


def cover(*globs: str) -> Cover:
    return Cover(PathPattern(glob) for glob in globs)


@pytest.mark.parametrize(
    ("glob", "path", "covered"),
    [
        ("/root/.cache", "/root/.cache", True),
        ("/root/.cache", "/root/.cache/pip/http/1", True),
        ("/root/.cache", "/root/.cached", False),
        ("/root/.cache/", "/root/.cache/pip", True),
        ("/var/lib/apt/lists/*", "/var/lib/apt/lists/partial", True),
        ("/var/lib/apt/lists/*", "/var/lib/apt/lists/partial/x", True),
        ("/var/lib/apt/lists/*", "/var/lib/apt/lists", False),
        ("/var/*/lists", "/var/lib/apt/lists", False),
        ("/var/**/lists", "/var/lib/apt/lists", True),
        ("/var/**/lists", "/var/lists", True),
        ("/**/__pycache__", "/app/a/__pycache__/b.pyc", True),
        ("**/__pycache__", "/app/__pycache__", True),
        ("/usr/lib/*.a", "/usr/lib/libx.a", True),
        ("/usr/lib/*.a", "/usr/lib/gcc/libx.a", False),
        ("/usr/lib/**.a", "/usr/lib/gcc/libx.a", True),
        ("/app/[slug].js", "/app/[slug].js", True),
        ("/app/[slug].js", "/app/s.js", False),
        ("/app/a?b", "/app/axb", False),
        ("/a+(b)/*", "/a+(b)/c", True),
        ("/", "/anything/at/all", True),
        ("/line/*", "/line/a\nb", True),
    ],
)
def test_a_pattern_covers(glob: str, path: str, covered: bool) -> None:
    assert (path in cover(glob)) is covered


def test_nothing_is_covered_without_patterns() -> None:
    assert "/etc/passwd" not in cover()


def test_several_patterns_cover_what_each_of_them_covers() -> None:
    both = cover("/a", "/b/*")
    assert "/a/x" in both
    assert "/b/x" in both
    assert "/c" not in both


def test_a_merged_contract_allows_what_each_of_them_allows() -> None:
    cache = Contract(trace=TraceRelation.CLEANS, removed=frozenset({PathPattern("/root/.cache")}))
    tests = Contract(ignored=frozenset({"tests"}), packages_removed=frozenset({"gcc"}))
    venv = Contract(added=frozenset({PathPattern("/venv")}), environment=frozenset({"PATH"}))
    assert merge([cache, tests, venv]) == Contract(
        trace=TraceRelation.CLEANS,
        removed=cache.removed,
        added=venv.added,
        ignored=tests.ignored,
        packages_removed=tests.packages_removed,
        environment=venv.environment,
    )


@pytest.mark.parametrize(
    ("relations", "merged"),
    [
        ([], TraceRelation.EQUAL),
        ([TraceRelation.EQUAL, TraceRelation.REORDERED, TraceRelation.EQUAL], TraceRelation.REORDERED),
        ([TraceRelation.CLEANS, TraceRelation.CLEANS], TraceRelation.CLEANS),
        ([TraceRelation.CLEANS, TraceRelation.RESTAGED], TraceRelation.OPEN),
    ],
)
def test_different_relations_leave_only_the_images_to_tell(
    relations: list[TraceRelation], merged: TraceRelation
) -> None:
    assert merge(Contract(trace=relation) for relation in relations).trace is merged


def test_no_proposal_allows_nothing() -> None:
    assert merge([]) == IDENTICAL
