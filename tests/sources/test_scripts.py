from __future__ import annotations

import pytest

from optimizer.sources.scripts import ScriptUse, package_scripts, procfile, uses


@pytest.mark.parametrize(
    ("script", "programs", "words"),
    [
        ("tsc -p .", {"tsc"}, {"-p", "."}),
        ("npm run build && /usr/bin/git describe", {"npm", "git"}, {"run", "build", "describe"}),
        ("NODE_ENV=production node -r dotenv/config a.js", {"node"}, {"-r", "dotenv/config", "a.js"}),
        ("sh -c 'git log | head'", {"sh", "git", "head"}, {"-c", "git log | head", "log"}),
        ("echo $(git rev-parse HEAD)", {"echo", "git"}, {"rev-parse", "HEAD"}),
        ("", set(), set()),
    ],
)
def test_finds_programs_and_words(script: str, programs: set[str], words: set[str]) -> None:
    assert uses(script) == ScriptUse(frozenset(programs), frozenset(words))


def test_a_program_in_a_variable_is_computed() -> None:
    assert uses("$TOOL --version").computed


@pytest.mark.parametrize(
    ("manifest", "scripts"),
    [
        (b'{"scripts": {"build": "tsc", "odd": 3}}', {"build": "tsc"}),
        (b'{"name": "x"}', {}),
        (b"[1]", {}),
        (b"{", {}),
        (b"\xff", {}),
    ],
)
def test_reads_the_scripts_of_a_manifest(manifest: bytes, scripts: dict[str, str]) -> None:
    assert package_scripts(manifest) == scripts


def test_reads_a_procfile() -> None:
    text = "# processes\nweb: gunicorn app:app\nworker: python -m worker\n\nnot a line\n"
    assert procfile(text) == {"web": "gunicorn app:app", "worker": "python -m worker"}
