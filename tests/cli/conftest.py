"""Every test of the command line stands in an empty directory of its own, without wishes from outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.build import Optimize, runner


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory."""
    for name in os.environ:
        if name.startswith("OPTIMIZE_") or name in ("NO_COLOR", "COLUMNS"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def optimize(here: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Optimize:
    """Run a command line in the current directory."""
    return runner(capsysbinary)
