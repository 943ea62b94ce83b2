"""What counts as a file that checks need."""

from __future__ import annotations

from pathlib import Path

from optimizer.proof.rootfs import read_tree
from tests.applications.container import _opened
from tests.applications.needed import chosen, needed


def test_needed_are_files_of_the_image_that_have_no_stand_in(tmp_path: Path) -> None:
    files = ["app/run", "app/a.py", "app/__pycache__/a.cpython-311.pyc", "usr/bin/env", "etc/ld.so.cache"]
    files += ["etc/passwd", "etc/own.conf", "venv/x.dist-info/METADATA"]
    for path in files:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("#!/usr/bin/env x\n" if path == "app/run" else path)
    (tmp_path / "app/empty").touch()
    opened = {f"/{path}" for path in files if "env" not in path and not path.endswith("a.py")}
    opened |= {"/app/empty", "/app", "/none"}
    found = needed(
        {"one": frozenset(opened), "two": frozenset({"/app/run"})}, read_tree(tmp_path), frozenset({"/etc/passwd"})
    )
    assert found.keys() == {"/app/run", "/app/a.py", "/usr/bin/env", "/etc/own.conf"}
    assert found["/app/run"] == {"one", "two"}


def test_what_a_package_is_found_without_is_not_needed(tmp_path: Path) -> None:
    files = {
        "a/__init__.py": "from a import b\n",
        "c/package.json": '{"name": "c", "exports": "./index.js"}',
        "d/package.json": '{"name": "d", "main": "lib/d.js"}',
        "e/package.json": '{"name": "e", "type": "module"}',
        "f/_speedups.cpython-311-x86_64-linux-gnu.so": "ELF",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text)
    for place in ("c", "e"):
        (tmp_path / place / "index.js").touch()
    found = needed({"one": frozenset(f"/{path}" for path in files)}, read_tree(tmp_path), frozenset())
    assert found.keys() == {"/d/package.json", "/e/package.json"}


def test_chosen_by_chance_but_the_same_each_time() -> None:
    files = [f"/{number}" for number in range(100)]
    assert chosen(files, "a", 5) == chosen(reversed(files), "a", 5) != chosen(files, "b", 5)


def test_a_trace_tells_what_was_read_and_started_inside() -> None:
    lines = [
        '7 execve("/usr/bin/unshare", ["unshare"], 0x1 /* 2 vars */) = 0',
        '7 openat(AT_FDCWD</>, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3</etc/ld.so.cache>',
        '7 chroot("/m")                = 0',
        '7 execve("./run", ["run"], 0x1 /* 2 vars */) = 0',
        '8 openat(AT_FDCWD</m/app>, "a.so", O_RDONLY) = 3</m/app/lib/a.so.1>',
        '8 openat(AT_FDCWD</m/app>, "log", O_WRONLY|O_CREAT, 0666) = 4</m/app/log>',
        '8 openat(AT_FDCWD</m/app>, "b" <unfinished ...>',
        "8 <... openat resumed>, O_RDONLY) = 5</m/app/b>",
        '9 openat(AT_FDCWD</m/app>, "c", O_WRONLY <unfinished ...>',
        "9 <... openat resumed>) = 6</m/app/c>",
    ]
    assert list(_opened(lines, "/m")) == ["./run", "/app/lib/a.so.1", "/app/b"]
