"""Proofs as the command line sees them: what is written, what is not, and what is said."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import pytest

from optimizer.cli.console import Console
from optimizer.cli.options import ColorWhen, Loudness
from optimizer.cli.progress import progresses
from optimizer.cli.prove import secret_values
from optimizer.config import Settings
from optimizer.containers.model import Step, Version
from optimizer.errors import MissingTool, OriginalFails
from optimizer.proof.model import Check, CheckKind, CheckResult, Doubt, Proven, Refuted, Undecided
from optimizer.report.redact import Redactor
from tests.cli.build import AFTER, BEFORE, FINE, ONE_PASS, Optimize, measure, proves, write

CHECK = Check(CheckKind.COMMAND, "its own command", CheckResult.PASSED)
TOOLS = (Version("buildah", 1, 28, "1.28.2"),)
PROVEN = Proven(measure(2_000_000), measure(1_000_000), (CHECK,), 100, TOOLS, "linux/amd64")
REFUTED = Refuted(build=("sh: hunter2: not found",))
UNDECIDED = Undecided(Doubt.NO_CHECK, "name a check with --smoke")


def test_what_was_proven_is_written_and_told_with_its_figures(
    here: Path, optimize: Optimize, monkeypatch: pytest.MonkeyPatch
) -> None:
    proves(monkeypatch, PROVEN)
    place = write(here / "Containerfile")
    result = optimize("--write", *ONE_PASS)
    assert (result.code, place.read_text()) == (0, AFTER)
    assert "  size unpacked             2.00 MB    1.00 MB    -50 %\n" in result.out
    assert "  proven with buildah 1.28.2 on linux/amd64; 100 paths compared\n" in result.out


def test_a_proof_alone_writes_nothing(here: Path, optimize: Optimize, monkeypatch: pytest.MonkeyPatch) -> None:
    proves(monkeypatch, PROVEN)
    place = write(here / "Containerfile")
    result = optimize("--verify", *ONE_PASS)
    assert (result.code, place.read_text()) == (0, BEFORE)
    assert result.out.startswith("--- a/Containerfile\n")
    assert "-50 %" in result.err


@pytest.mark.parametrize("verdict", [REFUTED, UNDECIDED], ids=["refuted", "undecided"])
def test_what_was_not_proven_is_not_written(
    here: Path, optimize: Optimize, monkeypatch: pytest.MonkeyPatch, verdict: Refuted | Undecided
) -> None:
    proves(monkeypatch, verdict)
    place = write(here / "Containerfile")
    result = optimize("--write", *ONE_PASS)
    assert (result.code, place.read_text()) == (3, BEFORE)
    assert result.out.startswith("Containerfile: not proven\n")


def test_a_proof_that_leaves_something_undone_says_what_to_do(
    here: Path, optimize: Optimize, monkeypatch: pytest.MonkeyPatch
) -> None:
    proves(monkeypatch, UNDECIDED)
    write(here / "Containerfile")
    result = optimize("--verify", *ONE_PASS)
    assert (result.code, result.out) == (3, "")
    assert result.err.endswith("  hint: name a check with --smoke\n")


def test_an_original_that_fails_is_told_with_its_last_lines(
    here: Path, optimize: Optimize, monkeypatch: pytest.MonkeyPatch
) -> None:
    proves(monkeypatch, OriginalFails("the original does not build", tail=("sh: fals: not found",), hint="repair it"))
    write(here / "Containerfile")
    write(here / "fine" / "Containerfile", FINE)
    result = optimize("--verify", ".", *ONE_PASS)
    assert result.code == 4
    told = result.err.removeprefix("Containerfile: build 1 is done, comparing and running\n")
    assert told.startswith(
        "Containerfile: the original does not build\n  | sh: fals: not found\nhint: repair it\nfine/Containerfile: unch"
    )


def test_without_tools_it_is_one_line_and_what_to_install(
    here: Path, optimize: Optimize, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(here))
    write(here / "a" / "Containerfile")
    write(here / "b" / "Containerfile")
    result = optimize("--verify", ".", *ONE_PASS)
    assert (result.code, result.out) == (MissingTool.exit_code, "")
    assert result.err.startswith("optimize: buildah is not installed\nhint: ")
    assert result.err.count("\n") == 2


def test_who_is_not_root_goes_on_in_a_user_namespace(
    here: Path, optimize: Optimize, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Again(Exception):
        pass

    def again(argv: list[str]) -> None:
        raise Again(argv)

    monkeypatch.setattr("optimizer.cli.prove.open_engine", lambda: None)
    monkeypatch.setattr("optimizer.cli.prove.needs_unshare", lambda: True)
    monkeypatch.setattr("optimizer.cli.prove.reexec_under_unshare", again)
    write(here / "Containerfile")
    with pytest.raises(Again) as caught:
        optimize("--verify", "Containerfile")
    assert caught.value.args[0][1:] == ["-m", "optimizer", "--verify", "Containerfile"]


def test_a_secret_that_a_build_repeats_is_not_shown(
    here: Path, optimize: Optimize, monkeypatch: pytest.MonkeyPatch
) -> None:
    proves(monkeypatch, REFUTED)
    write(here / "Containerfile")
    for form in ("text", "json", "markdown", "diff"):
        result = optimize("--verify", "-v", "--build-arg", "TOKEN=hunter2", "--output-format", form, *ONE_PASS)
        assert result.code == 3
        assert "hunter2" not in result.out + result.err
        assert "***: not found" in result.out + result.err


def test_steps_are_told_if_asked_and_never_where_data_goes(
    here: Path, optimize: Optimize, monkeypatch: pytest.MonkeyPatch
) -> None:
    proves(monkeypatch, PROVEN)
    write(here / "Containerfile")
    loud = optimize("--verify", "-v", "--output-format", "json", *ONE_PASS)
    assert loud.err.splitlines() == [
        "Containerfile: build 1, step 1/2 FROM debian:bookworm (cached)",
        "Containerfile: build 1, step 2/2 RUN echo hunter2 [red] (1.5 s)",
    ]
    assert json.loads(loud.out)["files"][0]["verdict"]["result"] == "proven"
    terse = optimize("--verify", "--output-format", "json", *ONE_PASS)
    assert terse.err == "Containerfile: build 1 is done, comparing and running\n"
    assert optimize("--verify", "-q", "--output-format", "json", *ONE_PASS).err == ""


def test_on_a_terminal_one_line_moves(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with progresses(Console(ColorWhen.AUTO, {}, here), Loudness.NORMAL) as shown:
        tell = shown.of("app/Containerfile", Redactor(["hunter2"]))
        assert tell is not None
        tell(Step(2, 3, "RUN echo hunter2 [red]" + "x" * 200, 1.0, cached=False))
        limit = time.monotonic() + 60
        while "build 1, 2 of 3" not in screen.getvalue() and time.monotonic() < limit:
            time.sleep(0.05)  # the line is drawn some ten times a second
        tell(Step(1, 3, "FROM debian", 1.0, cached=False))
    assert "app/Containerfile: build 1, 2 of 3 steps done, the last RUN echo *** [red]xx" in screen.getvalue()
    assert "app/Containerfile: build 2, 1 of 3 steps done, the last FROM debian" in screen.getvalue()
    assert "x" * 100 not in screen.getvalue()


@pytest.mark.parametrize(
    "option", ["id=a,src={file}", "id=a,source={file}", "src={file},id=a", "id=a,env=TOKEN", "id=TOKEN,type=env"]
)
def test_secrets_are_known_as_the_builder_finds_them(tmp_path: Path, option: str) -> None:
    (tmp_path / "file").write_text("hunter2")
    settings = Settings(passthrough=("--secret=" + option.format(file=tmp_path / "file"), "--network=none"))
    assert [value for value in secret_values(settings, {"TOKEN": "hunter2"}) if value] == ["hunter2"]


def test_a_secret_that_is_not_there_is_the_builders_business() -> None:
    assert "".join(secret_values(Settings(passthrough=("--secret=id=a,src=/none",)), {})) == ""
