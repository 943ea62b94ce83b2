"""What the image's own loader and interpreter are asked, and what is made of their answers."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from optimizer.containers.model import Finished, ImageId, RunRequest
from optimizer.proof.compare import compare
from optimizer.proof.elf import DynamicFiles, is_library_name
from optimizer.proof.judge import behave
from optimizer.proof.model import Difference, DifferenceKind
from optimizer.proof.rootfs import Tree
from optimizer.proof.usercheck import Side
from tests.evidence import elves

from .fake import CONFIG, FakeEngine, Recipe, ended
from .trees import Content, tree

SITE = "/usr/lib/python3.11/site-packages"


def elf(*needed: str, interpreter: str = "") -> bytes:
    """A 64-bit little-endian ELF file with nothing but what the dynamic loader reads first (System V ABI, 5)."""
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in (*needed, interpreter))
    base = 64 + 3 * 56
    offsets, at = [], 1
    for name in needed:
        offsets.append(at)
        at += len(name) + 1
    dynamic_at = base + len(strings)
    entries = [(5, base), (10, len(strings)), *((1, offset) for offset in offsets), (0, 0)]
    dynamic = b"".join(struct.pack("<QQ", *entry) for entry in entries)
    headers = [(1, 0, dynamic_at + len(dynamic)), (2, dynamic_at, len(dynamic))]
    if interpreter:
        headers.append((3, base + at, len(interpreter) + 1))
    ident = b"\x7fELF" + bytes([2, 1, 1]) + b"\0" * 9
    head = ident + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, len(headers), 64, 0, 0)
    segments = b"".join(struct.pack("<IIQQQQQQ", kind, 4, at, at, at, size, size, 8) for kind, at, size in headers)
    return head + segments.ljust(3 * 56, b"\0") + strings + dynamic


LOADER = "/lib64/ld.so"
FILES: Mapping[str, Content] = {
    "/usr/bin/app": elf("libfoo.so.1", interpreter=LOADER),
    "/usr/bin/other": elf("libc.so.6", interpreter=LOADER),
    "/usr/bin/script": "#!/bin/sh\n",
    "/usr/lib/libfoo.so.1": elf("libbar.so.2"),
    "/usr/lib/libbar.so.2": elf("libc.so.6"),
    "/usr/lib/libc.so.6": elf(),
    "/bin/sh": "x",
    LOADER: "x",
    "/usr/bin/python3.11": "x",
    f"{SITE}/good-1.dist-info/METADATA": "Name: good\nVersion: 1\n",
    f"{SITE}/good-1.dist-info/top_level.txt": "good\n",
    f"{SITE}/bad-1.dist-info/METADATA": "Name: bad\nVersion: 1\n",
    f"{SITE}/bad-1.dist-info/top_level.txt": "bad\n",
    f"{SITE}/bad/data.bin": "x",
}


class Container:
    """Answers as loader and interpreter would; remembers what it was asked."""

    def __init__(self, missing: Mapping[str, set[str]]) -> None:
        self.missing = missing
        """For each side what does not link or import there."""
        self.asked: list[tuple[str, str, list[str]]] = []

    def run(self, request: RunRequest, root: Path) -> Finished:
        assert request.entrypoint is not None
        program, stdin = request.entrypoint[0], request.stdin or b""
        missing = self.missing.get(root.name, set())
        if program == "/bin/sh":
            asked = stdin.decode().splitlines()
            answer = "".join(f"{name}\n" for name in asked if name in missing)
        elif program == LOADER:
            asked = [path for pair in request.env for path in pair.removeprefix("LD_PRELOAD=").split(":")]
            asked.append((request.command or ())[-1])
            answer = "libx => not found" if missing.intersection(asked) else ""
        else:
            asked = json.loads(stdin)
            answer = json.dumps([name for name in asked if name in missing])
        self.asked.append((root.name, program, asked))
        return ended(out=answer.encode())


def differences(
    tmp_path: Path, container: Container, *gone: str, before: Mapping[str, Content] = FILES
) -> tuple[Difference, ...]:
    engine = FakeEngine(tmp_path / "engine")
    sides = []
    after = {path: content for path, content in before.items() if path not in gone}
    for number, (name, files) in enumerate((("before", before), ("after", after))):
        image = ImageId(f"{number:064x}")
        engine.images[image] = tmp_path / name, Recipe({}, run=container.run)
        sides.append(Side(image, CONFIG, partial(tree, tmp_path / name, files)))
    return behave(engine, sides[0], sides[1], compare(sides[0].tree, sides[1].tree), DynamicFiles())


def test_nothing_is_asked_where_nothing_was_touched(tmp_path: Path) -> None:
    container = Container({})
    assert differences(tmp_path, container, "/usr/bin/script") == ()
    assert container.asked == []


def test_what_needs_a_missing_library_is_tried(tmp_path: Path) -> None:
    container = Container({"after": {"/usr/bin/app"}})
    (found,) = differences(tmp_path, container, "/usr/lib/libbar.so.2")
    assert (found.kind, found.what) == (DifferenceKind.LINKING, "/usr/bin/app")
    assert container.asked == [
        ("after", "/bin/sh", ["/usr/bin/app", "/usr/lib/libfoo.so.1"]),
        ("before", "/bin/sh", ["/usr/bin/app"]),
    ]


def test_what_did_not_link_before_need_not_now(tmp_path: Path) -> None:
    both = {"/usr/bin/app"}
    assert differences(tmp_path, Container({"before": both, "after": both}), "/usr/lib/libfoo.so.1") == ()


PLUGIN, ATM = "/usr/lib/tc/q_atm.so", "/usr/lib/libatm.so.1"
_INFO = "/var/lib/dpkg/info"
PLUGGED: Mapping[str, Content] = {
    **FILES,
    PLUGIN: elf("libatm.so.1"),
    ATM: elf("libc.so.6"),
    f"{_INFO}/iproute2.list": f"/usr/lib/tc\n{PLUGIN}\n",
    f"{_INFO}/libatm1:amd64.list": f"{ATM}\n",
}


@pytest.mark.parametrize(
    ("files", "missed"),
    [
        ({}, False),
        ({f"{_INFO}/iproute2.list": "/usr/bin/app\n"}, True),
        ({f"{_INFO}/libatm1:amd64.list": "/usr/bin/app\n"}, True),
        ({f"{_INFO}/iproute2.list": f"{PLUGIN}\n{ATM}\n", f"{_INFO}/libatm1:amd64.list": ""}, True),
        ({PLUGIN: elf("libatm.so.1", interpreter=LOADER)}, True),
    ],
    ids=["another package's", "no package's plug-in", "no package's library", "its own", "a program"],
)
def test_a_plugin_may_miss_a_library_that_its_package_does_without(
    tmp_path: Path, files: Mapping[str, Content], missed: bool
) -> None:
    container = Container({"after": {PLUGIN}})
    gone = (ATM, f"{_INFO}/libatm1:amd64.list")
    found = differences(tmp_path, container, *gone, before={**PLUGGED, **files})
    assert [each.what for each in found] == ([PLUGIN] if missed else [])


@pytest.mark.parametrize("place", ["/usr/lib/libq.so.1", "/usr/lib/x86_64-linux-gnu/libq.so.1", "/lib64/libq.so.1"])
def test_a_library_where_loaders_look_is_no_plugin(tmp_path: Path, place: str) -> None:
    before = {**PLUGGED, place: elf("libatm.so.1"), f"{_INFO}/iproute2.list": f"{place}\n"}
    found = differences(tmp_path, Container({"after": {place}}), ATM, before=before)
    assert [each.what for each in found] == [place]


def test_the_loader_is_asked_itself_where_there_is_no_shell(tmp_path: Path) -> None:
    bare = {path: content for path, content in FILES.items() if path != "/bin/sh"}
    container = Container({"after": {"/usr/bin/app"}})
    (found,) = differences(tmp_path, container, "/usr/lib/libfoo.so.1", before=bare)
    assert found.what == "/usr/bin/app"
    assert {program for _, program, _ in container.asked} == {LOADER}


def test_libraries_that_ask_for_the_same_are_asked_together_where_there_is_no_shell(tmp_path: Path) -> None:
    alike = ("/usr/lib/gconv/A.so", "/usr/lib/gconv/B.so", "/usr/lib/other/A.so")
    apart = {
        "/usr/lib/gconv/d e.so": elf("libfoo.so.1"),
        "/usr/lib/gconv/libX.so": elf("libfoo.so.1"),
        "/usr/lib/gconv/needs-more.so": elf("libfoo.so.1", "libbar.so.2"),
        "/usr/lib/gconv/needs-one-of-them.so": elf("libfoo.so.1", "libX.so"),
        "/usr/lib/gconv/looks-elsewhere.so": elves.elf(["libfoo.so.1"], runpath="$ORIGIN"),
    }
    bare = {path: content for path, content in FILES.items() if path not in ("/bin/sh", "/usr/bin/app")}
    before = {
        **bare,
        **dict.fromkeys(alike, elf("libfoo.so.1")),
        **apart,
        "/usr/bin/app": elf("libc.so.6", interpreter=LOADER),
    }
    container = Container({"after": {"/usr/lib/gconv/B.so"}})
    found = differences(tmp_path, container, "/usr/lib/libfoo.so.1", before=before)
    assert [each.what for each in found] == ["/usr/lib/gconv/B.so"]
    asked = sorted(tuple(sorted(paths)) for side, _, paths in container.asked if side == "after")
    assert asked == sorted([alike, *((path,) for path in (*alike, *apart))])


def test_a_loader_that_is_gone_is_a_difference(tmp_path: Path) -> None:
    found = differences(tmp_path, Container({}), "/usr/lib/libfoo.so.1", LOADER)
    assert [difference.what for difference in found] == ["/usr/bin/app"]


def test_imports_are_not_waited_for_where_a_library_is_missed(tmp_path: Path) -> None:
    class Slow(Container):
        def run(self, request: RunRequest, root: Path) -> Finished:
            if request.stop is not None:
                ended = threading.Event()
                with request.stop.ending(ended.set):
                    assert ended.wait(60)
            return super().run(request, root)

    container = Slow({"after": {"/usr/bin/app"}})
    (found,) = differences(tmp_path, container, "/usr/lib/libfoo.so.1", f"{SITE}/bad/data.bin")
    assert (found.kind, found.what) == (DifferenceKind.LINKING, "/usr/bin/app")


def test_what_was_imported_before_is_tried(tmp_path: Path) -> None:
    container = Container({"after": {"bad"}})
    (found,) = differences(tmp_path, container, f"{SITE}/bad/data.bin")
    assert (found.kind, found.what, found.detail) == (DifferenceKind.IMPORT, "bad", "of bad, could be imported before")
    assert container.asked == [
        ("after", "/usr/bin/python3.11", ["bad", "good"]),
        ("before", "/usr/bin/python3.11", ["bad"]),
    ]


def test_what_could_not_be_imported_before_need_not_now(tmp_path: Path) -> None:
    assert differences(tmp_path, Container({"before": {"bad"}, "after": {"bad"}}), f"{SITE}/bad/data.bin") == ()


def test_dynamic_files_are_told_from_others(tmp_path: Path) -> None:
    found = {each.path: each for each in DynamicFiles().of(tree(tmp_path, FILES))}
    assert sorted(found) == [
        "/usr/bin/app",
        "/usr/bin/other",
        "/usr/lib/libbar.so.2",
        "/usr/lib/libc.so.6",
        "/usr/lib/libfoo.so.1",
    ]
    assert found["/usr/bin/app"].needed == {"libfoo.so.1"}
    assert found["/usr/bin/app"].interpreter == LOADER
    assert found["/usr/lib/libfoo.so.1"].interpreter is None


def test_what_a_layer_wrote_is_read_once(tmp_path: Path) -> None:
    first = tree(tmp_path / "first", {"/usr/bin/app": elf("liba.so"), "/usr/bin/other": elf("libb.so")})
    then = tree(tmp_path / "then", {"/usr/bin/app": elf("libc.so"), "/usr/bin/other": elf("libd.so")})
    dynamic = DynamicFiles()

    def needs(tree: Tree, **origins: str) -> list[set[str]]:
        known = replace(tree, origins={f"/usr/bin/{name}": diff for name, diff in origins.items()})
        return [set(each.needed) for each in sorted(dynamic.of(known), key=lambda each: each.path)]

    assert needs(first, app="sha256:1", other="sha256:1") == [{"liba.so"}, {"libb.so"}]
    assert needs(then, app="sha256:1", other="sha256:2") == [{"liba.so"}, {"libd.so"}]
    assert needs(then) == [{"libc.so"}, {"libd.so"}]


def test_a_damaged_file_is_left_out(tmp_path: Path) -> None:
    assert list(DynamicFiles().of(tree(tmp_path, {"/usr/bin/x": elf("a")[:70]}))) == []
    assert list(DynamicFiles().of(tree(tmp_path / "other", {"/usr/bin/x": elves.astray(elves.elf(["a"]))}))) == []


@pytest.mark.parametrize(
    ("path", "library"), [("/a/libx.so", True), ("/a/libx.so.1.2", True), ("/a/x.sock", False), ("/so/x", False)]
)
def test_names_of_libraries(path: str, library: bool) -> None:
    assert is_library_name(path) is library
