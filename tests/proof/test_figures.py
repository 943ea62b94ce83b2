"""Figures, base images, rebuilds and the cache of proofs."""

from __future__ import annotations

import sqlite3
from dataclasses import fields, replace
from pathlib import Path

import pytest

from optimizer.containers.model import Built, CompressedSize, History, Image, ImageId, Layer, Step, Version
from optimizer.proof.bases import base_names, moved
from optimizer.proof.cache import ProofCache, key
from optimizer.proof.measure import costs, measure
from optimizer.proof.model import Check, CheckKind, CheckResult, Measure, Proven, Subject, Terms
from optimizer.proof.rebuild import rebuild_seconds
from optimizer.proposal import IDENTICAL, Contract, PathPattern, Records, Respelled, TraceRelation, Unnamed

from .fake import CONFIG, FakeEngine

ONE = ImageId("1" * 64)


def step(number: int, text: str, *, cached: bool = False) -> Step:
    return Step(number, 9, text, float(number), cached)


def image(*sizes: int | None) -> Image:
    """An image whose history has one entry for each size; None makes no layer."""
    layers = tuple(Layer(f"sha256:{number}", size) for number, size in enumerate(sizes) if size is not None)
    history = tuple(History(f"step {number}", size is None) for number, size in enumerate(sizes))
    return Image(ONE, CONFIG, layers, history, sum(layer.size for layer in layers))


def test_instructions_are_paired_with_layers() -> None:
    steps = (step(1, "FROM a"), step(2, "ENV A=1"), step(3, "RUN x"), step(4, "CMD y"))
    found = costs(image(100, 20, None, 7, None), steps)
    assert [(cost.text, cost.bytes) for cost in found] == [("FROM a", 120), ("ENV A=1", 0), ("RUN x", 7), ("CMD y", 0)]


def test_other_stages_ship_nothing() -> None:
    steps = (step(1, "FROM a AS b"), step(2, "RUN x"), step(3, "FROM c"), step(4, "COPY --from=b x y"))
    assert [cost.bytes for cost in costs(image(50, 3), steps)] == [0, 0, 50, 3]


def test_only_steps_that_ran_count() -> None:
    built = Built(ONE, 99.0, (step(1, "FROM a", cached=True), step(2, "RUN x"), step(3, "RUN y", cached=True)))
    figures = measure(image(50, 3, 4), built, compressed=CompressedSize(20))
    assert (figures.build_seconds, figures.cached, figures.compressed) == (2.0, 2, 20)
    assert [cost.seconds for cost in figures.instructions] == [0.0, 2.0, 0.0]


def test_steps_that_the_original_ran_a_moment_ago_count_as_they_ran_there() -> None:
    first = (step(1, "FROM a"), step(2, "RUN x"), step(3, "RUN y"), step(4, "RUN z"))
    steps = (
        Step(1, 3, "FROM a AS build", 0.0, True),
        Step(2, 3, "RUN x", 0.0, True),
        Step(3, 3, "RUN y && z", 5.0, False),
        Step(4, 3, "RUN z", 0.0, True),
    )
    figures = measure(image(50, 3, 4, 1), Built(ONE, 5.0, steps), compressed=CompressedSize(20), earlier=(first,))
    assert (figures.build_seconds, figures.cached) == (1.0 + 2.0 + 5.0, 1)


def test_steps_that_were_built_ahead_count_as_they_ran_there() -> None:
    first = (step(1, "FROM a"), step(2, "RUN x"), step(3, "RUN y"))
    ahead = (Step(1, 3, "FROM a", 0.1, True), Step(2, 3, "RUN x", 0.1, True), step(3, "RUN z"))
    steps = tuple(Step(number, 3, text, 0.0, True) for number, text in enumerate(("FROM a", "RUN x", "RUN z"), 1))
    figures = measure(image(50, 3, 4, 1), Built(ONE, 5.0, steps), compressed=CompressedSize(20), earlier=(first, ahead))
    assert (figures.build_seconds, figures.cached) == (1.0 + 2.0 + 3.0, 0)


def test_a_later_stage_that_was_begun_ahead_counts_as_it_ran_there() -> None:
    first = (step(1, "FROM a"), step(2, "RUN x"))
    ahead = (Step(1, 2, "FROM b", 0.0, True), step(2, "RUN y"))
    texts = ("FROM a AS build", "RUN x", "FROM b", "RUN y", "COPY --from=build /x /")
    steps = tuple(Step(number, 5, text, 0.0, number < 5) for number, text in enumerate(texts, 1))
    figures = measure(image(50, 3, 4, 1), Built(ONE, 5.0, steps), compressed=CompressedSize(20), earlier=(first, ahead))
    assert (figures.build_seconds, figures.cached) == (1.0 + 2.0 + 2.0, 1)


@pytest.mark.parametrize(
    ("text", "arguments", "names"),
    [
        ("FROM a\nFROM b AS x\nFROM x\n", (), ("a", "b")),
        ("ARG V=1\nARG T=$V-slim\nFROM a:$T\n", (), ("a:1-slim",)),
        ("ARG V=1\nFROM a:${V}\n", ("V=2",), ("a:2",)),
        ("FROM scratch\nCOPY --from=tool:1 /x /\nCOPY --from=0 /y /\n", (), ("tool:1",)),
        ("FROM a AS Build\nFROM scratch\nCOPY --from=build /x /\n", (), ("a",)),
        ("FROM ${V?}\n", (), ()),
    ],
)
def test_base_images(text: str, arguments: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert base_names(text, arguments) == names


def test_a_name_that_means_another_image_has_moved() -> None:
    two = ImageId("2" * 64)
    assert moved({"a": ONE, "b": ONE, "c": None}, {"a": ONE, "b": two, "c": two}) == ("b",)


def build(tmp_path: Path, *effective: str) -> tuple[float | None, list[Path]]:
    """Rebuild; only edits of the files named make a step run again."""
    seen: list[Path] = []

    def one(context: Path) -> Built:
        seen.append(context)
        edited = [name for name in effective if (context / name).read_bytes().endswith(b"\n\n")]
        steps = (step(1, "FROM a"), step(2, "COPY . .", cached=not edited), step(3, "RUN x", cached=True))
        return Built(ONE, 4.5, steps)

    (tmp_path / "scratch").mkdir()
    return rebuild_seconds(tmp_path / "context", one, tmp_path / "scratch"), seen


@pytest.fixture
def context(tmp_path: Path) -> Path:
    place = tmp_path / "context"
    (place / "tests").mkdir(parents=True)
    (place / ".git").mkdir()
    for name in ("app.py", "setup.py", "tests/a.py", ".git/x.py", "index.html", "notes.md"):
        (place / name).write_text("x\n")
    (place / "link.py").symlink_to("app.py")
    return place


def test_one_source_is_edited_in_a_copy(tmp_path: Path, context: Path) -> None:
    before = {path: path.read_bytes() for path in context.rglob("*") if path.is_file()}
    seconds, seen = build(tmp_path, "app.py")
    assert seconds == 4.5
    assert len(seen) == 1
    assert {path: path.read_bytes() for path in before} == before
    assert list((tmp_path / "scratch").iterdir()) == []


def test_the_next_source_is_tried_where_the_first_changes_nothing(tmp_path: Path, context: Path) -> None:
    seconds, seen = build(tmp_path, "index.html")
    assert (seconds, len(seen)) == (4.5, 2)


def test_nothing_is_measured_where_no_edit_matters(tmp_path: Path, context: Path) -> None:
    assert build(tmp_path)[0] is None


FIGURES = measure(image(50, 3), Built(ONE, 9.0, (step(1, "FROM a"), step(2, "RUN x"))), compressed=CompressedSize(20))
PROVEN = Proven(
    before=FIGURES,
    after=replace(FIGURES, rebuild_seconds=1.5),
    checks=(Check(CheckKind.ANSWERS, "GET", CheckResult.PASSED, "answers 200"),),
    compared_paths=12,
    tools=(Version("buildah", 1, 28, "1.28.2"),),
    platform="linux/amd64",
)


def test_a_proof_is_kept_as_it_was(tmp_path: Path) -> None:
    cache = ProofCache(tmp_path / "deep" / "proofs.sqlite")
    assert cache.get("k") is None
    cache.put("k", PROVEN)
    assert cache.get("k") == PROVEN
    assert isinstance(PROVEN.before, Measure)


def test_an_old_proof_is_not_believed(tmp_path: Path) -> None:
    cache = ProofCache(tmp_path / "proofs.sqlite")
    cache.put("k", PROVEN, now=0.0)
    assert cache.get("k", now=3600.0) == PROVEN
    assert cache.get("k", now=8 * 24 * 3600.0) is None


def test_a_damaged_cache_is_as_good_as_none(tmp_path: Path) -> None:
    path = tmp_path / "proofs.sqlite"
    path.write_text("not a database")
    cache = ProofCache(path)
    cache.put("k", PROVEN)
    assert cache.get("k") is None


def test_a_value_of_another_version_is_as_good_as_none(tmp_path: Path) -> None:
    cache = ProofCache(tmp_path / "proofs.sqlite")
    cache.put("k", PROVEN)
    with sqlite3.connect(tmp_path / "proofs.sqlite") as database:
        database.execute("UPDATE proof SET value = '{\"before\": 1}'")
    assert cache.get("k") is None


def test_a_key_depends_on_everything(tmp_path: Path) -> None:
    context = tmp_path / "context"
    context.mkdir()
    (context / "a").write_text("1")
    tools = (Version("buildah", 1, 28, "1.28.2"),)
    old, new = Subject("FROM a", None), Subject("FROM b", None)
    terms = Terms(context, build_args=("TOKEN=hunter2",))
    contract = Contract(removed=frozenset({PathPattern("/a"), PathPattern("/b")}))
    keys = [
        key(old, new, contract, terms, {"a": ONE}, tools),
        key(replace(old, ignore=""), new, contract, terms, {"a": ONE}, tools),
        key(old, replace(new, ignore=""), contract, terms, {"a": ONE}, tools),
        key(old, new, IDENTICAL, terms, {"a": ONE}, tools),
        key(old, new, contract, replace(terms, target="x"), {"a": ONE}, tools),
        key(old, new, contract, replace(terms, build_args=()), {"a": ONE}, tools),
        key(old, new, contract, terms, {"a": ImageId("2" * 64)}, tools),
        key(old, new, contract, terms, {"a": ONE}, ()),
    ]
    (context / "a").chmod(0o755)
    keys.append(key(old, new, contract, terms, {"a": ONE}, tools))
    (context / "a").write_text("2")
    keys.append(key(old, new, contract, terms, {"a": ONE}, tools))
    assert None not in keys
    assert len(set(keys)) == len(keys)
    assert key(old, new, contract, terms, {"a": ONE}, tools) == keys[-1]


CONTRACTS = {
    "trace": Contract(trace=TraceRelation.OPEN),
    "removed": Contract(removed=frozenset({PathPattern("/a")})),
    "changed": Contract(changed=frozenset({PathPattern("/a")})),
    "added": Contract(added=frozenset({PathPattern("/a")})),
    "packages_removed": Contract(packages_removed=frozenset({"a"})),
    "ignored": Contract(ignored=frozenset({"a"})),
    "shortened": Contract(shortened=frozenset({PathPattern("/a")})),
    "environment": Contract(environment=frozenset({"a"})),
    "unset": Contract(unset=frozenset({"a"})),
    "unnamed": Contract(unnamed=frozenset({Unnamed(Records.DPKG, frozenset({"a"}))})),
    "commands": Contract(commands=frozenset({Respelled(("sh", "-c", "a"), ("a",))})),
}


def test_a_key_depends_on_every_field_of_the_contract(tmp_path: Path) -> None:
    assert set(CONTRACTS) == {field.name for field in fields(Contract)}, "name a value for the new field"
    subject = Subject("FROM a", None)
    keys = {key(subject, subject, contract, Terms(tmp_path), {"a": ONE}, ()) for contract in CONTRACTS.values()}
    assert len(keys) == len(CONTRACTS)
    assert key(subject, subject, IDENTICAL, Terms(tmp_path), {"a": ONE}, ()) not in keys


def test_an_image_that_is_not_here_makes_no_key(tmp_path: Path) -> None:
    subject = Subject("FROM a", None)
    assert FakeEngine(tmp_path).find("a") is None
    assert key(subject, subject, IDENTICAL, Terms(tmp_path), {"a": None}, ()) is None
