"""What is built beside the original: when it begins, how long it is waited for, and that nothing depends on it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from optimizer.containers.behind import Behind
from optimizer.containers.model import (
    BuildFailed,
    BuildRequest,
    Built,
    CompressedSize,
    ImageId,
    LayerChange,
    Progress,
    Step,
)
from optimizer.containers.stop import Stop
from optimizer.errors import EngineError, OriginalFails
from optimizer.proof.ahead import Ahead, Aheads, common_steps
from optimizer.proof.building import OutOfTime
from optimizer.proof.model import Proven, Subject, Underway
from optimizer.proposal import IDENTICAL

from .fake import AFTER, BASE, BEFORE, FakeEngine, Lab, Recipe

BUILT = Built(ImageId("1" * 64), 1.0, ())
ORIGINAL = Subject("FROM a\nCOPY . .\nRUN x\n", None)
AHEAD = Subject("FROM a\nRUN x\nCOPY . .\nRUN y\n", None)


def step(number: int) -> Step:
    return Step(number, 9, f"RUN {number}", 1.0, cached=False)


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("FROM a\nRUN x\n", "FROM a\nRUN x\n", 2),
        ("FROM a\nRUN x\n", "FROM a AS build\nRUN x\n\nFROM b\n", 2),
        ("FROM a\nRUN x\n", "FROM --platform=linux/arm64 a\nRUN x\n", 0),
        ("ARG V=1\nFROM a:$V\nRUN x\n", "ARG V=1\nFROM a:$V\n# why\nRUN x\nRUN y\n", 2),
        ("FROM a\nCOPY . .\nRUN x\n", "FROM a\nRUN x\nCOPY . .\n", 1),
        ("FROM a\n", "FROM b\n", 0),
    ],
)
def test_common_steps(one: str, other: str, count: int) -> None:
    assert common_steps(one, other) == count


class Builder:
    """Finishes as many steps as it is told, then ends or goes on until it is stopped."""

    def __init__(self, steps: int, end: Exception | None = None, *, endless: bool = False) -> None:
        self.begun = threading.Event()
        self._steps = steps
        self._end = end
        self._endless = endless
        self.stopped = threading.Event()

    def __call__(self, progress: Progress, stop: Stop) -> Built:
        self.begun.set()
        with stop.ending(self.stopped.set):
            for number in range(1, self._steps + 1):
                progress(step(number))
            if self._endless:
                assert self.stopped.wait(10)
                raise EngineError("the build was ended")
        if self._end is not None:
            raise self._end
        return BUILT


def test_it_begins_where_the_original_has_built_what_both_share() -> None:
    builder = Builder(4)
    ahead = Ahead(Subject("FROM a\nCOPY . .\nRUN y\n", None), ORIGINAL, builder)
    ahead.original_finished(step(1))
    assert not builder.begun.is_set()
    ahead.original_finished(step(2))
    assert builder.begun.wait(10)
    ahead.end()


def test_it_does_not_begin_where_it_has_nothing_to_add() -> None:
    builder = Builder(4)
    ahead = Ahead(Subject("FROM a AS build\nCOPY . .\n", None), ORIGINAL, builder)
    for number in (1, 2, 3):
        ahead.original_finished(step(number))
    assert not builder.begun.is_set()


def test_it_is_waited_for_as_long_as_the_candidate_shares_its_steps() -> None:
    builder = Builder(2, endless=True)
    ahead = Ahead(AHEAD, ORIGINAL, builder)
    ahead.original_finished(step(1))
    ahead.wait_for(Subject("FROM a AS build\nRUN x\nRUN z\n", None))
    assert len(ahead.steps) == 2
    assert builder.stopped.is_set()


@pytest.mark.parametrize("end", [BuildFailed(None, (), 1.0), EngineError("no space"), OutOfTime(), None])
def test_one_that_ends_early_is_not_waited_for(end: Exception | None) -> None:
    ahead = Ahead(AHEAD, ORIGINAL, Builder(1, end))
    ahead.original_finished(step(1))
    ahead.wait_for(AHEAD)
    assert len(ahead.steps) == 1


def test_one_that_never_began_does_not_begin_later() -> None:
    builder = Builder(1)
    ahead = Ahead(AHEAD, ORIGINAL, builder)
    ahead.wait_for(AHEAD)
    ahead.original_finished(step(3))
    assert not builder.begun.is_set()


def test_the_prover_builds_it_behind_the_original(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.engine.texts["FROM base\nRUN early\n"] = [BASE]
    with lab.prover() as prover:
        prover.original(lambda build: [Subject("FROM base\nRUN early\n", None)])
        assert isinstance(prover.judge(Subject(AFTER, None), IDENTICAL), Proven)
    assert sorted(request.behind is not None for request in lab.engine.built) == [False, False, True]


class Weighed(FakeEngine):
    """Builds the original until the image that is built beside it has been looked into and weighed."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.looked, self.weighed = threading.Event(), threading.Event()

    def build(self, request: BuildRequest, progress: Progress | None = None, stop: Stop | None = None) -> Built:
        built = super().build(request, progress, stop)
        if request.behind is None and request.containerfile.read_text() == BEFORE:
            assert self.looked.wait(10)
            assert self.weighed.wait(10)
        return built

    def layer_changes(self, image: ImageId) -> tuple[LayerChange, ...]:
        self.looked.set()
        return super().layer_changes(image)

    def compressed_size(self, image: ImageId, stop: Stop | None = None) -> CompressedSize:
        self.weighed.set()
        return super().compressed_size(image, stop)


def test_what_is_built_beside_the_original_is_looked_into_meanwhile(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    texts = lab.engine.texts
    lab.engine = Weighed(tmp_path / "slow")
    lab.engine.texts = {**texts, "FROM base\nRUN early\n": [BASE]}
    with lab.prover() as prover:
        prover.original(lambda build: [Subject("FROM base\nRUN early\n", None)])
        assert isinstance(prover.judge(Subject(AFTER, None), IDENTICAL), Proven)


def test_what_a_later_stage_begins_with_is_waited_for_too() -> None:
    builder = Builder(2, endless=True)
    ahead = Ahead(Subject("ARG V=1\nFROM b:$V\nRUN y\nRUN z\n", None), ORIGINAL, builder)
    ahead.original_finished(step(1))
    ahead.wait_for(
        Subject("ARG V=1\nFROM a AS build\nRUN x\n\nFROM b:$V\nRUN y\nRUN zz\nCOPY --from=build /x /\n", None)
    )
    assert len(ahead.steps) == 2
    assert builder.stopped.is_set()


def test_one_that_is_foreseen_late_begins_at_once() -> None:
    builder = Builder(1)
    aheads = Aheads(ORIGINAL, lambda subject, progress, stop, behind: builder(progress, stop))
    aheads.original_finished(step(1))
    aheads.start(lambda build: [AHEAD])
    assert builder.begun.wait(10)
    aheads.end()


def test_nothing_begins_once_it_is_over() -> None:
    builder = Builder(1)
    aheads = Aheads(ORIGINAL, lambda subject, progress, stop, behind: builder(progress, stop))
    aheads.original_finished(step(3))
    asked = threading.Event()

    def late(build: Underway) -> Iterator[Subject]:
        assert list(build.steps()) == [step(3)]
        assert build.over()
        asked.set()
        yield AHEAD

    aheads.start(late)
    aheads.end()
    assert asked.is_set()
    assert not builder.begun.is_set()


def test_foreseeing_may_fail() -> None:
    def fails(build: Underway) -> Iterator[Subject]:
        yield AHEAD
        raise EngineError("cannot be mounted")

    builder = Builder(1)
    aheads = Aheads(ORIGINAL, lambda subject, progress, stop, behind: builder(progress, stop))
    aheads.start(fails)
    aheads.original_finished(step(1))
    assert builder.begun.wait(10)
    aheads.end()


def test_what_is_foreseen_after_a_step_begins_too_and_nothing_twice() -> None:
    builders = [Builder(1), Builder(1), Builder(1)]
    built: list[str] = []

    def build(subject: Subject, progress: Progress, stop: Stop, behind: Behind) -> Built:
        built.append(subject.text)
        return builders[len(built) - 1](progress, stop)

    def foresee(build: Underway) -> Iterator[Subject]:
        yield AHEAD
        for each in build.steps():
            yield Subject(f"FROM b\nRUN {each.number // 2}\n", None)

    aheads = Aheads(ORIGINAL, build)
    aheads.start(foresee)
    for number in (1, 2, 3):
        aheads.original_finished(step(number))
    aheads.original_ended()
    aheads.wait_for(Subject("FROM a AS build\nRUN x\n\nFROM b\nRUN 1\n", None))
    assert sorted(built) == sorted([AHEAD.text, "FROM b\nRUN 0\n", "FROM b\nRUN 1\n"])


def test_a_mistake_in_foreseeing_does_not_go_unheard() -> None:
    def wrong(build: Underway) -> Iterator[Subject]:
        raise AssertionError("wrong")

    aheads = Aheads(ORIGINAL, lambda subject, *told: BUILT)
    aheads.start(wrong)
    with pytest.raises(AssertionError, match="wrong"):
        aheads.wait_for(AHEAD)


def test_one_that_fails_changes_nothing(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.engine.texts["FROM base\nRUN early\n"] = [Recipe({}, fails=("no",))]
    with lab.prover() as prover:
        prover.original(lambda build: [Subject("FROM base\nRUN early\n", None)])
        assert isinstance(prover.judge(Subject(AFTER, None), IDENTICAL), Proven)


def test_an_original_that_fails_ends_it(tmp_path: Path) -> None:
    lab = Lab(tmp_path, before=Recipe({}, fails=("no",)))
    lab.engine.texts["FROM base\nRUN early\n"] = [BASE]
    with lab.prover() as prover, pytest.raises(OriginalFails):
        prover.original(lambda build: [Subject("FROM base\nRUN early\n", None)])
