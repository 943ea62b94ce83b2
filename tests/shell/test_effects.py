"""What a command line leaves in its shell. Each case was a merge of two RUNs that went wrong somewhere, or might."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from optimizer.shell.effects import Leak, Precedence, leaks, precedence, sets_errexit
from optimizer.shell.reader import read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apt-get update && apt-get install -y curl", set()),
        ("cd /src && make", {Leak.CD}),
        ("pushd /src", {Leak.CD}),
        ("builtin cd /x", {Leak.CD}),
        ("'c'd /x", {Leak.CD}),
        ("make && cd -", {Leak.CD}),
        ("if a; then cd x; fi", {Leak.CD}),
        ("{ cd x; }", {Leak.CD}),
        ("while a; do cd x; done", {Leak.CD}),
        ("case a in b) cd x;; esac", {Leak.CD}),
        ("(cd /src && make)", set()),
        ("cd /src | make", set()),
        ("echo $(cd /src && pwd)", set()),
        ("echo cd", set()),
        ("export A=b", {Leak.EXPORT}),
        ("A=b", {Leak.ASSIGNMENT}),
        ("A=b make", set()),
        ("A=b export C", {Leak.ASSIGNMENT, Leak.EXPORT}),
        ("A=b :", {Leak.ASSIGNMENT}),
        ("for i in a b; do echo $i; done", {Leak.ASSIGNMENT}),
        ("read x <f", {Leak.ASSIGNMENT}),
        (": ${A:=b}", {Leak.ASSIGNMENT}),
        ("echo ${A=b}", {Leak.ASSIGNMENT}),
        ("echo $((i++))", {Leak.ASSIGNMENT}),
        ("echo ${A:-b} $((1 + 2)) ${A#x=}", set()),
        ("printf -v x a", {Leak.ASSIGNMENT}),
        ("set -ex", {Leak.SET}),
        ("ulimit -n 1024 && a", {Leak.SET}),
        ("umask 022", {Leak.UMASK}),
        ("trap 'a' EXIT", {Leak.TRAP}),
        ("a || exit 1", {Leak.EXIT}),
        ("exit 0", {Leak.EXIT}),
        ("(exit 0)", set()),
        ("while a; do break; done", set()),
        ("exec a", {Leak.EXEC}),
        ("exec >log", {Leak.EXEC}),
        ("f() { a; }", {Leak.FUNCTION}),
        ("f() { cd x; }; f", {Leak.FUNCTION, Leak.CD}),
        ("a &", {Leak.BACKGROUND}),
        ("(a &)", {Leak.BACKGROUND}),
        ("cd x & wait", {Leak.BACKGROUND}),
        ("service postgresql start && createdb x", {Leak.BACKGROUND}),
        ("sudo /etc/init.d/mysql start", {Leak.BACKGROUND}),
        ("nginx && curl localhost", {Leak.BACKGROUND}),
        ("sh -c 'Xvfb & a'", {Leak.BACKGROUND}),
        ("rm /bin/sh && ln -s /bin/bash /bin/sh", {Leak.SHELL}),
        ("(sudo ln -sf bash /bin/sh)", {Leak.SHELL}),
        ("bash -c 'mv x /usr/bin/dash'", {Leak.SHELL}),
        ("dpkg-reconfigure dash", {Leak.SHELL}),
        ("useradd -s /bin/bash a && chsh -s /bin/sh", set()),
        ("alias l=ls", {Leak.ALIAS}),
        ("hash -r", {Leak.HASH}),
        (". /etc/profile", {Leak.SOURCE}),
        ("source x && a", {Leak.SOURCE}),
        ('eval "$x"', {Leak.EVAL}),
        ("$x y", {Leak.EVAL}),
        ("$HOME/bin/x y", set()),
        ("command -v cd", set()),
        ("a # b", {Leak.COMMENT}),
        ("a # b\nc", set()),
        ("cat <<EOF", {Leak.HEREDOC}),
        ("(cat) <<EOF", {Leak.HEREDOC}),
        ("cat <<EOF\na\nEOF\n", set()),
        ("[[ a ]]", {Leak.OPAQUE}),
        ("a 'b", {Leak.OPAQUE}),
        ("echo `a \\`b\\``", {Leak.OPAQUE}),
    ],
)
def test_what_leaks(text: str, expected: set[Leak]) -> None:
    assert leaks(read(text)) == expected


@pytest.mark.skipif(shutil.which("dash") is None, reason="dash is not installed")
@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("cd /", True),
        ("{ cd /; }", True),
        ("(cd /)", False),
        ("cd / | cat", False),
        (": $(cd /)", False),
        ("command cd /", True),
        ("X=b", True),
        ("X=b true", False),
        ("X=b :", True),
        ("X=b export Y", True),
        (": ${Y:=b}", True),
        (": $((Y = 1))", True),
        ("(umask 0)", False),
        ("umask 0", True),
        ("set -f", True),
        ("for X in b; do :; done", True),
        ("f() { :; }", True),
    ],
)
def test_what_leaks_is_what_a_shell_shows(text: str, seen: bool) -> None:
    state = 'pwd; umask; echo "$-:$X:$Y"; command -v f'
    after, before = (
        subprocess.run(["dash", "-c", f"{body}\n{state}"], cwd="/tmp", env={}, capture_output=True, check=False).stdout
        for body in (text, ":")
    )
    assert (after != before) is seen
    assert bool(leaks(read(text))) is seen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a && b", Precedence(False, False, False, False, False)),
        ("a || b", Precedence(True, False, False, False, False)),
        ("a; b", Precedence(False, True, False, False, False)),
        ("a\nb", Precedence(False, True, False, False, False)),
        ("a;", Precedence(False, False, False, False, True)),
        ("a &", Precedence(False, False, True, False, True)),
        ("a & b", Precedence(False, False, True, False, False)),
        ("! a && b", Precedence(False, False, False, True, False)),
        ("(a || b; c)", Precedence(False, False, False, False, False)),
        ("", Precedence(False, False, False, False, True)),
    ],
)
def test_operators_at_the_top_level(text: str, expected: Precedence) -> None:
    assert precedence(read(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("set -e; a", True),
        ("set -eux && a", True),
        ("set -xe", True),
        ("set -o errexit", True),
        ("set -uo pipefail -o errexit", True),
        ("command set -e", True),
        ("(set -e; a; b)", True),
        ("set $OPTIONS", True),
        ("trap 'a' ERR; b; c", True),
        ("trap 'rm -rf x' EXIT; b", False),
        ("set -x; a", False),
        ("set +e; a", False),
        ("set -o pipefail", False),
        ("set -- -e", False),
        ("echo set -e", False),
        ("sh -ec 'a; b'", False),
    ],
)
def test_errexit_is_noticed(text: str, expected: bool) -> None:
    assert sets_errexit(read(text)) is expected
