"""What is in force where."""

from __future__ import annotations

from optimizer.containerfile.nodes import Run
from optimizer.containerfile.parser import parse
from optimizer.facts import Facts
from optimizer.facts.shipping import Shipping
from optimizer.facts.states import State, States
from optimizer.policy import Policy


def at_run(text: str, number: int = 0, **given: str) -> State:
    """The state before a RUN, counted from 0."""
    facts = Facts(parse(text), policy=Policy(build_args=tuple(given.items())))
    runs = [each for each in facts.file.instructions if isinstance(each, Run)]
    return facts[States].at(runs[number])


def test_arguments_before_the_first_from_are_seen_only_where_declared_again() -> None:
    text = "ARG V=1\nARG W=2\nFROM debian:$V\nARG V\nRUN x\n"
    assert at_run(text).args == {"V": "1"}


def test_what_is_given_wins_over_a_default() -> None:
    assert at_run("FROM a\nARG V=1\nRUN x\n", V="3").args == {"V": "3"}


def test_the_pairs_of_one_env_see_the_environment_before_it() -> None:
    state = at_run("FROM a\nENV A=1\nENV A=2 B=$A\nRUN x\n")
    assert state.env == {"A": "2", "B": "1"}


def test_env_wins_over_arg() -> None:
    state = at_run("FROM a\nARG A=arg\nENV A=env\nWORKDIR /$A\nRUN x\n")
    assert state.workdir == "/env"


def test_a_child_stage_inherits_all_but_arguments() -> None:
    text = 'FROM a AS one\nARG X=1\nENV E=1\nUSER u\nWORKDIR /w\nVOLUME /v\nSHELL ["bash", "-c"]\nFROM one\nRUN x\n'
    state = at_run(text)
    assert state.args == {}
    assert (state.env, state.user, state.workdir, state.shell) == ({"E": "1"}, "u", "/w", ("bash", "-c"))
    assert state.volumes == {"/v"}


def test_relative_working_directories_add_up() -> None:
    text = "FROM a\nRUN x\nWORKDIR src\nRUN x\nWORKDIR /app\nWORKDIR lib/../bin\nRUN x\n"
    assert [at_run(text, number).workdir for number in range(3)] == ["", "src", "/app/bin"]


def test_a_malformed_variable_changes_nothing() -> None:
    assert at_run("FROM a\nWORKDIR /w\nWORKDIR /${x\nRUN x\n").workdir == "/w"


def ships(text: str, target: str | None = None) -> frozenset[int]:
    return Facts(parse(text), policy=Policy(target=target))[Shipping].ships


def test_the_last_stage_and_its_parents_ship() -> None:
    text = "FROM a AS base\nFROM b AS build\nFROM base\nCOPY --from=build /x /x\n"
    assert ships(text) == {0, 2}
    assert ships(text, "build") == {1}
    assert ships(text, "nowhere") == frozenset()
