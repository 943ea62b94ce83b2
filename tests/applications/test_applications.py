"""Every application of `tests/apps`, naive files in: split, proven, as small as by hand, and nothing needed is lost.

`OPTIMIZER_APPS=c-make,lua-module` takes these. The table of all is printed at the end of the run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from optimizer.containers.engine import open_engine
from optimizer.evidence import candidates, shipment, stage
from optimizer.outcome import Outcome, summary
from optimizer.proof import usercheck
from optimizer.proof.model import CheckKind, CheckResult, Proven, Refuted
from optimizer.proof.rootfs import read_tree
from optimizer.proof.usercheck import Side
from tests.applications import NAMES
from tests.applications.application import Application, put
from tests.applications.needed import caught, chosen, needed, watch
from tests.applications.table import EACH, Row, handed

ASKED = os.environ.get("OPTIMIZER_APPS", "all")
CHOSEN = NAMES if ASKED == "all" else ASKED.split(",")
REMOVED = 5
"""So many needed files are removed, one at a time."""

PLANTED = {
    "c-make": "libsqlite3-0",
    "cli-shell": "jq",
    "django-notes": "/app/notes/pad/templates",
    "express": "git",
    "fastapi-c": "curl",
    "flask-pg": "libpq5",
    "go-server": "/usr/share/zoneinfo",
    "java-jar": "openjdk-17-jre-headless",
    "java-maven": "/usr/src/quotes/target/quotes.jar",
    "lua-module": "lua5.4",
    "node-ts": "/srv/sums/public",
    "science": "fonts-dejavu-core",
    "vite-nginx": "nginx",
}
"""What each application is broken without: a package, or a path where its runtime stage installs none."""


@pytest.fixture
def application(
    request: pytest.FixtureRequest, store: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Application]:
    # Sizes of compressed layers are kept in the lab: nearly all are of base images, which every run has again.
    monkeypatch.setenv("XDG_CACHE_HOME", f"{os.environ['OPTIMIZER_LAB']}/cache")
    put(request.param, tmp_path / "context")
    engine = open_engine()
    made = Application(request.param, engine, tmp_path / "context")
    base = made.source.text.split()[1]
    if engine.find(base) is None:
        pytest.fail(f"{base} is not in the lab: tests/lab/bases.sh")
    with made.judged():
        yield made
    engine.close()


@pytest.mark.container
@pytest.mark.parametrize("application", CHOSEN, indirect=True)
def test_is_split_proven_and_as_small_as_by_hand(
    application: Application, record_property: Callable[[str, object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = application.split()
    verdict = outcome.verdict
    assert isinstance(verdict, Proven), [summary(attempt.verdict) for attempt in outcome.attempts]
    assert outcome.bugs == ()
    for attempt in outcome.attempts:
        print(summary(attempt.verdict), attempt.verdict if isinstance(attempt.verdict, Refuted) else "")
    passed = [check for check in verdict.checks if check.result is CheckResult.PASSED]
    assert len([check for check in passed if check.kind in (CheckKind.USER, CheckKind.FILES)]) >= 5
    row = _measured(application, verdict, len(passed))
    record_property(*handed(row))
    assert row.share >= EACH
    _no_needed_file_can_be_missing(application, outcome)
    _a_planted_error_is_caught(application, outcome, monkeypatch)


def _measured(application: Application, verdict: Proven, checks: int) -> Row:
    """The figures beside those of an expert's image, on which the same checks pass."""
    engine = application.engine
    expert = application.expert()
    image = engine.image(expert)
    with engine.rootfs(expert) as root:
        watch(engine, Side(expert, image.config, lambda: read_tree(root)), usercheck.named(application.checks))
    before, after = verdict.before, verdict.after
    return Row(
        application.name,
        (before.unpacked / 1e6, after.unpacked / 1e6, image.size / 1e6),
        (before.compressed / 1e6, after.compressed / 1e6, engine.compressed_size(expert).bytes / 1e6),
        (before.layers, after.layers, len(image.layers)),
        checks,
    )


def _no_needed_file_can_be_missing(application: Application, outcome: Outcome) -> None:
    engine, tests = application.engine, usercheck.named(application.checks)
    image = application.build(outcome.after)
    base = engine.find(_last_stage(outcome.after)[0])
    layers = {layer.diff_id for layer in engine.image(base).layers} if base is not None else set()
    with engine.rootfs(image) as root:
        tree = read_tree(root, engine.layer_changes(image))
        side = Side(image, engine.image(image).config, lambda: tree)
        of_base = frozenset(path for path, layer in tree.origins.items() if layer in layers)
        files = needed(watch(engine, side, tests), tree, of_base)
        for path in chosen(files, application.name, REMOVED):
            check = caught(engine, side, tests, path, files[path])
            print(f"without {path}: {check or 'nothing fails'}")
            assert check is not None, path


def _a_planted_error_is_caught(application: Application, outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    """The evidence overlooks something: the pass leaves it out and its contract allows that. Only the judge is left."""
    planted = PLANTED[application.name]
    packages, kept, data = candidates._packages, stage.kept_files, candidates._data
    with monkeypatch.context() as patch:
        # Rather than in many parts an application is copied as a whole, with what was overlooked.
        patch.setattr(shipment, "_MOST_PARTS", 1000)
        if planted.startswith("/"):
            patch.setattr(stage, "kept_files", lambda *given, **how: _without(planted, kept(*given, **how)))
            patch.setattr(candidates, "_data", lambda built: [each for each in data(built) if each[0] != planted])
        else:
            patch.setattr(candidates, "_packages", lambda *given: packages(*given) - {planted})
        rewrite = application.proposal(len(outcome.attempts) - 1)
    assert rewrite.text not in (outcome.before, outcome.after)
    assert isinstance(application.verdict(rewrite), Refuted)


def _without(planted: str, paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(path for path in paths if path != planted and not path.startswith(f"{planted}/"))


def _last_stage(text: str) -> list[str]:
    return text.rpartition("\nFROM ")[2].split()
