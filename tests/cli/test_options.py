"""What a command line asks for."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from optimizer.cli import app
from optimizer.cli.app import Explain, parse
from optimizer.cli.options import Action, ColorWhen, Loudness, Options, OutputFormat, Proof
from optimizer.config import Layer
from optimizer.errors import Exit, UsageError
from optimizer.policy import CleanupStyle, MergePolicy


def options(*arguments: str) -> Options:
    found = parse(arguments)
    assert isinstance(found, Options)
    return found


def test_nothing_given_is_a_dry_run_as_diff() -> None:
    assert options() == Options(
        (), Action.SHOW, Proof.NO, Layer(), None, OutputFormat.DIFF, None, ColorWhen.AUTO, Loudness.NORMAL
    )


@pytest.mark.parametrize(
    "arguments, action, proof, form",
    [
        ((), Action.SHOW, Proof.NO, OutputFormat.DIFF),
        (("--verify",), Action.SHOW, Proof.YES, OutputFormat.DIFF),
        (("--check",), Action.CHECK, Proof.NO, OutputFormat.DIFF),
        (("--check", "--verify"), Action.CHECK, Proof.YES, OutputFormat.DIFF),
        (("-w",), Action.WRITE, Proof.YES, OutputFormat.TEXT),
        (("--write", "--no-verify"), Action.WRITE, Proof.NO, OutputFormat.TEXT),
        (("-w", "--output-format", "json"), Action.WRITE, Proof.YES, OutputFormat.JSON),
    ],
)
def test_only_what_is_written_is_proven_unless_asked(
    arguments: tuple[str, ...], action: Action, proof: Proof, form: OutputFormat
) -> None:
    found = options(*arguments)
    assert (found.action, found.proof, found.format) == (action, proof, form)


def test_settings_are_a_layer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FROM_OUTSIDE", "value")
    monkeypatch.delenv("NOT_SET", raising=False)
    found = options(
        *(
            "--select",
            "a,b",
            "--select",
            "c",
            "--ignore",
            "b",
            "--merge",
            "all",
            "--cleanup",
            "mount",
            "--target",
            "run",
            "--jobs",
            "3",
        ),
        *("--context", "ctx", "--smoke", "s.yaml", "--timeout", "1.5"),
        *("--build-arg", "A=1=2", "--build-arg", "FROM_OUTSIDE", "--build-arg", "NOT_SET", "--build-arg", "E="),
    )
    assert found.layer == Layer(
        select=("a", "b", "c"),
        ignore=("b",),
        merge=MergePolicy.ALL,
        cleanup=CleanupStyle.MOUNT,
        context=tmp_path / "ctx",
        target="run",
        build_args=(("A", "1=2"), ("FROM_OUTSIDE", "value"), ("E", "")),
        smoke=tmp_path / "s.yaml",
        jobs=3,
        timeout=1.5,
    )


def test_options_of_the_builder_are_handed_on_as_they_are() -> None:
    found = options(
        *("--secret", "id=a,src=b", "--secret", "id=c", "--ssh", "default", "--build-context", "x=./y"),
        *("--platform", "linux/arm64", "--network", "none", "--pull", "never", "--authfile", "f", "--isolation", "oci"),
    )
    assert found.layer.passthrough == (
        "--secret=id=a,src=b",
        "--secret=id=c",
        "--ssh=default",
        "--build-context=x=./y",
        "--platform=linux/arm64",
        "--network=none",
        "--pull=never",
        "--authfile=f",
        "--isolation=oci",
    )


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("--write", "--check"), "--write and --check exclude each other"),
        (("-q", "-v"), "--quiet and --verbose exclude each other"),
        (("--build-arg", "=hunter2"), "--build-arg needs a name before the ="),
        (("--jobs", "0"), "invalid value for '-j' / '--jobs': 0 is not in the range"),
        (("--merge", "some"), "invalid value for '--merge': "),
        (("--selct", "a"), "no such option: --selct"),
        (("--select",), "option '--select' requires an argument"),
        (("explain", "a", "b"), "got unexpected extra argument"),
    ],
)
def test_what_does_not_fit_is_one_line(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(arguments)
    assert caught.value.message.startswith(message)
    assert "\n" not in caught.value.message
    assert "hunter2" not in str(caught.value)


def test_explain_is_a_command_unless_it_is_a_path() -> None:
    assert parse(["explain", "merge_runs"]) == Explain("merge_runs", ColorWhen.AUTO)
    assert parse(["explain"]) == Explain(None, ColorWhen.AUTO)
    assert options("./explain").paths == ("./explain",)
    assert options("--check", "explain").paths == ("explain",)


def test_help_fits_into_80_columns_and_names_every_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = CliRunner().invoke(app._optimize, ["--help"], prog_name="optimize")
    assert shown.exit_code == 0
    assert max(map(len, shown.output.splitlines())) <= 80
    assert len(shown.output.splitlines()) <= 60
    wanted = (
        "--verify --write --no-verify --check --select --ignore --merge --cleanup --context --target "
        "--build-arg --smoke --jobs "
        "--timeout --time-rebuild --config "
        "--secret --ssh --platform --build-context --network --pull --authfile --isolation "
        "--output-format --output --color --quiet --verbose --version --help"
    )
    assert [option for option in wanted.split() if option not in shown.output] == []


def test_help_and_version_are_shown_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(["-h"]) is Exit.OK
    assert capsys.readouterr().out.startswith("Usage: optimize [OPTIONS] [PATH]...\n")
    assert parse(["--version"]) is Exit.OK
    assert capsys.readouterr().out.startswith("optimize ")
