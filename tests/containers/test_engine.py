"""The engine over real tools: what it builds, shows, runs and leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.containers import proc, weighing
from optimizer.containers.behind import Behind
from optimizer.containers.engine import BuildahEngine, open_engine
from optimizer.containers.library import list_containers, list_images
from optimizer.containers.model import (
    BuildFailed,
    BuildRequest,
    CacheUse,
    Health,
    ImageId,
    Network,
    RunRequest,
    Step,
)
from optimizer.containers.names import CONTAINER_PREFIX, IMAGE_PREFIX, RunId
from optimizer.containers.runner import RunWith
from optimizer.containers.stop import Stop
from optimizer.errors import EngineError, MissingTool

pytestmark = pytest.mark.container

SERVER = (
    "mkdir -p /www && echo hello > /www/index.html && httpd -p 8080 -h /www && "
    "trap 'echo bye; exit 4' TERM && echo ready && while true; do sleep 0.05; done"
)


@pytest.fixture(params=[RunWith.BEST, RunWith.BUILDAH], ids=["podman", "buildah"])
def engine(request: pytest.FixtureRequest, store: object) -> Iterator[BuildahEngine]:
    """Tests that run something do so with either tool."""
    opened = open_engine(run_with=request.param)
    yield opened
    opened.close()


@pytest.fixture
def builder(store: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BuildahEngine]:
    # A sweep counts what it finds: directories that tests beside this one leave are not to be seen.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    opened = open_engine()
    yield opened
    opened.close()


def request_for(place: Path, text: str) -> BuildRequest:
    """A build of the Containerfile `text`, which lies beside its context."""
    context = place / "context"
    context.mkdir(exist_ok=True)
    file = place / "Containerfile"
    file.write_text(text)
    return BuildRequest(file, context, None)


def build(engine: BuildahEngine, place: Path, text: str) -> ImageId:
    return engine.build(request_for(place, text)).image


def shown(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def own_images() -> dict[str, list[str]]:
    """The names of each image in the test's own store: the lab's, below it, may change with what others do there."""
    rows = json.loads(shown("buildah", "images", "--all", "--json")) or []
    return {row["id"]: row["names"] or [] for row in rows if not row["readonly"]}


def names_of_ours() -> list[str]:
    return [name for names in own_images().values() for name in names if name.startswith(IMAGE_PREFIX)]


def busybox(engine: BuildahEngine) -> ImageId:
    image = engine.find("docker.io/library/busybox:latest")
    assert image is not None
    return image


# Building


def test_a_build_that_is_ended_leaves_its_finished_layers_only(builder: BuildahEngine, tmp_path: Path) -> None:
    slow = request_for(tmp_path, "FROM busybox\nRUN echo first > /first\nRUN sleep 3456\n")
    stop = Stop()

    def end(step: Step) -> None:
        if step.text.endswith("/first"):
            threading.Thread(target=stop.now).start()

    with pytest.raises(EngineError, match="ended"):
        builder.build(replace(slow, behind=Behind()), end, stop)
    assert shown("buildah", "containers", "--all", "--quiet") == ""
    assert "sleep 3456" not in shown("ps", "-eo", "args")
    again = builder.build(request_for(tmp_path, "FROM busybox\nRUN echo first > /first\n"))
    assert [step.cached for step in again.steps] == [False, True]


def test_a_build_tells_its_steps_and_finds_its_cache(builder: BuildahEngine, tmp_path: Path) -> None:
    request = request_for(tmp_path, "FROM busybox\nRUN echo one > /one\nCMD cat /one\n")
    told: list[Step] = []
    first = builder.build(request, told.append)
    second = builder.build(request)
    assert [step.text for step in first.steps] == ["FROM busybox", "RUN echo one > /one", "CMD cat /one"]
    assert list(first.steps)[:2] == [replace(step, total=3) for step in told][:2]
    assert not any(step.cached for step in first.steps)
    assert [step.cached for step in second.steps] == [False, True, True]
    assert second.image == first.image


def test_a_cold_build_takes_nothing_from_the_cache(builder: BuildahEngine, tmp_path: Path) -> None:
    request = request_for(tmp_path, "FROM busybox\nRUN echo one > /one\n")
    builder.build(request)
    assert not any(step.cached for step in builder.build(replace(request, cache=CacheUse.COLD)).steps)


def test_a_failing_step_is_named_with_what_it_printed(builder: BuildahEngine, tmp_path: Path) -> None:
    with pytest.raises(BuildFailed) as caught:
        build(builder, tmp_path, "FROM busybox\nRUN echo reason; sleep 0.3; exit 7\nRUN true\n")
    assert caught.value.step is not None
    assert (caught.value.step.number, caught.value.step.text) == (2, "RUN echo reason; sleep 0.3; exit 7")
    assert "reason" in caught.value.tail
    assert "working-container" not in shown("buildah", "containers")


def test_only_the_ignore_file_that_is_given_is_in_force(builder: BuildahEngine, tmp_path: Path) -> None:
    request = request_for(tmp_path, "FROM busybox\nCOPY . /all\n")
    for name in ("kept", "hidden"):
        (request.context / name).write_text(name)
    (request.context / ".containerignore").write_text("kept\n")
    candidate = tmp_path / "candidate.ignore"
    candidate.write_text("hidden\n.containerignore\n")
    for ignorefile, expected in ((None, [".containerignore", "hidden", "kept"]), (candidate, ["kept"])):
        image = builder.build(replace(request, ignorefile=ignorefile)).image
        with builder.rootfs(image) as root:
            assert sorted(path.name for path in (root / "all").iterdir()) == expected


def test_triggers_for_other_images_never_run(
    engine: BuildahEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "private").touch()
    monkeypatch.chdir(tmp_path / "mine")
    text = 'FROM busybox\nONBUILD COPY . /taken\nONBUILD RUN false\nRUN echo 1 > /one\nCMD ["cat", "/one"]\n'
    image = build(engine, tmp_path, text)
    assert engine.image(image).config.onbuild == ("COPY . /taken", "RUN false")
    with engine.rootfs(image) as root:
        assert ((root / "one").read_text(), (root / "taken").exists()) == ("1\n", False)
    assert engine.run(RunRequest(image)).stdout == b"1\n"
    copy = engine.without(image, ("/one",))
    with engine.rootfs(copy) as root:
        assert not (root / "one").exists() and not (root / "taken").exists()


def test_target_and_build_arguments_reach_the_build(builder: BuildahEngine, tmp_path: Path) -> None:
    request = request_for(tmp_path, "FROM busybox AS one\nARG WORD\nRUN echo $WORD > /word\nFROM busybox\n")
    image = builder.build(replace(request, target="one", build_args=("WORD=hi",))).image
    with builder.rootfs(image) as root:
        assert (root / "word").read_text() == "hi\n"


def test_a_build_over_its_limit_ends_with_all_it_started(builder: BuildahEngine, tmp_path: Path) -> None:
    request = replace(request_for(tmp_path, "FROM busybox\nRUN sleep 4321 & sleep 4321\n"), timeout=2.0)
    with pytest.raises(EngineError, match="longer than 2 s"):
        builder.build(request)
    assert "sleep 4321" not in shown("ps", "-eo", "args")
    assert "working-container" not in shown("buildah", "containers")


# Looking into images


def test_an_image_has_its_configuration_layers_and_history(builder: BuildahEngine, tmp_path: Path) -> None:
    text = (
        "FROM busybox\nENV A=b\nWORKDIR /srv\nRUN echo hi > hi\nUSER nobody\nEXPOSE 80\n"
        'HEALTHCHECK --interval=5s CMD true\nENTRYPOINT ["sh"]\nCMD ["-c", "true"]\n'
    )
    image = builder.image(build(builder, tmp_path, text))
    config = image.config
    assert (config.user, config.workdir, config.ports) == ("nobody", "/srv", ("80/tcp",))
    assert (config.entrypoint, config.cmd) == (("sh",), ("-c", "true"))
    assert config.health == Health(("CMD-SHELL", "true"), interval=5_000_000_000)
    assert "A=b" in config.env
    assert len([entry for entry in image.history if not entry.empty]) == len(image.layers)
    assert image.size == sum(layer.size for layer in image.layers) > builder.image(busybox(builder)).size


def test_layers_tell_what_they_wrote_and_removed(builder: BuildahEngine, tmp_path: Path) -> None:
    text = "FROM busybox\nRUN mkdir /data && echo 12345 > /data/five\nRUN rm -r /data && echo 1 > /one\n"
    image = build(builder, tmp_path, text)
    base, made, removed = builder.layer_changes(image)
    assert "/bin/busybox" in base.written
    assert made.written["/data/five"] == 6
    assert removed.written["/one"] == 2
    assert {"/data", "/data/five"} <= removed.removed


def test_layers_are_the_same_without_podmans_help(
    builder: BuildahEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = build(builder, tmp_path, "FROM busybox\nRUN mkdir /data && echo 12345 > /data/five\nRUN rm -r /data\n")
    monkeypatch.setenv("PATH", str(path_without("podman", tmp_path)))
    alone = open_engine()
    assert [layer.removed for layer in alone.layer_changes(image)] == [
        layer.removed for layer in builder.layer_changes(image)
    ]
    for by_tar, by_overlay in zip(alone.layer_changes(image), builder.layer_changes(image), strict=True):
        assert set(by_overlay.written) == set(by_tar.written)


def path_without(tool: str, place: Path) -> Path:
    """A directory with links to every program on PATH but one."""
    links = place / f"without-{tool}"
    links.mkdir()
    for directory in reversed(os.environ["PATH"].split(os.pathsep)):
        for program in Path(directory).iterdir() if Path(directory).is_dir() else ():
            link = links / program.name
            if program.name != tool:
                link.unlink(missing_ok=True)
                link.symlink_to(program)
    return links


def test_a_compressed_image_is_smaller_and_measured_once(builder: BuildahEngine) -> None:
    image = busybox(builder)
    size = builder.compressed_size(image).bytes
    assert 0 < size < builder.image(image).size
    begun = time.monotonic()
    assert builder.compressed_size(image).bytes == size
    assert time.monotonic() - begun < 0.1


def test_layers_of_a_known_size_are_not_compressed_again(
    builder: BuildahEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = build(builder, tmp_path, "FROM busybox\nRUN seq 9999 > /numbers\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "first"))
    at_once = BuildahEngine(os.environ).compressed_size(image).bytes
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "then"))
    engine = BuildahEngine(os.environ)
    base = engine.compressed_size(busybox(engine)).bytes
    assert engine.compressed_size(image).bytes == at_once > base + 10_000


def test_large_layers_are_told_within_four_percent(builder: BuildahEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    image = builder.find("debian:bookworm")
    if image is None:
        pytest.fail("debian:bookworm is not in the lab: tests/lab/bases.sh")
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
    told = BuildahEngine(os.environ).compressed_size(image)
    monkeypatch.setattr(weighing, "_LARGE", 1 << 40)
    exact = BuildahEngine(os.environ).compressed_size(image)
    assert (told.sampled, exact.sampled) == (True, False)
    assert abs(told.bytes / exact.bytes - 1) < 0.04


def test_measuring_can_be_ended(builder: BuildahEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    stop = Stop()
    stop.now()
    with pytest.raises(EngineError, match="export the image"):
        BuildahEngine(os.environ).compressed_size(busybox(builder), stop)
    assert not list(tmp_path.rglob("*.json"))


def test_a_copy_without_a_path_lacks_only_that(builder: BuildahEngine, tmp_path: Path) -> None:
    text = 'FROM busybox\nRUN mkdir /d && echo 1 > /d/a && ln -s /d /link\nHEALTHCHECK CMD true\nCMD ["/d/a"]\n'
    image = build(builder, tmp_path, text)
    copy = builder.without(image, ("/link/a", "/nowhere/x"))
    assert builder.image(copy).config == builder.image(image).config
    with builder.rootfs(copy) as root:
        assert (root / "d").is_dir() and not (root / "d" / "a").exists()
        assert (root / "link").is_symlink()


def test_an_unknown_image_is_not_found_and_never_pulled(builder: BuildahEngine) -> None:
    assert builder.find("localhost/no-such-image:1") is None


def test_versions_come_with_buildah_first(builder: BuildahEngine) -> None:
    versions = builder.versions()
    assert versions[0].tool == "buildah"
    assert (versions[0].major, versions[0].minor) >= (1, 28)


@pytest.mark.parametrize("listed", [list_images, list_containers])
def test_what_vanishes_while_it_is_listed_is_no_failure(
    listed: Callable[[dict[str, str]], str], tmp_path: Path
) -> None:
    tool = tmp_path / "buildah"
    tool.write_text(
        f"#!/bin/sh\ncd {tmp_path}\n"
        'test -e again && echo "[]" && exit\n: > again\necho "locating image with ID 1: image not known" >&2\nexit 1\n'
    )
    tool.chmod(0o755)
    assert listed({"PATH": f"{tmp_path}:/usr/bin:/bin"}) == "[]"


def test_without_buildah_there_is_no_engine(tmp_path: Path) -> None:
    with pytest.raises(MissingTool, match="buildah is not installed"):
        open_engine({"PATH": str(tmp_path)})


# Running


def test_a_program_has_its_input_output_error_and_code(engine: BuildahEngine) -> None:
    # buildah 1.28 under chroot isolation loses one time in 25 what a program prints in the moment it ends.
    command = ("sh", "-c", "cat; echo err >&2; sleep 0.3; exit 3")
    done = engine.run(RunRequest(busybox(engine), command=command, stdin=b"in"))
    assert (done.exit_code, done.stdout, done.stderr, done.timed_out) == (3, b"in", b"err\n", False)


def test_the_images_own_command_user_and_environment_are_used(engine: BuildahEngine, tmp_path: Path) -> None:
    text = 'FROM busybox\nENV A=b\nUSER nobody\nWORKDIR /tmp\nENTRYPOINT ["sh", "-c"]\nCMD ["id -un; echo $A; pwd"]\n'
    image = build(engine, tmp_path, text)
    assert engine.run(RunRequest(image)).stdout == b"nobody\nb\n/tmp\n"


@pytest.mark.parametrize(
    ("entrypoint", "command", "expected"),
    [(None, ("two",), b"one two\n"), (("echo",), ("three",), b"three\n"), (("echo",), None, b"\n")],
    ids=["command", "both", "entry point"],
)
def test_a_request_replaces_command_and_entry_point(
    engine: BuildahEngine,
    tmp_path: Path,
    entrypoint: tuple[str, ...] | None,
    command: tuple[str, ...] | None,
    expected: bytes,
) -> None:
    image = build(engine, tmp_path, 'FROM busybox\nENTRYPOINT ["echo", "one"]\nCMD ["zero"]\n')
    assert engine.run(RunRequest(image, entrypoint=entrypoint, command=command)).stdout == expected


def test_environment_and_user_of_a_request_count(engine: BuildahEngine) -> None:
    request = RunRequest(busybox(engine), command=("sh", "-c", "echo $A; id -un"), env=("A=b c",), user="nobody")
    assert engine.run(request).stdout == b"b c\nnobody\n"


def test_exit_code_125_of_a_program_is_its_own(engine: BuildahEngine) -> None:
    assert engine.run(RunRequest(busybox(engine), command=("sh", "-c", "exit 125"))).exit_code == 125


def test_a_program_that_is_not_there_is_a_result_and_no_error(engine: BuildahEngine) -> None:
    assert engine.run(RunRequest(busybox(engine), command=("/no/such/program",))).exit_code == 127


def test_a_program_over_its_limit_is_killed(engine: BuildahEngine) -> None:
    done = engine.run(RunRequest(busybox(engine), command=("sleep", "5432"), timeout=1.5))
    assert done.timed_out
    assert "sleep 5432" not in shown("ps", "-eo", "args")


def test_another_thread_ends_what_runs(engine: BuildahEngine) -> None:
    stop = Stop()
    threading.Timer(1.0, stop.now).start()
    done = engine.run(RunRequest(busybox(engine), command=("sleep", "5433"), stop=stop))
    assert done.exit_code != 0
    assert done.seconds < 20
    assert "sleep 5433" not in shown("ps", "-eo", "args")


def test_another_thread_ends_what_was_started(engine: BuildahEngine) -> None:
    stop = Stop()
    with engine.start(RunRequest(busybox(engine), command=("sleep", "5434"), stop=stop)) as running:
        assert running.alive()
        stop.now()
        assert not running.alive()
    assert "sleep 5434" not in shown("ps", "-eo", "args")


def test_without_network_there_is_only_loopback(engine: BuildahEngine) -> None:
    done = engine.run(RunRequest(busybox(engine), command=("sh", "-c", "ip -o addr; ip route"), network=Network.NONE))
    addresses = [line.split()[1] for line in done.stdout.decode().splitlines() if " inet " in line]
    assert addresses == ["lo"]
    assert b"default" not in done.stdout


def test_a_server_is_started_asked_and_stopped(engine: BuildahEngine) -> None:
    with engine.start(RunRequest(busybox(engine), command=("sh", "-c", SERVER))) as running:
        limit = time.monotonic() + 20
        while not (running.listens(8080) and b"ready" in running.logs()[0]) and time.monotonic() < limit:
            time.sleep(0.02)
        assert running.alive()
        assert not running.listens(8081)
        assert not running.listens(8080, "udp")
        answer, missing = running.get(8080, "/"), running.get(8080, "/missing")
        assert answer is not None and missing is not None
        assert (answer.status, answer.body, missing.status) == (200, b"hello\n", 404)
        assert ("content-type", "text/html") in answer.headers
        assert running.get(8081, "/", timeout=1) is None
        inside = running.execute(("sh", "-c", "cat /www/index.html; exit 2"))
        assert (inside.exit_code, inside.stdout) == (2, b"hello\n")
        stopped = running.stop()
    assert (stopped.exit_code, stopped.stdout, stopped.timed_out) == (4, b"ready\nbye\n", False)
    assert stopped.seconds < 2


def test_a_program_that_goes_on_is_killed_after_the_grace(engine: BuildahEngine) -> None:
    command = ("sh", "-c", "trap : TERM; echo ready; while true; do sleep 0.05; done")
    with engine.start(RunRequest(busybox(engine), command=command)) as running:
        while b"ready" not in running.logs()[0]:
            time.sleep(0.02)
        stopped = running.stop(grace=0.5)
    assert (stopped.exit_code, stopped.timed_out) == (137, True)
    assert 0.5 <= stopped.seconds < 3


def test_a_signal_that_the_kernel_drops_is_not_waited_for(engine: BuildahEngine) -> None:
    command = ("sh", "-c", "echo ready; while true; do sleep 0.05; done")
    with engine.start(RunRequest(busybox(engine), command=command)) as running:
        while b"ready" not in running.logs()[0]:
            time.sleep(0.02)
        stopped = running.stop(grace=20)
    # As the first of its PID namespace it has to be killed; else the signal ends it.
    assert (stopped.exit_code, stopped.timed_out) in ((137, True), (143, False))
    assert stopped.seconds < 5


def test_the_images_stop_signal_is_sent(engine: BuildahEngine, tmp_path: Path) -> None:
    image = build(engine, tmp_path, "FROM busybox\nSTOPSIGNAL SIGUSR1\n")
    command = ("sh", "-c", "trap 'exit 6' USR1; echo ready; while true; do sleep 0.05; done")
    with engine.start(RunRequest(image, command=command)) as running:
        while b"ready" not in running.logs()[0]:
            time.sleep(0.02)
        assert running.stop().exit_code == 6


def test_leaving_a_started_container_removes_it(engine: BuildahEngine) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        engine.start(RunRequest(busybox(engine), command=("sleep", "6543"))) as running,
    ):
        assert running.alive()
        raise KeyboardInterrupt
    assert "sleep 6543" not in shown("ps", "-eo", "args")
    assert CONTAINER_PREFIX not in shown("buildah", "containers", "--all", "--noheading")


def test_servers_on_the_same_port_run_side_by_side(engine: BuildahEngine) -> None:
    request = RunRequest(busybox(engine), command=("sh", "-c", SERVER))
    with engine.start(request) as one, engine.start(request) as other:
        for running in (one, other):
            limit = time.monotonic() + 20
            while not running.listens(8080) and time.monotonic() < limit:
                time.sleep(0.02)
            assert running.get(8080, "/") is not None


# Leaving


def test_closing_takes_our_names_away_and_keeps_the_cache(builder: BuildahEngine, tmp_path: Path) -> None:
    request = request_for(tmp_path, "FROM busybox\nRUN echo one > /one\nRUN echo two > /two\n")
    builder.build(request)
    builder.close()
    assert names_of_ours() == []
    assert [step.cached for step in open_engine().build(request).steps] == [False, True, True]


def test_removing_an_image_takes_the_layers_of_its_build(builder: BuildahEngine, tmp_path: Path) -> None:
    before = own_images()
    builder.remove(build(builder, tmp_path, "FROM busybox\nRUN echo one > /one\nRUN echo two > /two\n"))
    assert own_images() == before


def test_removing_a_candidate_leaves_what_the_original_needs(builder: BuildahEngine, tmp_path: Path) -> None:
    original = build(builder, tmp_path, "FROM busybox\nRUN echo one > /one\nRUN echo two > /two\n")
    candidate = build(builder, tmp_path, "FROM busybox\nRUN echo one > /one\nRUN echo three > /three\n")
    builder.remove(candidate)
    again = builder.build(request_for(tmp_path, "FROM busybox\nRUN echo one > /one\nRUN echo two > /two\n"))
    assert again.image == original
    assert [step.cached for step in again.steps] == [False, True, True]


def test_the_users_image_survives_although_we_built_the_same(builder: BuildahEngine, tmp_path: Path) -> None:
    request = request_for(tmp_path, "FROM busybox\nRUN echo one > /one\n")
    options = ("--quiet", "--layers", "--format=docker", "--tag=localhost/mine:1", f"--file={request.containerfile}")
    shown("buildah", "bud", *options, str(request.context))
    mine = builder.find("localhost/mine:1")
    assert builder.build(request).image == mine
    assert mine is not None
    builder.remove(mine)
    assert builder.find("localhost/mine:1") == mine
    assert names_of_ours() == []


def test_images_of_others_are_not_removed(builder: BuildahEngine) -> None:
    image = busybox(builder)
    builder.remove(image)
    assert busybox(builder) == image


KILLED = """
import sys, threading, time
from pathlib import Path
from optimizer.containers.engine import open_engine
from optimizer.containers.model import BuildRequest, RunRequest
engine = open_engine()
done = engine.build(BuildRequest(Path(sys.argv[1]), Path(sys.argv[3]), None)).image
with engine.start(RunRequest(done, command=("sleep", "7654"))), engine.rootfs(done):
    slow = BuildRequest(Path(sys.argv[2]), Path(sys.argv[3]), None)
    threading.Thread(target=engine.build, args=(slow,), daemon=True).start()
    time.sleep(600)
"""


def test_what_a_killed_run_left_is_swept_and_nothing_else(builder: BuildahEngine, tmp_path: Path) -> None:
    quick = request_for(tmp_path, "FROM busybox\nRUN echo one > /one\n")
    slow = tmp_path / "slow"
    slow.write_text("FROM busybox\nRUN sleep 8765\n")
    users = shown("buildah", "from", "--pull-never", "busybox").strip()
    mine = builder.build(quick).image
    argv = [sys.executable, "-c", KILLED, str(quick.containerfile), str(slow), str(quick.context)]
    run = subprocess.Popen(argv, env={**os.environ, "TMPDIR": str(tmp_path)})
    wait_for_process("sleep 8765")
    wait_for_process("sleep 7654")
    run.send_signal(signal.SIGKILL)
    run.wait()
    swept = builder.sweep()
    assert swept >= 4, "a started container, a mounted one, an interrupted build, a name"
    left = shown("buildah", "containers", "--all", "--noheading").splitlines()
    assert len(left) == 1 and users in left[0]
    assert "sleep 7654" not in shown("ps", "-eo", "args")
    assert "sleep 8765" not in shown("ps", "-eo", "args")
    assert builder.image(mine).id == mine
    assert len(names_of_ours()) == 1
    assert builder.sweep() == 0


def test_a_container_that_a_killed_build_had_not_yet_recorded_is_swept(builder: BuildahEngine, tmp_path: Path) -> None:
    killed = subprocess.Popen(["sleep", "60"])
    run = replace(RunId.own(), pid=killed.pid, started=proc.start_time(killed.pid) or 0)
    directory = Path(tempfile.mkdtemp(prefix=f"{CONTAINER_PREFIX}{run}-0-"))
    names = [shown("buildah", "from", "--pull-never", "busybox").strip() for _ in range(2)]
    podmans = shown("podman", "create", "--pull=never", "--name", "my-working-container", "busybox").strip()
    rows = json.loads(shown("buildah", "containers", "--all", "--json"))
    ids = {row["containername"]: row["id"] for row in rows}
    place = Path(json.loads(shown("buildah", "info"))["store"]["GraphRoot"], "overlay-containers")
    (place / ids[names[1]] / "userdata" / "buildah.json").unlink()
    assert builder.sweep() == 0, "the run lives"
    killed.kill()
    killed.wait()
    assert builder.sweep() == 2, "the container and the directory"
    left = {row["id"] for row in json.loads(shown("buildah", "containers", "--all", "--json"))}
    assert left == {ids[names[0]], podmans}
    assert not directory.exists()


def test_a_container_whose_record_comes_late_is_left_alone(builder: BuildahEngine, tmp_path: Path) -> None:
    """Its maker lives, and has to wait for the disk."""
    ended = subprocess.Popen(["true"])
    run = replace(RunId.own(), pid=ended.pid, started=proc.start_time(ended.pid) or 1)
    ended.wait()
    directory = Path(tempfile.mkdtemp(prefix=f"{CONTAINER_PREFIX}{run}-0-"))
    name = shown("buildah", "from", "--pull-never", "busybox").strip()
    (row,) = json.loads(shown("buildah", "containers", "--all", "--json"))
    place = Path(json.loads(shown("buildah", "info"))["store"]["GraphRoot"], "overlay-containers")
    record = place / row["id"] / "userdata" / "buildah.json"
    written = record.read_bytes()
    record.unlink()
    (tmp_path / "buildah").symlink_to("/bin/sleep")
    maker = subprocess.Popen([str(tmp_path / "buildah"), "60"])
    writes = threading.Timer(2.5, record.write_bytes, (written,))
    writes.start()
    try:
        assert builder.sweep() == 1, "the directory"
    finally:
        writes.cancel()
        maker.kill()
        maker.wait()
    assert shown("buildah", "containers", "--all", "--noheading", "--format", "{{.ContainerName}}").split() == [name]
    assert not directory.exists()


def wait_for_process(command: str) -> None:
    limit = time.monotonic() + 60
    while command not in shown("ps", "-eo", "args"):
        assert time.monotonic() < limit, f"{command} never started"
        time.sleep(0.1)


def test_a_sweep_leaves_a_living_run_alone(builder: BuildahEngine, tmp_path: Path) -> None:
    image = build(builder, tmp_path, "FROM busybox\nRUN echo one > /one\n")
    with builder.rootfs(image) as root:
        assert open_engine().sweep() == 0
        assert (root / "one").exists()
    assert len(names_of_ours()) == 1


def test_builds_run_side_by_side(builder: BuildahEngine, tmp_path: Path) -> None:
    places = [tmp_path / str(number) for number in range(2)]
    images: list[ImageId] = []
    for place in places:
        place.mkdir()

    def run(place: Path) -> None:
        images.append(build(builder, place, f"FROM busybox\nRUN echo {place.name} > /n\n"))

    threads = [threading.Thread(target=run, args=(place,)) for place in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(images)) == 2
