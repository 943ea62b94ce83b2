"""The comment on a pull request."""

from __future__ import annotations

from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from optimizer.report.entry import Done, Entry
from optimizer.report.markdown import page
from optimizer.report.visible import code, fence, markdown
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


def html(source: str) -> str:
    return str(MarkdownIt("commonmark").enable("table").render(source))


def test_a_proof_begins_with_its_figures() -> None:
    shown = page([proven()])
    assert shown.startswith(
        "### `app/Containerfile`: 881 MB → 368 MB (-58 %), proven\n\n| | before | after | change |\n"
    )
    assert "| size compressed | 294 MB | 123 MB | -58 % |\n" in shown
    assert "**Proven with buildah 1.28.2, podman 4.3.1 on linux/amd64.**\n12345 paths compared" in shown


def test_what_was_withdrawn_says_why() -> None:
    assert "**Withdrawn, the proof failed**\n\n- line 1, `split_stages`: build apart.\n" in page([proven()])
    assert "  **Why not:** dynamic linking: /usr/lib/\\_x.so\n" in page([proven()])


def test_refusals_are_grouped_by_reason() -> None:
    assert "| `merge_runs` | the two RUNs do not belong together | 2, 9 |\n" in page([dry()])


def test_a_dry_run_does_not_claim_a_proof() -> None:
    shown = page([dry()])
    assert shown.startswith("### `app/Containerfile`: would change\n")
    assert "**Not proven: nothing was built or run.**" in shown
    assert "| before |" not in shown


@pytest.mark.parametrize(
    "entry, words",
    [
        (unproven(UNDECIDED), "**Not proven: no check passes on the original and can fail.**\nHint: name a check"),
        (
            unproven(REFUTED),
            "1 difference that no change accounts for</summary>\n\n- dynamic linking: /usr/lib/\\_x.so",
        ),
        (unproven(NO_BUILD), "```text\nSTEP 4: RUN make\nmake: cc: not found\n```\n"),
        (failed(), "### `b/Dockerfile`: failed\n\nLine 2: the original does not build.\nHint: build it without"),
    ],
    ids=["undecided", "refuted", "no build", "failed"],
)
def test_what_failed_is_told(entry: Entry, words: str) -> None:
    assert words in page([entry])


def test_files_with_nothing_to_say_share_a_line() -> None:
    assert page([unchanged(), unchanged()]) == "Nothing to change in `app/Containerfile`, `app/Containerfile`.\n"


def test_the_diff_is_folded_and_closed() -> None:
    shown = page([dry()])
    assert "<details open><summary>Diff (+2 -2)</summary>\n\n```diff\n--- a/app/Containerfile\n" in shown
    assert shown.endswith("\n```\n\n</details>\n")
    assert shown.count("<details") == shown.count("</details>")


def test_a_file_cannot_close_the_fence_of_its_diff() -> None:
    evil = Done(outcome(after="RUN a\n```\n</details><script>x</script>\n"), ROOT)
    shown = html(page([evil]))
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_titles_are_text_not_markup() -> None:
    evil = replace(JOIN, proposal=replace(JOIN.proposal, title="<b>*x* | [l](http://e) `c` @team #1"))
    shown = page([Done(outcome(evil), ROOT)])
    assert "@team" not in shown
    assert "&lt;b&gt;*x* | [l](http://e) `c` @" in html(shown)


@pytest.mark.parametrize("text, shown", [("a`b", "``a`b``"), ("`a", "`` `a ``"), ("a|b\nc", "`a\\|b c`"), ("", "")])
def test_code_spans_hold_any_text(text: str, shown: str) -> None:
    assert code(text) == shown


def test_fences_are_longer_than_any_run() -> None:
    assert fence("a ```` b") == "`````"
    assert fence("a") == "```"
    assert markdown("a_b\nc") == "a\\_b c"
