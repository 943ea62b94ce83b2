"""Configuration: who wins, what is an error, and where exactly."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from optimizer.config import Layer, Settings, load, settings
from optimizer.errors import ConfigError, UsageError
from optimizer.policy import MergePolicy

PASSES = ("merge_runs", "own_at_copy", "split_stages")
NOTHING = Layer()


def write(place: Path, text: str) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    return place


def read(start: Path, options: Layer = NOTHING, *, named: Path | None = None, **environ: str) -> Settings:
    return load(start, options, environ, PASSES, named)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "app").mkdir()
    return tmp_path / "repo"


def test_layers_hold_what_settings_hold() -> None:
    assert [field.name for field in fields(Layer)] == [field.name for field in fields(Settings)]


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    assert read(tmp_path) == Settings()


def test_options_win_over_environment_over_file_over_defaults(repository: Path) -> None:
    write(repository / "optimize.toml", 'target = "file"\nmerge = "all"\njobs = 2\ntimeout = 5\n')
    found = read(repository, Layer(target="option"), OPTIMIZE_TARGET="variable", OPTIMIZE_MERGE="never")
    assert (found.target, found.merge, found.jobs, found.timeout) == ("option", MergePolicy.NEVER, 2, 5)


def test_build_arguments_are_joined_by_name(repository: Path) -> None:
    write(repository / "optimize.toml", '[build-args]\nA = "file"\nB = "file"\n')
    found = read(repository, Layer(build_args=(("B", "option"),)))
    assert found.build_args == (("A", "file"), ("B", "option"))


def test_build_arguments_do_not_show() -> None:
    assert "hunter2" not in repr(settings(Layer(build_args=(("A", "hunter2"),), passthrough=("--secret=hunter2",))))


@pytest.mark.parametrize(
    "name, text",
    [
        (".optimize.toml", 'target = "it"'),
        ("optimize.toml", 'target = "it"'),
        ("pyproject.toml", '[tool.optimize]\ntarget = "it"'),
    ],
)
def test_three_names_are_known(repository: Path, name: str, text: str) -> None:
    write(repository / name, text)
    assert read(repository / "app").target == "it"


def test_the_nearest_file_holds_alone(repository: Path) -> None:
    write(repository / "optimize.toml", 'target = "far"\njobs = 7')
    write(repository / "app" / ".optimize.toml", 'target = "near"')
    assert (read(repository / "app").target, read(repository / "app").jobs) == ("near", None)


def test_a_pyproject_without_our_table_is_passed_over(repository: Path) -> None:
    write(repository / "optimize.toml", 'target = "far"')
    write(repository / "app" / "pyproject.toml", "[tool.ruff]\nline-length = 80")
    assert read(repository / "app").target == "far"


def test_nothing_above_the_repository_is_read(repository: Path) -> None:
    write(repository.parent / "optimize.toml", 'target = "above"')
    assert read(repository / "app").target is None


def test_outside_of_a_repository_nothing_above_the_directory_is_read(tmp_path: Path) -> None:
    write(tmp_path / "optimize.toml", 'target = "above"')
    (tmp_path / "app").mkdir()
    assert read(tmp_path / "app").target is None


def test_a_named_file_is_read_instead(repository: Path) -> None:
    write(repository / "optimize.toml", 'target = "found"')
    named = write(repository / "other.toml", 'target = "named"')
    assert read(repository, named=named).target == "named"


def test_paths_are_relative_to_the_file(repository: Path) -> None:
    write(repository / "app" / "optimize.toml", 'context = ".."\nsmoke = "checks.yaml"')
    found = read(repository / "app")
    assert (found.context, found.smoke) == (repository, repository / "app" / "checks.yaml")


@pytest.mark.parametrize("key", ["context", "smoke"])
def test_a_found_file_cannot_reach_outside_its_repository(repository: Path, key: str) -> None:
    place = write(repository / "optimize.toml", f'jobs = 1\n{key} = "../.."')
    with pytest.raises(ConfigError, match=f"^{place}:2:1: {key} leaves the repository$"):
        read(repository)
    assert getattr(read(repository, named=place), key) == repository.parent.parent


@pytest.mark.parametrize("key", ["secret", "ssh", "network", "isolation", "authfile", "passthrough"])
def test_a_file_cannot_decide_what_the_builder_may_do(repository: Path, key: str) -> None:
    write(repository / "optimize.toml", f'{key} = "host"')
    with pytest.raises(ConfigError, match=f"unknown key '{key}'"):
        read(repository)


@pytest.mark.parametrize(
    "text, message, hint",
    [
        ("selct = []", "1:1: unknown key 'selct'", "did you mean 'select'?"),
        (
            "\n  xyzzy = 1",
            "2:3: unknown key 'xyzzy'",
            "choose from select, ignore, merge, runtime-base, cleanup, context, target, build-args, ",
        ),
        ("build_args = {}", "1:1: unknown key 'build_args'", "did you mean 'build-args'?"),
        ("jobs = 1\nmerge = 'some'", "2:1: merge: input should be 'pays', 'all' or 'never'", None),
        ("jobs = 0", "1:1: jobs: input should be greater than 0", None),
        ("jobs = '2'", "1:1: jobs: input should be a valid integer", None),
        ("[build-args]\nA = 1", "1:1: build-args.A: input should be a valid string", None),
        ("ignore = ['merge_run']", "1:1: ignore: no such pass: 'merge_run'", "did you mean 'merge_runs'?"),
        ("jobs = ", "1:8: not valid TOML: invalid value", None),
        ("jobs = 1\njobs = 2", "2:9: not valid TOML: cannot overwrite a value", None),
    ],
)
def test_errors_name_the_place_and_the_way_out(repository: Path, text: str, message: str, hint: str | None) -> None:
    place = write(repository / "optimize.toml", text)
    with pytest.raises(ConfigError) as caught:
        read(repository)
    assert str(caught.value) == f"{place}:{message}"
    assert (caught.value.hint or "")[: len(hint or "")] == (hint or "")


def test_the_line_in_pyproject_is_that_of_our_table(repository: Path) -> None:
    place = write(repository / "pyproject.toml", "[tool.other]\njobz = 1\n\n[tool.optimize]\njobz = 1\n")
    with pytest.raises(ConfigError, match=f"^{place}:5:1: unknown key 'jobz'$"):
        read(repository)


def test_a_file_that_is_not_text_is_an_error(repository: Path) -> None:
    (repository / "optimize.toml").write_bytes(b"target = '\xff'")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        read(repository)


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: no such file"):
        read(tmp_path, named=tmp_path / "none.toml")


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("OPTIMIZE_JOBS", "many", "OPTIMIZE_JOBS: not a number: 'many'"),
        ("OPTIMIZE_TIMEOUT", "-1", "OPTIMIZE_TIMEOUT: must be greater than 0: '-1'"),
        ("OPTIMIZE_TIMEOUT", "nan", "OPTIMIZE_TIMEOUT: must be greater than 0: 'nan'"),
        ("OPTIMIZE_MERGE", "al", "OPTIMIZE_MERGE: no such policy: 'al'"),
        ("OPTIMIZE_SELECT", "merge_runs,nope", "OPTIMIZE_SELECT: no such pass: 'nope'"),
        ("OPTIMIZE_SELECTS", "merge_runs", "unknown variable OPTIMIZE_SELECTS"),
    ],
)
def test_variables_are_checked(tmp_path: Path, name: str, value: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{message}$"):
        load(tmp_path, NOTHING, {name: value}, PASSES)


def test_variables_of_other_programs_do_not_matter(tmp_path: Path) -> None:
    assert read(tmp_path, OPTIMIZE_IMAGES="1", OPTIMIZER_LAB="x", OPTIMIZE_TARGET="") == Settings()


def test_an_option_that_names_no_pass_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^--select: no such pass: 'split_stage'$") as caught:
        read(tmp_path, Layer(select=("split_stage",)))
    assert caught.value.hint == "did you mean 'split_stages'?"


@pytest.mark.parametrize(
    "select, ignore, rules",
    [
        (None, (), None),
        (None, ("merge_runs",), {"own_at_copy", "split_stages"}),
        (("merge_runs", "own_at_copy"), ("merge_runs",), {"own_at_copy"}),
        ((), (), set()),
    ],
)
def test_ignore_takes_away_from_select(
    select: tuple[str, ...] | None, ignore: tuple[str, ...], rules: set[str] | None
) -> None:
    assert Settings(select=select, ignore=ignore).rules(PASSES) == rules


def test_the_schema_that_ships_is_current() -> None:
    from optimizer.config.schema import SCHEMA, schema
    from optimizer.render import shipped

    assert (shipped("templates")[1] / SCHEMA).read_text() == schema()
