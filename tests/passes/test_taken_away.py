"""What a build stage takes away at its end, as commands."""

from __future__ import annotations

from typing import cast

import pytest

from optimizer.ecosystems import named
from optimizer.evidence.shipment import Shed, Shipment
from optimizer.evidence.split import Candidate, Prune, Split
from optimizer.passes._taken_away import taken_away
from tests.evidence.world import CONFIG

SPLIT = Split("FROM debian", 0, CONFIG, CONFIG, names=((1000, "node"),))
SHED = (Shed("/app/build/obj", 0), Shed("/app/my cache", 1000))


class Some:
    """As much of a candidate as is looked at."""

    def __init__(self, shed: tuple[Shed, ...] = (), prunes: tuple[Prune, ...] = ()) -> None:
        self.shipment = Shipment(frozenset(), (), (), (), shed)
        self.prunes = prunes


def commands(user: str, workdir: str, shed: tuple[Shed, ...] = (), *pruned: tuple[str, str]) -> list[str]:
    prunes = []
    for ecosystem, directory in pruned:
        pruning = named(ecosystem).pruning
        assert pruning is not None
        prunes.append(Prune(directory, pruning, frozenset(), frozenset()))
    return taken_away(SPLIT, cast("Candidate", Some(shed, tuple(prunes))), user, workdir)


@pytest.mark.parametrize(
    ("user", "workdir", "expected"),
    [
        ("root", "/app", ["rm -rf build/obj 'my cache'"]),
        ("root", "/", ["rm -rf /app/build/obj '/app/my cache'"]),
        ("root", "/ap", ["rm -rf /app/build/obj '/app/my cache'"]),
        ("node", "/app", ["rm -rf 'my cache'"]),
        ("1000", "/srv", ["rm -rf '/app/my cache'"]),
        ("games", "/app", []),
    ],
)
def test_it_is_named_from_where_the_stage_works_and_only_what_the_user_may(
    user: str, workdir: str, expected: list[str]
) -> None:
    assert commands(user, workdir, SHED) == expected


def test_a_project_elsewhere_is_pruned_last_and_where_it_lies() -> None:
    pruned = ("npm", "/srv/my shop"), ("composer", "/app")
    assert commands("root", "/app", SHED[:1], *pruned) == [
        "composer install --no-dev --no-interaction --no-scripts",
        "rm -rf build/obj",
        "cd '/srv/my shop' && npm prune --omit=dev --offline",
    ]


def test_a_project_at_the_root_is_pruned_there() -> None:
    assert commands("root", "/", (), ("npm", "")) == ["npm prune --omit=dev --offline"]
    assert commands("root", "/srv", (), ("npm", "")) == ["cd / && npm prune --omit=dev --offline"]
