"""Synthetic repositories: a project of some language, what work leaves lying in it, and some Containerfile over it."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CACHEDIR_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n"
KEY = "-----BEGIN PRIVATE KEY-----\nnot one\n"

PROJECTS: Mapping[str, Mapping[str, str]] = {
    "python": {
        "app/__init__.py": "",
        "app/main.py": "from pathlib import Path\nprint((Path(__file__).parent / 'page.html').read_text())\n",
        "app/page.html": "<p>",
        "requirements.txt": "flask\n",
        "tests/test_app.py": "import app\n",
    },
    "versioned": {"pkg/__init__.py": "", "pyproject.toml": '[build-system]\nrequires = ["setuptools_scm"]\n'},
    "node": {
        "package.json": '{"name": "x", "scripts": {"start": "node server.js"}}\n',
        "package-lock.json": "{}\n",
        "server.js": "require('./lib/a')\n",
        "lib/a.js": "",
        "public/robots.txt": "",
    },
    "vite": {"package.json": '{"devDependencies": {"vite": "5"}}\n', "index.html": "", "src/main.js": ""},
    "go": {"go.mod": "module x\n", "main.go": "package main\n", "internal/a.go": "package internal\n"},
    "rust": {"Cargo.toml": "[package]\nname = 'x'\n", "src/main.rs": "fn main() {}\n"},
    "java": {"pom.xml": "<project/>\n", "src/main/java/A.java": "class A {}\n"},
    "php": {"composer.json": "{}\n", "public/index.php": "<?php\n", "src/A.php": "<?php\n"},
    "site": {"index.html": "", "css/a.css": "", "img/a b.png": "", "docs/read me.md": ""},
    "templates": {"make.py": "", "templates/.vscode/settings.json": "{}", "templates/a.py": ""},
}
"""Files of projects, by path."""

LITTER: Mapping[str, str] = {
    "app/__pycache__/main.cpython-311.pyc": "",
    ".pytest_cache/v/x": "",
    "deep/er/.mypy_cache/x.json": "",
    "lib/.DS_Store": "",
    ".idea/workspace.xml": "",
    ".vscode/settings.json": "",
    "app/.main.py.swp": "b0VIM 9.0",
    "notes~": "",
    ".env": "PASSWORD=x",
    ".env.example": "PASSWORD=",
    "server.key": KEY,
    "src/testing.key": KEY,
    ".netrc": "",
    ".github/workflows/ci.yml": "",
    ".venv/pyvenv.cfg": "",
    ".venv/bin/python": "",
    "node_modules/a/index.js": "",
    "target/CACHEDIR.TAG": CACHEDIR_TAG,
    "target/debug/x": "",
    "debug.log": "x",
    "tmp/scratch": "",
    "dist/bundle.js": "",
    "weird+name/__pycache__/a.pyc": "",
    "data/my file.csv": "",
    "__pycache__": "no directory",
    ".coverage": "",
}
"""What work leaves behind, and some that only looks like it."""

IGNORES = (
    *(None, None, None, "*.md\n", "**/*.log\ntmp\n"),
    *("*\n!app\n!src\n!package.json\n", ".git\n# notes\n", "docs\n!docs/x\n"),
)
COPIES = (
    "COPY . .",
    "COPY . /srv/",
    "COPY --chown=1000:1000 . .",
    "COPY {first} ./\nCOPY . .",
    "COPY . .\nCOPY .env* /settings/",
    "ADD . /srv",
    'COPY [".", "/srv/with blank/"]',
    "COPY {first} /one/\nCOPY {top} /two/{top}",
)
GITIGNORE = "*.log\ntmp/\ndist/\n.env\nnode_modules\n"


@dataclass(frozen=True)
class Repository:
    """One of them, on disk."""

    place: Path
    kind: str

    @property
    def containerfile(self) -> str:
        return (self.place / "Containerfile").read_text()


def make(number: int, place: Path) -> Repository:
    """The repository of this number: the same one each time."""
    chance = random.Random(number)  # nothing secret is drawn
    kind = sorted(PROJECTS)[number % len(PROJECTS)]
    files = dict(PROJECTS[kind])
    for path in chance.sample(sorted(LITTER), chance.randint(4, 14)):
        if not any(other.startswith(f"{path}/") or path.startswith(f"{other}/") for other in files):
            files[path] = LITTER[path]
    first = next(path for path in sorted(files) if "/" not in path and " " not in path and path[0] != ".")
    top = next((path.partition("/")[0] for path in sorted(PROJECTS[kind]) if "/" in path), first)
    copy = chance.choice(COPIES).format(first=first, top=top)
    files["Containerfile"] = f"FROM scratch\nWORKDIR /work\n{copy}\n"
    ignore = chance.choice(IGNORES)
    if ignore is not None:
        files[chance.choice((".dockerignore", ".containerignore", "Containerfile.dockerignore"))] = ignore
    if chance.random() < 0.6:
        files[".gitignore"] = GITIGNORE
        subprocess.run(["git", "init", "--quiet", place], check=True)
    for path, text in files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text)
    return Repository(place, kind)
