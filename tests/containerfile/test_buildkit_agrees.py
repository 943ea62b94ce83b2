"""The tree and BuildKit's own parser agree on boundaries, flags, values, form and heredocs."""

from __future__ import annotations

import pytest
from buildkit_oracle import buildkit, disagreement
from hard_files import hard_files
from hypothesis import HealthCheck, given, settings
from nasty import nasty_file

from optimizer.containerfile.parser import parse

HARD = dict(hard_files())

# The oracle is BuildKit 0.12.5; the tree follows the current parser where that one has been corrected since.
KNOWN_DIFFERENCES = {
    "a blank may stand between << and the name": (
        "FROM a\nRUN cat << 'EOF'\nx\nEOF\nRUN b\n",
        "FROM a\nRUN echo $(( 1 << 2 ))\nx\n2\n",
    ),
    "modifiers # % / no longer stop the heredoc detection": ("FROM a\nRUN echo ${x#y} <<EOF\nx\nEOF\n",),
    "text after a JSON array makes it shell form": ('FROM a\nCMD ["a"] # c\n',),
    "check is a directive": ("# check=skip=all\n# escape=`\nFROM a\nRUN b `\n c\n",),
    "flags are read as characters, not bytes, with the escape character of the file": (
        "# escape=`\nFROM a\nCOPY --chown=a` b c d\n",
        "FROM a\nCOPY --chown=\u00e0 c d\n",
    ),
}


@pytest.mark.parametrize("name", HARD)
def test_agrees_on_hard_files(name: str) -> None:
    assert disagreement(HARD[name], parse(HARD[name])) is None


def test_buildkit_accepts_most_hard_files() -> None:
    assert len(HARD) > 800
    assert sum(buildkit(text) is None for text in HARD.values()) < len(HARD) / 20


@pytest.mark.parametrize(
    "text", [pytest.param(text, id=reason) for reason, texts in KNOWN_DIFFERENCES.items() for text in texts]
)
def test_known_differences_are_still_there(text: str) -> None:
    assert buildkit(text) is not None
    assert disagreement(text, parse(text)) is not None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(nasty_file)
def test_agrees_on_made_up_files(text: str) -> None:
    assert disagreement(text, parse(text)) is None
