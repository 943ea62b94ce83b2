"""What golden folders cannot hold (`.git`, odd paths) and what must hold for every context."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.containerfile.ignorefile import Dialect, kept
from optimizer.containerfile.parser import parse
from optimizer.context import DirectoryContext, MemoryContext, OverlayContext
from optimizer.engine import Rewrite, Source, run
from optimizer.facts import Facts
from optimizer.facts.copies import Copies
from optimizer.outcome import Fate
from optimizer.passes.write_containerignore import Why, write_containerignore
from optimizer.proposal import Safety
from optimizer.selection import Selection
from tests.conftest import Store

PIPELINE = (write_containerignore,)
COPY_ALL = "FROM base\nWORKDIR /app\nCOPY . .\nCMD ./app\n"


def rewrite(text: str, files: Mapping[str, str], least: Safety = Safety.NEEDS_PROOF) -> Rewrite:
    context = MemoryContext({path: data.encode() for path, data in files.items()})
    return run(Source(text, None, context), PIPELINE, Selection(least=least))


def written(result: Rewrite) -> str:
    assert result.bugs == ()
    (write,) = result.writes
    return write.after


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def refusals(result: Rewrite) -> list[tuple[str, str]]:
    return [(each.declined.why.name, each.declined.detail) for each in result.refused]


def test_the_history_of_git_needs_proof_and_is_counted(tmp_path: Path) -> None:
    (tmp_path / ".git/objects").mkdir(parents=True)
    (tmp_path / ".git/objects/pack").write_bytes(b"x" * 2_500_000)
    (tmp_path / "app").write_text("")
    result = run(
        Source(COPY_ALL, tmp_path / "Containerfile", DirectoryContext(tmp_path)),
        PIPELINE,
        Selection(least=Safety.NEEDS_PROOF),
    )
    (placed,) = result.applied
    assert lines(written(result)) == [".git", ".containerignore"]
    assert (placed.proposal.safety, placed.proposal.saves) == (Safety.NEEDS_PROOF, 2_500_000)
    assert placed.proposal.contract.ignored == {".git", ".containerignore"}


@pytest.mark.parametrize(
    ("command", "refused"),
    [
        ("git describe", True),
        ("make VERSION=$(git rev-parse HEAD)", True),
        ("sh -c 'git log'", True),
        ("git submodule update --init", True),
        ("git clone https://host/x /x", False),
        ("git config --global x y", False),
        ("rm -rf .git", False),
        ("make", False),
    ],
)
def test_a_command_that_reads_the_history_keeps_it(command: str, refused: bool) -> None:
    result = rewrite(COPY_ALL.replace("CMD", f"RUN {command}\nCMD"), {".git/HEAD": "", "app": ""})
    assert (refusals(result) == [("HISTORY", "line 4")]) is refused
    assert bool(result.writes) is not refused


def test_withdrawing_one_group_leaves_the_others() -> None:
    files = {"app": "", "x.py": "", "__pycache__/x.pyc": "", ".git/HEAD": "", ".env": ""}
    context = MemoryContext({path: data.encode() for path, data in files.items()})
    source = Source(COPY_ALL, None, context)
    whole = run(source, PIPELINE, Selection(least=Safety.NEEDS_PROOF))
    assert lines(written(whole)) == ["**/__pycache__", ".containerignore", ".git", ".env"]
    for placed in whole.applied:
        part = run(source, PIPELINE, Selection(least=Safety.NEEDS_PROOF, withdrawn=frozenset({placed.key})))
        assert [each.fate for each in part.placed if each.key == placed.key] == [Fate.WITHDRAWN]
        assert set(lines(written(part))) < set(lines(written(whole)))


def test_a_second_run_goes_on_where_the_first_ended() -> None:
    files = {"app": "", "x.py": "", "__pycache__/x.pyc": "", ".git/HEAD": ""}
    first = written(rewrite(COPY_ALL, files, Safety.SAFE))
    second = written(rewrite(COPY_ALL, {**files, ".containerignore": first}))
    assert second.startswith(first)
    assert lines(second[len(first) :]) == [".git"]
    assert rewrite(COPY_ALL, {**files, ".containerignore": second}).writes == ()


def test_a_name_that_also_means_something_else_is_left_alone() -> None:
    files = {"app": "", "x.py": "", "x.pyc": "", "lib/plugin.pyc": "", "a/b.py": "", "a/b.pyc": ""}
    assert lines(written(rewrite(COPY_ALL, files))) == ["a/b.pyc", "x.pyc", ".containerignore"]


def test_what_lies_in_packages_is_not_named_again() -> None:
    text = "FROM base\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
    files = {"package.json": "{}", "node_modules/x/.env": "", "node_modules/x/__pycache__/y.pyc": ""}
    assert lines(written(rewrite(text, files))) == ["node_modules", ".containerignore"]


@pytest.mark.parametrize(
    "text",
    [
        "FROM base\nWORKDIR /app\nCOPY . .\nWORKDIR /other\nRUN npm ci\n",
        "FROM base\nWORKDIR /app\nCOPY . /src\nRUN npm ci\n",
        "FROM base AS a\nWORKDIR /app\nCOPY . .\nRUN npm ci\nFROM base\nCOPY . /app\n",
        "FROM base\nWORKDIR /app\nCOPY . .\nRUN npm install left-pad\n",
    ],
)
def test_packages_stay_unless_the_same_place_gets_its_own(text: str) -> None:
    files = {"package.json": "{}", "node_modules/x/index.js": ""}
    assert refusals(rewrite(text, files)) == [("NOTHING", "")]


def test_the_proof_of_one_containerfile_is_none_for_another_in_the_context() -> None:
    files = {"app": "", ".env": "", "deploy/other.Dockerfile": "FROM x\nCOPY .env /\n"}
    assert refusals(rewrite(COPY_ALL, files)) == [("SHARED", "deploy/other.Dockerfile takes .env")]
    own = {**files, "deploy/other.Dockerfile.dockerignore": ""}
    assert lines(written(rewrite(COPY_ALL, own))) == [".env", ".containerignore"]


@pytest.mark.parametrize("name", [".env.example", ".env.sample", ".env.local.dist", ".environment", "env"])
def test_templates_of_settings_stay(name: str) -> None:
    assert refusals(rewrite(COPY_ALL, {"app": "", name: ""})) == [("NOTHING", "")]


def test_a_key_among_the_sources_stays() -> None:
    key = "-----BEGIN PRIVATE KEY-----"
    files = {"app": "", "src/main/resources/server.pem": key, "tests/key.pem": key}
    assert refusals(rewrite(COPY_ALL, files)) == [("NOTHING", "")]


def test_no_copy_loses_all_that_it_names() -> None:
    assert rewrite("FROM base\nCOPY cache/* /x/\n", {"cache/__pycache__/x.pyc": ""}).writes == ()


def test_every_reason_is_one_sentence() -> None:
    for why in Why:
        assert why.value[0].islower() and not why.value.endswith(".")


# Whatever the context holds.

NAMES = st.sampled_from(
    ["a", "src", "docs", "x.py", "x.pyc", "__pycache__", ".idea", ".env", ".git", "k.pem", "(x).swp", "y~", "target"]
)
FILES = st.dictionaries(
    st.lists(NAMES, min_size=1, max_size=3).map("/".join),
    st.sampled_from(["", "text", "-----BEGIN PRIVATE KEY-----"]),
    min_size=1,
    max_size=12,
)
COPIES = st.sampled_from(["COPY . .", "COPY src /x", "COPY src a /x/", "COPY * /x/", "COPY *.py src /x/"])
IGNORES = st.sampled_from([None, "", "docs", "*\n!src\n!a", "*.py\n!x.py\n", "**/x.pyc\r\n", "docs\n!docs/a\n", "!"])


def consistent(files: Mapping[str, str]) -> dict[str, str]:
    """Without files that would have to be directories too."""
    return {path: data for path, data in files.items() if not any(other.startswith(f"{path}/") for other in files)}


@settings(max_examples=300, deadline=None)
@given(FILES.map(consistent), st.lists(COPIES, min_size=1, max_size=2), IGNORES)
def test_only_what_is_declared_leaves_the_context(files: dict[str, str], copies: list[str], ignore: str | None) -> None:
    if ignore is not None:
        files = {**files, ".dockerignore": ignore}
    text = "FROM base\n" + "\n".join(copies) + "\n"
    result = rewrite(text, files)
    assert result.bugs == ()
    for write in result.writes:
        assert write.after.startswith(write.before or "")
        below = MemoryContext({path: data.encode() for path, data in files.items()})
        after = OverlayContext(below, {write.path: write.after})
        facts = Facts(parse(text), context=after)
        tree = [entry.path for entry in after.entries()]
        ignored = {path for placed in result.applied for path in placed.proposal.contract.ignored}
        for dialect in Dialect:
            gone = kept(tree, ignore or "", dialect) - kept(tree, write.after, dialect)
            tops = {path for path in gone if path.rpartition("/")[0] not in gone}
            assert facts[Copies].select(tops) <= ignored


@pytest.mark.container
def test_the_image_lacks_only_what_was_left_out(store: Store, tmp_path: Path) -> None:
    files = {
        "app": "x",
        "src/x.py": "1",
        "src/__pycache__/x.pyc": "2",
        ".git/HEAD": "3",
        ".env": "4",
        "docs/a.md": "5",
        "Containerfile": "FROM scratch\nCOPY . /app\nCOPY src /lib\n",
    }
    root = tmp_path / "context"
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(data)

    def image() -> set[str]:
        iid = tmp_path / "iid"
        build = ["buildah", "bud", "--quiet", "--iidfile", str(iid), "-f", f"{root}/Containerfile", str(root)]
        subprocess.run(build, check=True, capture_output=True)
        command = ["buildah", "from", "--pull-never", iid.read_text()]
        container = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        mount = subprocess.run(
            ["buildah", "mount", container], check=True, capture_output=True, text=True
        ).stdout.strip()
        try:
            return {str(path.relative_to(mount)) for path in Path(mount).rglob("*") if path.is_file()}
        finally:
            subprocess.run(["buildah", "umount", container], check=True, capture_output=True)

    before = image()
    result = run(
        Source(files["Containerfile"], root / "Containerfile", DirectoryContext(root)),
        PIPELINE,
        Selection(least=Safety.NEEDS_PROOF),
    )
    (root / ".containerignore").write_text(written(result))
    assert before - image() == {
        "app/.git/HEAD",
        "app/.env",
        "app/Containerfile",
        "app/src/__pycache__/x.pyc",
        "lib/__pycache__/x.pyc",
    }
    assert image() - before == set()
