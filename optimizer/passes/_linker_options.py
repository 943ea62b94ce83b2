"""Tells a build to link without debug information: where its options go, and what already stands in their way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from optimizer.containerfile.nodes import Run, ShellForm
from optimizer.ecosystems.linking import LinkerWords, Linking
from optimizer.ecosystems.model import Option
from optimizer.evidence.programs import Programs
from optimizer.facts import Facts
from optimizer.facts.scripts import Scripts
from optimizer.facts.shipping import Shipping
from optimizer.facts.steps import Step
from optimizer.passes._behind_verb import behind_verb, word_of
from optimizer.shell.nodes import Simple
from optimizer.shell.query import commands, unwrap
from optimizer.text import Edit, insert

_TRANSPARENT = frozenset({"env", "nice", "ionice", "nohup", "timeout", "stdbuf", "command", "exec"})
"""Wrappers that hand the environment on as it is."""


class Obstacle(Enum):
    """Why a call cannot be told."""

    COMPUTED = "computed"
    QUOTED = "quoted"
    WANTED = "wanted"


def is_too_old(linking: Linking, evidence: Programs, facts: Facts) -> bool:
    """Whether an image says that its tool is older than what is to be written. An unknown one is tried."""
    said = [evidence.environment.get(linking.variable, "")]
    for stage in facts[Shipping].stages:
        name, _, tag = facts[Shipping].base_image(stage.from_).partition(":")
        said += [tag.partition("-")[0]] if name == linking.image else []
    versions = [version for text in said if (version := _version(text))]
    return any(version < linking.since[: len(version)] for version in versions)


def _version(text: str) -> tuple[int, ...]:
    parts = text.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()


def told_otherwise(calls: Sequence[Step], linking: Linking, facts: Facts) -> Obstacle | None:
    """Whether the file asks for debug information, or says in a variable what options on a call would hide."""
    for call in calls:
        made = call.invocation
        assert made is not None
        for option, word in linking.not_with:
            given = [each for each in made.options if each.name == option]
            if any(each.value is None or word in each.value.split("=")[-1].split() for each in given):
                return Obstacle.WANTED
        name = linking.configured_by
        value = call.environment.get(name, "") if name is not None else ""
        if value is None or (linking.linker is not None and linking.linker.option in value):
            return Obstacle.COMPUTED
    return Obstacle.WANTED if _profile_decides(calls, linking, facts) else None


def _profile_decides(calls: Sequence[Step], linking: Linking, facts: Facts) -> bool:
    """Whether a manifest in the context says itself how programs are built."""
    if not linking.profile or facts.context is None:
        return False
    import tomllib

    for call in calls:
        assert call.invocation is not None
        for manifest in call.invocation.ecosystem.manifests:
            for path in _manifests(manifest, facts):
                try:
                    table: object = tomllib.loads((facts.context.read(path) or b"").decode("utf-8", "replace"))
                except tomllib.TOMLDecodeError:
                    continue
                for key in linking.profile:
                    table = table.get(key, {}) if isinstance(table, dict) else {}
                if isinstance(table, dict) and linking.decides & table.keys():
                    return True
    return False


def _manifests(name: str, facts: Facts) -> Iterator[str]:
    assert facts.context is not None
    yield from (entry.path for entry in facts.context.entries() if entry.path.rpartition("/")[2] == name)


def linking_edits(
    call: Step, linking: Linking, static: tuple[str, str] | None, facts: Facts
) -> tuple[Edit, ...] | Obstacle:
    """The edits for one call; none if it is told already."""
    simple = _simple(call, facts)
    if simple is None or set(call.wrappers) - _TRANSPARENT:
        return Obstacle.QUOTED
    made = call.invocation
    assert made is not None
    option = None
    if linking.linker is not None:
        option = next((each for each in reversed(made.options) if each.name == linking.linker.option), None)
        if option is not None and option.value is not None and not linking.linker.lacking(option.value):
            return ()
    found: list[Edit] = []
    settings = [*linking.variables, *([static] if static is not None else [])]
    lacking = [f"{name}={value} " for name, value in settings if call.environment.get(name) != value]
    if lacking:
        assert isinstance(call.run.command, ShellForm)
        found.append(insert(call.run.command.body.at(simple.span.start), "".join(lacking)))
    if linking.linker is not None:
        more = _added(call, linking.linker) if option is None else _merged(call, option, linking.linker)
        if isinstance(more, Obstacle):
            return more
        found += more
    return tuple(found)


def _simple(call: Step, facts: Facts) -> Simple | None:
    """The command of a call, if it stands in no string that another shell reads."""
    script = facts[Scripts].of(call.run) if isinstance(call.run, Run) else None
    if script is None or call.offset != 0:
        return None
    for simple in commands(script):
        words = unwrap(simple).words
        if words and words[-1].span == call.words[-1].span and unwrap(simple).nested is None:
            return simple
    return None


def _added(call: Step, linker: LinkerWords) -> list[Edit] | Obstacle:
    """The option, behind the verb."""
    place = behind_verb(call, f'{linker.option}="{" ".join(linker.words)}"')
    return Obstacle.QUOTED if place is None else [place]


def _merged(call: Step, option: Option, linker: LinkerWords) -> list[Edit] | Obstacle:
    """What the option's value lacks, put behind what it holds, inside its quotes."""
    if option.value is None or option.value_index is None:
        return Obstacle.COMPUTED
    if linker.contradicts(option.value):
        return Obstacle.WANTED
    lacking = linker.lacking(option.value)
    if not lacking:
        return []
    span = word_of(call, option.value_index)
    if span is None:
        return Obstacle.QUOTED
    raw = call.words[option.value_index].raw
    start = 0 if option.value_index != option.index else raw.index("=") + 1
    written = raw[start:]
    more = " ".join(lacking)
    if not set(written) & set("\"'\\"):
        value = f'"{written} {more}"' if written else f'"{more}"'
        return [Edit(type(span)(span.start + start, span.end), value)]
    quote = written[-1]
    if quote in "\"'" and written[0] == quote and written.count(quote) == 2 and len(written) > 1:
        return [insert(span.end - 1, f" {more}")]
    return Obstacle.QUOTED
