"""What a project's own files ask for that no COPY names: the version history, a `.env` file, a file by its name.

These are careful guesses from text, in the direction of caution: a hit means that the thing is left where it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from posixpath import basename

from optimizer.sources import python, scripts
from optimizer.text import decode, encode

Text = tuple[str, bytes]
"""A context path and what the file holds."""

_GIT_READERS = {
    ("pyproject.toml", "setup.py", "setup.cfg"): (
        *("setuptools_scm", "setuptools-scm", "hatch-vcs", "hatch_vcs", "versioneer", "versioningit", "dunamai"),
        *("poetry-dynamic-versioning", "pdm-backend", "pbr", "flit_scm", "uv-dynamic-versioning"),
    ),
    ("Cargo.toml", "build.rs"): ("vergen", "git-version", "shadow-rs", "git2"),
    ("pom.xml",): ("git-commit-id", "buildnumber-maven-plugin", "jgitver"),
    ("build.gradle", "build.gradle.kts"): ("gradle-git", "grgit", "gitVersion", "axion-release", "nebula.release"),
    ("package.json",): ("git-rev", "git-describe", "git-revision", "simple-git", "isomorphic-git", "nodegit"),
    ("Gemfile",): ("git",),
    ("composer.json",): ("git-version",),
    ("go.mod",): ("",),  # `go build` stamps the revision into the binary (go help buildvcs)
    ("GitVersion.yml", "version.json"): ("",),
}
"""Files and the tools named in them that read the version history while they build (by the tools' documentation)."""

_DOTENV_READERS = {
    ("package.json",): (
        *("dotenv", "env-cmd", "--env-file", '"next"', '"vite"', '"nuxt"', '"astro"', '"gatsby"', "react-scripts"),
        *("@vue/cli-service", "@nestjs/config", "@sveltejs/kit", '"parcel"'),
    ),
    ("requirements.txt", "pyproject.toml", "setup.py", "setup.cfg", "Pipfile"): (
        *("dotenv", "decouple", "environs", "django-environ", "pydantic-settings", "dynaconf"),
    ),
    ("go.mod",): ("godotenv", "cleanenv"),
    ("Gemfile",): ("dotenv",),
    ("composer.json",): ("dotenv", "laravel/framework", "symfony/"),
    ("Cargo.toml",): ("dotenv",),
    ("pom.xml", "build.gradle", "build.gradle.kts"): ("dotenv",),
}
"""Files and the libraries named in them that load a `.env` file by themselves."""

_TALK = (".md", ".rst", ".txt", ".lock", ".svg", ".map")
"""Endings of files that name things without opening them. Locks name packages."""

_TALKERS = frozenset(
    {
        *(".gitignore", ".dockerignore", ".containerignore", ".gitattributes", ".npmignore", ".eslintignore"),
        *(
            ".prettierignore",
            ".pre-commit-config.yaml",
            ".gitlab-ci.yml",
            ".travis.yml",
            "package-lock.json",
            "npm-shrinkwrap.json",
        ),
    }
)


def reads_history(files: Iterable[Text]) -> str | None:
    """The first file that has the build or the application read `.git`; None if none seems to."""
    for path, data in files:
        name = basename(path)
        if _names_one(name, data, _GIT_READERS) or _calls_git(name, data):
            return path
    return None


def reads_dotenv(files: Iterable[Text]) -> str | None:
    """The first file that has a library load `.env`; None if none seems to."""
    for path, data in files:
        name = basename(path)
        if _names_one(name, data, _DOTENV_READERS):
            return path
        if name.endswith(".py") and (b"env" in data or b"decouple" in data) and _use(data).dotenv:
            return path
    return None


def names(files: Iterable[Text], name: str) -> str | None:
    """The first file that may open this file by name: its text holds it as a whole word. Documentation, ignore files
    and what only the host reads do not count."""
    wanted = encode(name)
    for path, data in files:
        if wanted in data and not _only_talks(basename(path)) and holds(data, wanted):
            return path
    return None


def opens(files: Iterable[Text], path: str) -> str | None:
    """The first Python module that opens this context path, or a directory that holds it; None if none does."""
    parts = [encode(part) for part in path.split("/")]
    for place, data in files:
        likely = place.endswith(".py") and (b"glob" in data or any(part in data for part in parts))
        if likely and _use(data).may_open(path):
            return place
    return None


@lru_cache(maxsize=1024)
def _use(data: bytes) -> python.PythonUse:
    source = decode(data)
    return python.uses(source) if python.worth_reading(source) else python.PythonUse()


def _only_talks(name: str) -> bool:
    hosts = ("compose.", "docker-compose", "podman-compose", "Containerfile", "Dockerfile", ".env")
    return name in _TALKERS or name.endswith((*_TALK, ".Containerfile", ".Dockerfile")) or name.startswith(hosts)


def holds(text: bytes, name: bytes) -> bool:
    """Whether `name` stands in `text` as a whole: `.env` does in `cp .env x`, not in `process.env` or `.env.test`."""
    at = text.find(name)
    while at >= 0:
        before, after = text[max(at - 1, 0) : at], text[at + len(name) : at + len(name) + 2]
        begins = not _continues(before) and before not in (b")", b"]")
        ends = not _continues(after[:1]) and (after[:1] != b"." or not _continues(after[1:]))
        if begins and ends:
            return True
        at = text.find(name, at + 1)
    return False


def _continues(char: bytes) -> bool:
    return char.isalnum() or char in (b"_", b"-") or char >= b"\x80"


def _names_one(name: str, data: bytes, table: dict[tuple[str, ...], tuple[str, ...]]) -> bool:
    return any(name in files and any(tool.encode() in data for tool in tools) for files, tools in table.items())


def _calls_git(name: str, data: bytes) -> bool:
    if b"git" not in data:
        return False
    if name == "package.json":
        return any("git" in scripts.uses(text).programs for text in scripts.package_scripts(data).values())
    if name.endswith(".py"):
        return b"import git" in data or (holds(data, b"git") and "git" in _use(data).programs)
    if name.endswith((".sh", ".mk", ".cmake", ".just")) or name in ("Makefile", "makefile", "GNUmakefile", "justfile"):
        return any(holds(data, f"git {verb}".encode()) for verb in _READING)
    return name == "CMakeLists.txt" and holds(data, b"git")


_READING = (
    "describe",
    "rev-parse",
    "log",
    "show",
    "rev-list",
    "tag",
    "status",
    "diff",
    "branch",
    "archive",
    "ls-files",
)
"""Subcommands of git that read the repository they stand in."""


def reads_repository(verb: str | None) -> bool:
    """Whether `git VERB` reads the repository that it stands in; None is a verb that is not known."""
    return verb is None or verb in _READING or verb in ("submodule", "checkout", "reset", "clean", "lfs", "worktree")
