"""What a wrapper starts."""

from __future__ import annotations

import pytest

from optimizer.shell.dialect import Dialect, Interpreter
from optimizer.shell.query import commands, unwrap
from optimizer.shell.reader import read
from optimizer.shell.wrappers import Wrapped


def unwrapped(text: str) -> Wrapped:
    return unwrap(next(commands(read(text))))


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("apt-get update", "apt-get update"),
        ("sudo apt-get update", "apt-get update"),
        ("sudo -u root -E -- apt-get update", "apt-get update"),
        ("sudo --user=root A=b apt-get update", "apt-get update"),
        ("env A=b C=$D apt-get update", "apt-get update"),
        ("/usr/bin/env -i -u X A=b apt-get update", "apt-get update"),
        ("command -p ls", "ls"),
        ("exec ls", "ls"),
        ("nice -n 10 make", "make"),
        ("nice -10 make", "make"),
        ("time -p make", "make"),
        ("timeout 5 make", "make"),
        ('timeout -k 1 --signal=KILL "$T" make', "make"),
        ("nohup make", "make"),
        ("gosu app make", "make"),
        ("su-exec app:app make", "make"),
        ("sudo env A=b nice timeout 5 make all", "make all"),
        ("sudo $CMD", "$CMD"),
        ("exec >log", ""),
    ],
)
def test_the_real_program_is_found(text: str, inner: str) -> None:
    assert " ".join(word.raw for word in unwrapped(text).words) == inner


@pytest.mark.parametrize(
    "text", ["sudo -Z make", "env -S 'a b'", "command -v make", "timeout $T make", "gosu $USER make", "chroot /x make"]
)
def test_what_is_not_understood_is_taken_as_the_program_itself(text: str) -> None:
    assert unwrapped(text).wrappers == ()
    assert unwrapped(text).program == text.partition(" ")[0]


def test_wrappers_and_their_environment_are_named() -> None:
    found = unwrapped("sudo env DEBIAN_FRONTEND=noninteractive /usr/bin/apt-get update")
    assert found.wrappers == ("sudo", "env")
    assert [word.raw for word in found.environment] == ["DEBIAN_FRONTEND=noninteractive"]
    assert found.program == "apt-get"


@pytest.mark.parametrize(
    ("text", "inner", "interpreter"),
    [
        ("sh -c 'a && b'", "a && b", Interpreter(Dialect.POSIX_SH)),
        ('bash -ceux "a && b"', "a && b", Interpreter(Dialect.BASH, errexit=True)),
        ("bash -o pipefail -c 'a | b'", "a | b", Interpreter(Dialect.BASH, pipefail=True)),
        ("sudo /bin/bash -lc 'a'", "a", Interpreter(Dialect.BASH, startup=True)),
        ("sh -c a b c", "a", Interpreter(Dialect.POSIX_SH)),
    ],
)
def test_a_nested_script_is_read_at_its_place(text: str, inner: str, interpreter: Interpreter) -> None:
    nested = unwrapped(text).nested
    assert nested is not None
    assert (nested.script.text, nested.interpreter) == (inner, interpreter)
    assert nested.offset is not None
    for command in commands(nested.script):
        for word in command.words:
            assert word.span.shift(nested.offset).of(text) == word.raw


def test_escapes_in_the_string_leave_no_place() -> None:
    nested = unwrapped('bash -c "echo \\"a\\""').nested
    assert nested is not None
    assert nested.script.text == 'echo "a"'
    assert nested.offset is None


@pytest.mark.parametrize("text", ['sh -c "echo $A"', "sh script.sh", "bash -s x y", "sh -c", "python -c 'a'"])
def test_no_script_is_seen_where_none_is_literal(text: str) -> None:
    assert unwrapped(text).nested is None
