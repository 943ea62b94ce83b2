"""Imports go one way, and each library has one home."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "optimizer"

# A room may import from rooms to its left, and from itself.
ORDER = (
    *("text", "errors", "render", "policy", "config", "shell", "containerfile", "ecosystems", "proposal", "context"),
    *(
        "history",
        "sources",
        "containers",
        "facts",
        "evidence",
        "passes",
        "equivalence",
        "proof",
        "outcome",
        "selection",
    ),
    *("selection", "engine", "foresee", "optimize", "output", "report", "cli", "__main__"),
)

# The judge shares no reasoning with the accused.
JUDGE_MAY_NOT = {"evidence", "passes", "facts", "ecosystems", "equivalence", "sources"}

HOMES = {
    "subprocess": {"containers", "history"},
    "jinja2": {"render"},
    "libcst": {"sources"},
    "pydantic": {"config", "report"},
    "typer": {"cli"},
    "rich": {"cli", "report"},
}


def _files() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def _room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from (f"{module}.{name.name}" if module == "optimizer" else module for name in names)
            case ast.ImportFrom(level=level):
                assert level == 0, f"{path}: relative import"


FILES = [path for path in _files() if path != ROOT / "__init__.py"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    room = _room(path)
    used = {name.split(".")[1] for name in _imports(path) if name.startswith("optimizer.")}
    assert {other for other in used if ORDER.index(other) > ORDER.index(room)} == set()
    if room == "proof":
        assert used & JUDGE_MAY_NOT == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_library_has_one_home(path: Path) -> None:
    used = {name.split(".")[0] for name in _imports(path)}
    assert {name for name in used & HOMES.keys() if _room(path) not in HOMES[name]} == set()
