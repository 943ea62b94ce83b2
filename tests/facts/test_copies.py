from __future__ import annotations

import pytest

from optimizer.containerfile.parser import parse
from optimizer.context import MemoryContext
from optimizer.facts import Facts
from optimizer.facts.copies import Copies

CONTEXT = MemoryContext(dict.fromkeys(("a.txt", "b.txt", "src/main.py", "src/pkg/x.py", "web/index.html"), b""))


def copies(*lines: str) -> Copies:
    return Facts(parse("FROM base\n" + "\n".join(lines) + "\n"), context=CONTEXT)[Copies]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("COPY . /app", [""]),
        ("COPY / /app", [""]),
        ("COPY ./ /app", [""]),
        ("COPY a.txt b.txt /app/", ["a.txt", "b.txt"]),
        ("COPY ./src/../a.txt /app/", ["a.txt"]),
        ("COPY *.txt /app/", ["a.txt", "b.txt"]),
        ("COPY --chown=1:1 src /app/", ["src"]),
        ('COPY ["a.txt", "/app/"]', ["a.txt"]),
        ("ADD src /app/", ["src"]),
        ("ADD https://host/x.tar /app/", []),
        ("COPY --from=other a.txt /app/", []),
        ("ONBUILD COPY . /app", []),
        ("COPY <<EOF /app/x\nhello\nEOF", []),
    ],
)
def test_knows_what_is_taken_from_the_context(line: str, found: list[str]) -> None:
    assert [path for taken in copies(line).taken for path in taken.found] == found


@pytest.mark.parametrize(
    "lines",
    [("ARG D", "COPY $D /app/"), ("ENV D=src", "COPY ${D} /app/"), ("COPY src/** /app/",), ("COPY [a /app/",)],
    ids=" / ".join,
)
def test_a_source_that_is_not_plain_is_unknown(lines: tuple[str, ...]) -> None:
    found = copies(*lines)
    assert (len(found.unknown), found.taken) == (1, ())


@pytest.mark.parametrize(
    ("lines", "path", "place"),
    [
        (("COPY . /app",), "src/main.py", "/app/src/main.py"),
        (("COPY src /app",), "src/main.py", "/app/main.py"),
        (("COPY src /app",), "src", "/app"),
        (("COPY src /app/",), "src/pkg", "/app/pkg"),
        (("COPY a.txt /app",), "a.txt", "/app"),
        (("COPY a.txt /app/",), "a.txt", "/app/a.txt"),
        (("COPY a.txt b.txt /app/",), "b.txt", "/app/b.txt"),
        (("COPY *.txt /app/",), "b.txt", "/app/b.txt"),
        (("WORKDIR /app", "COPY . ."), "a.txt", "/app/a.txt"),
        (("WORKDIR /app", "COPY web static/"), "web/index.html", "/app/static/index.html"),
        (("COPY . .",), "a.txt", "./a.txt"),
        (("ENV D=/app", "COPY . $D"), "a.txt", "/app/a.txt"),
        (("ARG D=/app", "COPY . $D"), "a.txt", None),
        (("COPY --parents src/pkg /app/",), "src/pkg", None),
        (("COPY src /app",), "a.txt", None),
    ],
    ids=lambda value: " / ".join(value) if isinstance(value, tuple) else value,
)
def test_knows_where_it_comes_to_lie(lines: tuple[str, ...], path: str, place: str | None) -> None:
    assert copies(*lines).taken[0].image_path(path) == place


@pytest.mark.parametrize(
    ("line", "path", "answer"),
    [
        ("COPY a.txt /x", "a.txt", True),
        ("COPY src/main.py /x", "src", True),
        ("COPY *.txt /x/", "a.txt", True),
        ("COPY * /x/", "a.txt", False),
        ("COPY . /x", "a.txt", False),
        ("RUN --mount=type=bind,source=src,target=/s make", "src", True),
        ("RUN --mount=type=bind,target=/s make", "src", False),
    ],
)
def test_tells_a_name_from_a_directory_that_holds_it(line: str, path: str, answer: bool) -> None:
    assert copies(line).names(path) is answer


def test_selects_what_travels() -> None:
    paths = [entry.path for entry in CONTEXT.entries()]
    assert copies("COPY src /x", "COPY a.txt /y").select(paths) == {
        "a.txt",
        "src",
        "src/main.py",
        "src/pkg",
        "src/pkg/x.py",
    }
    assert copies("COPY . /x").select(paths) == frozenset(paths)


@pytest.mark.parametrize(
    ("line", "path", "answer"),
    [
        ("RUN --mount=target=/s make", "src/pkg", True),
        ("RUN --mount=type=bind,source=src,target=/s make", "src/pkg", True),
        ("RUN --mount=type=bind,source=src,target=/s make", "a.txt", False),
        ("RUN --mount=type=bind,from=other,target=/s make", "a.txt", False),
        ("RUN --mount=type=cache,target=/s make", "a.txt", False),
    ],
)
def test_knows_what_a_run_mounts(line: str, path: str, answer: bool) -> None:
    assert copies(line).mounts(path) is answer
