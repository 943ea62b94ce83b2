"""Every ecosystem is what its table says, one row for each fact: see `table.py` for how a table is written."""

from __future__ import annotations

import shlex

import pytest

from optimizer.containerfile.nodes import Run
from optimizer.containerfile.parser import parse
from optimizer.context import MemoryContext
from optimizer.ecosystems import REGISTRY, emptied, purges
from optimizer.ecosystems.caches import Cache, CacheMount, Sharing
from optimizer.ecosystems.model import Ecosystem, Invocation
from optimizer.ecosystems.verbs import ADDING, Verb
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.facts.steps import Step
from optimizer.shell.nodes import Simple, Word
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read
from tests.ecosystems.table import TABLES, CacheTable, Table, load

ALL = [(ecosystem, load(ecosystem.name)) for ecosystem in REGISTRY]
EACH = pytest.mark.parametrize(("ecosystem", "table"), ALL, ids=[table.name for _, table in ALL])
CACHES = [
    (cache, table.caches[cache.name])
    for ecosystem, table in ALL
    for cache in ecosystem.caches
    if cache.name in table.caches
]
EACH_CACHE = pytest.mark.parametrize(
    ("cache", "table"), CACHES, ids=[cache.name.replace(" ", "_") for cache, _ in CACHES]
)


def steps(run: str) -> list[Step]:
    """The steps of a RUN."""
    facts = Facts(parse(f"FROM x\nRUN {run}\n"), context=MemoryContext())
    (instruction,) = (each for each in facts.file.instructions if isinstance(each, Run))
    return list(facts[Invocations].of(instruction))


def calls(run: str) -> list[Invocation]:
    """The calls of package managers in a RUN."""
    return [step.invocation for step in steps(run) if step.invocation is not None]


def words(text: str) -> tuple[Word, ...]:
    """The words of the last command of a text, wrappers taken off."""
    return unwrap(list(commands(read(text)))[-1]).words


# What must be there.


@EACH
def test_nothing_is_missing_in_the_table(ecosystem: Ecosystem, table: Table) -> None:
    lacking = {cache.name for cache in ecosystem.caches} ^ table.caches.keys() if not table.missing else set()
    assert [*table.missing, *(f'{table.name}.toml: [cache."{name}"]' for name in sorted(lacking))] == []


def test_every_table_belongs_to_an_ecosystem() -> None:
    assert {path.stem for path in TABLES.iterdir()} == {ecosystem.name for ecosystem in REGISTRY}


@EACH
def test_every_spelling_of_an_install_has_a_row(ecosystem: Ecosystem, table: Table) -> None:
    spelled = {
        name
        for program in ecosystem.programs
        for action in program.actions
        if action.verb in ADDING | {Verb.UPDATE}
        for name in action.names
    }
    shown = [shlex.split(row, comments=True) for row, verb in table.calls() if verb in ADDING | {Verb.UPDATE}]
    told = {name for name in spelled for row in shown if _follow(name.split(), row)}
    assert sorted(spelled - told) == []


def _follow(names: list[str], row: list[str]) -> bool:
    """Whether the words stand in a row in this order."""
    rest = iter(row)
    return all(name in rest for name in names)


# Calls.


@EACH
def test_each_call_means_what_the_table_says(ecosystem: Ecosystem, table: Table) -> None:
    wrong = []
    for row, verb in table.calls():
        found = calls(row)
        if [(each.ecosystem.name, each.verb) for each in found] != [(ecosystem.name, verb)]:
            wrong.append((row, verb.name, [(each.ecosystem.name, each.verb.name) for each in found]))
    assert wrong == []


@EACH
def test_what_only_looks_like_it_is_no_call(ecosystem: Ecosystem, table: Table) -> None:
    assert [row for row in table.verbs["none"] if any(each.ecosystem is ecosystem for each in calls(row))] == []


SPELLINGS = [
    "sudo {}",
    "sudo -E {}",
    "sudo -E -H -u app {}",
    "env A=b {}",
    "env -i A=b {}",
    "/usr/bin/env A=b {}",
    "A=b C=d {}",
    "A=$B {}",
    'sh -c "{}"',
    "sh -c '{}'",
    "bash -lc '{}'",
    "/bin/bash -o pipefail -c '{}'",
    "/bin/sh -exc '{} && x'",
    "sudo -u app sh -c '{}'",
    "sudo bash -c 'cd /x && {}'",
    "set -ex; {}",
    "set -o pipefail && {} | tee log",
    "cd /x && {} && x",
    "x; {}; y",
    "x && ({} && y)",
    "({})",
    "{{ {}; }}",
    "x || {}",
    "{} || true",
    "! {}",
    "if [ -f x ]; then {}; fi",
    "if {}; then x; else y; fi",
    "if x; then y; elif z; then w; else {}; fi",
    "[ -f x ] && {}",
    "for i in 1 2 3; do {} && break || sleep 5; done",
    "while ! {}; do sleep 1; done",
    "until {}; do sleep 1; done",
    "case $A in b) {} ;; *) exit 1 ;; esac",
    "f() {{ {}; }}; f",
    "x && \\\n    {} && \\\n    y",
    "x \\\n# why\n    && {}",
    "{} > /dev/null 2>&1",
    "{} < /dev/null",
    "yes | {}",
    "time {}",
    "timeout 600 {}",
    "timeout -k 5 600 {}",
    "nice -n 19 {}",
    "ionice -c 3 nice {}",
    "nohup {}",
    "exec {}",
    "command {}",
    "eatmydata {}",
    "gosu app {}",
    "su-exec app {}",
    "setsid {}",
    "stdbuf -oL {}",
    "su app -c '{}'",
    "su - app -c '{}'",
    'su -s /bin/sh -c "{}" app',
    "runuser -u app -- {}",
    "runuser -l app -c '{}'",
    "dbus-run-session -- {}",
    "xvfb-run {}",
    "xvfb-run -a {}",
    "flock /lock {}",
    "trap x EXIT; {}",
    "$({})",
    'echo "$({})"',
]
"""Around a call; the ways that public Containerfiles show."""


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_install_is_seen_in_every_spelling(spelling: str) -> None:
    wrong = []
    for ecosystem, table in ALL:
        for row, verb in table.calls():
            if verb not in ADDING | {Verb.DOWNLOAD, Verb.BUILD} or any(sign in row for sign in "'\"$="):
                continue
            run = spelling.format(row)
            found = {(each.ecosystem.name, each.verb) for each in calls(run)}
            if (ecosystem.name, verb) not in found:
                wrong.append(run)
    assert wrong[:5] == []


@pytest.mark.parametrize(
    "directory", ["/usr/bin", "/usr/local/bin", "/opt/tool-1.0/bin", ".", "~/bin", "../bin", "$HOME/.local/bin"]
)
def test_an_install_is_seen_by_its_full_path(directory: str) -> None:
    for ecosystem, table in ALL:
        for row, verb in table.calls():
            if verb in ADDING and row[0] not in "/." and "=" not in row.split()[0] and "|" not in row:
                (found,) = calls(f"{directory}/{row}")
                assert (found.ecosystem.name, found.verb) == (ecosystem.name, verb), row


@pytest.mark.parametrize(
    "spelling", ["echo {}", "echo '{}'", "printf '%s' '{}' > x.sh", "# {}", "x # {}", "alias y='{}'", "export A='{}'"]
)
def test_what_only_mentions_an_install_is_none(spelling: str) -> None:
    rows = [row for _, table in ALL for row, verb in table.calls() if verb in ADDING and "'" not in row]
    assert [row for row in rows if calls(spelling.format(row))] == []


# Files.


@EACH
def test_manifests_locks_and_settings_are_those_of_the_table(ecosystem: Ecosystem, table: Table) -> None:
    assert list(ecosystem.manifests) == list(table.manifests)
    assert list(ecosystem.locks) == list(table.locks)
    assert list(ecosystem.settings) == list(table.settings)


@EACH
def test_files_that_options_name_are_known(ecosystem: Ecosystem, table: Table) -> None:
    for row in table.files:
        text, _, paths = row.rpartition(": ")
        (found,) = calls(text)
        assert list(found.files) == paths.split()
    assert bool(ecosystem.file_options) == bool(table.files)


# Caches.


@EACH_CACHE
def test_the_cache_lies_where_the_table_says(cache: Cache, table: CacheTable) -> None:
    assert list(cache.paths) == list(table.paths)


@EACH_CACHE
def test_calls_fill_it_or_not(cache: Cache, table: CacheTable) -> None:
    def fills(row: str) -> bool:
        (found,) = calls(row)
        return found.fills(cache)

    assert [row for row in table.fills if not fills(row)] == []
    assert [row for row in table.spares if fills(row)] == []


@EACH_CACHE
def test_it_is_avoided_so(cache: Cache, table: CacheTable) -> None:
    assert list(() if cache.avoid is None else cache.avoid.spellings) == list(table.avoid)
    assert [image for image in table.too_old if cache.avoid is None or not cache.avoid.is_unknown_in(image)] == []
    switches = {switch.variable: switch for switch in cache.switches}
    variables = [each.partition("=") for each in table.off]
    assert switches.keys() == {name for name, _, _ in variables}
    assert [name for name, _, value in variables if not switches[name].is_on(value)] == []


@EACH_CACHE
def test_it_is_moved_so(cache: Cache, table: CacheTable) -> None:
    def is_moved(row: str) -> bool:
        (step,) = steps(row)
        call = step.invocation
        assert call is not None
        return (
            call.has(cache.moved_with)
            or any(step.environment.get(name) for name in cache.moved_by)
            or any(step.mentions(word) for word in cache.moved_in)
        )

    assert [row for row in table.moved if not is_moved(row)] == []
    named = {name.partition("=")[0] for row in table.moved for name in row.split() if "=" in name}
    assert set(cache.moved_by) <= named


@EACH_CACHE
def test_it_is_purged_so(cache: Cache, table: CacheTable) -> None:
    program = table.purge.partition(" ")[0]
    assert ("" if cache.purge is None else cache.purge.written(program)) == table.purge
    if table.purge:
        (command,) = commands(read(table.purge))
        assert isinstance(command, Simple)
        assert purges(command)


@EACH_CACHE
def test_commands_empty_it_for_certain_or_not(cache: Cache, table: CacheTable) -> None:
    def empties(row: str) -> bool:
        return any(found is cache for _, found in emptied(words(row)))

    assert [row for row in (*table.emptied, *filter(None, [table.purge])) if not empties(row)] == []
    assert [row for row in table.full if empties(row)] == []


@EACH_CACHE
def test_it_is_mounted_so(cache: Cache, table: CacheTable) -> None:
    wrong = []
    for row in table.mounts:
        (image, program, who), _, wanted = row.partition(": ")[0].split(), "", row.partition(": ")[2]
        found = cache.mounted(program, image, root=who == "root")
        written = [*map(_written, found), *(each.kept_with for each in found if each.kept_with)]
        if " ".join(written) != wanted:
            wrong.append((row, " ".join(written)))
    assert wrong == []


def _written(mount: CacheMount) -> str:
    own = () if mount.id is None else (f"id={mount.id}",)
    sharing = () if mount.sharing is Sharing.SHARED else (f"sharing={mount.sharing.value}",)
    return ",".join((*own, f"target={mount.target}", *sharing))


@EACH_CACHE
def test_nothing_but_the_cache_lies_on_its_mounts(cache: Cache, table: CacheTable) -> None:
    assert [each for each in cache.mounts if each.target not in cache.paths] == []
