"""Keeps versions of files in a repository."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import yaml

STORE = Path(os.environ["STORE"])


def git(*words: str) -> str:
    command = ["git", "-C", str(STORE), "-c", "user.name=backup", "-c", "user.email=backup@example.com", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@click.group()
def main() -> None:
    """Keep versions of files."""


@main.command()
def config() -> None:
    """Show the configuration."""
    settings = yaml.load(Path("/etc/backup/config.yaml").read_text(), Loader=yaml.CSafeLoader)
    click.echo(f"{settings['name']} keeps {settings['keep']}")


@main.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
def keep(path: Path) -> None:
    """Keep a file."""
    git("init", "--quiet")
    shutil.copy(path, STORE / path.name)
    git("add", ".")
    git("commit", "--quiet", "-m", f"keep {path.name}")
    click.echo(git("log", "--format=%s").strip())


if __name__ == "__main__":
    sys.exit(main())
