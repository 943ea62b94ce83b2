from __future__ import annotations

import pytest

from optimizer.sources.wants import holds, names, opens, reads_dotenv, reads_history


@pytest.mark.parametrize(
    ("text", "name", "answer"),
    [
        ("cp .env /x", ".env", True),
        ("source ./.env", ".env", True),
        ("open('.env')", ".env", True),
        ("the file .env.", ".env", True),
        ("process.env", ".env", False),
        ("import_meta().env", ".env", False),
        (".env.example", ".env", False),
        (".environment", ".env", False),
        ("a/server.pem", "server.pem", True),
        ("my-server.pem", "server.pem", False),
        ("process.env .env", ".env", True),
        ("", ".env", False),
    ],
)
def test_finds_a_name_as_a_whole(text: str, name: str, answer: bool) -> None:
    assert holds(text.encode(), name.encode()) is answer


@pytest.mark.parametrize(
    ("path", "text", "answer"),
    [
        ("pyproject.toml", 'requires = ["hatch-vcs"]', True),
        ("pyproject.toml", 'requires = ["hatchling"]', False),
        ("package.json", '{"scripts": {"build": "git rev-parse HEAD > rev && tsc"}}', True),
        ("package.json", '{"scripts": {"build": "tsc"}, "repository": "git://x"}', False),
        ("Makefile", "VERSION := $(shell git describe)", True),
        ("Makefile", "clone:\n\tgit clone x", False),
        ("app.py", "import subprocess\nsubprocess.run(['git', 'log'])", True),
        ("app.py", "# see git log\nimport subprocess\nsubprocess.run(['ls'])", False),
        ("go.mod", "module x", True),
        ("README.md", "git describe", False),
    ],
)
def test_knows_what_reads_the_history(path: str, text: str, answer: bool) -> None:
    assert reads_history([("x", b""), (path, text.encode())]) == (path if answer else None)


@pytest.mark.parametrize(
    ("path", "text", "answer"),
    [
        ("package.json", '{"dependencies": {"dotenv": "1"}}', True),
        ("package.json", '{"devDependencies": {"vite": "5"}}', True),
        ("package.json", '{"dependencies": {"express": "4"}}', False),
        ("requirements.txt", "python-dotenv==1.0", True),
        ("settings.py", "from decouple import config", True),
        ("settings.py", "import os\nos.environ['X']", False),
    ],
)
def test_knows_what_loads_settings(path: str, text: str, answer: bool) -> None:
    assert reads_dotenv([(path, text.encode())]) == (path if answer else None)


def test_a_name_in_documentation_or_on_the_host_does_not_count() -> None:
    talk = ["README.md", ".gitignore", "compose.yaml", "docker-compose.yml", "Dockerfile", ".env.example", "yarn.lock"]
    assert names([(path, b"see .env") for path in talk], ".env") is None
    assert names([("start.sh", b". ./.env")], ".env") == "start.sh"


def test_a_module_that_opens_the_directory_opens_what_is_in_it() -> None:
    module = ("app.py", b"import os\nos.listdir('certs')\n")
    assert opens([module], "certs/server.pem") == "app.py"
    assert opens([module], "other/server.pem") is None
