"""What is told of a runtime stage before anything is built."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.containers.model import ImageId, Step
from optimizer.context import MemoryContext
from optimizer.evidence.foresight import named_in
from optimizer.evidence.gather import Gathering
from optimizer.evidence.images import Images
from optimizer.evidence.mentions import Mentions
from optimizer.evidence.split import Candidate, Removal, Split
from tests.evidence.world import CONFIG, Layered, Pack, Picture, World, alpine, debian

BASE, SLIM = "debian:bookworm", "debian:bookworm-slim"
INSTALL = "FROM debian:bookworm\nRUN apt-get update && apt-get install -y {}\nCOPY . .\nRUN make\n{}\n"
CURL = Pack("curl", {"/usr/bin/curl": "elf libcurl.so.4"}, "libcurl4")
LIBCURL = Pack("libcurl4", {"/usr/lib/x86_64-linux-gnu/libcurl.so.4": "so libc.so.6"}, "libc6")
HEADERS = Pack("libpq-dev", {"/usr/include/pq.h": "h"}, "libpq5, libssl-dev, libjs-pq", "libdevel")
LIBRARIES = (Pack("libpq5", {"/usr/lib/libpq.so.5": "so"}), Pack("libssl-dev", {"/usr/include/ssl.h": "h"}))
SCRIPTS = Pack("libjs-pq", {"/usr/share/pq.js": "js"}, section="javascript")
FULL = debian(CURL, LIBCURL, HEADERS, *LIBRARIES, SCRIPTS)


def foreseen(
    tmp_path: Path, text: str, images: dict[str, Picture] | None = None, mentioned: Mentions | None = None
) -> Candidate | None:
    here = images if images is not None else {BASE: FULL, SLIM: debian(slim=True)}
    with ExitStack() as mounts:
        split = Gathering(Images(World(tmp_path, here).engine(), mounts), text).foreseen(mentioned)
    if split is None:
        return None
    assert split.text == text
    (candidate,) = split.candidates
    return candidate


@pytest.mark.parametrize(
    ("installed", "command", "packages"),
    [
        ("gcc make lua5.4", 'CMD ["lua5.4", "main.lua"]', ("lua5.4",)),
        ("gcc lua5.4=5.4.4-1 less", "CMD lua5.4 main.lua", ("less", "lua5.4")),
        ("openjdk-17-jdk-headless make", 'CMD ["java", "-jar", "x.jar"]', ("openjdk-17-jre-headless",)),
        ("openjdk-17-jdk-headless nginx", 'CMD ["nginx"]', ("nginx",)),
        ("gcc", 'CMD ["curl", "x"]', ("curl",)),
        ("gcc", 'HEALTHCHECK CMD curl -f x\nENTRYPOINT ["/srv/run"]', ("curl",)),
        ("gcc", 'ENTRYPOINT ["curl"]\nCMD ["x"]', ("curl",)),
        ("gcc libpq-dev", 'CMD ["/srv/run"]', ("libpq5",)),
    ],
)
def test_what_will_be_installed(tmp_path: Path, installed: str, command: str, packages: tuple[str, ...]) -> None:
    candidate = foreseen(tmp_path, INSTALL.format(installed, command))
    assert candidate is not None
    assert (candidate.image, candidate.packages) == (SLIM, packages)


@pytest.mark.parametrize(
    ("installed", "command"),
    [
        ("gcc make", 'CMD ["/srv/run"]'),
        ("openjdk-17-jdk-headless", 'CMD ["/srv/run"]'),
        ("default-jdk", 'CMD ["java"]'),
        ("libunknown-dev", 'CMD ["/srv/run"]'),
    ],
)
def test_nothing_is_foreseen_where_nothing_known_runs(tmp_path: Path, installed: str, command: str) -> None:
    assert foreseen(tmp_path, INSTALL.format(installed, command)) is None


def test_directories_that_slim_images_lack_and_files_that_go_are_foreseen(tmp_path: Path) -> None:
    text = INSTALL.format("openjdk-17-jdk", "CMD java x")
    gone = "rm -f /etc/java-17/x.conf /tmp/y /usr/include/pq.h build/z"
    candidate = foreseen(tmp_path, text.replace("RUN make", f"RUN make && {gone}"))
    assert candidate is not None
    assert candidate.before_install == ("/usr/share/man/man1",)
    assert candidate.removals == (Removal("/etc/java-17/x.conf"),)


@pytest.mark.parametrize(
    ("copied", "expected"),
    [("", (Removal("/usr/share/site/*", deep=True),)), ("COPY site /usr/share/site\nCMD ", ())],
    ids=["nothing comes there", "something is copied there"],
)
def test_what_is_emptied_to_be_filled_again_is_not_foreseen(
    tmp_path: Path, copied: str, expected: tuple[Removal, ...]
) -> None:
    text = INSTALL.format("openjdk-17-jdk", "CMD java x").replace("RUN make", "RUN make && rm -rf /usr/share/site/*")
    candidate = foreseen(tmp_path, text.replace("CMD ", copied or "CMD "))
    assert candidate is not None
    assert candidate.removals == expected


def test_the_interpreter_of_the_base_stays_unless_something_else_is_started(tmp_path: Path) -> None:
    python = Pack("python-of-the-image", {"/usr/local/bin/python3.11": "elf libc.so.6"})
    images = {
        "python:3.11": replace(debian(CURL, LIBCURL, python), config=CONFIG),
        "python:3.11-slim": debian(python, slim=True),
        SLIM: debian(slim=True),
    }
    text = "FROM python:3.11\nRUN apt-get install -y gcc {} && pip install x\nCMD {}\n"
    app = foreseen(tmp_path / "1", text.format("curl less", '["gunicorn"]'), images)
    served = foreseen(tmp_path / "2", text.format("nginx", '["nginx"]'), images)
    assert app is not None and (app.image, app.packages) == ("python:3.11-slim", ("less",))
    assert served is not None and (served.image, served.packages) == (SLIM, ("nginx",))


def test_what_files_of_the_project_start_is_foreseen(tmp_path: Path) -> None:
    context = MemoryContext(
        {
            "run.js": b"child_process.execSync('curl x')",
            "node_modules/a/run.js": b"child_process.execSync('perl x')",
            "image.bin": b"\0system('perl')",
        }
    )
    candidate = foreseen(tmp_path, INSTALL.format("gcc", 'CMD ["/srv/run"]'), mentioned=named_in(context))
    assert candidate is not None
    assert candidate.packages == ("curl",)


def test_a_stage_that_leaves_nothing_behind_is_not_foreseen(tmp_path: Path) -> None:
    text = f"FROM {SLIM}\nRUN apt-get update && apt-get install -y curl\nCMD curl x\n"
    assert foreseen(tmp_path, text) is None


@pytest.mark.parametrize(
    "text",
    [
        "FROM elsewhere:1\nRUN apt-get install -y gcc curl\nCMD curl\n",
        "FROM debian:bookworm AS a\nRUN make\nFROM a\nRUN apt-get install -y gcc curl\nCMD curl\n",
        "RUN x\n",
    ],
)
def test_nothing_is_foreseen_of_a_base_that_is_not_here(tmp_path: Path, text: str) -> None:
    assert foreseen(tmp_path, text) is None


SERVER = Layered(
    packages=(
        Pack("gcc", {"/usr/bin/gcc": "elf libc.so.6"}, "libc6", "devel"),
        Pack("nginx", {"/usr/sbin/nginx": "elf libpcre2.so.0"}, "libpcre2", "httpd"),
        Pack("libpcre2", {"/usr/lib/x86_64-linux-gnu/libpcre2.so.0": "so libc.so.6"}, "libc6", automatic=True),
        Pack("libz-dev", {"/usr/include/z.h": "h"}, "libz1", "libdevel"),
        Pack("libz1", {"/usr/lib/x86_64-linux-gnu/libz.so.1": "so libc.so.6"}, "libc6", automatic=True),
    )
)
LATER = "RUN make\nRUN make install\n"
STEPS = "FROM debian:bookworm\n{}RUN apt-get install -y gcc nginx libz-dev\n{}CMD nginx\n"


def test_a_base_that_the_build_pulls_is_asked_for_anew(tmp_path: Path) -> None:
    base = debian()
    images = {
        SLIM: debian(slim=True),
        "built": base.then(Layered(packages=(CURL, LIBCURL)), config=replace(CONFIG, cmd=("curl",))),
    }
    with ExitStack() as mounts:
        gathering = Gathering(
            Images(World(tmp_path, images).engine(), mounts), 'FROM debian:bookworm\nRUN x\nCMD ["curl"]\n'
        )
        assert gathering.foreseen() is None
        images[BASE] = base
        (split,) = (each for each in gathering.of(ImageId("built")) if isinstance(each, Split))
    assert split.obstacle is None
    assert [each.image for each in split.candidates] == [SLIM, BASE]


def after(tmp_path: Path, text: str, number: int, *, over: bool = False, image: str = "step") -> Candidate | None:
    base = debian()
    images = {BASE: base, SLIM: debian(slim=True), "step": base.then(SERVER), "other": debian(CURL)}
    step = Step(number, number, "RUN", 1.0, cached=False, image=ImageId(image) if image else None)
    with ExitStack() as mounts:
        gathering = Gathering(Images(World(tmp_path, images).engine(), mounts), text)
        split = gathering.foreseen_after(step, lambda: over)
    return None if split is None else split.candidates[0]


def test_what_the_last_install_left_tells_more(tmp_path: Path) -> None:
    candidate = after(tmp_path, STEPS.format("ENV A=1\n", "COPY . .\nRUN make\nRUN make install\n"), 3)
    assert candidate is not None
    assert (candidate.image, candidate.packages) == (SLIM, ("libz1", "nginx"))


@pytest.mark.parametrize(
    ("follows", "number", "over", "image"),
    [
        (LATER, 1, False, "step"),
        (LATER, 3, False, "step"),
        (LATER, 2, True, "step"),
        (LATER, 2, False, ""),
        (LATER, 2, False, "other"),
        ("RUN make\n", 2, False, "step"),
    ],
)
def test_other_steps_tell_nothing(tmp_path: Path, follows: str, number: int, over: bool, image: str) -> None:
    text = STEPS.format("", follows)
    assert after(tmp_path / "a", text, 2) is not None or follows != LATER
    assert after(tmp_path / "b", text, number, over=over, image=image) is None


def test_where_that_is_worth_waiting_for_nothing_is_told_before(tmp_path: Path) -> None:
    assert foreseen(tmp_path / "a", STEPS.format("", "RUN make\n")) is not None
    assert foreseen(tmp_path / "b", STEPS.format("", LATER)) is None


def test_packages_of_alpine(tmp_path: Path) -> None:
    images = {"alpine:3.20": alpine(Pack("curl", {"/usr/bin/curl": "elf libc.musl-x86_64.so.1"}))}
    candidate = foreseen(tmp_path, "FROM alpine:3.20\nRUN apk add gcc lua5.4\nCMD lua5.4 x\n", images)
    assert candidate is not None
    assert candidate.packages == ("lua5.4",)
