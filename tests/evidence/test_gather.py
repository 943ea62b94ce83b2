"""From built images, given as data, to what a runtime stage must hold."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.containers.model import Health, ImageId, Step
from optimizer.evidence import accounts, elf
from optimizer.evidence.bases import Bases, SmallerBases
from optimizer.evidence.elf import Elf
from optimizer.evidence.gather import Gathering
from optimizer.evidence.images import Images
from optimizer.evidence.layers import Layers
from optimizer.evidence.split import Candidate, Obstacle, Removal, Split
from optimizer.evidence.tree import Root
from tests.evidence.gathered import gather
from tests.evidence.world import CONFIG, Layered, Pack, Picture, World, alpine, debian

TEXT = "FROM debian:bookworm\nRUN install\nCOPY . /app\nCMD x\n"
SLIM = "debian:bookworm-slim"
MADE = "FROM debian:bookworm\nRUN install\nWORKDIR /app\nRUN make\n"


def split(
    tmp_path: Path, installed: Layered, copied: Layered, text: str = TEXT, *more: Layered, **config: object
) -> Split:
    base = debian()
    settings = replace(CONFIG, **{"workdir": "/app", **config})  # type: ignore[arg-type]
    images = {
        "debian:bookworm": base,
        SLIM: debian(slim=True),
        "built": base.then(installed, copied, *more, config=settings),
    }
    found = gather(World(tmp_path, images).engine(), text, ImageId("built"))
    (known,) = (each for each in found if isinstance(each, Split))
    return known


def test_files_that_no_later_step_wrote_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def noted(root: Root, path: str) -> Elf | None:
        read.append(path)
        return inner(root, path)

    inner = elf.read_elf
    monkeypatch.setattr(elf, "read_elf", noted)
    text = "FROM debian:bookworm\nRUN apt-get install -y gcc app\nRUN make\nRUN make\nCMD app\n"
    installed = Layered(packages=(GCC, Pack("app", {"/usr/bin/app": "elf libc.so.6", "/usr/bin/two": "elf libc.so.6"})))
    step = debian().then(installed)
    built = step.then(Layered({"/usr/bin/app": "elf libc.so.6"}), Layered(), config=replace(CONFIG, cmd=("app",)))
    images = {"debian:bookworm": debian(), SLIM: debian(slim=True), "step": step, "built": built}
    with ExitStack() as mounts:
        gathering = Gathering(Images(World(tmp_path, images).engine(), mounts), text)
        left = Step(2, 4, "RUN", 1.0, cached=False, image=ImageId("step"))
        assert gathering.foreseen_after(left, lambda: False) is not None
        early = set(read)
        read.clear()
        gathering.of(ImageId("built"))
    assert {"/usr/bin/app", "/usr/bin/two", "/bin/sh"} <= early
    assert "/usr/bin/app" in read
    assert not {"/usr/bin/two", "/bin/sh"} & set(read)


def best(
    tmp_path: Path, installed: Layered, copied: Layered, text: str = TEXT, *more: Layered, **config: object
) -> Candidate:
    return split(tmp_path, installed, copied, text, *more, **config).candidates[0]


def pack(name: str, path: str, text: str = "elf libc.so.6", depends: str = "libc6", **more: object) -> Pack:
    return Pack(name, {path: text}, depends, **more)  # type: ignore[arg-type]


GCC = pack("gcc", "/usr/bin/gcc", section="devel")
CURL = pack("curl", "/usr/bin/curl", section="web", automatic=True)
GIT = pack("git", "/usr/bin/git", section="vcs", automatic=True)
MAGIC = pack("libmagic1", "/usr/lib/x86_64-linux-gnu/libmagic.so.1", "so libc.so.6", automatic=True)
FONTS = pack("fonts-x", "/usr/share/fonts/x.ttf", "ttf", section="fonts", automatic=True)
JQ = pack("jq", "/usr/bin/jq", section="utils")
LUA = pack("lua", "/usr/bin/lua", automatic=True)
ALL = Layered(packages=(GCC, CURL, GIT, MAGIC, FONTS, JQ, LUA))


@pytest.mark.parametrize(
    ("files", "config", "package"),
    [
        ({"/app/run": "elf libmagic.so.1"}, {"cmd": ("/app/run",)}, "libmagic1"),
        ({"/app/run": "static \0libmagic.so.1\0"}, {"cmd": ("/app/run",)}, "libmagic1"),
        ({"/app/run": "static", "/app/x.py": "find_library('magic')\n"}, {}, "libmagic1"),
        ({"/app/run": "static", "/app/x.py": "import subprocess\nsubprocess.run(['git', 'x'])\n"}, {}, "git"),
        ({"/app/run": "static", "/app/x.py": "import subprocess\nc = ['git', 'x']\nsubprocess.run(c)\n"}, {}, "git"),
        ({"/app/run": "static", "/app/x.js": "child_process.execSync(`git log | head`)"}, {}, "git"),
        ({"/app/run": "static", "/app/x.rb": "FONT = '/usr/share/fonts/x.ttf'"}, {}, "fonts-x"),
        ({"/app/run": "x #!/bin/sh\ncurl x\n"}, {"cmd": ("/app/run",)}, "curl"),
        ({"/app/run": "static", "/app/helper": "x #!/bin/sh\nif x; then git x; fi\n"}, {}, "git"),
        ({"/app/run": "x #!/usr/bin/lua\n"}, {"cmd": ("/app/run",)}, "lua"),
        ({"/app/run": "static"}, {"health": Health(("CMD-SHELL", "curl -f x"))}, "curl"),
        ({"/app/run": "static"}, {}, "jq"),
    ],
    ids=[
        "linked", "dlopen", "find_library", "subprocess", "subprocess, computed", "execSync", "a path in a literal",
        "entry script", "a script beside", "an interpreter", "health check", "asked for by name",
    ],
)  # fmt: skip
def test_what_is_used_is_installed(
    tmp_path: Path, files: dict[str, str], config: dict[str, object], package: str
) -> None:
    config = {"cmd": ("/app/run",), **config}
    found = best(tmp_path, ALL, Layered(files), **config)
    assert found.image == SLIM
    assert package in found.packages
    assert "gcc" not in found.packages
    assert "gcc" in found.packages_removed


@pytest.mark.parametrize(
    ("place", "packages"),
    [
        ("/usr/bin/atm", ("libatm1", "tc")),
        ("/usr/lib/x86_64-linux-gnu/libq.so", ("libatm1", "tc")),
        # A plug-in is opened by name, and its package does without.
        ("/usr/lib/tc/atm.so", ("tc",)),
    ],
)
def test_libraries_that_a_package_only_recommends(tmp_path: Path, place: str, packages: tuple[str, ...]) -> None:
    kind = "elf" if "/bin/" in place else "so"
    brings = Pack("tc", {"/usr/bin/tc": "elf libc.so.6", place: f"{kind} libatm.so.1"}, "libc6")
    atm = pack("libatm1", "/usr/lib/x86_64-linux-gnu/libatm.so.1", "so libc.so.6", automatic=True)
    found = best(tmp_path, Layered(packages=(GCC, brings, atm)), Layered({"/app/x": "1"}), cmd=("tc",))
    assert found.packages == packages


def test_caches_sources_and_leavings_stay_behind(tmp_path: Path) -> None:
    files = {"/app/run": "elf libc.so.6", "/app/a.c": "int a;", "/app/a.o": "o", "/app/Makefile": "all:"}
    left = {"/root/.cache/x": "1", "/tmp/y": "1", "/var/cache/z": "1", "/etc/hosts": "x"}
    found = best(tmp_path, Layered(packages=(GCC,)), Layered({**files, **left}), MADE, cmd=("/app/run",))
    assert found.shipment.kept == {"/app/run"}


def test_sources_stay_where_a_program_reads_them(tmp_path: Path) -> None:
    files = {"/app/a.ts": "1", "/app/node_modules/.bin/tsx": "x #!/bin/sh\n"}
    found = best(tmp_path, ALL, Layered(files), cmd=("/app/node_modules/.bin/tsx", "a.ts"))
    assert "/app/a.ts" in found.shipment.kept


def test_links_modes_and_empty_directories_are_kept(tmp_path: Path) -> None:
    files = {"/app/run": "elf libc.so.6", "/opt/tool/x": "1", "/usr/bin/run": "-> /app/run", "/data/": ""}
    found = best(tmp_path, Layered(packages=(GCC,)), Layered(files), cmd=("/app/run",)).shipment
    assert [(link.path, link.target) for link in found.links] == [("/usr/bin/run", "/app/run")]
    assert [made.path for made in found.directories] == ["/data"]
    assert {copy.destination for copy in found.copies} == {"/app", "/opt"}


NGINX = pack("nginx", "/usr/sbin/nginx")


def removed(tmp_path: Path, commands: str, made: Layered, gone: Layered) -> tuple[Removal, ...]:
    text = f"FROM debian:bookworm\nRUN install\nRUN {commands}\n"
    return split(tmp_path, made, gone, text, cmd=("/usr/sbin/nginx",)).candidates[0].removals


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ("rm /etc/nginx/sites/default", (Removal("/etc/nginx/sites/default"),)),
        ("rm -f /etc/nginx/sites/*", (Removal("/etc/nginx/sites/*"),)),
        ("rm -rf /etc/nginx/*/default /tmp/x", (Removal("/etc/nginx/*/default", deep=True),)),
        ("find /etc/nginx/sites -delete", (Removal("/etc/nginx/sites/default"),)),
        ("cd /etc; rm /etc/nginx/sites/default", (Removal("/etc/nginx/sites/default"),)),
        ("rm --force /etc//nginx/sites/../sites/defaul?", (Removal("/etc/nginx/sites/defaul?"),)),
        ("/bin/rm '-rf' /etc/nginx/sites/[a-d]*", (Removal("/etc/nginx/sites/[a-d]*", deep=True),)),
        ("for x in a; do rm /etc/nginx/sites/default; done", (Removal("/etc/nginx/sites/default"),)),
        ("rm /etc/ngin?/default", ()),
        ("rm /etc/nginx/[a-z]*", ()),
    ],
)
def test_what_the_build_removed_stays_removed(tmp_path: Path, commands: str, expected: tuple[Removal, ...]) -> None:
    path = "/etc/nginx/sites/default"
    assert removed(tmp_path, commands, Layered({path: "s"}, [NGINX]), Layered(removed=(path,))) == expected


@pytest.mark.parametrize("commands", ["rm -rf /etc/nginx/sites/", "rm -rf /etc/nginx/sites || true", "set -e; {}"])
def test_a_directory_is_taken_away_as_one(tmp_path: Path, commands: str) -> None:
    made = Layered({"/etc/nginx/sites/a": "s", "/etc/nginx/sites/b": "s"}, [NGINX])
    gone = Layered(removed=("/etc/nginx/sites", "/etc/nginx/sites/a", "/etc/nginx/sites/b"))
    found = removed(tmp_path, commands.format("find /etc/nginx/sites -delete"), made, gone)
    assert found == (Removal("/etc/nginx/sites", deep=True),)


@pytest.mark.parametrize(
    "command", ["rm -rf /etc/nginx/sites/", "rm -rf /etc/nginx/./sites", "rm -rf /etc/nginx/*/", "rm -f /etc/nginx/c*"]
)
def test_what_is_there_in_the_end_is_not_taken_away(tmp_path: Path, command: str) -> None:
    nginx = Pack("nginx", {"/usr/sbin/nginx": "x ", "/etc/nginx/sites/": "", "/etc/nginx/conf": "x"})
    assert removed(tmp_path, f"install && {command} && again", Layered(), Layered({}, [nginx])) == ()


def test_only_what_packages_made_is_taken_away(tmp_path: Path) -> None:
    nginx = Layered({}, [Pack("nginx", {"/usr/sbin/nginx": "x ", "/etc/nginx/conf": "x"})])
    made, gone = Layered({"/usr/share/made/x": "1"}), Layered(removed=("/usr/share/made/x",))
    text = "FROM debian:bookworm\nRUN install\nRUN make\nRUN rm -f /usr/share/made/x /etc/nginx/none\n"
    assert split(tmp_path, nginx, made, text, gone, cmd=("/usr/sbin/nginx",)).candidates[0].removals == ()


def test_links_of_directories_are_followed(tmp_path: Path) -> None:
    made = Layered({"/lib": "-> usr/lib", "/usr/lib/systemd/a.service": "s", "/usr/lib/systemd/b": "s"}, [NGINX])
    gone = Layered(removed=("/usr/lib/systemd/a.service",))
    for word in ("/lib/systemd/a.service", "/lib/systemd/*.service"):
        assert removed(tmp_path / word.replace("/", "_"), f"rm -f {word}", made, gone) == (Removal(word),)


def test_a_directory_is_taken_away_as_a_whole_and_caches_are_not(tmp_path: Path) -> None:
    made = Layered({"/etc/nginx/sites/a": "s", "/etc/nginx/sites/b": "s", "/root/.cache/pip/x": "1"}, [NGINX])
    paths = ("/etc/nginx/sites", "/etc/nginx/sites/a", "/etc/nginx/sites/b", "/root/.cache")
    paths += ("/root/.cache/pip", "/root/.cache/pip/x")
    expected = (Removal("/etc/nginx/sites", deep=True),)
    assert removed(tmp_path, "rm -rf /etc/nginx/sites /root/.cache", made, Layered(removed=paths)) == expected


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ("install && rm -f /etc/nginx/sites/default", ("/etc/nginx/sites/default",)),
        ("install && rm -f /etc/nginx/sites/d*", ("/etc/nginx/sites/d*",)),
        ("install && rm -f '/etc/nginx/sites/a file'", ("'/etc/nginx/sites/a file'",)),
        ("install && rm -f /etc/nginx/sites/o*", ()),
        ("install && rm -f /etc/nginx/sites/$NAME", ()),
        ("install && rm -f /etc/other/default sites/default /x", ()),
        ("install && fetch /usr/bin/x && rm /usr/bin/x", ()),
        ("install || rm -f /etc/nginx/sites/default", ()),
    ],
)
def test_what_one_step_made_and_removed_is_told_by_its_directory(
    tmp_path: Path, commands: str, expected: tuple[str, ...]
) -> None:
    nginx = Pack("nginx", {"/usr/sbin/nginx": "x ", "/usr/bin/ngx": "x ", "/etc/nginx/sites/own": "s"})
    found = removed(tmp_path, commands, Layered(), Layered({}, [nginx]))
    assert found == tuple(map(Removal, expected))


@pytest.mark.parametrize(
    ("text", "config", "obstacle"),
    [
        (TEXT, {"cmd": ("/none",)}, Obstacle.ENTRY),
        (TEXT, {}, Obstacle.ENTRY),
        ("FROM debian:none\nRUN a\nCOPY . /\n", {"cmd": ("sh",)}, Obstacle.BASE),
        ("FROM debian:bookworm\nRUN a\n" + "COPY . /\n" * 2, {"cmd": ("sh",)}, Obstacle.ATTRIBUTION),
    ],
    ids=["not there", "nothing is started", "base not here", "too few layers"],
)
def test_says_why_nothing_can_be_said(tmp_path: Path, text: str, config: dict[str, object], obstacle: Obstacle) -> None:
    assert split(tmp_path, ALL, Layered({"/app/x": "1"}), text, **config).obstacle is obstacle


def test_layers_are_gathered_too(tmp_path: Path) -> None:
    images = {"debian:bookworm": debian(), "built": debian().then(ALL, Layered({"/app/x": "1"}))}
    layers, *_ = gather(World(tmp_path, images).engine(), TEXT, ImageId("built"))
    assert isinstance(layers, Layers)
    assert [sorted(change.written) for change in layers.by_start.values()][1] == ["/app", "/app/x"]


def test_alpine_is_read_alike(tmp_path: Path) -> None:
    build = Pack("build-base", {"/usr/bin/gcc": "elf libc.musl-x86_64.so.1"})
    ssl = Pack("libssl3", {"/usr/lib/libssl.so.3": "so"}, automatic=True)
    base = alpine()
    built: Picture = base.then(
        Layered(packages=(build, ssl)),
        Layered({"/app/run": "elf libssl.so.3"}),
        config=replace(CONFIG, cmd=("/app/run",)),
    )
    text = TEXT.replace("debian:bookworm", "alpine:3.20")
    images = {"alpine:3.20": base, "built": built}
    _, found, *_ = gather(World(tmp_path, images).engine(), text, ImageId("built"))
    assert isinstance(found, Split)
    assert (found.candidates[0].image, found.candidates[0].packages) == ("alpine:3.20", ("libssl3",))


def test_the_version_history_is_no_part_of_the_application(tmp_path: Path) -> None:
    hook = "x #!/bin/sh\ngit diff-index --cached HEAD\n"
    copied = Layered({"/app/run": "static", "/app/.git/hooks/pre-commit.sample": hook})
    assert "git" not in best(tmp_path, ALL, copied, cmd=("/app/run",)).packages


def test_a_more_careful_candidate_keeps_what_looks_like_sources(tmp_path: Path) -> None:
    files = {"/app/run": "elf libc.so.6", "/app/a.c": "int a;"}
    found = split(tmp_path, Layered(packages=(GCC,)), Layered(files), MADE, cmd=("/app/run",))
    first, second = found.candidates[0], found.careful()[0]
    assert (first.image, second.image) == (SLIM, SLIM)
    assert (first.shipment.kept, second.shipment.kept) == ({"/app/run"}, set(files))


def test_of_a_build_by_maven_only_the_archive_ships(tmp_path: Path) -> None:
    files = {
        "/app/pom.xml": "<project/>",
        "/app/dependency-reduced-pom.xml": "<project/>",
        "/app/src/main/java/A.java": "class A {}",
        "/app/src/main/resources/words.txt": "words",
        "/app/src/test/resources/sample.txt": "sample",
        "/app/target/a.jar": "PK",
        "/app/target/original-a.jar": "PK",
        "/app/target/classes/words.txt": "words",
        "/app/target/maven-archiver/pom.properties": "version=1",
        "/app/target/surefire-reports/A.txt": "passed",
        "/app/target/lib/gson.jar": "PK",
        "/app/target/generated-sources/annotations/": "",
    }
    java = Layered(packages=(GCC, pack("jre", "/usr/bin/java", automatic=True)))
    found = best(tmp_path, java, Layered(files), MADE, cmd=("java", "-jar", "target/a.jar")).shipment
    assert found.kept == {"/app/target/a.jar", "/app/target/lib/gson.jar"}
    assert found.directories == ()


def test_a_script_by_which_the_base_starts_everything_comes_along(tmp_path: Path) -> None:
    script = 'x #!/bin/sh\nexec "$@"\n'
    base = debian()
    base = replace(base, layers=(*base.layers, Layered({"/usr/local/bin/entry.sh": script, "/opt/a/run": "elf"})))
    images = {"debian:bookworm": base, SLIM: debian(slim=True)}

    def images_of(program: str) -> set[str]:
        config = replace(CONFIG, entrypoint=("entry.sh",), cmd=(program,))
        built = base.then(Layered(packages=(GCC,)), Layered({"/app/run": "elf libc.so.6"}), config=config)
        known = gather(World(tmp_path / program[1:4], {**images, "built": built}).engine(), TEXT, ImageId("built"))
        (found,) = (each for each in known if isinstance(each, Split))
        kept = {each.image for each in found.candidates if "/usr/local/bin/entry.sh" in each.shipment.kept}
        assert kept <= {SLIM}
        return kept

    assert images_of("/app/run") == {SLIM}
    assert images_of("/opt/a/run") == set(), "a program of the base is no script"


def test_what_was_built_on_another_image_tells_nothing_of_the_one_that_is_named(tmp_path: Path) -> None:
    """As with `--build-arg`, which decides on a base whose default is here too."""
    other = debian(pack("another", "/usr/bin/another"))
    built = other.then(Layered({"/made": "x"}), Layered({"/app/x": "x #!/bin/sh\n"}))
    images = {"debian:bookworm": debian(), SLIM: debian(slim=True), "built": built}
    found = gather(World(tmp_path, images).engine(), TEXT, ImageId("built"))
    shown = [each.known if isinstance(each, SmallerBases) else each for each in found]
    obstacles = [each.obstacle for each in shown if isinstance(each, Split | Bases)]
    assert obstacles == [Obstacle.BASE, Obstacle.BASE]


def test_files_that_no_step_compiles_are_no_sources(tmp_path: Path) -> None:
    files = {"/app/run": "static", "/app/templates/main.c": "int NAME;", "/app/Makefile": "all:"}
    found = best(tmp_path, Layered(packages=(GCC,)), Layered(files), cmd=("/app/run",))
    assert found.shipment.kept == set(files)


def test_files_beside_the_place_where_it_is_built_are_no_sources(tmp_path: Path) -> None:
    files = {"/app/run": "static", "/app/a.c": "int a;", "/app/public/b.c": "int b;", "/srv/site/c.c": "int c;"}
    found = best(tmp_path, Layered(packages=(GCC,)), Layered(files), MADE, cmd=("/app/run",))
    assert found.shipment.kept == files.keys() - {"/app/a.c"}


def test_the_last_candidates_hold_more_than_is_known_to_be_needed(tmp_path: Path) -> None:
    header = pack("libyaml-dev", "/usr/include/yaml.h", "h", depends="libyaml", section="libdevel")
    yaml = pack("libyaml", "/usr/lib/x86_64-linux-gnu/libyaml.so.2", "so libc.so.6", automatic=True)
    files = {"/app/run": "elf libc.so.6"}
    found = split(tmp_path, Layered(packages=(GCC, header, yaml)), Layered(files), cmd=("/app/run",))
    every = (*found.candidates, *found.careful())
    assert [each.packages for each in every if each.image == SLIM] == [(), ("libyaml", "perl")]


def test_a_tool_of_the_base_image_comes_with_the_most_careful_candidate(tmp_path: Path) -> None:
    wget = pack("wget", "/usr/bin/wget", section="web")
    images = {
        "debian:bookworm": debian(wget),
        SLIM: debian(slim=True),
        "built": debian(wget).then(Layered(packages=(GCC,)), Layered({"/app/run": "static"}), config=replace(
            CONFIG, cmd=("/app/run",))),
    }  # fmt: skip
    known = gather(World(tmp_path, images).engine(), TEXT, ImageId("built"))
    (found,) = (each for each in known if isinstance(each, Split))
    every = (*found.candidates, *found.careful())
    assert [each.packages for each in every if each.image == SLIM] == [(), ("perl", "wget")]


@pytest.mark.parametrize(
    ("text", "package"),
    [
        ("static \0/lib64/ld-linux-x86-64.so.2\0 \0popen\0 \0curl -s x\0", "curl"),
        ("static \0/lib64/ld-linux-x86-64.so.2\0 \0execvp\0 \0git\0", "git"),
        ("static \0/lib64/ld-linux-x86-64.so.2\0 \0fopen\0 \0git\0", None),
        ("static \0/lib64/ld-linux-x86-64.so.2\0 \0popen\0 \0gcc\0", None),
        ("static \0popen\0 \0curl -s x\0", None),
    ],
    ids=["a command line", "a name", "starts nothing", "a compiler", "linked statically"],
)
def test_commands_among_the_strings_of_a_program(tmp_path: Path, text: str, package: str | None) -> None:
    found = best(tmp_path, ALL, Layered({"/app/run": text}), cmd=("/app/run",)).packages
    assert ("git" in found, "curl" in found) == (package == "git", package == "curl")


def test_a_static_program_gets_the_time_zones_that_it_reads(tmp_path: Path) -> None:
    zones = pack("tzdata", "/usr/share/zoneinfo/Europe/Berlin", "TZif", depends="")
    texts = {"clock": "static \0/usr/share/zoneinfo\0libc.so.6\0", "still": "static \0libc.so.6\0"}
    copied = {}
    for name, text in texts.items():
        found = best(tmp_path / name, Layered(packages=(GCC, zones)), Layered({"/app/run": text}), cmd=("/app/run",))
        assert found.image == "scratch"
        copied[name] = {source for copy in found.shipment.copies for source in copy.sources}
    assert copied == {"clock": {"/usr/share/zoneinfo", "/app"}, "still": {"/app"}}


def test_one_file_of_several_names_is_copied_with_its_directory(tmp_path: Path) -> None:
    files = {"/app/run": "elf libc.so.6", "/app/a.c": "int a;", "/app/one": "x" * 1000, "/app/two": "x" * 1000}
    built = debian().then(Layered(packages=(GCC,)), Layered(files), config=replace(CONFIG, cmd=("/app/run",)))
    world = World(tmp_path, {"debian:bookworm": debian(), SLIM: debian(slim=True), "built": built})
    copied = []
    for linked in (False, True):
        if linked:
            with world.rootfs(ImageId("built")) as top:
                (top / "app/two").unlink()
                (top / "app/two").hardlink_to(top / "app/one")
        (found,) = (each for each in gather(world.engine(), MADE, ImageId("built")) if isinstance(each, Split))
        copied.append({source for copy in found.candidates[0].shipment.copies for source in copy.sources})
    assert copied == [{"/app/one", "/app/run", "/app/two"}, {"/app"}]


def test_what_was_installed_under_another_name_is_not_shipped_twice(tmp_path: Path) -> None:
    installed = {"/usr/local/lib/libx.so.1.0": "so libc.so.6", "/usr/local/share/words": "words"}
    built = {"/app/libx.so": "so libc.so.6", "/app/x.c": "int x;", "/app/other": "words"}
    run = {"/usr/local/bin/run": "elf libx.so.1.0"}
    found = best(tmp_path, Layered(packages=(GCC,)), Layered({**installed, **built, **run}), MADE, cmd=("run",))
    assert found.shipment.kept == {*installed, *run, "/app/other"}


def test_what_scripts_of_packages_wrote_may_become_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "FROM debian:bookworm\nRUN apt-get install -y gcc app\nCOPY . /app\nCMD app\n"
    database = {"/var/lib/dpkg/status": "", "/var/lib/ucf/registry": "x", "/etc/tls/key": "made"}
    packages = (GCC, pack("app", "/usr/bin/app"), pack("tls", "/etc/tls/", ""), pack("doc", "/etc/doc/x", "x"))
    installed = Layered(database, (*packages, Pack("more", {"/etc/doc/": ""})))
    changed = best(tmp_path / "one", installed, Layered({"/app/x": "y"}), text, cmd=("app",)).changed
    assert "/var/lib/ucf/registry" in changed
    assert not {"/etc/tls", "/usr/bin/app", "/app/x"} & changed

    def numbers(root: Root) -> tuple[tuple[tuple[int, str], ...], tuple[tuple[int, str], ...]]:
        """As if packages had made who has the directories."""
        return (((0, "tls"),), ((0, "tls"),)) if root.is_file("/var/lib/ucf/registry") else ((), ())

    monkeypatch.setattr(accounts, "numbers", numbers)
    given = best(tmp_path / "two", installed, Layered({"/app/x": "y"}), text, cmd=("app",)).changed
    assert given - changed == {"/etc/tls"}  # not /etc/doc, which holds more


HEADER, MANUAL = "/usr/local/include/x.h", "/usr/local/share/man/man1/x.1"
BUILT = {"/app/main.c": "int x;", "/app/app": "elf libc.so.6", HEADER: "int x;", MANUAL: ".TH"}


def test_what_is_installed_for_others_stays_behind(tmp_path: Path) -> None:
    found = best(tmp_path, Layered(packages=(GCC,)), Layered(BUILT), MADE, cmd=("/app/app",))
    assert found.shipment.kept == {"/app/app"}


def test_headers_come_along_where_a_compiler_does(tmp_path: Path) -> None:
    script = {"/usr/local/bin/start": "x #!/bin/sh\ngcc -o /tmp/x /tmp/x.c && /app/app\n"}
    found = best(tmp_path, Layered(packages=(GCC,)), Layered({**BUILT, **script}), MADE, cmd=("start",))
    assert HEADER in found.shipment.kept
    assert MANUAL not in found.shipment.kept


def test_what_was_copied_for_others_comes_along(tmp_path: Path) -> None:
    text = "FROM debian:bookworm\nRUN install\nCOPY . /\nWORKDIR /app\nRUN make\n"
    copied = Layered({HEADER: "int x;", MANUAL: ".TH"})
    made = Layered({"/app/main.c": "int x;", "/app/app": "elf libc.so.6"})
    found = best(tmp_path, Layered(packages=(GCC,)), copied, text, made, cmd=("/app/app",))
    assert found.shipment.kept == {"/app/app", HEADER, MANUAL}


@pytest.mark.parametrize(
    ("program", "packages"),
    [
        ("debug c+git\0x 900000 libc.so.6 system", ()),  # in a table of symbols
        ("elf libc.so.6 system git", ("git",)),  # among what is loaded
    ],
)
def test_names_in_a_program_count_where_they_are_loaded(
    tmp_path: Path, program: str, packages: tuple[str, ...]
) -> None:
    built = Layered({"/app/main.c": "int x;", "/app/app": program})
    found = best(tmp_path, Layered(packages=(GCC, GIT)), built, MADE, cmd=("/app/app",))
    assert found.packages == packages


NODE = pack("nodejs", "/usr/bin/node")


SITE = "/app/lib/python3.11/site-packages"
VCS = f"{SITE}/pip/_internal/vcs/git.py"
RUNS_GIT = "subprocess.run(['git', *options])"


@pytest.mark.parametrize(
    ("files", "comes"),
    [
        ({"/app/index.php": "<?php echo 'digit', 'git-less';"}, False),
        ({"/app/index.php": "<?php new Process(['git', 'log']);"}, True),
        ({"/app/node_modules/simple/index.js": "spawn(options.tool || `git`)"}, True),
        ({"/app/vendor/x/y.php": '$command = "git log";'}, True),
        ({"/app/notes.conf": "# fetched with 'svn'"}, False),
        ({"/app/settings.json": '{"run": "git"}'}, True),
        ({"/app/package.json": '{"repository": {"type": "git"}}'}, False),
        ({"/app/package.json": '{"scripts": {"fetch": "git pull"}}'}, True),
        ({"/app/node_modules/x/package.json": '{"scripts": {"fetch": "git pull"}}'}, False),
        ({"/app/composer.lock": '{"source": {"type": "git"}}'}, False),
        ({"/app/node_modules/x/lerna.json": '{"type": "git"}'}, False),
        ({"/app/node_modules/x/README.md": "`git clone x`"}, False),
        ({"/app/node_modules/x/x.d.ts": "type Tool = 'git' | 'hg'"}, False),
        ({"/app/README.md": "`git clone x`"}, True),
        ({"/app/lib/python3.11/site-packages/x-1.dist-info/METADATA": "`git clone x`"}, False),
        ({"/app/lib/python3.11/site-packages/x/cmd.py": "git_exec_name = 'git'"}, True),
        ({VCS: RUNS_GIT}, False),
        ({VCS: RUNS_GIT, "/app/README.md": "pip install x"}, False),
        ({VCS: RUNS_GIT, "/app/plugins.py": "subprocess.run([sys.executable, '-m', 'pip', 'install', name])"}, True),
        ({VCS: RUNS_GIT, f"{SITE}/mlflow/x.py": "subprocess.run([sys.executable, '-m', 'pip'])"}, True),
        ({VCS: RUNS_GIT, f"{SITE}/x/names.py": "KNOWN = ['pip']"}, False),
        ({VCS: RUNS_GIT, f"{SITE}/setuptools/x.py": "subprocess.run(['pip'])"}, False),
        ({VCS: RUNS_GIT, "/app/start": "x #!/bin/sh\npip3 install -r plugins.txt\n"}, True),
        ({VCS: RUNS_GIT, "/app/bin/pip": "x #!/bin/sh\nfrom pip._internal.cli.main import main\n"}, False),
    ],
)
def test_what_only_fetched_comes_along_where_something_names_it(
    tmp_path: Path, files: dict[str, str], comes: bool
) -> None:
    started = (NODE, pack("php-cli", "/usr/bin/php"), pack("python3", "/usr/bin/python3"))
    found = best(
        tmp_path,
        Layered(packages=(GCC, *started, replace(GIT, automatic=False))),
        Layered(files),
        cmd=("sh", "-c", "node && php /app/index.php && python3 /app/x.py"),
    )
    assert ("git" in found.packages) is comes


@pytest.mark.parametrize(
    "files",
    [
        {"/app/tool": "elf libc.so.6"},
        {"/app/app.jar": "PK\3\4git"},
    ],
)
def test_what_is_compiled_may_start_what_fetched(tmp_path: Path, files: dict[str, str]) -> None:
    php = pack("php-cli", "/usr/bin/php")
    installed = Layered(packages=(GCC, php, replace(GIT, automatic=False)))
    found = best(tmp_path, installed, Layered({"/app/index.php": "1", **files}), cmd=("php", "/app/index.php"))
    assert "git" in found.packages


@pytest.mark.parametrize(
    ("name", "needed"), [("/app/x.js", True), ("/app/x.sh", False), ("/app/x.c.conf", False), ("/app/start.css", True)]
)
def test_what_begins_a_comment_depends_on_the_language(tmp_path: Path, name: str, needed: bool) -> None:
    mailer = pack("mailer", "/usr/sbin/mailer", automatic=True)
    files = {"/app/run": "static", name: '#bin = "/usr/sbin/mailer"'}
    found = best(tmp_path, Layered(packages=(GCC, mailer)), Layered(files), cmd=("/app/run",))
    assert ("mailer" in found.packages) is needed


NEXT = {"/app/package.json": "{}", "/app/start.js": "1", "/app/node_modules/x/index.js": "1"}
CACHE = {"/app/node_modules/.cache/chrome/1": "1"}


@pytest.mark.parametrize(
    ("copied", "env", "shed"),
    [
        (NEXT, (), True),
        (NEXT, ("DIR=/app/node_modules/.cache/chrome",), False),
        ({**NEXT, "/app/.puppeteerrc.cjs": "cacheDirectory: 'node_modules/.cache/chrome'"}, (), False),
    ],
    ids=["left by the build", "told by the environment", "told by settings"],
)
def test_a_build_cache_that_somebody_reads_ships(
    tmp_path: Path, copied: dict[str, str], env: tuple[str, ...], shed: bool
) -> None:
    text = MADE.replace("RUN make", "COPY . .\nRUN make")
    settings = {"cmd": ("node", "start.js"), "env": ("PATH=/usr/bin:/bin", *env)}
    found = best(tmp_path, Layered(packages=(GCC, NODE)), Layered(copied), text, Layered(CACHE), **settings)
    assert [each.path for each in found.shipment.shed] == (["/app/node_modules/.cache"] if shed else [])


@pytest.mark.parametrize("line", ["# path = /usr/sbin/mailer", "  ;path = /usr/sbin/mailer", "path = /usr/sbin/mailer"])
def test_what_settings_only_comment_on_is_not_needed(tmp_path: Path, line: str) -> None:
    mailer = pack("mailer", "/usr/sbin/mailer", automatic=True)
    found = best(tmp_path, Layered(packages=(GCC, mailer)), Layered({"/app/run": "static", "/app/x.conf": line}),
                 cmd=("/app/run",))  # fmt: skip
    assert ("mailer" in found.packages) is line.startswith("path")


def test_what_made_the_archive_of_locales_stays_behind(tmp_path: Path) -> None:
    locales = Pack("locales", {"/usr/sbin/locale-gen": "x #!/bin/sh\n"}, "libc6")
    made = {"/etc/locale.gen": "de_DE.UTF-8 UTF-8", "/usr/lib/locale/locale-archive": "1", "/app/run": "static"}
    found = best(tmp_path, Layered(packages=(GCC, locales)), Layered(made), cmd=("/app/run",))
    assert "locales" not in found.packages
    assert "/usr/lib/locale/locale-archive" in found.shipment.kept
    assert "/etc/locale.gen" not in found.shipment.kept


def test_what_a_step_asks_for_is_named_though_another_brings_it(tmp_path: Path) -> None:
    cron = pack("cron", "/usr/sbin/cron")
    mailer = Pack("mailer", {"/usr/sbin/mailer": "elf libc.so.6"}, "cron, libc6")
    text = TEXT.replace("RUN install", "RUN install gcc cron mailer")
    found = best(tmp_path, Layered(packages=(GCC, cron, mailer)), Layered({"/app/run": "static"}), text,
                 cmd=("sh", "-c", "cron && mailer"))  # fmt: skip
    assert found.packages == ("cron", "mailer")


def test_what_only_came_where_there_was_a_choice_is_asked_for(tmp_path: Path) -> None:
    fonts = (
        pack("dejavu", "/usr/share/fonts/d.ttf", "ttf", automatic=True),
        pack("urw", "/usr/share/fonts/u.ttf", "ttf"),
    )
    drawing = (
        pack("fontconfig", "/usr/bin/fc-list", depends="libc6, dejavu | urw"),
        pack("ghostscript", "/usr/bin/gs", depends="libc6, urw"),
    )
    found = best(tmp_path, Layered(packages=(GCC, *drawing, *(replace(each, automatic=True) for each in fonts))),
                 Layered({"/app/run": "static"}), cmd=("sh", "-c", "fc-list && gs"))  # fmt: skip
    assert found.packages == ("dejavu", "fontconfig", "ghostscript")


def test_directories_that_tools_make_at_home_are_left_to_them(tmp_path: Path) -> None:
    made = Layered({"/root/.config/next/": "", "/root/.ssh/": "", "/app/run": "static"})
    text = MADE.replace("RUN make", "RUN make && mkdir /root/.ssh")
    found = best(tmp_path, Layered(packages=(GCC,)), made, text, cmd=("/app/run",))
    assert [each.path for each in found.shipment.directories if each.path.startswith("/root/.")] == ["/root/.ssh"]


MANY = {f"/app/{name}/x.js": "1" for name in "abcdef"}
TOO_MANY = {f"/app/{name}/x.js": "1" for name in "abcdefghijklmnopqrtuv"}


@pytest.mark.parametrize(
    ("files", "whole"),
    [
        (MANY, True),
        ({path: text for path, text in MANY.items() if path.startswith(("/app/a", "/app/b"))}, False),
        ({**MANY, "/app/src/large.ts": "1" * (1 << 19)}, False),
        ({**TOO_MANY, "/app/src/large.ts": "1" * (1 << 19), "/app/data": "1" * (1 << 20)}, True),
        ({**TOO_MANY, "/app/src/large.ts": "1" * (1 << 20)}, False),
    ],
    ids=["many parts", "few", "much that is not needed", "far too many", "far too many, but most is not needed"],
)
def test_an_application_is_copied_as_a_whole_rather_than_in_many_parts(
    tmp_path: Path, files: dict[str, str], whole: bool
) -> None:
    sources = {"/app/src/main.ts": "1", "/app/start.js": "1", **files}
    text = MADE.replace("RUN make", "COPY . .\nRUN make")
    found = best(tmp_path, Layered(packages=(GCC, NODE)), Layered(sources), text,
                 Layered({"/app/out.js": "1"}), cmd=("node", "start.js"))  # fmt: skip
    assert any(copy.sources == ("/app",) for copy in found.shipment.copies) is whole


VENV = {
    "/opt/venv/pyvenv.cfg": "home = /usr/bin",
    "/opt/venv/bin/app": "x #!/opt/venv/bin/python\n",
    "/opt/venv/bin/python": "-> /usr/bin/python3",
    "/opt/venv/include/site/python3.11/greenlet/greenlet.h": "int x;",
    "/opt/venv/lib/python3.11/site-packages/fonttools/pens/pen.c": "int x;",
    "/opt/venv/lib/python3.11/site-packages/fonttools/pens/pen.py": "1",
    "/opt/venv/lib/python3.11/site-packages/fonttools/misc/setup.cfg": "1",
    "/opt/venv/lib/python3.11/site-packages/pango/ffi.py": "import cffi\nopen_(ffi, 'pango-1', 'libpango-1.so.0')",
}


def test_a_virtual_environment_is_copied_as_it_is(tmp_path: Path) -> None:
    python = pack("python3", "/usr/bin/python3")
    pango = pack("libpango-1.0-0", "/usr/lib/x86_64-linux-gnu/libpango-1.so.0", "so libc.so.6", automatic=True)
    pip = pack("python3-pip", "/usr/bin/pip", "x #!/usr/bin/python3\n")
    text = "FROM debian:bookworm\nRUN install\nRUN cd /opt/venv && make\nCMD x\n"
    installed = Layered(packages=(GCC, python, pango, pip))
    found = best(tmp_path, installed, Layered(VENV), text, cmd=("/opt/venv/bin/app",), workdir="/")
    assert [copy.sources for copy in found.shipment.copies] == [("/opt",)]
    assert found.packages == ("libpango-1.0-0", "python3")
