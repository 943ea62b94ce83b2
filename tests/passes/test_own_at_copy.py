"""What the goldens cannot show: savings, alternatives, comments and blank lines, and that buildah owns the same."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from optimizer.context import MemoryContext
from optimizer.engine import Rewrite, Source, run
from optimizer.passes.own_at_copy import own_at_copy
from optimizer.proposal import Safety, TraceRelation
from optimizer.selection import Selection
from tests.conftest import Store
from tests.golden import GOLDEN

FILES = {"app/main.py": b"print(1)\n", "app/lib/x.py": b"x = 1\n", "run.sh": b"#!/bin/sh\n"}


def rewrite(body: str) -> Rewrite:
    """The result for a stage of these instructions."""
    source = Source(f"FROM debian\n{body}", None, MemoryContext(FILES))
    found = run(source, (own_at_copy,), Selection(least=Safety.NEEDS_PROOF))
    assert found.bugs == ()
    return found


def after(body: str) -> str:
    return rewrite(body).text.removeprefix("FROM debian\n")


def test_saves_the_bytes_of_what_is_copied() -> None:
    (placed,) = rewrite("COPY app /srv/app\nRUN chown -R 1:1 /srv/app\n").placed
    assert placed.proposal.saves == len(FILES["app/main.py"]) + len(FILES["app/lib/x.py"])
    assert placed.proposal.contract.trace is TraceRelation.OWNED


def test_the_alternative_keeps_the_command_for_the_directory() -> None:
    (placed,) = rewrite("COPY app /srv/app\nRUN chown -vR 1:1 /srv/app && chmod -R 755 /srv/app\n").placed
    (other,) = placed.proposal.alternatives
    again = run(
        Source("FROM debian\nCOPY app /srv/app\nRUN chown -vR 1:1 /srv/app && chmod -R 755 /srv/app\n"),
        (own_at_copy,),
        Selection(least=Safety.NEEDS_PROOF, choices=((placed.key, 1),)),
    )
    assert other.alternatives == ()
    assert again.text == (
        "FROM debian\nCOPY --chown=1:1 --chmod=755 app /srv/app\nRUN chown -v 1:1 /srv/app && chmod 755 /srv/app\n"
    )


@pytest.mark.parametrize(
    ("between", "left"),
    [
        ("", ""),
        ("# why\n", ""),
        ("\n", "\n"),
        ("\n# why\n", "\n"),
        ("# general\n\n# why\n", "# general\n\n"),
    ],
)
def test_comments_directly_above_go_with_the_run(between: str, left: str) -> None:
    body = f"COPY app /srv/app\n{between}RUN chown -R 1:1 /srv/app\nUSER 1\n"
    assert after(body) == f"COPY --chown=1:1 app /srv/app\n{left}USER 1\n"


def test_blank_lines_do_not_pile_up() -> None:
    assert after("COPY app /a\n\nRUN chown -R 1:1 /a\n\nUSER 1\n") == "COPY --chown=1:1 app /a\n\nUSER 1\n"
    assert after("COPY app /a\n\nRUN chown -R 1:1 /a\n") == "COPY --chown=1:1 app /a\n"


@pytest.mark.parametrize(
    "body",
    [
        "COPY app /a\nRUN chown -R 1:1 /a \\\n # why\n && date\n",
        "COPY app /a\nRUN chown -R 1:1 /a # why\n",
        "COPY app /a\nRUN chown -R 1:1 /a > /log\n",
        "COPY app /a\nRUN ! chown -R 1:1 /a\n",
        "COPY app /a\nRUN su -c 'chown -R 1:1 /a'\n",
        "COPY app /a\nRUN chown -RL 1:1 /a\n",
        "COPY app /a\nRUN --mount=type=cache,target=/c chown -R 1:1 /a\n",
        "COPY --link app /a\nRUN chown -R 1:1 /a\n",
        "COPY app $ELSEWHERE\nRUN chown -R 1:1 /a\n",
        "COPY app a\nRUN chown -R 1:1 a\n",
        "COPY . /\nRUN chown -R 1:1 /a\n",
        "COPY app /home/me\nRUN chown -R me:me /home/me\n",
        "COPY app /a\nRUN chown -R 1:1 ${X:-/a}\n",
        "COPY app /a\nRUN chown 1:1 /a\n",
        "COPY app /a\nRUN chown -R ''$X:1 /a\n",
    ],
)
def test_leaves_alone(body: str) -> None:
    assert after(body) == body


def test_what_another_run_changed_elsewhere_does_not_matter() -> None:
    body = "COPY run.sh /r.sh\nCOPY app /a\nRUN chmod +x /r.sh\nRUN chown -R 1:1 /a\n"
    assert after(body) == "COPY run.sh /r.sh\nCOPY --chown=1:1 app /a\nRUN chmod +x /r.sh\n"


BUILT = (
    "removes_the_run",
    "keeps_the_directory_that_workdir_made",
    "knows_that_chown_leaves_the_group",
    "takes_owner_and_mode_from_one_run",
    "keeps_other_modes_of_the_directory",
    "takes_single_files",
    "takes_variables_that_the_file_sets",
)


@pytest.mark.container
@pytest.mark.parametrize("name", BUILT)
def test_both_images_own_the_same(store: Store, name: str) -> None:
    folder = GOLDEN / "own_at_copy" / name
    before, after = (owners(folder / f"{which}.Containerfile", folder / "context") for which in ("before", "after"))
    assert before == after
    assert any(owner != (0, 0) or mode & 0o777 == 0o750 for owner, mode in after.values())


def owners(file: Path, context: Path) -> dict[str, tuple[tuple[int, int], int]]:
    """Owner, group and mode of what a build of `file` leaves where the cases copy to."""
    iid = buildah("bud", "--quiet", "--layers=false", "--pull-never", "-f", str(file), str(context)).splitlines()[-1]
    container = buildah("from", "--pull-never", iid)
    root = Path(buildah("mount", container))
    found: dict[str, tuple[tuple[int, int], int]] = {}
    try:
        for top in ("srv", "usr/local/bin", "run.sh"):
            for path in (root / top, *(root / top).rglob("*")):
                if path.exists():
                    status = os.lstat(path)
                    found[str(path.relative_to(root))] = ((status.st_uid, status.st_gid), stat.S_IMODE(status.st_mode))
    finally:
        buildah("umount", container)
        buildah("rm", container)
    return found


def buildah(*arguments: str) -> str:
    return subprocess.run(["buildah", *arguments], check=True, capture_output=True, text=True).stdout.strip()
