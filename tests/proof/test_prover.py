from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.containers.model import (
    BuildRequest,
    Built,
    CacheUse,
    Finished,
    Health,
    ImageId,
    Progress,
    RunRequest,
)
from optimizer.containers.stop import Stop
from optimizer.errors import OriginalFails
from optimizer.proof.cache import ProofCache
from optimizer.proof.model import (
    Check,
    CheckKind,
    CheckResult,
    DifferenceKind,
    Doubt,
    Proven,
    Refuted,
    Subject,
    Terms,
    Undecided,
    Verdict,
)
from optimizer.proof.prover import Prover
from optimizer.proof.rootfs import Tree, read_tree
from optimizer.proof.usercheck import Side
from optimizer.proposal import IDENTICAL, Contract, PathPattern, Respelled

from .fake import (
    AFTER,
    BASE,
    BEFORE,
    CONFIG,
    HELLO,
    HURRY,
    Lab,
    Recipe,
    changed,
    ended,
    lacking,
    page,
    prints,
    service,
)

CANDIDATE = Subject(AFTER, None)
IN_A_SHELL = replace(
    BASE, files={**BASE.files, "/bin/sh": "shell"}, config=replace(CONFIG, cmd=("/bin/sh", "-c", "app && true"))
)


def judged(lab: Lab, contract: Contract = IDENTICAL) -> Verdict:
    with lab.prover() as prover:
        return prover.judge(CANDIDATE, contract)


def removed(*globs: str) -> Contract:
    return Contract(removed=frozenset(map(PathPattern, globs)))


def told(verdict: Verdict) -> list[tuple[DifferenceKind, str]]:
    assert isinstance(verdict, Refuted), verdict
    return [(difference.kind, difference.what) for difference in verdict.differences]


def results(verdict: Verdict) -> dict[str, CheckResult]:
    checks: tuple[Check, ...] = verdict.checks
    return {check.name: check.result for check in checks}


# What lies in the image


def test_two_equal_images_are_proven(tmp_path: Path) -> None:
    verdict = judged(Lab(tmp_path))
    assert isinstance(verdict, Proven)
    assert verdict.compared_paths == 13
    assert verdict.platform == "linux/amd64"
    assert [tool.tool for tool in verdict.tools] == ["buildah"]


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (lacking(BASE, "/app/main.py"), [(DifferenceKind.REMOVED, "/app/main.py")]),
        (lacking(BASE, "/app"), [(DifferenceKind.REMOVED, "/app")]),
        (changed(BASE, app__main_dot_py="print('HELLO')"), [(DifferenceKind.CHANGED, "/app/main.py")]),
        (changed(BASE, app__main_dot_py="longer than before"), [(DifferenceKind.CHANGED, "/app/main.py")]),
        (changed(BASE, app__main_dot_py=Path("other.py")), [(DifferenceKind.CHANGED, "/app/main.py")]),
        (changed(BASE, app__new_dot_py="new"), [(DifferenceKind.ADDED, "/app/new.py")]),
        (changed(BASE, srv=None), [(DifferenceKind.ADDED, "/srv")]),
        (replace(BASE, modes={"/app/main.py": 0o600}), [(DifferenceKind.CHANGED, "/app/main.py")]),
        (lacking(BASE, "/var/log/build.log"), [(DifferenceKind.REMOVED, "/var/log/build.log")]),
        (replace(BASE, config=replace(CONFIG, user="app")), [(DifferenceKind.CONFIG, "user")]),
    ],
    ids=["file", "directory", "same size", "size", "link", "new file", "new directory", "mode", "log gone", "user"],
)
def test_a_planted_difference_is_found(tmp_path: Path, after: Recipe, found: list[tuple[DifferenceKind, str]]) -> None:
    assert told(judged(Lab(tmp_path, after=after))) == found


def test_noise_is_not_reported(tmp_path: Path) -> None:
    after = changed(BASE, var__log__build_dot_log="tuesday", run__secrets="1", etc__hosts="::1")
    lab = Lab(tmp_path, after=after)
    assert isinstance(judged(lab), Proven)
    assert len(lab.engine.built) == 2, "no second build of the original is needed"


@pytest.mark.parametrize(
    ("contract", "after"),
    [
        (removed("/app/data"), lacking(BASE, "/app/data")),
        (removed("/app/data/*"), lacking(BASE, "/app/data")),
        (removed("/app/*.py"), lacking(BASE, "/app/main.py")),
        (Contract(added=frozenset({PathPattern("/srv/**")})), changed(BASE, srv__new="new")),
        (Contract(changed=frozenset({PathPattern("/app/main.py")})), changed(BASE, app__main_dot_py="smaller")),
        (
            Contract(environment=frozenset({"PATH"})),
            replace(BASE, config=replace(CONFIG, env=("PATH=/venv/bin:/usr/bin:/bin",))),
        ),
    ],
    ids=["directory", "emptied directory", "glob", "added", "changed", "environment"],
)
def test_a_contract_is_respected(tmp_path: Path, contract: Contract, after: Recipe) -> None:
    assert isinstance(judged(Lab(tmp_path / "without", after=after)), Refuted)
    assert isinstance(judged(Lab(tmp_path / "with", after=after), contract), Proven)


def test_a_contract_covers_nothing_beside_it(tmp_path: Path) -> None:
    lab = Lab(tmp_path, after=lacking(BASE, "/app/data", "/app/main.py"))
    assert told(judged(lab, removed("/app/data"))) == [(DifferenceKind.REMOVED, "/app/main.py")]


def test_copies_of_ignored_context_files_may_be_missing(tmp_path: Path) -> None:
    before = changed(BASE, app__tests__test_a_dot_py="assert 1")
    lab = Lab(tmp_path, before=before, after=BASE)
    (lab.context / "tests").mkdir()
    (lab.context / "tests/test_a.py").write_text("assert 1")
    assert isinstance(judged(lab, Contract(ignored=frozenset({"tests"}))), Proven)


# What a second build of the original teaches


def test_what_the_original_does_not_reproduce_is_noise(tmp_path: Path) -> None:
    stamped = [changed(BASE, app__stamp=stamp, **{f"app__tmp_{stamp}": "x"}) for stamp in ("one", "two", "six")]
    lab = Lab(tmp_path, before=stamped[0], again=(stamped[1],), after=stamped[2])
    assert isinstance(judged(lab), Proven)
    assert [request.cache for request in lab.engine.built] == [CacheUse.REUSE, CacheUse.REUSE, CacheUse.COLD]


def test_other_content_does_not_excuse_a_missing_file(tmp_path: Path) -> None:
    one, two = (changed(BASE, app__stamp=stamp) for stamp in ("one", "two"))
    lab = Lab(tmp_path, before=one, again=(two,), after=BASE)
    assert told(judged(lab)) == [(DifferenceKind.REMOVED, "/app/stamp")]


def test_the_second_original_is_built_once(tmp_path: Path) -> None:
    lab = Lab(tmp_path, after=lacking(BASE, "/app/main.py"))
    with lab.prover() as prover:
        prover.judge(CANDIDATE, IDENTICAL)
        prover.judge(CANDIDATE, IDENTICAL)
    assert [request.cache for request in lab.engine.built].count(CacheUse.COLD) == 1


def with_package(version: str, **files: str) -> Recipe:
    status = f"Package: libfoo\nStatus: install ok installed\nVersion: {version}\nArchitecture: amd64\n"
    return changed(BASE, var__lib__dpkg__status=status, usr__lib__foo_dot_so=f"foo {version}", **files)


def test_a_drifting_mirror_leaves_it_undecided(tmp_path: Path) -> None:
    lab = Lab(tmp_path, before=with_package("1.0"), again=(with_package("1.1"),), after=with_package("1.2"))
    verdict = judged(lab)
    assert isinstance(verdict, Undecided)
    assert verdict.doubt is Doubt.DRIFT
    assert "libfoo" in verdict.hint


def test_layers_older_than_the_mirror_are_no_drift(tmp_path: Path) -> None:
    lab = Lab(tmp_path, before=with_package("1.0"), again=(with_package("1.1"),), after=with_package("1.1"))
    assert isinstance(judged(lab), Proven)


def test_another_version_that_the_original_does_not_get_is_a_change(tmp_path: Path) -> None:
    lab = Lab(tmp_path, before=with_package("1.0"), after=with_package("1.1"))
    assert (DifferenceKind.PACKAGE, "Debian package libfoo") in told(judged(lab))


@pytest.mark.parametrize("looks", [1, 2, 3])
def test_a_base_image_that_moves_meanwhile_leaves_it_undecided(tmp_path: Path, looks: int) -> None:
    lab = Lab(tmp_path)
    lab.engine.bases["base"] = [*(ImageId("1" * 64) for _ in range(looks)), ImageId("2" * 64)]
    verdict = judged(lab)
    assert isinstance(verdict, Undecided)
    assert verdict.doubt is Doubt.DRIFT


@pytest.mark.parametrize("looks", [1, 2])
def test_a_base_image_that_moves_behind_the_original_leaves_it_undecided(tmp_path: Path, looks: int) -> None:
    lab = Lab(tmp_path)
    lab.engine.bases["base"] = [*(ImageId("1" * 64) for _ in range(looks)), ImageId("2" * 64)]
    with lab.prover() as prover:
        prover.original()
        verdict = prover.judge(CANDIDATE, IDENTICAL)
    assert isinstance(verdict, Undecided)
    assert verdict.doubt is Doubt.DRIFT


def test_a_proof_is_not_remembered_for_a_base_image_that_moves_meanwhile(tmp_path: Path) -> None:
    lab, cache = Lab(tmp_path), ProofCache(tmp_path / "proofs.sqlite")
    lab.engine.bases["base"] = [ImageId("1" * 64)]
    with lab.prover(cache) as prover:
        assert isinstance(prover.judge(CANDIDATE, IDENTICAL), Proven)
    lab.engine.bases["base"] = [*(ImageId("1" * 64) for _ in range(2)), ImageId("2" * 64)]
    with lab.prover(cache) as prover:
        prover.original()
        verdict = prover.judge(CANDIDATE, IDENTICAL)
    assert isinstance(verdict, Undecided)


# Building


def test_an_original_that_does_not_build_is_told_with_its_step(tmp_path: Path) -> None:
    lab = Lab(tmp_path, before=replace(BASE, fails=("make: no rule", "error")))
    with lab.prover() as prover, pytest.raises(OriginalFails) as caught:
        prover.original()
    assert "step 2/2: RUN make" in str(caught.value)
    assert caught.value.tail == ("make: no rule", "error")


def test_a_candidate_that_does_not_build_is_refuted_with_its_last_lines(tmp_path: Path) -> None:
    lab = Lab(tmp_path, after=replace(BASE, fails=("clean: not found",)))
    assert judged(lab) == Refuted(build=("clean: not found",))


def test_a_build_that_fails_once_is_no_refutation(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.engine.texts[AFTER] = [replace(BASE, fails=("mirror: connection reset",)), BASE]
    assert isinstance(judged(lab), Proven)


def test_a_candidate_that_takes_too_long_is_undecided(tmp_path: Path) -> None:
    lab = Lab(tmp_path, after=replace(BASE, too_slow=True))
    lab.terms = Terms(lab.context, timeout=0.0)
    verdict = judged(lab)
    assert isinstance(verdict, Undecided)
    assert verdict.doubt is Doubt.TIME


def test_an_original_that_takes_too_long_is_told(tmp_path: Path) -> None:
    lab = Lab(tmp_path, before=replace(BASE, too_slow=True))
    lab.terms = Terms(lab.context, timeout=0.0)
    with lab.prover() as prover, pytest.raises(OriginalFails, match="in time"):
        prover.original()


def test_both_sides_are_built_under_the_same_terms(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.terms = Terms(lab.context, target="web", build_args=("A=1",), passthrough=("--pull",))
    judged(lab)
    one, other = lab.engine.built
    assert replace(one, containerfile=other.containerfile, ignorefile=other.ignorefile) == other
    assert one.target == "web"
    assert "A=1" not in repr(one)


def test_the_ignore_file_in_force_is_given_to_the_builder(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    seen: list[str] = []
    build = lab.engine.build
    lab.engine.build = lambda request, progress=None, stop=None: (  # type: ignore[method-assign]
        seen.append(request.ignorefile.read_text()) or build(request, progress)  # type: ignore[func-returns-value, union-attr]
    )
    with lab.prover() as prover:
        prover.judge(Subject(AFTER, "tests\n"), IDENTICAL)
    assert seen == ["", "tests\n"]


def test_the_original_is_measured(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    with lab.prover() as prover:
        figures = prover.original().measure
        assert prover.original().image == prover.original().image
    assert len(lab.engine.built) == 1
    assert (figures.layers, figures.build_seconds, figures.cached) == (2, 2.0, 1)
    assert figures.unpacked == 2 * figures.compressed > 10
    assert [(cost.text, cost.seconds) for cost in figures.instructions] == [("FROM base", 0.0), ("RUN make", 2.0)]
    assert figures.instructions[0].bytes == 10


def test_the_base_is_compressed_first_and_nothing_twice(tmp_path: Path) -> None:
    lab, base = Lab(tmp_path), ImageId("b" * 64)
    lab.engine.bases = {"base": [base]}
    with lab.prover() as prover:
        original = prover.original().image
        assert isinstance(prover.judge(Subject(AFTER, None), IDENTICAL), Proven)
    first, *others = lab.engine.compressed
    assert first == base
    assert original in others and len(set(others)) == len(others) == 2


def test_what_a_long_step_wrote_is_compressed_before_the_whole(tmp_path: Path) -> None:
    left = ImageId("d" * 12)
    lab = Lab(tmp_path, before=replace(BASE, leaves=left))
    with lab.prover() as prover:
        original = prover.original().image
        assert prover.original().measure.compressed > 0
    assert lab.engine.compressed == [left, original]


def test_what_an_earlier_stage_wrote_is_not_compressed(tmp_path: Path) -> None:
    lab, left = Lab(tmp_path, before=replace(BASE, leaves=ImageId("d" * 12))), ImageId("d" * 12)
    two = f"{BEFORE}FROM base\nCOPY --from=0 /app /app\n"
    lab.engine.texts[two] = lab.engine.texts[BEFORE]
    with Prover(lab.engine, Terms(lab.context), Subject(two, None), tmp_path / "Containerfile") as prover:
        original = prover.original().image
        assert prover.original().measure.compressed > 0
    assert left not in lab.engine.compressed and original in lab.engine.compressed


# Running


def test_the_same_crash_twice_is_no_pass(tmp_path: Path) -> None:
    crash = replace(BASE, run=prints("usage: app FILE\n", code=2))
    verdict = judged(Lab(tmp_path, before=crash, after=crash))
    assert isinstance(verdict, Undecided)
    assert verdict.doubt is Doubt.NO_CHECK
    assert "exits with 2" in verdict.hint
    assert results(verdict) == {"command": CheckResult.ORIGINAL_FAILS}


def test_another_crash_is_a_change(tmp_path: Path) -> None:
    before, after = (replace(BASE, run=prints("", code=code)) for code in (2, 127))
    assert results(judged(Lab(tmp_path, before=before, after=after))) == {"command": CheckResult.FAILED}


@pytest.mark.parametrize(
    "run", [prints("bye\n"), prints("hello\n", code=1), lambda request, root: ended(timed_out=True)]
)
def test_another_run_is_found(tmp_path: Path, run: Callable[..., object]) -> None:
    verdict = judged(Lab(tmp_path, after=replace(BASE, run=run)))  # type: ignore[arg-type]
    assert results(verdict) == {"command": CheckResult.FAILED}


def hiccups(*runs: int) -> Recipe:
    """Its command fails in these runs, counted from 0."""
    count = itertools.count()

    def run(request: RunRequest, root: Path) -> Finished:
        return ended(out=b"hello\n") if next(count) not in runs else ended(timed_out=True)

    return replace(BASE, run=run)


@pytest.mark.parametrize(("runs", "refuted"), [((0,), False), ((0, 1), True), ((0, 2), True), ((1, 2), False)])
def test_a_check_that_fails_once_must_pass_twice(tmp_path: Path, runs: tuple[int, ...], refuted: bool) -> None:
    assert isinstance(judged(Lab(tmp_path, after=hiccups(*runs))), Refuted) is refuted


def test_output_that_the_original_does_not_repeat_is_masked(tmp_path: Path) -> None:
    tokens = itertools.count()

    def run(request: object, root: object) -> object:
        return ended(out=f"welcome\ntoken {next(tokens)}\nbye\n".encode())

    lab = Lab(tmp_path, before=replace(BASE, run=run), after=replace(BASE, run=run))  # type: ignore[arg-type]
    assert results(judged(lab)) == {"command": CheckResult.PASSED}


def test_masked_output_still_tells_other_lines(tmp_path: Path) -> None:
    tokens = itertools.count()

    def run(word: str) -> Callable[..., object]:
        return lambda request, root: ended(out=f"{word}\ntoken {next(tokens)}\n".encode())

    before, after = (replace(BASE, run=run(word)) for word in ("welcome", "goodbye"))  # type: ignore[arg-type]
    assert results(judged(Lab(tmp_path, before=before, after=after))) == {"command": CheckResult.FAILED}


def test_a_check_that_passes_without_the_program_does_not_count(tmp_path: Path) -> None:
    lenient = replace(IN_A_SHELL, config=replace(CONFIG, cmd=("/bin/sh", "-c", "app || echo hello")))
    lab = Lab(tmp_path, before=lenient, after=lenient)
    verdict = judged(lab)
    assert isinstance(verdict, Undecided)
    assert results(verdict) == {"command": CheckResult.CANNOT_FAIL}
    assert "without the image's program" in verdict.hint


def test_an_image_without_a_command_needs_a_check(tmp_path: Path) -> None:
    silent = replace(BASE, config=replace(CONFIG, cmd=()))
    verdict = judged(Lab(tmp_path, before=silent, after=silent))
    assert isinstance(verdict, Undecided)
    assert (verdict.checks, verdict.doubt) == ((), Doubt.NO_CHECK)
    assert "--smoke" in verdict.hint


def test_a_server_is_asked_and_stopped(tmp_path: Path) -> None:
    verdict = judged(Lab(tmp_path, before=service(health="ok"), after=service(health="ok")))
    assert isinstance(verdict, Proven)
    assert {check.kind for check in verdict.checks} == {
        CheckKind.LISTENS,
        CheckKind.ANSWERS,
        CheckKind.HEALTH,
        CheckKind.STOPS,
    }
    assert set(results(verdict).values()) == {CheckResult.PASSED}


@pytest.mark.parametrize(
    ("after", "failed"),
    [
        (service(health="ill"), ["GET :8000/health"]),
        (replace(service(health="ok"), listens=frozenset()), ["port 8000"]),
        (replace(service(health="ok"), healthy=False), ["HEALTHCHECK"]),
        (replace(service(health="ok"), stops_with=137), ["stop"]),
        (replace(service(health="ok"), respond=lambda port, path: page("no", 500)), ["GET :8000/"]),
    ],
    ids=["answer", "silence", "health", "stop", "error"],
)
def test_a_server_that_behaves_otherwise_is_refuted(tmp_path: Path, after: Recipe, failed: list[str]) -> None:
    found = results(judged(Lab(tmp_path, before=service(health="ok"), after=after)))
    assert all(found[name] is CheckResult.FAILED for name in failed)


IN_SHELL, DIRECTLY = ("/bin/sh", "-c", "app"), CONFIG.cmd
RESPELLED = Contract(commands=frozenset({Respelled(IN_SHELL, DIRECTLY)}))


@pytest.mark.parametrize(
    ("before", "after", "contract", "result"),
    [
        (137, 143, RESPELLED, CheckResult.PASSED),
        (137, 143, IDENTICAL, CheckResult.FAILED),
        (143, 137, RESPELLED, CheckResult.FAILED),
        (143, 1, RESPELLED, CheckResult.FAILED),
    ],
)
def test_a_program_without_its_shell_may_heed_the_signal(
    tmp_path: Path, before: int, after: int, contract: Contract, result: CheckResult
) -> None:
    served = replace(service(health="ok"), files=IN_A_SHELL.files)
    command = IN_SHELL if contract is RESPELLED else DIRECTLY
    one = replace(served, stops_with=before, config=replace(served.config, cmd=command))
    other = replace(served, stops_with=after, config=replace(served.config, cmd=DIRECTLY))
    verdict = judged(Lab(tmp_path, before=one, after=other), contract)
    assert results(verdict)["stop"] is result


def test_an_answer_of_5xx_is_no_pass(tmp_path: Path) -> None:
    broken = replace(service(), respond=lambda port, path: page("no database", 500), healthy=False)
    found = results(judged(Lab(tmp_path, before=broken, after=broken)))
    assert found["GET :8000/"] is CheckResult.ORIGINAL_FAILS
    assert found["HEALTHCHECK"] is CheckResult.ORIGINAL_FAILS


def test_that_it_stops_shows_nothing_alone(tmp_path: Path) -> None:
    deaf = replace(service(), listens=frozenset(), config=replace(CONFIG, ports=("8000/tcp",)))
    verdict = judged(Lab(tmp_path, before=deaf, after=deaf))
    assert isinstance(verdict, Undecided)
    assert results(verdict) == {"port 8000": CheckResult.ORIGINAL_FAILS, "stop": CheckResult.PASSED}


def test_a_program_that_does_not_end_is_alive_on_both(tmp_path: Path) -> None:
    lasting = replace(
        BASE,
        run=lambda request, root: ended(timed_out=True),
        config=replace(CONFIG, health=Health(("CMD-SHELL", "true"))),
    )
    verdict = judged(Lab(tmp_path, before=lasting, after=lasting))
    assert isinstance(verdict, Proven)
    assert results(verdict) == dict.fromkeys(("command", "HEALTHCHECK", "stop"), CheckResult.PASSED)


def test_the_copy_without_its_program_is_removed(tmp_path: Path) -> None:
    lab = Lab(tmp_path, before=IN_A_SHELL, after=IN_A_SHELL)
    judged(lab)
    (copy,) = lab.engine.removed
    assert not (lab.engine.images[copy][0] / "usr/bin/app").exists()


@pytest.mark.parametrize(
    ("command", "exit_code", "more", "copies"),
    [
        (["app"], 0, {}, 0),
        (["/usr/bin/app", "-v"], 0, {}, 0),
        (["app"], 127, {}, 1),
        (["app"], 0, {"setup": [["true"]]}, 1),
        (["app"], 0, {"envVars": [{"key": "PATH", "value": "/opt:/bin"}]}, 1),
        (["twice"], 0, {}, 1),
        (["/bin/sh", "-c", "app"], 0, {}, 1),
    ],
)
def test_what_could_not_start_without_its_program_is_not_tried(
    tmp_path: Path, command: list[str], exit_code: int, more: dict[str, object], copies: int
) -> None:
    test = {"name": "t", "command": command[0], "args": command[1:], "exitCode": exit_code, **more}
    (tmp_path / "checks.json").write_text(json.dumps({"schemaVersion": "2.0.0", "commandTests": [test]}))
    twice = {**IN_A_SHELL.files, "/bin/twice": "x", "/usr/bin/twice": "x"}
    recipe = replace(IN_A_SHELL, files=twice, config=replace(CONFIG, cmd=()), run=prints("", code=exit_code))
    lab = Lab(tmp_path, before=recipe, after=recipe)
    lab.terms = Terms(lab.context, smoke=tmp_path / "checks.json")
    judged(lab)
    assert len(lab.engine.removed) == copies


def test_a_users_command_counts(tmp_path: Path) -> None:
    (tmp_path / "checks.json").write_text(
        json.dumps(
            {
                "schemaVersion": "2.0.0",
                "commandTests": [{"name": "says", "command": "app", "args": ["-v"], "expectedOutput": ["^hel+o"]}],
                "fileExistenceTests": [{"name": "main", "path": "/app/main.py"}],
            }
        )
    )
    silent = replace(BASE, config=replace(CONFIG, cmd=()))
    lab = Lab(tmp_path, before=silent, after=silent)
    lab.terms = Terms(lab.context, smoke=tmp_path / "checks.json")
    verdict = judged(lab)
    assert isinstance(verdict, Proven)
    assert results(verdict) == {"1. says": CheckResult.PASSED, "2. main": CheckResult.CANNOT_FAIL}


# Cache


def test_a_second_identical_proof_builds_nothing(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.engine.bases["base"] = [ImageId("1" * 64)]
    cache = ProofCache(tmp_path / "proofs.sqlite")

    def prove() -> Verdict:
        with Prover(
            lab.engine, Terms(lab.context), Subject(BEFORE, None), tmp_path, patience=HURRY, cache=cache
        ) as one:
            return one.judge(CANDIDATE, IDENTICAL)

    first = prove()
    builds = len(lab.engine.built)
    assert prove() == first
    assert len(lab.engine.built) == builds
    (lab.context / "new.py").write_text("x")
    prove()
    assert len(lab.engine.built) > builds


@pytest.mark.parametrize("cached", [True, False])
def test_an_original_that_was_built_anew_is_run_at_once(tmp_path: Path, cached: bool) -> None:
    ran = threading.Event()

    def run(request: RunRequest, root: Path) -> Finished:
        ran.set()
        return HELLO(request, root)

    lab = Lab(tmp_path, before=replace(BASE, run=run))
    build = lab.engine.build

    def from_cache(request: BuildRequest, progress: Progress | None = None, stop: Stop | None = None) -> Built:
        built = build(request, progress, stop)
        return replace(built, steps=tuple(replace(step, cached=True) for step in built.steps))

    if cached:
        lab.engine.build = from_cache  # type: ignore[method-assign]
    with lab.prover() as prover:
        prover.original()
        assert ran.wait(0.5 if cached else 10) is not cached


def test_the_original_is_listed_only_where_something_is_compared(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.engine.layer_changes = pytest.fail  # type: ignore[method-assign, assignment]
    with lab.prover() as prover:
        prover.original()


def test_who_asks_at_the_same_time_gets_the_same_tree(tmp_path: Path) -> None:
    both, reads = threading.Barrier(2), list[Tree]()

    def read() -> Tree:
        reads.append(read_tree(tmp_path))
        return reads[-1]

    side = Side(ImageId("1" * 64), CONFIG, read)

    def ask(_: int) -> Tree:
        both.wait(10)
        return side.tree

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(ask, range(2))
    assert one is other
    assert len(reads) == 1


def test_what_runs_when_nothing_is_to_be_proven_is_ended(tmp_path: Path) -> None:
    begun, ended = threading.Event(), threading.Event()

    def run(request: RunRequest, root: Path) -> Finished:
        assert request.stop is not None
        with request.stop.ending(ended.set):
            begun.set()
            assert ended.wait(10)
        return HELLO(request, root)

    with Lab(tmp_path, before=replace(BASE, run=run)).prover() as prover:
        prover.original()
        assert begun.wait(10)
    assert ended.is_set()
