from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.containers.model import Health, ImageConfig
from optimizer.proof.config import differences
from optimizer.proposal import IDENTICAL, Contract, Respelled

from .fake import CONFIG

FULL = replace(
    CONFIG,
    env=("PATH=/bin", "SECRET=hunter2"),
    labels=(("io.buildah.version", "1.28"), ("team", "blue")),
    ports=("80/tcp",),
    volumes=("/data",),
    entrypoint=("run",),
    health=Health(("CMD", "true"), interval=1),
)


def whats(before: ImageConfig, after: ImageConfig, contract: Contract = IDENTICAL) -> list[str]:
    return [f"{difference.what}: {difference.detail}" for difference in differences(before, after, contract)]


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (replace(FULL, env=("PATH=/bin", "SECRET=x")), "environment variable SECRET: has another value"),
        (replace(FULL, env=("PATH=/bin",)), "environment variable SECRET: is missing"),
        (replace(FULL, env=(*FULL.env, "NEW=1")), "environment variable NEW: is new"),
        (replace(FULL, labels=()), "label team: is missing"),
        (replace(FULL, ports=("80/udp",)), "port 80/tcp: is missing"),
        (replace(FULL, volumes=()), "volume /data: is missing"),
        (replace(FULL, user="app"), "user: 0 → app"),
        (replace(FULL, workdir="/app"), "working directory: / → /app"),
        (replace(FULL, entrypoint=()), "ENTRYPOINT: ['run'] → []"),
        (replace(FULL, cmd=("x", "y")), "CMD: ['app'] → ['x', 'y']"),
        (replace(FULL, shell=("bash",)), "SHELL: [] → ['bash']"),
        (replace(FULL, stop_signal="SIGINT"), "stop signal: SIGTERM → SIGINT"),
        (replace(FULL, onbuild=("RUN x",)), "ONBUILD: [] → ['RUN x']"),
        (replace(FULL, health=None), "HEALTHCHECK: is missing"),
        (replace(FULL, health=Health(("CMD", "false"), interval=1)), "HEALTHCHECK: has another command"),
        (replace(FULL, health=Health(("CMD", "true"))), "HEALTHCHECK: has other times"),
        (replace(FULL, architecture="arm64"), "architecture: amd64 → arm64"),
    ],
    ids=lambda value: value.partition(":")[0] if isinstance(value, str) else "",
)
def test_each_part_is_compared(after: ImageConfig, told: str) -> None:
    found = whats(FULL, after)
    assert told in found
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    "after",
    [
        replace(FULL, env=tuple(reversed(FULL.env))),
        replace(FULL, labels=(("io.buildah.version", "1.39"), ("team", "blue"))),
        replace(FULL, ports=("80",)),
        replace(FULL, user="root"),
        replace(FULL, workdir=""),
        replace(FULL, stop_signal="15"),
    ],
    ids=["order of variables", "the builder's label", "tcp", "root", "no directory", "SIGTERM"],
)
def test_what_means_the_same_is_equal(after: ImageConfig) -> None:
    assert whats(FULL, after) == []


def test_a_contract_may_name_variables() -> None:
    allowed = Contract(environment=frozenset({"PATH", "SECRET"}))
    assert whats(FULL, replace(FULL, env=("PATH=/venv/bin:/bin", "SECRET=x")), allowed) == []
    assert whats(FULL, replace(FULL, env=("PATH=/bin",)), allowed) == ["environment variable SECRET: is missing"]


def test_a_command_may_be_written_in_the_form_that_the_contract_names_and_in_no_other() -> None:
    contract = Contract(commands=frozenset({Respelled(("app",), ("sh", "-c", "app"))}))
    assert whats(FULL, replace(FULL, cmd=("sh", "-c", "app")), contract) == []
    assert whats(FULL, replace(FULL, cmd=("sh", "-c", "app -x")), contract) == ["CMD: ['app'] → ['sh', '-c', 'app -x']"]
