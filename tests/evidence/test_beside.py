"""Commands in files beside the Containerfile."""

from __future__ import annotations

import pytest

from optimizer.context import MemoryContext
from optimizer.evidence.beside import Ours, commands_beside
from optimizer.evidence.entrypoint import Command

TEXT = "FROM a AS dev\nRUN x\nFROM a AS prod\nRUN y\n"


def words(*argv: str) -> Command:
    return Command(argv, after_entrypoint=True)


def instead(*argv: str) -> Command:
    return Command(argv)


def shell(text: str) -> Command:
    return Command((text,), shell_text=True)


def beside(files: dict[str, str], ours: Ours | None = None) -> list[Command]:
    context = MemoryContext({name: text.encode() for name, text in files.items()})
    return list(commands_beside(context, ours or Ours(TEXT, "Containerfile")))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Procfile", "web: gunicorn a\n# x\nworker: rq worker\n", [shell("gunicorn a"), shell("rq worker")]),
        ("compose.yaml", "services: {a: {build: ., command: celery -A 'x y'}}", [words("celery", "-A", "x y")]),
        (
            "compose.yml",
            "services: {a: {build: {context: .}, entrypoint: [a], command: [b]}}",
            [instead("a", "b"), instead("b")],
        ),
        ("compose.yml", "services: {a: {build: ., command: '${CMD:-flask run} --x $$HOME $Y'}}",
         [words("flask", "run", "--x", "$HOME", "$Y")]),
        ("compose.yml", "services: {a: {build: ./other, command: x}, b: {image: redis, command: y}}", []),
        ("compose.yml", "services: {a: {build: ../x, command: x}, b: {build: 'https://x/y.git', command: y}}", []),
        ("compose.yml", "services: {a: {build: ., healthcheck: {test: [CMD, curl, x]}}}", [instead("curl", "x")]),
        ("compose.yml", "services: {a: {build: ., healthcheck: {test: [CMD-SHELL, curl x]}}}", [shell("curl x")]),
        ("compose.yml", "services: {a: {build: ., healthcheck: {test: curl x}}}", [shell("curl x")]),
        ("compose.yml", "services: {a: {build: ., healthcheck: {test: [NONE]}}}", []),
        ("compose.yml", "services: {a: {build: ., profiles: [tools], command: pg_dump}}", [words("pg_dump")]),
        ("compose.yml", "services: {a: {build: ., develop: {watch: [{action: sync+exec, exec: {command: touch x}}]}}}",
         [instead("touch", "x")]),
        ("compose.yml", "services: {a: {build: ., post_start: [{command: [warm]}], pre_stop: [{command: bye}]}}",
         [instead("warm"), instead("bye")]),
        ("compose.yml", "services: {a: {build: {context: ., target: prod}, command: x}}", [words("x")]),
        ("compose.yml", "services: {a: {build: {context: ., target: dev}, command: x}}", []),
        ("compose.yml", "services: {a: {build: {context: ., dockerfile: Other}, command: x}}", []),
        ("compose.yml", "services: {a: {build: {context: ., dockerfile: ./Containerfile}, command: x}}", [words("x")]),
        ("compose.yml", "services: {a: {build: {dockerfile_inline: FROM x}, command: x}}", []),
        ("compose.yml", "services: {a: {build: ., image: app}, b: {image: 'app:2', command: work}}", [words("work")]),
        ("compose.yml", "services: {a: {build: .}, b: {extends: {service: a}, command: work}}", [words("work")]),
        ("compose.yml", "x-a: &a {build: .}\nservices: {a: {<<: *a, command: work}}", [words("work")]),
        ("compose.yml", "services: {a: {build: ., command: 'un\"closed'}}", []),
        ("compose.yml", "a: [", []),
        ("compose.yml", "- 1", []),
        ("README", "web: x", []),
    ],
)  # fmt: skip
def test_reads_commands(name: str, text: str, expected: list[Command]) -> None:
    assert beside({name: text}) == expected


def test_another_compose_file_adds_to_the_first() -> None:
    files = {
        "compose.override.yaml": "services: {a: {command: reload}}",
        "compose.yaml": "services: {a: {build: .}}",
        "sub/compose.yaml": "services: {z: {build: ., command: elsewhere}}",
    }
    assert beside(files) == [words("reload")]


COMPOSE = "services: {web: {build: ., image: shop}, db: {image: postgres}}"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Makefile", "migrate:\n\t@docker compose run --rm -e A=b web flask db upgrade\n",
         [words("flask", "db", "upgrade")]),
        ("Makefile", "sh:\n\tdocker-compose -f compose.yaml exec -T web bash\n\tdocker compose exec db psql\n",
         [instead("bash")]),
        ("bin/test.sh", "docker build -t own:1 .\nsudo docker run --rm -it -p 80:80 own:$V pytest -q\n", []),
        ("bin/test.sh", "docker build --target prod -t own:1 .\ndocker run --rm -it -p 80:80 own:2 pytest -q\n",
         [words("pytest", "-q")]),
        ("run.sh", "podman run --entrypoint sh shop -c ls; podman run shop", [instead("sh", "-c", "ls")]),
        ("run.sh", "docker build -f Other -t own . && docker run own x; docker run redis y", []),
        ("run.sh", "echo docker", []),
        ("a/b/run.sh", "docker run shop x", []),
        ("notes.txt", "docker run shop x", []),
    ],
)  # fmt: skip
def test_scripts_start_our_image_and_services(name: str, text: str, expected: list[Command]) -> None:
    assert beside({"compose.yaml": COMPOSE, name: text}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('FROM shop\nCMD ["worker", "x"]\n', [words("worker", "x")]),
        ("FROM localhost/shop:latest\nHEALTHCHECK CMD curl x\n", [shell("curl x")]),
        ("ARG BASE=shop\nFROM $BASE AS one\nRUN pip install pytest\nFROM one\nENTRYPOINT run\n",
         [shell("pip install pytest"), shell("run")]),
        ('FROM shop\nENTRYPOINT ["a"]\nCMD ["b"]\n', [instead("a"), instead("a", "b"), instead("b")]),
        ('FROM shop\nRUN ["make", "x"]\nRUN <<E\ngit x\nE\n', [instead("make", "x"), shell("git x\n"), shell("<<E")]),
        ("FROM registry.example/shop\nCMD x\nFROM python AS shop2\nCMD y\n", []),
    ],
)  # fmt: skip
def test_containerfiles_that_stand_on_ours_start_more(text: str, expected: list[Command]) -> None:
    assert beside({"compose.yaml": COMPOSE, "worker.Containerfile": text, "Containerfile": TEXT}) == expected


def test_our_own_file_and_ignore_files_are_no_others() -> None:
    own = "FROM shop\nCMD x\n"
    files = {"compose.yaml": COMPOSE, "Containerfile": own, "Containerfile.dockerignore": own}
    assert beside(files, Ours(own, "Containerfile")) == []


@pytest.mark.parametrize(
    ("file", "target", "expected"),
    [(None, None, True), ("Dockerfile", None, True), ("worker.Containerfile", None, False), (None, "dev", False)],
)
def test_a_service_is_ours_by_file_and_stage(file: str | None, target: str | None, expected: bool) -> None:
    found = beside({"compose.yaml": "services: {a: {build: ., command: x}}"}, Ours(TEXT, file, target))
    assert (found == [words("x")]) is expected
