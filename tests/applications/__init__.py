"""Applications as one finds them (`tests/apps`), split, proven and measured beside an expert's file."""

from pathlib import Path

APPS = Path(__file__).parents[1] / "apps"
NAMES = sorted(path.parent.name for path in APPS.glob("*/expert.Containerfile"))
