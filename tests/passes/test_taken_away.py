"""What a build stage takes away at its end, as a command."""

from __future__ import annotations

import pytest

from optimizer.evidence.shipment import Shed
from optimizer.evidence.split import Split
from optimizer.passes._taken_away import taken_away
from tests.evidence.world import CONFIG

SPLIT = Split("FROM debian", 0, CONFIG, CONFIG, names=((1000, "node"),))
SHED = (Shed("/app/build/obj", 0), Shed("/app/my cache", 1000))


@pytest.mark.parametrize(
    ("user", "workdir", "commands"),
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
    user: str, workdir: str, commands: list[str]
) -> None:
    assert taken_away(SPLIT, SHED, user, workdir) == commands
