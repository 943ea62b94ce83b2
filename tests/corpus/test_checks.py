"""The checks that real files are put through, over the golden cases and over made-up files; and that they can fail."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from optimizer.text import decode
from tests.containerfile.nasty import nasty_file
from tests.corpus.checks import MODES, Mode, check, compared
from tests.corpus.ordinary import ordinary_file
from tests.golden import Case, cases

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
_MODES = pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_golden_cases(case: Case) -> None:
    assert check(decode(case.before), MODES[-1]).problems == ()


@_MODES
@settings(max_examples=60, deadline=None, suppress_health_check=_SLOW)
@given(text=ordinary_file)
def test_files_as_people_write_them(mode: Mode, text: str) -> None:
    assert check(text, mode).problems == ()


@_MODES
@settings(max_examples=40, deadline=None, suppress_health_check=_SLOW)
@given(text=nasty_file)
def test_what_parsers_stumble_over(mode: Mode, text: str) -> None:
    assert check(text, mode).problems == ()


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        ("FROM a\nRUN b && && c\n", "its shell refuses it"),
        ("FROM a\nRUN b\r\nRUN c\n", "newlines are mixed"),
        ("FROM a\nENV b\n", "BuildKit refuses it"),
    ],
)
def test_the_checks_can_fail(after: str, kind: str) -> None:
    assert kind in [found for found, _ in compared("FROM a\nRUN b\nRUN c\n", after)]
