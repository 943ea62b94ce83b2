"""Commands in files beside the Containerfile."""

from __future__ import annotations

import pytest

from optimizer.context import MemoryContext
from optimizer.evidence.beside import commands_beside
from optimizer.evidence.entrypoint import Command


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "Procfile",
            "web: gunicorn a\n# x\nworker: rq worker\n",
            [Command(("gunicorn a",), True), Command(("rq worker",), True)],
        ),
        ("compose.yaml", "services: {a: {build: ., command: celery -A 'x y'}}", [Command(("celery", "-A", "x y"))]),
        ("compose.yml", "services: {a: {build: {context: .}, entrypoint: [a], command: [b]}}", [Command(("a", "b"))]),
        ("compose.yml", "services: {a: {build: ./other, command: x}, b: {image: redis, command: y}}", []),
        ("compose.yml", "services: {a: {build: ., healthcheck: {test: [CMD, curl, x]}}}", [Command(("curl", "x"))]),
        ("compose.yml", "services: {a: {build: ., healthcheck: {test: curl x}}}", [Command(("curl x",), True)]),
        ("compose.yml", "services: {a: {build: ., command: 'un\"closed'}}", []),
        ("compose.yml", "a: [", []),
        ("compose.yml", "- 1", []),
        ("README", "web: x", []),
    ],
)
def test_reads_commands(name: str, text: str, expected: list[Command]) -> None:
    assert list(commands_beside(MemoryContext({name: text.encode()}))) == expected
