"""What is installed works alone: a checkout hides files that do not ship."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from optimizer.passes import PIPELINE

CHECKOUT = Path(__file__).parent.parent
PASSES = [each.name for each in PIPELINE]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(place)]
    subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True)
    (built,) = place.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`optimize`, installed from the wheel where no checkout is in sight. Dependencies are borrowed, not fetched."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    site = next(home.glob("lib/python*/site-packages"))
    # A path in a .pth file is taken as it is: an editable install of the checkout is not seen through it.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin" / "optimize"


def run(program: Path, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it without buildah, without anything, as a user would."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "OPTIMIZE"))}
    environ = kept | {"PATH": str(directory), "COLUMNS": "80"}
    command = [str(program), *arguments]
    return subprocess.run(command, cwd=directory, env=environ, capture_output=True, text=True, check=False)


def test_only_what_is_needed_ships(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name for name in names if name.startswith("optimizer/_data/pages/")} == {
        f"optimizer/_data/pages/{name}/README.md" for name in PASSES
    }
    assert "optimizer/_data/templates/optimize.schema.json" in names
    assert "optimizer/py.typed" in names
    assert {name.split("/")[0] for name in names} - {"optimizer"} == {
        name.split("/")[0] for name in names if ".dist-info/" in name
    }


def test_every_template_ships(wheel: Path) -> None:
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("optimizer/_data/templates/")}
    lying = (path for path in (CHECKOUT / "templates").rglob("*") if path.is_file())
    assert shipped == {f"optimizer/_data/{path.relative_to(CHECKOUT)}" for path in lying}


def test_help_is_shown(program: Path, tmp_path: Path) -> None:
    result = run(program, tmp_path, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("Usage: optimize [OPTIONS] [PATH]...\n")


@pytest.mark.parametrize("name", PASSES)
def test_every_pass_is_explained(program: Path, tmp_path: Path, name: str) -> None:
    result = run(program, tmp_path, "explain", name)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"# {name}\n")


@pytest.mark.parametrize("form", ["diff", "text", "json", "markdown"])
def test_a_dry_run_needs_no_builder(program: Path, tmp_path: Path, form: str) -> None:
    (tmp_path / "Containerfile").write_text("FROM debian\nRUN apt-get update\nRUN apt-get install -y curl\n")
    (tmp_path / ".git").mkdir()
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "app.pyc").write_bytes(b"")
    result = run(program, tmp_path, "--output-format", form)
    assert result.returncode == 0
    assert "apt-get update" in result.stdout
    assert "Traceback" not in result.stderr


def test_a_proof_without_a_builder_says_what_to_install(program: Path, tmp_path: Path) -> None:
    (tmp_path / "Containerfile").write_text("FROM scratch\n")
    result = run(program, tmp_path, "--verify")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("optimize: buildah is not installed\nhint: ")
