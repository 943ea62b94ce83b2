"""The report for terminals and pipes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.outcome import Fate, PassBug
from optimizer.report.entry import Done, Entry
from optimizer.report.paint import Colour
from optimizer.report.text import Detail, Style, text, wrap
from tests.report.build import (
    JOIN,
    NO_BUILD,
    REFUTED,
    ROOT,
    UNDECIDED,
    dry,
    failed,
    outcome,
    proven,
    unchanged,
    unproven,
)

FULL = Style(detail=Detail.FULL)
ALL: dict[str, Entry] = {
    "unchanged": unchanged(),
    "dry": dry(),
    "proven": proven(),
    "refuted": unproven(REFUTED),
    "no build": unproven(NO_BUILD),
    "undecided": unproven(UNDECIDED),
    "failed": failed(),
}


def test_a_dry_run_says_what_why_and_that_nothing_is_proven() -> None:
    assert text([dry()], Style()) == (
        "app/Containerfile: would change\n"
        "\n"
        "  safe without a proof\n"
        "     3  merge_runs: join with the RUN above\n"
        "        because of join with the RUN above\n"
        "\n"
        "  need a proof, see --verify\n"
        "     1  split_stages: build apart\n"
        "        because of build apart, saves 513 MB\n"
        "\n"
        "  left alone: 3 places, -v says where and why\n"
        "\n"
        "  not proven: nothing was built or run\n"
    )


def test_with_detail_each_refusal_is_told() -> None:
    shown = text([dry()], FULL)
    assert "     2  merge_runs: the two RUNs do not belong together: USER differs\n" in shown
    assert "     7  append_cache_cleanup: a cache mount keeps it out of the image\n" in shown


def test_a_proof_is_told_with_its_figures_and_its_tools() -> None:
    shown = text([proven()], Style())
    assert "app/Containerfile: changed\n" in shown
    assert "  size unpacked              881 MB     368 MB    -58 %\n" in shown
    assert "  checks of behaviour: 1 passed, 1 not counted, -v lists them\n" in shown
    assert "  proven with buildah 1.28.2, podman 4.3.1 on linux/amd64; 12345 paths compared\n" in shown
    assert "        dynamic linking: /usr/lib/_x.so\n" in shown


def test_what_was_refused_before_something_held_is_told() -> None:
    assert "refused before: join all: path removed: /x\n" in text([proven()], Style())


def test_with_detail_checks_and_attempts_are_told() -> None:
    shown = text([proven()], FULL)
    assert "GET / on port 8000: answers the same requests in the same way (3 requests)\n" in shown
    assert "curl -f localhost: its HEALTHCHECK succeeds; fails on the original\n" in shown
    assert "  tried merge_runs, split_stages: differs, dynamic linking: /usr/lib/_x.so," in shown


def test_what_was_not_proven_has_no_figures() -> None:
    shown = text([unproven(UNDECIDED)], Style())
    assert "MB" not in shown
    assert "  not proven: no check passes on the original and can fail\n  hint: name a check with --smoke\n" in shown


def test_a_build_that_fails_shows_its_last_lines() -> None:
    assert "  | make: cc: not found\n" in text([unproven(NO_BUILD)], Style())
    assert "  | /bin/sh: fals: not found\n  hint: build it without optimize\n" in text([failed()], Style())


def test_a_bug_of_a_pass_is_told() -> None:
    done = Done(
        replace(outcome(replace(JOIN, fate=Fate.PASS_BUG)), bugs=(PassBug("merge_runs", "not idempotent"),)), ROOT
    )
    assert "please report it: merge_runs: not\n  idempotent\n" in text([done], Style())


def test_several_files_are_counted() -> None:
    assert text(list(ALL.values()), Style()).endswith(
        "\n7 files: 1 unchanged, 1 would change, 1 changed, 3 not proven, 1 failed\n"
    )


@pytest.mark.parametrize("entry", ALL.values(), ids=ALL.keys())
@pytest.mark.parametrize("width", [60, 80])
def test_no_line_is_wider_than_the_terminal(entry: Entry, width: int) -> None:
    shown = text([entry], Style(width=width, detail=Detail.FULL))
    assert [each for each in shown.splitlines() if len(each) > width] == []
    assert [each for each in shown.splitlines() if each != each.rstrip()] == []


@pytest.mark.parametrize("entry", ALL.values(), ids=ALL.keys())
def test_colour_changes_nothing_but_the_colour(entry: Entry) -> None:
    import re

    painted = text([entry], Style(colour=Colour.ON))
    assert "\x1b[" in painted
    assert re.sub(r"\x1b\[[0-9]*m", "", painted) == text([entry], Style())


def test_a_stranger_cannot_draw_on_the_terminal() -> None:
    evil = replace(JOIN, proposal=replace(JOIN.proposal, title="\x1b[2Jgone\r\nnew line"), because="\x07")
    shown = text([Done(outcome(evil), ROOT)], Style())
    assert "merge_runs: ^[[2Jgone^M new line\n        because" in shown
    assert "        ^G\n" in shown


def test_long_words_are_not_broken() -> None:
    assert wrap("  ", "see /a/very/long/path now", 12) == "  see\n  /a/very/long/path\n  now"
