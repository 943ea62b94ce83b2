"""What cannot be proven is not written, and what is missing is told."""

from __future__ import annotations

import pytest

from tests.end_to_end.account import Account
from tests.end_to_end.apps import MERGE, MERGED, SCRIPT, WRITE, application, held, script

pytestmark = pytest.mark.container

CHECKS = """\
schemaVersion: "2.0.0"
commandTests:
  - name: prints both lines
    command: /srv/run.sh
    expectedOutput: ["1\\n2\\n"]
"""


def test_an_original_that_does_not_build_ends_with_the_failing_step(me: Account) -> None:
    place = application(me.home / "app", script(more="RUN echo a reason >&2; sleep 0.3; exit 7\n"), SCRIPT)
    before = held(place)
    result = me.optimize(*WRITE, *MERGE, cwd=place)
    assert (result.code, result.out) == (4, "")
    first, *tail, hint = result.err.splitlines()
    step = "RUN echo a reason >&2; sleep 0.3; exit 7"
    assert first == f"Containerfile:9:1: the original does not build at step 7/8: {step}"
    assert "  | a reason" in tail
    assert any("exit status 7" in line for line in tail)
    assert hint.startswith("hint: ")
    assert held(place) == before


@pytest.mark.parametrize(
    "command, said",
    [
        ("CMD []", "the image has no command of its own"),
        ('CMD ["sh", "-c", "echo no database >&2; exit 3"]', "exits with 3"),
        ('EXPOSE 5432\nCMD ["sh", "-c", "sleep 1; exit 1"]', "ends before it listens"),
    ],
    ids=["no command", "needs a database", "never listens"],
)
def test_an_application_that_cannot_be_checked_is_unproven_until_it_gets_a_check(
    me: Account, command: str, said: str
) -> None:
    place = application(me.home / "app", script(command=command), SCRIPT)
    before = held(place)
    result = me.optimize(*WRITE, *MERGE, cwd=place)
    assert result.code == 3
    told = " ".join((result.out + result.err).split())
    assert said in told
    assert "--smoke" in told
    assert held(place) == before

    checks = me.home / "checks.yaml"
    checks.write_text(CHECKS)
    result = me.optimize(*WRITE, *MERGE, "--smoke", str(checks), cwd=place)
    assert result.code == 0
    assert all(line.endswith("is done, comparing and running") for line in result.err.splitlines())
    assert held(place)["Containerfile"].decode() == MERGED.replace('CMD ["/srv/run.sh"]\n', f"{command}\n")
