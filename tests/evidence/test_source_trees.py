"""Which directories a build only worked in: what leads there keeps them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.containers.model import Health
from optimizer.evidence.databases import read_packages
from optimizer.evidence.owners import Owners
from optimizer.evidence.source_trees import _named_in
from optimizer.evidence.tree import Root
from tests.evidence.test_gather import CURL, GCC, best
from tests.evidence.world import Layered, Pack, Picture, write

TEXT = "FROM debian:bookworm\nRUN install\nCOPY . /app\nRUN fetch\nRUN make -C /opt/w install\nCMD x\n"
FETCHED = {
    "/opt/w/Makefile": "all:",
    "/opt/w/main.c": "int x;",
    "/opt/w/list": "1",
    "/opt/w/lib/libw.so": "so libc.so.6",
}
INSTALLED = {"/usr/local/bin/w": "elf libc.so.6"}


def ships(
    tmp_path: Path,
    copied: Mapping[str, str] = {"/app/x": "1"},
    fetched: Mapping[str, str] = FETCHED,
    installed: Mapping[str, str] = INSTALLED,
    text: str = TEXT,
    below: str = "/opt/w/",
    **config: object,
) -> bool:
    """Whether anything of the fetched sources ships, where the program that was made of them is started."""
    settings = {"cmd": ("w",), **config}
    candidate = best(
        tmp_path, Layered(packages=(GCC,)), Layered(copied), text, Layered(fetched), Layered(installed), **settings
    )
    return any(path.startswith(below) for path in candidate.shipment.kept)


def test_sources_stay_behind(tmp_path: Path) -> None:
    assert not ships(tmp_path)


@pytest.mark.parametrize(
    "config",
    [
        {"cmd": ("w", "/opt/w")},
        {"cmd": ("w", "/opt/w/list")},
        {"workdir": "/opt/w"},
        {"volumes": ("/opt/w/data",)},
        {"env": ("PATH=/opt/w/bin:/usr/local/bin:/usr/bin:/bin",)},
    ],
)
def test_what_is_configured_leads_there(tmp_path: Path, config: dict[str, object]) -> None:
    assert ships(tmp_path, **config)


def test_a_program_that_knows_where_it_lies_may_begin_there(tmp_path: Path) -> None:
    assert not ships(tmp_path, fetched={**FETCHED, "/opt/w/configure": "x #!/bin/sh"}, workdir="/opt/w")


@pytest.mark.parametrize(
    "installed",
    [
        {**INSTALLED, "/usr/local/share/list": "-> /opt/w/list"},
        {**INSTALLED, "/usr/local/bin/start": "x #!/bin/sh\ncd /opt/w && exec w"},
        {**INSTALLED, "/etc/w.conf": "directory = /opt/w"},
        {"/usr/local/bin/w": "elf libw.so", "/etc/ld.so.conf": "/opt/w/lib"},
    ],
)
def test_what_was_installed_leads_there(tmp_path: Path, installed: Mapping[str, str]) -> None:
    assert ships(tmp_path, installed=installed)


def test_what_was_compiled_only_knows_its_sources(tmp_path: Path) -> None:
    assert not ships(tmp_path, installed={**INSTALLED, "/usr/local/lib/w.la": "libdir=/opt/w"})


def test_what_was_copied_leads_there(tmp_path: Path) -> None:
    assert ships(tmp_path, copied={"/app/x.py": "open('/opt/w')"})


def test_neighbours_keep_each_other(tmp_path: Path) -> None:
    deep = {path.replace("/opt/w/", "/opt/w/deep/"): text for path, text in FETCHED.items()}
    assert ships(tmp_path, fetched={**deep, "/opt/w/run.sh": "x #!/bin/sh\n"})


def test_the_archive_that_they_came_in_is_no_neighbour(tmp_path: Path) -> None:
    deep = {path.replace("/opt/w/", "/opt/w/deep/"): text for path, text in FETCHED.items()}
    text = TEXT.replace("/opt/w", "/opt/w/deep")
    assert not ships(tmp_path, fetched={**deep, "/opt/w/deep.tar.gz": "gz"}, text=text, below="/opt/w/deep/")


SITE = {"/app/package.json": "{}", "/app/src/main.ts": "1", "/app/config/site.json": "{}"}
PAGES = {"/var/www/index.html": "<p>", "/etc/web.conf": "root /var/www"}
PAGE = "FROM debian:bookworm\nRUN install\nCOPY . /app\nRUN cd /app && npm run build && cp -r dist /var/www\nCMD x\n"
SERVER = Pack("nginx", {"/usr/bin/nginx": "elf libc.so.6", "/etc/web/mime": "1"})
NODE = Pack("nodejs", {"/usr/bin/node": "elf libc.so.6"})


def ships_project(
    tmp_path: Path, built: Mapping[str, str] = PAGES, copied: Mapping[str, str] = SITE, **config: object
) -> bool:
    """Whether anything of a copied project ships from which something was installed elsewhere."""
    settings = {"cmd": ("nginx",), "workdir": "/", **config}
    candidate = best(tmp_path, Layered(packages=(GCC, SERVER, NODE)), Layered(copied), PAGE, Layered(built), **settings)
    return any(path.startswith("/app/") for path in candidate.shipment.kept)


@pytest.mark.parametrize("workdir", ["/", "/app"])
def test_a_project_that_was_installed_from_stays_behind(tmp_path: Path, workdir: str) -> None:
    assert not ships_project(tmp_path, workdir=workdir)


@pytest.mark.parametrize("manifest", ["/app/docs/requirements-dev.txt", "/app/lib/setup.py", "/app/deep/er/x.gemspec"])
def test_a_project_is_known_by_a_manifest_wherever_it_lies(tmp_path: Path, manifest: str) -> None:
    plain = {"/app/README": "1", "/app/docs/index.rst": "1"}
    assert not ships_project(tmp_path, copied={**plain, manifest: "1"}, workdir="/app")
    assert ships_project(tmp_path, copied=plain, workdir="/app")


def test_a_step_may_work_deep_in_a_project(tmp_path: Path) -> None:
    text = PAGE.replace("RUN cd /app && npm run build && cp", "WORKDIR /app/src\nRUN make && cp")
    settings = {"cmd": ("nginx",), "workdir": "/app/src"}
    candidate = best(tmp_path, Layered(packages=(GCC, SERVER)), Layered(SITE), text, Layered(PAGES), **settings)
    assert not any(path.startswith("/app/") for path in candidate.shipment.kept)


EVERY = ("curl", "graphviz", "nginx", "nginx-tools", "nodejs", "zones")


@pytest.mark.parametrize(
    ("built", "config", "packages"),
    [
        (PAGES, {}, ("nginx", "zones")),
        ({**PAGES, "/var/www/page.js": "['dot', 'curl']"}, {}, ("nginx", "zones")),
        ({**PAGES, "/var/www/page.shtml": '<!--#exec cmd="dot" -->'}, {}, ("graphviz", "nginx", "zones")),
        ({**PAGES, "/etc/web.conf": "root /var/www; exec dot -V;"}, {}, ("graphviz", "nginx", "zones")),
        ({**PAGES, "/srv/x.lua": "os.execute('dot')"}, {}, ("graphviz", "nginx", "zones")),
        (PAGES, {"env": ("PATH=/usr/bin:/bin", "TOOL=/usr/bin/dot")}, ("graphviz", "nginx", "zones")),
        (PAGES, {"labels": (("hook", "dot -V"),)}, ("graphviz", "nginx", "zones")),
        (PAGES, {"health": Health(("CMD", "curl", "x"))}, ("curl", "nginx", "zones")),
        ({**PAGES, "/usr/local/bin/start": "x #!/bin/sh\ncurl x\n"}, {}, ("curl", "nginx", "zones")),
        ({**PAGES, "/usr/local/bin/start": "x #!/bin/sh\ndot -V\n"}, {}, EVERY),
        (PAGES, {"cmd": ("sh", "-c", "nginx && $TOOL")}, EVERY),
        (PAGES, {"cmd": ("sh", "-c", "ngx && nginx")}, EVERY),
        (PAGES, {"cmd": ("sh", "-c", "node x & nginx")}, EVERY),
        (PAGES, {"cmd": ("ngx",)}, EVERY),
    ],
    ids=["nobody", "a page", "a page that is worked on", "settings", "a module", "environment", "a label",
         "a health check", "a script", "a script that starts what may start others", "a computed name",
         "another program", "an interpreter", "no server"],
)  # fmt: skip
def test_a_server_starts_none_of_what_made_its_pages(
    tmp_path: Path, built: Mapping[str, str], config: dict[str, object], packages: tuple[str, ...]
) -> None:
    made = Pack("graphviz", {"/usr/bin/dot": "elf libc.so.6"}), Pack("nginx-tools", {"/usr/bin/ngx": "elf libc.so.6"})
    server = replace(SERVER, depends="libc6"), Pack("zones", {"/usr/share/zoneinfo/UTC": "1"})
    settings = {"cmd": ("nginx",), "workdir": "/", **config}
    installed = Layered(packages=(GCC, *server, NODE, *made, replace(CURL, automatic=False)))
    candidate = best(tmp_path, installed, Layered(SITE), PAGE, Layered(built), **settings)
    assert candidate.packages == packages


@pytest.mark.parametrize(
    ("built", "config"),
    [
        (PAGES, {"cmd": ("nginx", "/app/config")}),
        (PAGES, {"cmd": ("nginx", "--config=/app/config/site.json")}),
        (PAGES, {"env": ("PATH=/usr/bin:/bin", "CONFIG=/app/config")}),
        (PAGES, {"volumes": ("/app/data",)}),
        ({**PAGES, "/etc/web.conf": "root /app/dist"}, {}),
        ({**PAGES, "/etc/web.conf": "root $TOP/app"}, {}),
        ({**PAGES, "/etc/web.conf": "root file:///app"}, {}),
        ({**PAGES, "/etc/web.conf": "root /var/www/../../app"}, {}),
        ({**PAGES, "/usr/local/bin/start": "x #!/bin/sh\ncd /app\n"}, {}),
        ({**PAGES, "/opt/site": "-> /app/config"}, {}),
    ],
    ids=[
        "a word",
        "an option",
        "environment",
        "a volume",
        "settings",
        "a variable",
        "a URL",
        "a way up",
        "a script",
        "a link",
    ],
)
def test_what_leads_into_a_project_keeps_it(
    tmp_path: Path, built: Mapping[str, str], config: dict[str, object]
) -> None:
    assert ships_project(tmp_path, built, **config)


def test_the_end_of_another_path_leads_nowhere(tmp_path: Path) -> None:
    assert not ships_project(
        tmp_path,
        {**PAGES, "/etc/web.conf": "root /var/www/app;\ncache '/srv/x/app/config';\nup http://api/app/config;"},
    )


def test_strings_of_a_program_may_stand_side_by_side(tmp_path: Path) -> None:
    assert list(_named_in("/opt/web", b"\0/var/www/app/config/site.json\0", ["/app"], owners(tmp_path))) == ["/app"]


def test_what_an_archive_holds_leads_there(tmp_path: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Main.class", "\0read /app/config/site.json\0")
    assert list(_named_in("/opt/web.jar", held.getvalue(), ["/app"], owners(tmp_path))) == ["/app"]
    assert list(_named_in("/opt/web.jar", held.getvalue()[:40], ["/app"], owners(tmp_path))) == []
    begin = held.getvalue().index(b"Main.class") + len("Main.class")
    damaged = held.getvalue()[:begin] + b"\xff" * 8 + held.getvalue()[begin + 8 :]
    assert list(_named_in("/opt/web.jar", damaged, ["/app"], owners(tmp_path))) == []


def owners(tmp_path: Path) -> Owners:
    root = Root(write(tmp_path / "other", Picture([Layered({"/app/config/site.json": "{}"})])))
    return Owners(root, root, read_packages(root), ())


@pytest.mark.parametrize(
    ("built", "config"),
    [
        (PAGES, {"cmd": ("nginx", "config/site.json")}),
        (PAGES, {"cmd": ("nginx", "./config")}),
        ({**PAGES, "/etc/web.conf": "root config;"}, {}),
        ({**PAGES, "/etc/web.conf": "include config/site.json"}, {}),
        ({**PAGES, "/usr/local/bin/start": "x #!/bin/sh\ncat config\n"}, {}),
        (PAGES, {"cmd": ("node", "-e", "1")}),
        ({**PAGES, "/usr/local/bin/own": "elf libc.so.6"}, {"cmd": ("own",)}),
    ],
    ids=["a word", "a place", "settings", "a path in settings", "a script", "an interpreter", "a program of its own"],
)
def test_who_begins_in_a_project_may_read_what_lies_there(
    tmp_path: Path, built: Mapping[str, str], config: dict[str, object]
) -> None:
    assert ships_project(tmp_path, built, workdir="/app", **config)


@pytest.mark.parametrize("program", ["php-fpm8.2", "uwsgi", "deno"])
@pytest.mark.parametrize("workdir", ["/", "/app"])
def test_what_speaks_a_language_may_be_told_to_read_it(tmp_path: Path, program: str, workdir: str) -> None:
    speaker = Pack("speaker", {f"/usr/bin/{program}": "elf libc.so.6"})
    candidate = best(
        tmp_path, Layered(packages=(GCC, speaker)), Layered(SITE), PAGE, Layered(PAGES), cmd=(program,), workdir=workdir
    )
    assert any(path.startswith("/app/") for path in candidate.shipment.kept)


@pytest.mark.parametrize(
    "built",
    [
        {**PAGES, "/srv/server.js": "path.join(__dirname, '../app/src')"},
        {**PAGES, "/srv/server.py": 'open(HERE.parent / "app" / "x")'},
        {**PAGES, "/opt/s/conf/s.conf": "root /app/config;"},
        {**PAGES, "/usr/local/bin/own": "static \0/app/config\0"},
    ],
    ids=["behind two dots", "in quotes", "settings elsewhere", "a directory in a program"],
)
def test_whatever_names_a_project_keeps_it(tmp_path: Path, built: Mapping[str, str]) -> None:
    assert ships_project(tmp_path, built)


def test_a_page_that_quotes_the_name_of_a_project_reads_nothing(tmp_path: Path) -> None:
    assert not ships_project(tmp_path, {**PAGES, "/var/www/search.js": "index = ['app']"})
    assert not ships_project(tmp_path, {**PAGES, "/var/www/.doctrees/index.doctree": "made from /app/config/site.json"})
    assert ships_project(tmp_path, {**PAGES, "/var/www/search.js": "index = ['app']"}, cmd=("node", "-e", "1"))


def test_what_needs_an_interpreter_stays_behind_a_server(tmp_path: Path) -> None:
    tools = {
        "/usr/local/bin/docs": "x #!/usr/bin/python3\n",
        "/usr/local/bin/start": "x #!/bin/sh\n",
        "/usr/local/lib/python3.11/dist-packages/docs/x.py": "1",
    }
    python = Pack("python3", {"/usr/bin/python3": "elf libc.so.6"})
    installed = Layered(packages=(GCC, SERVER, python))
    for cmd, ships in (("nginx",), {"/usr/local/bin/start"}), (("sh", "-c", "python3 x & nginx"), {*tools}):
        name = "-".join(word[:2] for word in cmd)
        found = best(tmp_path / name, installed, Layered(SITE), PAGE, Layered({**PAGES, **tools}), cmd=cmd, workdir="/")
        assert found.shipment.kept & tools.keys() == ships
        assert ("python3" in found.packages) is (len(ships) > 1)


def test_neighbours_keep_a_project(tmp_path: Path) -> None:
    moved = {path.replace("/app/", "/app/client/"): text for path, text in SITE.items()}
    page = PAGE.replace("cd /app ", "cd /app/client ")
    copied = Layered({**moved, "/app/server/main.txt": "1"})
    candidate = best(
        tmp_path, Layered(packages=(GCC, SERVER)), copied, page, Layered(PAGES), cmd=("nginx",), workdir="/"
    )
    assert any(path.startswith("/app/client/") for path in candidate.shipment.kept)


def test_what_is_kept_may_name_another(tmp_path: Path) -> None:
    copied = Layered({**SITE, "/app/model.txt": "read /models/a.bin", "/models/a.bin": "1", "/models/b": "1"})
    page = PAGE.replace("cd /app ", "cd /models && cd /app ")
    built = {**PAGES, "/etc/s.conf": "directory /app"}
    candidate = best(
        tmp_path, Layered(packages=(GCC, SERVER)), copied, page, Layered(built), cmd=("nginx",), workdir="/"
    )
    assert {"/app/model.txt", "/models/a.bin"} <= candidate.shipment.kept


def test_what_was_installed_before_a_project_came_is_not_from_it(tmp_path: Path) -> None:
    text = "FROM debian:bookworm\nRUN install\nRUN cd /app && make other\nCOPY . /app\nCMD x\n"
    candidate = best(
        tmp_path, Layered(packages=(GCC, SERVER)), Layered({"/opt/other": "1"}), text, Layered(SITE), cmd=("nginx",),
        workdir="/",
    )  # fmt: skip
    assert any(path.startswith("/app/") for path in candidate.shipment.kept)


def test_without_a_manifest_whoever_begins_there_keeps_it(tmp_path: Path) -> None:
    copied = {path: text for path, text in SITE.items() if not path.endswith("package.json")}
    assert ships_project(tmp_path, copied=copied, workdir="/app")


def test_an_archive_that_was_added_is_fetched(tmp_path: Path) -> None:
    text = TEXT.replace("RUN fetch", "ADD w.tar.gz /opt/")
    assert not ships(tmp_path, text=text)


@pytest.mark.parametrize("step", ["COPY w.tar.gz /opt/", "ADD w.zip /opt/", "ADD model.gz /opt/"])
def test_what_was_copied_as_it_is_is_not_fetched(tmp_path: Path, step: str) -> None:
    assert ships(tmp_path, text=TEXT.replace("RUN fetch", step), workdir="/opt/w")
