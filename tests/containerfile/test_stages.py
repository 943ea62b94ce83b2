"""Stages, what refers to them, and which of them a target needs."""

from __future__ import annotations

import pytest

from optimizer.containerfile.parser import parse
from optimizer.containerfile.stages import Stages, references, stages

FILE = """\
ARG BASE=debian
ARG TAG=${BASE}-slim
FROM $BASE AS Base
RUN a
FROM golang AS build
COPY --from=base /a /a
RUN --mount=type=cache,target=/c --mount=type=bind,from=tools,target=/t b
FROM alpine AS unused
RUN c
FROM base
COPY --from=1 /x /x
COPY --from=nginx:1 /y /y
"""


def of(text: str) -> Stages:
    return stages(parse(text))


def test_stages_in_order() -> None:
    found = of(FILE)
    assert [(stage.index, stage.name, stage.from_.image.raw) for stage in found] == [
        (0, "Base", "$BASE"),
        (1, "build", "golang"),
        (2, "unused", "alpine"),
        (3, None, "base"),
    ]
    assert [len(stage.instructions) for stage in found] == [1, 2, 1, 2]
    assert found.last is found.stages[3]
    assert found.readable


def test_global_arguments_and_their_defaults() -> None:
    found = of(FILE)
    assert len(found.global_args) == 2
    assert dict(found.defaults) == {"BASE": "debian", "TAG": "debian-slim"}


@pytest.mark.parametrize(
    ("reference", "before", "index"),
    [
        ("base", 3, 0),
        ("BASE", 3, 0),
        ("1", 3, 1),
        ("01", 3, None),
        ("3", 3, None),
        ("9" * 5000, 3, None),
        ("build", 1, None),
        ("nginx:1", 3, None),
        ("", 3, None),
    ],
)
def test_only_earlier_stages_are_meant(reference: str, before: int, index: int | None) -> None:
    found = of(FILE).resolve(reference, before)
    assert (None if found is None else found.index) == index


def test_the_latest_of_two_stages_with_one_name_is_meant() -> None:
    found = of("FROM a AS x\nFROM b AS x\nFROM x\n")
    resolved = found.resolve("x", 2)
    assert resolved is not None
    assert resolved.index == 1


def test_a_base_is_never_a_number() -> None:
    found = of("FROM a\nFROM 0\n")
    assert found.base(found.stages[1]) is None


@pytest.mark.parametrize(
    ("target", "needed"),
    [(None, {0, 1, 3}), ("build", {0, 1}), ("BUILD", {0, 1}), ("2", {2}), ("none", set()), ("base", {0})],
)
def test_needed(target: str | None, needed: set[int]) -> None:
    assert of(FILE).needed(target) == needed


def test_an_image_from_a_global_argument_may_be_any_earlier_stage() -> None:
    found = of("ARG S=b\nFROM x AS a\nFROM x AS b\nFROM $S\n")
    assert found.depends_on(found.stages[2]) >= {1}
    assert found.needed(None) == {0, 1, 2} or found.needed(None) == {1, 2}


def test_a_variable_source_keeps_every_earlier_stage() -> None:
    assert of("FROM x AS a\nFROM y AS b\nFROM z\nCOPY --from=$WHAT /a /b\n").needed(None) == {0, 1, 2}


def test_references_name_their_instruction_onbuild_included() -> None:
    found = of("FROM a AS a\nFROM b\nONBUILD COPY --from=a x y\nRUN --mount=from=a,target=/t z\n")
    assert [(item.text, item.instruction.keyword) for item in references(found.stages[1])] == [
        ("a", "ONBUILD"),
        ("a", "RUN"),
    ]
    assert found.needed(None) == {0, 1}


def test_stage_of_an_instruction() -> None:
    file = parse(FILE)
    found = stages(file)
    assert [stage.index if (stage := found.stage_of(item)) else None for item in file.instructions] == [
        None, None, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3,
    ]  # fmt: skip


def test_an_unreadable_from_makes_the_stages_unreadable() -> None:
    assert not of("FROM a b\nRUN c\n").readable
    assert not of("FROM a\nFROM\nRUN c\n").readable


def test_no_stage_at_all() -> None:
    found = of("ARG a\n")
    assert found.last is None
    assert found.needed(None) == frozenset()
    assert len(found) == 0
