"""buildah itself judges the model of its ignore rules."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import Store
from tests.containerfile.ignore_cases import CASES, FAILS, build_tree, paths, topmost

pytestmark = pytest.mark.container


def buildah(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["buildah", *arguments], check=False, capture_output=True, text=True)


def listing(directory: Path) -> frozenset[str]:
    return frozenset(str(path.relative_to(directory)) for path in directory.rglob("*"))


def test_buildah_leaves_out_what_the_table_says(store: Store, tmp_path: Path) -> None:
    """`buildah copy` is what COPY does in a build; one container holds the copies of all cases."""
    build_tree(tmp_path / "tree")
    ignore = tmp_path / "ignore"
    container = buildah("from", "scratch").stdout.strip()
    failed = set()
    for number, case in enumerate(CASES):
        ignore.write_text(case.text)
        done = buildah(
            *("copy", "--quiet", "--ignorefile", ignore, "--contextdir", tmp_path / "tree"),
            *(container, tmp_path / "tree", f"/{number}"),
        )
        if done.returncode:
            failed.add(case.name)
    mounted = Path(buildah("mount", container).stdout.strip())
    try:
        shown = {
            case.name: FAILS if case.name in failed else topmost(frozenset(paths()) - listing(mounted / str(number)))
            for number, case in enumerate(CASES)
        }
    finally:
        buildah("umount", container)
        buildah("rm", container)
    assert shown == {case.name: case.buildah for case in CASES}


@pytest.mark.parametrize(
    "name", ["re-included in an excluded directory", "plus", "glob excluded, directory re-included"]
)
def test_a_build_does_the_same(store: Store, tmp_path: Path, name: str) -> None:
    case = next(case for case in CASES if case.name == name)
    build_tree(tmp_path / "tree")
    (tmp_path / "Containerfile").write_text("FROM scratch\nCOPY . /ctx\n")
    (tmp_path / "Containerfile.containerignore").write_text(case.text)
    iid = tmp_path / "iid"
    built = buildah("bud", "--quiet", "--iidfile", iid, "-f", tmp_path / "Containerfile", tmp_path / "tree")
    assert built.returncode == 0, built.stderr
    container = buildah("from", "--pull-never", iid.read_text().strip()).stdout.strip()
    mounted = Path(buildah("mount", container).stdout.strip())
    try:
        assert topmost(frozenset(paths()) - listing(mounted / "ctx")) == case.buildah
    finally:
        buildah("umount", container)
        buildah("rm", container)
