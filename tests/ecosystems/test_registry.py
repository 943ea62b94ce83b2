"""Every ecosystem is complete, and each of its facts agrees with the others."""

from __future__ import annotations

import pytest

from optimizer.ecosystems import REGISTRY, named, of, purges
from optimizer.ecosystems.caches import Cache, Means
from optimizer.ecosystems.model import Ecosystem
from optimizer.ecosystems.verbs import ADDING, Verb
from optimizer.shell.query import commands
from optimizer.shell.reader import read

CACHES = [(ecosystem, cache) for ecosystem in REGISTRY for cache in ecosystem.caches]
IDS = [cache.name.replace(" ", "_") for _, cache in CACHES]
EACH = pytest.mark.parametrize("ecosystem", REGISTRY, ids=lambda ecosystem: ecosystem.name)
EACH_CACHE = pytest.mark.parametrize(("ecosystem", "cache"), CACHES, ids=IDS)


def test_names_are_unique() -> None:
    assert len({ecosystem.name for ecosystem in REGISTRY}) == len(REGISTRY)
    assert len({cache.name for _, cache in CACHES}) == len(CACHES)


@EACH
def test_it_is_found_by_name_and_tells_its_sources(ecosystem: Ecosystem) -> None:
    assert named(ecosystem.name) is ecosystem
    assert ecosystem.sources


@EACH
def test_each_program_belongs_to_it_alone(ecosystem: Ecosystem) -> None:
    for program in ecosystem.programs:
        for name in program.names:
            verb = program.actions[0].names[0].split() if program.actions else []
            found = of([name, *verb])
            assert found is not None
            assert found.ecosystem is ecosystem


@EACH
def test_no_spelling_of_a_verb_is_given_twice(ecosystem: Ecosystem) -> None:
    for program in ecosystem.programs:
        spellings = [name for action in program.actions for name in action.names]
        assert len(spellings) == len(set(spellings))


@EACH
def test_it_installs_something(ecosystem: Ecosystem) -> None:
    verbs = {
        action.verb
        for program in ecosystem.programs
        for action in (program.bare, *program.actions, *(each.action for each in program.operations))
        if action is not None
    }
    assert verbs & (ADDING | {Verb.BUILD})


@EACH
def test_cleaned_caches_exist(ecosystem: Ecosystem) -> None:
    known = {cache.name for cache in ecosystem.caches}
    for program in ecosystem.programs:
        for action in program.actions:
            assert action.cleans <= known


@EACH_CACHE
def test_its_paths_are_absolute(ecosystem: Ecosystem, cache: Cache) -> None:
    assert all(path.startswith(("/", "~/")) and not path.endswith("/") for path in cache.paths)


@EACH_CACHE
def test_it_is_filled_by_something_and_a_flag_has_a_fallback(ecosystem: Ecosystem, cache: Cache) -> None:
    assert cache.filled_by
    assert cache.mounts
    if cache.avoid is not None:
        assert cache.avoid.flag.startswith("-")
        assert cache.purge is not None, "what the flag cannot reach must be purged"


@EACH_CACHE
def test_its_purge_is_recognised_as_one(ecosystem: Ecosystem, cache: Cache) -> None:
    if cache.purge is None:
        return
    name = min(ecosystem.programs[0].names)
    (command,) = commands(read(cache.purge.written(name)))
    assert purges(command)
    found = of([word.literal for word in command.words])
    assert (found is None) is (cache.purge.means is Means.REMOVES)
    if found is not None:
        assert found.ecosystem is ecosystem
        assert found.empties(cache)


@EACH_CACHE
def test_its_flag_belongs_to_verbs_that_fill_it(ecosystem: Ecosystem, cache: Cache) -> None:
    if cache.avoid is not None:
        assert cache.avoid.verbs <= cache.filled_by
        assert cache.avoid.flag.startswith("-")


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(KeyError):
        named("nothing")
    with pytest.raises(KeyError):
        REGISTRY[0].cache("nothing")


@pytest.mark.parametrize(
    ("value", "on"),
    [("1", True), ("true", True), ("off", True), ("False", True), ("", False), (None, False), ("maybe", False)],
)
def test_the_switch_of_pip_counts_as_pip_reads_it(value: str | None, on: bool) -> None:
    (switch,) = named("pip").cache("pip cache").switches
    assert switch.is_on(value) is on
