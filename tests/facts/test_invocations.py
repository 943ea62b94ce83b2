"""Calls of package managers are found wherever they stand in a RUN, with what is in force there."""

from __future__ import annotations

import pytest

from optimizer.containerfile.nodes import Run
from optimizer.containerfile.parser import parse
from optimizer.ecosystems.verbs import Verb
from optimizer.facts import Facts
from optimizer.facts.invocations import Invocations
from optimizer.facts.steps import Reach, Step


def facts(*lines: str) -> tuple[Invocations, list[Run]]:
    """The invocations of a file and its RUNs."""
    file = parse("\n".join(("FROM debian", *lines)) + "\n")
    return Facts(file)[Invocations], [each for each in file.instructions if isinstance(each, Run)]


def calls(*lines: str) -> list[Step]:
    """The steps of the last RUN that are calls."""
    found, runs = facts(*lines)
    return [step for step in found.of(runs[-1]) if step.invocation is not None]


def said(steps: list[Step]) -> list[tuple[str, Verb]]:
    return [(step.invocation.ecosystem.name, step.invocation.verb) for step in steps if step.invocation is not None]


@pytest.mark.parametrize(
    ("run", "reach"),
    [
        ("RUN apt-get update", Reach.ALWAYS),
        ("RUN cd / && apt-get update", Reach.ALWAYS),
        ("RUN true; apt-get update", Reach.ALWAYS),
        ("RUN true || apt-get update", Reach.SOMETIMES),
        ("RUN (apt-get update)", Reach.ALWAYS),
        ("RUN { apt-get update; }", Reach.ALWAYS),
        ("RUN yes | apt-get update", Reach.ALWAYS),
        ("RUN if apt-get update; then :; fi", Reach.ALWAYS),
        ("RUN if true; then apt-get update; fi", Reach.SOMETIMES),
        ("RUN if true; then :; else apt-get update; fi", Reach.SOMETIMES),
        ("RUN for x in 1 2; do apt-get update; done", Reach.SOMETIMES),
        ("RUN until apt-get update; do sleep 1; done", Reach.ALWAYS),
        ("RUN case x in y) apt-get update;; esac", Reach.SOMETIMES),
        ("RUN f() { apt-get update; }; f", Reach.SOMETIMES),
        ("RUN echo $(apt-get update)", Reach.SOMETIMES),
        ("RUN sh -c 'apt-get update'", Reach.ALWAYS),
        ('RUN bash -ec "true || apt-get update"', Reach.SOMETIMES),
        ('RUN ["apt-get", "update"]', Reach.ALWAYS),
        ('RUN ["sh", "-c", "apt-get update"]', Reach.ALWAYS),
    ],
)
def test_a_call_is_found_and_its_reach_told(run: str, reach: Reach) -> None:
    (step,) = calls(run)
    assert said([step]) == [("apt", Verb.UPDATE)]
    assert step.reach is reach


def test_calls_come_in_source_order() -> None:
    assert said(calls("RUN apt-get update && pip install x; for i in 1; do npm ci; done; apt-get clean")) == [
        ("apt", Verb.UPDATE),
        ("pip", Verb.INSTALL),
        ("npm", Verb.INSTALL),
        ("apt", Verb.CLEAN),
    ]


@pytest.mark.parametrize(
    "run",
    [
        "RUN pip install flask",
        "RUN cd /app && \\\n    # a comment\n    pip \\\n    install flask",
        "RUN sh -c 'cd /app && pip install flask'",
        "RUN bash -c \"sh -c 'pip install flask'\"",
    ],
)
def test_words_know_their_place_in_the_file(run: str) -> None:
    file = parse(f"FROM x\n{run}\n")
    instruction = file.instructions[1]
    assert isinstance(instruction, Run)
    (step,) = Facts(file)[Invocations].of(instruction)[-1:]
    assert step.invocation is not None
    assert step.invocation.verb_index is not None
    place = step.place(step.invocation.verb_index)
    assert place is not None
    assert instruction.command.body.source(place).of(file.text) == "install"  # type: ignore[union-attr]


def test_positions_behind_escapes_are_not_known() -> None:
    (step,) = calls('RUN sh -c "pip install \\"flask\\""')
    assert step.place(1) is None


def test_the_environment_in_force_is_known() -> None:
    (step,) = calls("ENV PIP_NO_CACHE_DIR=1", "ARG B=2", "RUN C=3 env D=4 pip install x")
    assert {name: step.environment[name] for name in ("PIP_NO_CACHE_DIR", "B", "C", "D")} == {
        "PIP_NO_CACHE_DIR": "1",
        "B": "2",
        "C": "3",
        "D": "4",
    }


def test_the_user_in_force_is_known() -> None:
    plain, sudo = calls("USER app", "RUN pip install x && sudo -H pip install y")
    assert (plain.user, plain.wrappers) == ("app", ())
    assert (sudo.user, sudo.wrappers, sudo.prefix) == ("root", ("sudo",), "sudo -H")


@pytest.mark.parametrize(
    ("command", "known"),
    [
        ("mkdir -p /app", True),
        ("apt-get install -y curl", True),
        ("/usr/bin/curl -O x", True),
        ("X=1", True),
        ("/opt/setup.sh", False),
        ("./curl", False),
        ("make", False),
        ("curl x | sh", False),
        ("npm run build", False),
        ("apt-get frobnicate", False),
        ("$TOOL x", False),
    ],
)
def test_what_a_command_may_do_is_known_or_not(command: str, known: bool) -> None:
    found, runs = facts(f"RUN {command}")
    assert all(step.known for step in found.of(runs[0])) is known


@pytest.mark.parametrize(
    ("first", "second", "question", "answer"),
    [
        ("apt-get update", "apt-get install x", "updates", {"apt"}),
        ("apt-get update && rm -rf /var/lib/apt/lists/*", "true", "updates", set()),
        ("apt-get update", "true", "fills", {"apt"}),
        ("apt-get update && apt-get install x && rm -rf /var/lib/apt/lists/*", "true", "fills", set()),
        ("pip install x", "true", "fills", {"pip"}),
        ("pip install --no-cache-dir x", "true", "fills", set()),
        ("yum install -y x && yum clean all", "true", "fills", set()),
        ("apk add --no-cache x", "true", "fills", set()),
        ("go get x", "true", "fills", set()),
        ("make", "true", "fills", set()),
        ("true", "apt-get install x && make", "begins", {"apt"}),
        ("true", "apt-get update && apt-get install x", "begins", set()),
        ("true", "make && apt-get install x", "begins", set()),
        ("true", "apt-get install x && apt-get clean", "continues", {"apt"}),
        ("true", "rm -rf /var/lib/apt/lists/*", "continues", {"apt"}),
        ("true", "apt-get install x && make", "continues", set()),
        ("true", "apt-get install x && pip install y", "continues", set()),
    ],
)
def test_a_run_begins_goes_on_or_ends_an_installation(first: str, second: str, question: str, answer: set[str]) -> None:
    found, (one, two) = facts(f"RUN {first}", f"RUN {second}")
    asked = {"updates": found.updates, "fills": found.fills, "begins": found.begins, "continues": found.continues}
    assert asked[question](two if question in ("begins", "continues") else one) == answer


def test_here_documents_have_no_steps() -> None:
    found, (run,) = facts("RUN <<EOF", "apt-get update", "EOF")
    assert found.of(run) == ()
