"""What the goldens cannot show: contracts, alternatives, what equivalence lets pass, and real proofs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from optimizer.containerfile.parser import parse
from optimizer.containers.engine import open_engine
from optimizer.containers.model import Engine
from optimizer.context import DirectoryContext, MemoryContext
from optimizer.ecosystems.trimming import Records, requirement_name
from optimizer.engine import Rewrite, Source, run
from optimizer.equivalence import problem
from optimizer.facts import Facts
from optimizer.facts.trace import Trace
from optimizer.optimize import Judge, Wishes, optimize
from optimizer.outcome import Fate, Outcome
from optimizer.passes.trim_installs import trim_installs
from optimizer.proof.model import Proven, Refuted, Subject, Terms
from optimizer.proof.prover import Prover
from optimizer.proof.smoke import Patience
from optimizer.proposal import Proposal, Safety, TraceRelation
from optimizer.selection import Selection
from optimizer.text import apply
from tests.evidence.gathered import evidence_of

MANIFEST = '{"dependencies": {"express": "4"}, "optionalDependencies": {"ws": "8"}, "devDependencies": {"jest": "29"}}'


def rewrite(lines: tuple[str, ...], files: dict[str, str] | None = None) -> Rewrite:
    context = MemoryContext({path: text.encode() for path, text in (files or {}).items()})
    found = run(Source("\n".join(lines) + "\n", None, context), (trim_installs,), Selection(least=Safety.NEEDS_PROOF))
    assert found.bugs == ()
    return found


def proposal(*lines: str, files: dict[str, str] | None = None) -> Proposal:
    (placed,) = rewrite(lines, files).placed
    return placed.proposal


def test_every_package_that_a_command_line_names_must_stay() -> None:
    contract = proposal(
        "FROM debian",
        "RUN apt-get update && apt-get install -y git curl=7.88-1 libc6:amd64 vim/stable $MORE",
        "RUN apt-get install -y --no-install-recommends jq",
    ).contract
    (unnamed,) = contract.unnamed
    assert unnamed.records is Records.DPKG
    assert unnamed.kept == {"git", "curl", "libc6", "vim", "jq", "ca-certificates"}


def test_the_dependencies_of_the_manifest_must_stay() -> None:
    files = {"package.json": MANIFEST}
    contract = proposal("FROM node:20", "WORKDIR /app", "COPY . .", "RUN npm install", files=files).contract
    (unnamed,) = contract.unnamed
    assert unnamed.records is Records.NODE
    assert unnamed.kept == {"express", "ws"}
    assert {pattern.glob for pattern in contract.changed} == {
        "/app/node_modules/.package-lock.json",
        "/app/node_modules/.bin",
        "/app/package-lock.json",
    }


PROJECT = """\
[project]
name = "api"
dependencies = ["Flask_Login[x]>=0.6 ; python_version >= '3'", "gunicorn"]
optional-dependencies = {pdf = ["weasyprint~=60"]}
[dependency-groups]
dev = ["PyTest>=8", {include-group = "types"}, "gunicorn"]
types = ["mypy"]
[tool.poetry.dependencies]
python = "^3.11"
Zope-Interface = "*"
[tool.poetry.group.web.dependencies]
starlette = "*"
"""


@pytest.mark.parametrize(
    ("command", "stays"),
    [
        ("uv sync --locked", {"flask-login", "gunicorn", "weasyprint"}),
        ("poetry install --no-root", {"flask-login", "gunicorn", "weasyprint", "python", "Zope-Interface"}),
    ],
)
def test_the_requirements_of_a_python_project_must_stay(command: str, stays: set[str]) -> None:
    files = {"pyproject.toml": PROJECT}
    lines = ("FROM python:3.11", "WORKDIR /app", "COPY . .", f"RUN {command}", 'CMD ["gunicorn", "api:app"]')
    (unnamed,) = proposal(*lines, files=files).contract.unnamed
    assert unnamed.records is Records.PYTHON
    assert unnamed.kept == {requirement_name(each) for each in stays}


@pytest.mark.parametrize(
    ("project", "command", "start", "why"),
    [
        (PROJECT, "uv sync", "uv run api", "START_NEEDS_DEV"),
        (PROJECT, "uv sync", '["python", "-m", "pytest"]', "START_NEEDS_DEV"),
        (PROJECT, "uv sync && uv run build.py", '["gunicorn"]', "BUILD_NEEDS_DEV"),
        (PROJECT + "[tool.uv.workspace]\nmembers = ['lib']\n", "uv sync", '["gunicorn"]', "MANIFEST"),
        ("[project", "uv sync", '["gunicorn"]', "MANIFEST"),
        (PROJECT, "uv sync --group dev", '["gunicorn"]', "WANTED"),
    ],
)
def test_a_python_project_keeps_what_may_be_needed(project: str, command: str, start: str, why: str) -> None:
    lines = ("FROM python:3.11", "WORKDIR /app", "COPY . .", f"RUN {command}", f"CMD {start}")
    (refused,) = rewrite(lines, {"pyproject.toml": project}).refused
    assert refused.declined.why.name == why


@pytest.mark.parametrize(
    "command",
    [
        "uv sync --no-dev",
        "uv sync --no-group dev",
        "UV_NO_DEV=1 uv sync",
        "uv add gunicorn",
        "poetry install --without dev",
        "poetry install --only main",
        "poetry install --with docs",
    ],
)
def test_a_python_project_that_leaves_development_away_stays_as_it_is(command: str) -> None:
    lines = ("FROM python:3.11", "WORKDIR /app", "COPY . .", f"RUN {command}", 'CMD ["gunicorn"]')
    found = rewrite(lines, {"pyproject.toml": PROJECT})
    assert not found.placed and not found.refused


def test_where_the_base_image_decides_on_the_directory_any_may_be_meant() -> None:
    contract = proposal("FROM node:20", "COPY . .", "RUN npm install", files={"package.json": MANIFEST}).contract
    assert "/**/package-lock.json" in {pattern.glob for pattern in contract.changed}


@pytest.mark.parametrize(
    ("command", "after"),
    [
        ("apt-get install -y git", "apt-get install --no-install-recommends -y git ca-certificates"),
        (
            "apt-get install -y \\\n  git \\\n  curl",
            "apt-get install --no-install-recommends -y \\\n  git \\\n  curl \\\n  ca-certificates",
        ),
        ("apt-get install git -y", "apt-get install --no-install-recommends git ca-certificates -y"),
        (
            "apt-get install -y \\\n# one\n  git \\\n# two\n  curl",
            "apt-get install --no-install-recommends -y \\\n# one\n  git \\\n# two\n  curl ca-certificates",
        ),
    ],
    ids=["one line", "one a line", "before an option", "with comments"],
)
def test_the_alternative_names_what_only_a_network_would_miss(command: str, after: str) -> None:
    text = f"FROM debian\nRUN {command}\n"
    (again,) = proposal(*text.splitlines()).alternatives
    assert apply(text, again.edits) == f"FROM debian\nRUN {after}\n"
    assert found(text, apply(text, again.edits)) is None


def found(before: str, after: str) -> str | None:
    """What goes beyond TRIMS between two files."""
    traces = [Facts(parse(text), context=MemoryContext())[Trace] for text in (before, after)]
    return problem(traces[0], traces[1], TraceRelation.TRIMS)


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("apt-get install -y git", "apt-get install --no-install-recommends -y git", True),
        ("apt-get install --no-install-recommends -y git", "apt-get install -y git", False),
        ("apt-get install -y git", "apt-get install --no-install-recommends -y git curl", True),
        ("apt-get install -y git", "apt-get install -y git curl", False),
        ("apt-get install -y git && a", "apt-get install --no-install-recommends -y git && a curl", False),
        (
            "apt-get install --no-install-recommends -y git",
            "apt-get install --no-install-recommends -y git curl",
            False,
        ),
        ("apt-get install -y git", "apt-get install --no-install-recommends -y", False),
        ("apt-get install -y git", "apt-get install --no-upgrade -y git", False),
        ("echo --omit=dev", "echo", False),
        ("sh -c 'npm i'", "sh -c 'npm i --omit=dev'", True),
        ("npm install", "npm ci --omit=dev", True),
        ("npm install x", "npm ci x", False),
        ("npm install", "npm run", False),
    ],
)
def test_only_declared_options_may_be_new(before: str, after: str, allowed: bool) -> None:
    assert (found(f"FROM x\nRUN {before}\n", f"FROM x\nRUN {after}\n") is None) is allowed


@pytest.mark.parametrize(
    "start",
    ['["nodemon", "x.js"]', '["npm", "start"]', "npx jest", "node -r jest/register x.js", '["sh", "-c", "jest"]'],
)
def test_what_starts_a_development_dependency_keeps_it(start: str) -> None:
    manifest = MANIFEST.replace('"dependencies"', '"scripts": {"start": "nodemon x.js"}, "dependencies"', 1)
    lines = ("FROM node:20", "COPY . .", "RUN npm install", f"CMD {start}")
    (refused,) = rewrite(lines, {"package.json": manifest}).refused
    assert refused.declined.why.name == "START_NEEDS_DEV"


@pytest.mark.parametrize(
    "start", ['["node", "x.js"]', "express", '["pm2-runtime", "x.js"]', "/app/start.sh", '["tini", "--", "node", "x"]']
)
def test_what_starts_something_else_does_not(start: str) -> None:
    lines = ("FROM node:20", "RUN npm i -g pm2@5", "COPY . .", "RUN npm install", f"CMD {start}")
    assert rewrite(lines, {"package.json": MANIFEST}).applied


def test_a_manifest_that_the_ignore_file_hides_is_not_there() -> None:
    lines = ("FROM node:20", "COPY . .", "RUN npm install")
    (refused,) = rewrite(lines, {"package.json": MANIFEST, ".dockerignore": "package.json\n"}).refused
    assert refused.declined.why.name == "MANIFEST"


# With a repository of three packages: `greet` recommends `words` and `extra`.

REPOSITORY = """set -eu
make() { # NAME FILE CONTENT RECOMMENDS
    mkdir -p "/tmp/$1/DEBIAN" "/tmp/$1/usr/share/greet" /repository
    printf '%s\\n' "$3" > "/tmp/$1/usr/share/greet/$2"
    printf 'Package: %s\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@example.org>\\nDescription: x\\n' "$1" \\
        > "/tmp/$1/DEBIAN/control"
    [ -z "$4" ] || printf 'Recommends: %s\\n' "$4" >> "/tmp/$1/DEBIAN/control"
    dpkg-deb -b "/tmp/$1" "/repository/$1.deb" > /dev/null
    {
        dpkg-deb -f "/repository/$1.deb"
        printf 'Filename: ./%s.deb\\nSize: %s\\n' "$1" "$(stat -c %s "/repository/$1.deb")"
        printf 'SHA256: %s\\n\\n' "$(sha256sum "/repository/$1.deb" | cut -d ' ' -f 1)"
    } >> /repository/Packages
}
make words words hello ''
make extra extra unused ''
make greet greet 'cat /usr/share/greet/words' 'words, extra'
rm -rf /tmp/* /etc/apt/sources.list /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/repository ./' > /etc/apt/sources.list
"""
USES = "FROM debian:bookworm-slim\nCOPY repository.sh /\nRUN sh /repository.sh\n{}\nCMD {}\n"
INSTALL = "RUN apt-get update && apt-get install -y greet && rm -rf /var/lib/apt/lists/*"


@pytest.fixture
def engine(store: object) -> Iterator[Engine]:
    engine = open_engine()
    yield engine
    engine.close()


def proven(engine: Engine, folder: Path, text: str, *, looks: bool = False) -> Outcome:
    """The whole way through `optimize`, with real builds; `looks`: the built original is evidence."""
    (folder / "repository.sh").write_text(REPOSITORY)
    path = folder / "Containerfile"
    path.write_text(text)

    def judge_for(source: Source, original: Subject) -> AbstractContextManager[Judge]:
        return Prover(engine, Terms(folder), original, path, patience=Patience(grace=1.0, run=2.0))

    source = Source(text, path, DirectoryContext(folder))

    wishes = Wishes(pipeline=(trim_installs,))
    return optimize(source, wishes, judge_for=judge_for, evidence_for=evidence_of(engine) if looks else None)


@pytest.mark.container
def test_recommended_packages_that_nothing_needs_stay_away(engine: Engine, tmp_path: Path) -> None:
    outcome = proven(engine, tmp_path, USES.format(INSTALL, '["cat", "/usr/share/greet/greet"]'))
    assert isinstance(outcome.verdict, Proven), outcome.verdict
    assert [decided.fate for decided in outcome.decided] == [Fate.PROVEN]
    assert "install --no-install-recommends -y greet &&" in outcome.after


@pytest.mark.container
def test_a_recommended_package_that_is_needed_keeps_them_all_where_nothing_is_known(
    engine: Engine, tmp_path: Path
) -> None:
    outcome = proven(engine, tmp_path, USES.format(INSTALL, '["sh", "/usr/share/greet/greet"]'))
    assert isinstance(outcome.attempts[0].verdict, Refuted)
    assert [decided.fate for decided in outcome.decided] == [Fate.WITHDRAWN]
    assert outcome.after == outcome.before


@pytest.mark.container
def test_a_recommended_package_that_is_needed_is_named(engine: Engine, tmp_path: Path) -> None:
    outcome = proven(engine, tmp_path, USES.format(INSTALL, '["sh", "/usr/share/greet/greet"]'), looks=True)
    assert isinstance(outcome.attempts[0].verdict, Refuted)
    assert isinstance(outcome.verdict, Proven), outcome.verdict
    assert [decided.fate for decided in outcome.decided] == [Fate.PROVEN]
    assert "install --no-install-recommends -y greet words &&" in outcome.after
