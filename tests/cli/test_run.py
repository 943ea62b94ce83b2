"""Dry runs and writing without a proof: what lands where, and the exit code."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest

from tests.cli.build import AFTER, BEFORE, FINE, ONE_PASS, Optimize, proves, write

PATCH = (
    "--- a/Containerfile\n+++ b/Containerfile\n@@ -1,4 +1,4 @@\n FROM debian:bookworm\n-RUN apt-get update\n"
    "-RUN apt-get install -y curl\n+RUN apt-get update \\\n+    && apt-get install -y curl\n CMD curl\n"
)


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_a_dry_run_shows_a_diff_and_beside_it_the_reasons(here: Path, optimize: Optimize) -> None:
    place = write(here / "Containerfile")
    result = optimize(*ONE_PASS)
    assert (result.code, result.out) == (0, PATCH)
    assert result.err.startswith("Containerfile: would change\n\n  safe without a proof\n     3  merge_runs: ")
    assert result.err.endswith("\n  not proven: nothing was built or run\n")
    assert place.read_text() == BEFORE


def test_an_end_of_life_is_told_by_the_day_and_changes_nothing(
    here: Path, optimize: Optimize, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here / "Containerfile", "FROM python:3.8\nCMD x\n")
    for seconds, told in (("1717200000", False), ("1764028800", True)):  # June 2024, November 2025
        monkeypatch.setenv("SOURCE_DATE_EPOCH", seconds)
        result = optimize("--check", "--select", "shrink_base")
        assert result.code == 0
        assert (
            "Python 3.8 has had no security fixes since 2024-10-07" in result.err.replace("\n        ", " ")
        ) is told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("FROM x\n\nRUNN y\n", "Containerfile:3:1: unknown instruction RUNN\n"),
        ("FROM x\nCOPY a\n", "Containerfile:2:1: COPY: a source or the destination is missing\n"),
        ("FROM\n", "Containerfile:1:1: FROM: not of the form image or image AS name\n"),
        ("# syntax=docker/dockerfile:1\nFROM x\nNEW y\n", "Containerfile:3:1: unknown instruction NEW\n"),
    ],
)
def test_what_no_builder_reads_is_an_error(here: Path, optimize: Optimize, text: str, told: str) -> None:
    place = write(here / "Containerfile", text)
    result = optimize("--write", "--no-verify")
    assert (result.code, result.out) == (2, "")
    assert result.err == f"{told}hint: no builder reads this file: mend it first\n"
    assert place.read_text() == text


def test_another_frontend_may_know_more_instructions(here: Path, optimize: Optimize) -> None:
    write(here / "Containerfile", "# syntax=example.org/frontend\nFROM x\nINCLUDE y\n")
    assert optimize().code == 0


def test_check_tells_by_its_exit_code(here: Path, optimize: Optimize) -> None:
    write(here / "Containerfile")
    write(here / "fine" / "Containerfile", FINE)
    assert optimize("--check", *ONE_PASS).code == 1
    assert optimize("--check", "fine", *ONE_PASS).code == 0
    assert optimize("--check", "--ignore", "merge_runs", *ONE_PASS).code == 0


def test_quiet_leaves_data_and_errors(here: Path, optimize: Optimize) -> None:
    write(here / "Containerfile")
    result = optimize("-q", "none", ".", *ONE_PASS)
    assert (result.code, result.out, result.err) == (2, PATCH, "none: no such file\n")


def test_writing_without_a_proof_writes_only_what_is_safe(here: Path, optimize: Optimize) -> None:
    place = write(here / "Containerfile")
    place.chmod(0o640)
    result = optimize("--write", "--no-verify", *ONE_PASS)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Containerfile: changed\n")
    assert (place.read_text(), stat.S_IMODE(place.stat().st_mode)) == (AFTER, 0o640)


@pytest.mark.parametrize(
    "before, after",
    [
        (BEFORE.replace("\n", "\r\n"), AFTER.replace("\n", "\r\n")),
        ("\ufeff" + BEFORE, "\ufeff" + AFTER),
        (BEFORE[:-1], AFTER[:-1]),
        (BEFORE.replace("CMD", "# \udcff\nCMD"), AFTER.replace("CMD", "# \udcff\nCMD")),
    ],
    ids=["CRLF", "byte order mark", "no final newline", "not UTF-8"],
)
def test_every_other_byte_stays(here: Path, optimize: Optimize, before: str, after: str) -> None:
    place = write(here / "Containerfile", before)
    assert optimize("-w", "--no-verify", *ONE_PASS).code == 0
    assert place.read_bytes() == after.encode("utf-8", "surrogateescape")


def test_writing_twice_changes_nothing_more(here: Path, optimize: Optimize) -> None:
    place = write(here / "Containerfile")
    optimize("-w", "--no-verify")
    once = place.stat()
    result = optimize("-w", "--no-verify")
    assert (result.code, result.out.splitlines()[0]) == (0, "Containerfile: unchanged")
    assert (place.stat().st_ino, place.stat().st_mtime_ns) == (once.st_ino, once.st_mtime_ns)


def test_what_is_read_only_is_told_before_any_work(
    here: Path, optimize: Optimize, monkeypatch: pytest.MonkeyPatch
) -> None:
    proves(monkeypatch, AssertionError("nothing is built"))
    write(here / "Containerfile").chmod(0o444)
    result = optimize("-w", *ONE_PASS)
    assert (result.code, result.err) == (2, f"Containerfile: is read-only\nhint: chmod u+w {here}/Containerfile\n")


def test_standard_input_becomes_a_diff(monkeypatch: pytest.MonkeyPatch, optimize: Optimize) -> None:
    stdin(monkeypatch, BEFORE.encode())
    result = optimize("-q", "-", *ONE_PASS)
    assert (result.code, result.out) == (0, PATCH)


@pytest.mark.parametrize(
    "arguments, message", [(("-w",), "standard input cannot be written"), (("--verify",), "has no build context")]
)
def test_standard_input_cannot_be_written_nor_built_without_a_context(
    monkeypatch: pytest.MonkeyPatch, optimize: Optimize, arguments: tuple[str, ...], message: str
) -> None:
    proves(monkeypatch, AssertionError("nothing is built"))
    stdin(monkeypatch, BEFORE.encode())
    result = optimize("-", *arguments)
    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_the_worst_file_decides_and_the_others_are_still_told(here: Path, optimize: Optimize) -> None:
    write(here / "a" / "Containerfile")
    write(here / "b" / "Containerfile", FINE)
    (here / "c").mkdir()
    result = optimize("--check", "a", "c", "b", "--output-format", "text", *ONE_PASS)
    assert result.code == 2
    assert result.err == "c: no Containerfile in this directory\n"
    assert [line for line in result.out.splitlines() if not line.startswith(" ") and line] == [
        "a/Containerfile: would change",
        "c: failed",
        "b/Containerfile: unchanged",
        "3 files: 1 unchanged, 1 would change, 1 failed",
    ]


def test_files_at_a_time_come_out_in_the_order_given(here: Path, optimize: Optimize) -> None:
    for number in range(6):
        write(here / f"{number}.Containerfile", BEFORE if number % 2 else FINE)
    one, many = optimize(".", *ONE_PASS), optimize(".", "--jobs", "4", *ONE_PASS)
    assert (one.code, one.out, one.err) == (many.code, many.out, many.err)
    assert [line for line in one.out.splitlines() if line.startswith("---")] == [
        f"--- a/{number}.Containerfile" for number in (1, 3, 5)
    ]


def test_json_goes_into_a_file(here: Path, optimize: Optimize) -> None:
    write(here / "Containerfile")
    result = optimize("--check", "--output-format", "json", "-o", "report.json", *ONE_PASS)
    assert (result.code, result.out, result.err) == (1, "", "")
    report = json.loads((here / "report.json").read_text())
    assert (report["exit_code"], report["files"][0]["diff"]) == (1, PATCH)


def test_a_configuration_counts_for_the_files_beside_it(here: Path, optimize: Optimize) -> None:
    (here / ".git").mkdir()
    write(here / "a" / "Containerfile")
    write(here / "a" / "optimize.toml", 'merge = "never"')
    write(here / "b" / "Containerfile")
    result = optimize(".", "-q", *ONE_PASS)
    assert "--- a/b/Containerfile\n" in result.out
    assert "--- a/a/Containerfile\n" not in result.out


def test_a_broken_configuration_fails_its_file_alone(here: Path, optimize: Optimize) -> None:
    (here / ".git").mkdir()
    write(here / "a" / "Containerfile")
    write(here / "a" / "optimize.toml", "selct = []")
    write(here / "b" / "Containerfile")
    result = optimize(".", "-q", *ONE_PASS)
    assert result.code == 2
    assert result.err == "a/optimize.toml:1:1: unknown key 'selct'\nhint: did you mean 'select'?\n"
    assert "--- a/b/Containerfile\n" in result.out


@pytest.mark.parametrize(
    "arguments, error",
    [
        (
            ("--select", "merge_run"),
            "optimize: --select: no such pass: 'merge_run'\nhint: did you mean 'merge_runs'?\n",
        ),
        (("--config", "none.toml"), "none.toml: cannot be read: no such file or directory\n"),
        (("--context", "none"), "none: no such build context\nhint: name it with --context DIR\n"),
        (("none/Containerfile",), "none/Containerfile: no such file\n"),
        ((".",), ".: no Containerfile in this directory\n"),
    ],
    ids=["pass", "config", "context", "file", "directory"],
)
def test_errors_are_a_line_and_a_hint(here: Path, optimize: Optimize, arguments: tuple[str, ...], error: str) -> None:
    if "." not in arguments:
        write(here / "Containerfile")
    result = optimize(*arguments)
    assert (result.code, result.err) == (2, error)


def test_colour_is_for_those_who_ask(here: Path, optimize: Optimize, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here / "Containerfile")
    assert "\x1b[" not in optimize(*ONE_PASS).out
    painted = optimize("--color", "always", *ONE_PASS)
    assert "\x1b[32m+RUN apt-get update \\\x1b[m\n" in painted.out
    assert "\x1b[1mContainerfile\x1b[m" in painted.err
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in optimize("--color", "auto", *ONE_PASS).err


def test_explain_shows_the_page_of_a_pass(optimize: Optimize) -> None:
    result = optimize("explain", "merge_runs")
    assert result.code == 0
    assert result.out.startswith("# merge_runs\n")
    assert "\x1b[" in optimize("explain", "merge_runs", "--color", "always").out


def test_explain_lists_the_passes(optimize: Optimize) -> None:
    lines = optimize("explain").out.splitlines()
    assert any(line.startswith("merge_runs ") for line in lines)


def test_explain_does_not_guess(optimize: Optimize) -> None:
    result = optimize("explain", "merge_run")
    assert (result.code, result.out) == (2, "")
    assert result.err == "optimize: no such pass: 'merge_run'\nhint: did you mean 'merge_runs'?\n"
