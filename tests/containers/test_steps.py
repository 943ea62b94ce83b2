"""The builder's lines, as buildah 1.28 and 1.39 print them."""

from __future__ import annotations

import itertools

from optimizer.containers.model import Step
from optimizer.containers.steps import StepReader

SINGLE = """\
STEP 1/3: FROM busybox
STEP 2/3: RUN echo hi
hi
--> 6f0e2a1b3c4
STEP 3/3: COPY a /a
--> Using cache 1ae1128437a6bdb7270e5803e82d69399eabbd1421ffee35f7d7463411856fd5
--> 1ae1128437a
COMMIT localhost/x:1
Successfully tagged localhost/x:1
1ae1128437a6bdb7270e5803e82d69399eabbd1421ffee35f7d7463411856fd5
"""
STAGES = """\
[1/2] STEP 1/2: FROM busybox AS build
[1/2] STEP 2/2: RUN true
--> 7ba4970f018
[2/2] STEP 1/1: FROM busybox
[2/2] COMMIT
"""


def read(text: str, progress: list[Step] | None = None) -> StepReader:
    ticks = itertools.count()
    reader = StepReader(lambda: float(next(ticks)), None if progress is None else progress.append)
    for line in text.splitlines():
        reader.line(line)
    return reader


def test_steps_have_their_text_and_number() -> None:
    reader = read(SINGLE)
    reader.close()
    assert [(step.number, step.total, step.text) for step in reader.steps] == [
        (1, 3, "FROM busybox"),
        (2, 3, "RUN echo hi"),
        (3, 3, "COPY a /a"),
    ]


def test_a_cache_hit_is_told_from_a_step_that_ran() -> None:
    reader = read(SINGLE)
    reader.close()
    assert [step.cached for step in reader.steps] == [False, False, True]


def test_a_step_tells_the_image_that_it_left() -> None:
    reader = read(SINGLE)
    reader.close()
    assert [step.image and step.image.value for step in reader.steps] == [None, "6f0e2a1b3c4", "1ae1128437a"]


def test_only_layers_that_were_made_count_as_created() -> None:
    assert read(SINGLE).created == ["6f0e2a1b3c4"]


def test_numbers_go_on_over_stages_and_the_total_is_of_all() -> None:
    reader = read(STAGES)
    reader.close()
    assert [(step.number, step.total) for step in reader.steps] == [(1, 3), (2, 3), (3, 3)]


def test_progress_is_told_when_a_step_ends() -> None:
    seen: list[Step] = []
    read(SINGLE, seen)
    assert [step.number for step in seen] == [1, 2]


def test_the_step_that_failed_is_the_current_one() -> None:
    reader = read('STEP 1/2: FROM busybox\nSTEP 2/2: RUN exit 7\nError: building at STEP "RUN exit 7": exit status 7')
    assert reader.current is not None
    assert (reader.current.number, reader.current.text) == (2, "RUN exit 7")
    assert reader.tail[-1].startswith("Error: building")


def test_lines_that_only_look_like_steps_are_output() -> None:
    reader = read("STEP by step: go\n[a/b] STEP 1/2: x\nSTEP x/2: y\n--> not an id\n")
    assert (reader.current, reader.steps, reader.created) == (None, [], [])


def test_only_the_last_lines_are_kept() -> None:
    reader = read("\n".join(str(number) for number in range(500)))
    assert (len(reader.tail), reader.tail[-1]) == (60, "499")
