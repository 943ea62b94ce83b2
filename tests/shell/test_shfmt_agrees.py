"""Our reader against shfmt, dash and bash: on bodies written for it, and on generated ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shell_grammar import scripts
from shfmt_oracle import SHFMT, is_valid, places, shfmt

from optimizer.shell.query import has_opaque
from optimizer.shell.reader import read

HERE = Path(__file__).parent
BODIES = [line for line in (HERE / "bodies.txt").read_text("utf-8").split("\n") if line]
SCRIPTS = (HERE / "scripts.txt").read_text("utf-8").removesuffix("\n").split("\n%%\n")

pytestmark = pytest.mark.skipif(not SHFMT.exists(), reason="shfmt is not installed: pip install shfmt-py")


@pytest.mark.parametrize("bodies", [BODIES, SCRIPTS], ids=["one line", "several lines"])
def test_words_and_redirections_stand_where_shfmt_finds_them(bodies: list[str]) -> None:
    different = [
        (body, places(read(body)), theirs)
        for body, theirs in zip(bodies, shfmt(bodies), strict=True)
        if places(read(body)) != theirs
    ]
    assert different == []


@pytest.mark.parametrize("bodies", [BODIES, SCRIPTS], ids=["one line", "several lines"])
def test_nothing_that_is_plain_shell_is_opaque(bodies: list[str]) -> None:
    assert [body for body in bodies if has_opaque(read(body))] == []


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_bodies_are_valid_shell(shell: str) -> None:
    assert [body for body in (*BODIES, *SCRIPTS) if not is_valid(body, shell)] == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(scripts(), min_size=10, max_size=20))
def test_generated_shell_is_read_as_shfmt_reads_it(bodies: list[str]) -> None:
    assert is_valid("\n".join(bodies), "dash")
    for body, theirs in zip(bodies, shfmt(bodies), strict=True):
        script = read(body)
        assert not has_opaque(script), body
        assert places(script) == theirs, body
