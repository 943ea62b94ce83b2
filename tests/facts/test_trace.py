"""Two files have one trace exactly if a builder would do the same."""

from __future__ import annotations

import pytest

from optimizer.containerfile.parser import parse
from optimizer.equivalence import problem
from optimizer.facts import Facts
from optimizer.facts.trace import Trace
from optimizer.proposal import TraceRelation


def trace(body: str) -> Trace:
    return Facts(parse(f"FROM debian\n{body}\n"))[Trace]


SAME = [
    ("RUN { a; b; };\nRUN cd c", "RUN { a; b; } && cd c"),
    ("RUN a && ( cd /x && b );\nRUN c", "RUN a && ( cd /x && b ) && c"),
    ("RUN a\nRUN b", "RUN a && b"),
    ("RUN a\nRUN b", "RUN a \\\n# why\n  && b"),
    ("RUN a b   c", "RUN a b   c  "),
    ("RUN cd x && make\nRUN make check", "RUN ( cd x && make ) && make check"),
    ("RUN a\nRUN b || c", "RUN a && ( b || c )"),
    ("RUN a\nRUN b || c", "RUN a && { b || c; }"),
    ("RUN a\nRUN b; c", "RUN a && ( b; c )"),
    ("RUN a; b\nRUN c", "RUN a; b && c"),
    ("RUN a || b\nRUN c", "RUN a || b && c"),
    ("RUN a\nRUN b\nRUN c", "RUN a && b\nRUN c"),
    ("RUN a\nRUN set -e; b; c", "RUN a && ( set -e; b; c )"),
    ("RUN a\nRUN b # why", "RUN a && b # why"),
    ("RUN --network=none a\nRUN --network=none b", "RUN --network=none a && b"),
    # What a substitution does is a matter of the command that holds it, not of those before it.
    ("RUN a\nRUN eval `ssh-agent -s`", "RUN a && eval `ssh-agent -s`"),
    ('RUN a\nRUN e="$(php-fpm -v)"', 'RUN a && e="$(php-fpm -v)"'),
]

OTHER = [
    ("RUN a\nRUN b", "RUN b && a"),
    ("RUN a\nRUN b", "RUN a; b"),
    ("RUN a\nRUN b", "RUN a || b"),
    ("RUN a\nRUN b", "RUN a"),
    ("RUN cd x\nRUN make", "RUN cd x && make"),
    ("RUN export A=1\nRUN b", "RUN export A=1 && b"),
    ("RUN A=1\nRUN b", "RUN A=1 && b"),
    ("RUN umask 7\nRUN b", "RUN umask 7 && b"),
    ("RUN a\nRUN b || c", "RUN a && b || c"),
    ("RUN a\nRUN b; c", "RUN a && b; c"),
    ("RUN ( cd x ) && b", "RUN { cd x; } && b"),
    ("RUN set -e; a; b\nRUN c", "RUN ( set -e; a; b ) && c"),
    ("RUN a; exit 0\nRUN b", "RUN a; exit 0 && b"),
    ("RUN a &\nRUN b", "RUN a & b"),
    ("RUN --mount=type=cache,target=/c a\nRUN b", "RUN --mount=type=cache,target=/c a && b"),
    ("RUN a\nENV X=1\nRUN b", "ENV X=1\nRUN a && b"),
    ("RUN a\nUSER u\nRUN b", "USER u\nRUN a && b"),
    ("RUN a\nWORKDIR /w\nRUN b", "WORKDIR /w\nRUN a && b"),
    ('RUN ["a", "b"]', "RUN a b"),
    ("COPY a b", "COPY a c"),
    ("COPY a b", "COPY --chown=1 a b"),
    ("COPY a b", "ADD a b"),
    ("ENV X=1\nCOPY $X b", "ENV X=2\nCOPY $X b"),
    ("CMD a", "CMD b"),
    ("RUN <<E\na\nE", "RUN <<E\nb\nE"),
]


@pytest.mark.parametrize(("before", "after"), SAME)
def test_same(before: str, after: str) -> None:
    assert problem(trace(before), trace(after), TraceRelation.EQUAL) is None


@pytest.mark.parametrize(("before", "after"), OTHER)
def test_not_the_same(before: str, after: str) -> None:
    assert problem(trace(before), trace(after), TraceRelation.EQUAL) is not None


def test_a_shell_with_errexit_keeps_lists_together() -> None:
    shell = 'SHELL ["/bin/bash", "-e", "-c"]\n'
    assert problem(trace(shell + "RUN a; b\nRUN c"), trace(shell + "RUN a; b && c"), TraceRelation.EQUAL)
    assert problem(trace(shell + "RUN a\nRUN c"), trace(shell + "RUN a && c"), TraceRelation.EQUAL) is None


CLEANS = [
    ("RUN apt-get install -y x", "RUN apt-get install -y x && rm -rf /var/lib/apt/lists/*"),
    ("RUN apt-get update && apt-get install -y x", "RUN apt-get update && apt-get install -y x && apt-get clean"),
    ("RUN pip install -r r.txt", "RUN pip install --no-cache-dir -r r.txt"),
    ("RUN python3 -m pip install x", "RUN python3 -m pip install --no-cache-dir x"),
    ("RUN cd x && apt-get install -y y", "RUN cd x && apt-get install -y y && rm -rf /var/lib/apt/lists/*"),
]

DOES_MORE = [
    ("RUN apt-get install -y x", "RUN apt-get install -y x && rm -rf /etc"),
    ("RUN apt-get install -y x", "RUN apt-get install -y x && rm -rf /var/lib/apt/lists/* /etc"),
    ("RUN apt-get install -y x", "RUN apt-get install -y x y && rm -rf /var/lib/apt/lists/*"),
    ("RUN pip install x", "RUN pip install --no-deps x"),
    ("RUN a", "RUN a && b"),
    ("RUN apt-get install -y x && b", "RUN apt-get install -y x || rm -rf /var/lib/apt/lists/* && b"),
]


@pytest.mark.parametrize(("before", "after"), CLEANS)
def test_cleaning_adds_deletions_of_caches_and_flags_that_avoid_them(before: str, after: str) -> None:
    assert problem(trace(before), trace(after), TraceRelation.CLEANS) is None
    assert problem(trace(before), trace(after), TraceRelation.EQUAL) is not None


@pytest.mark.parametrize(("before", "after"), DOES_MORE)
def test_cleaning_adds_nothing_else(before: str, after: str) -> None:
    assert problem(trace(before), trace(after), TraceRelation.CLEANS) is not None


@pytest.mark.parametrize("flags", ["", "--chown=1 ", "--link "])
def test_copying_is_an_add_of_local_files(flags: str) -> None:
    before, after = f"RUN a\nADD {flags}x y /z/", f"RUN a\nCOPY {flags}x y /z/"
    assert problem(trace(before), trace(after), TraceRelation.COPIED) is None
    assert problem(trace(after), trace(before), TraceRelation.COPIED) is not None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ADD x y", "COPY x z"),
        ("ADD x y", "COPY --chown=1 x y"),
        ("ADD http://h/x y", "COPY http://h/x y"),
        ("ADD --checksum=sha256:0 x y", "COPY --checksum=sha256:0 x y"),
        ("ADD x y\nADD x z", "COPY x y"),
        ("ADD x y\nCMD a", "COPY x y\nCMD b"),
        ("ADD x y\nADD u v", "COPY u v\nADD x y"),
    ],
)
def test_copying_changes_nothing_else(before: str, after: str) -> None:
    assert problem(trace(before), trace(after), TraceRelation.COPIED) is not None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("COPY x /y\nRUN chown -R 1:1 /y", "COPY --chown=1:1 x /y"),
        ("COPY x /y\nRUN chown -R 1:1 /y", "COPY --chown=1:1 x /y\nRUN chown 1:1 /y"),
        ("COPY x /y\nRUN chmod -R 755 /y && a", "COPY --chmod=755 x /y\nRUN a"),
        ("COPY x /y\nRUN sudo chown -R 1 /y\nRUN a", "COPY --chown=1:0 x /y\nRUN a"),
    ],
)
def test_owning_moves_between_commands_and_flags(before: str, after: str) -> None:
    assert problem(trace(before), trace(after), TraceRelation.OWNED) is None
    assert problem(trace(before), trace(after), TraceRelation.EQUAL) is not None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("COPY x /y\nRUN chown -R 1:1 /y && a", "COPY --chown=1:1 x /y"),
        ("COPY x /y\nRUN chown -R 1:1 /y", "COPY --chown=1:1 x /z"),
        ("COPY x /y\nRUN chown -R 1:1 /y", "COPY --chown=1:1 --from=a x /y"),
        ("COPY x /y\nRUN chown -R 1:1 $(a)", "COPY --chown=1:1 x /y"),
        ("COPY x /y\nRUN chown -R 1:1 /y > /z", "COPY --chown=1:1 x /y"),
        ("ADD x /y\nRUN chown -R 1:1 /y", "COPY --chown=1:1 x /y"),
        ("COPY x /y\nRUN chown -R 1:1 /y\nUSER 1", "COPY --chown=1:1 x /y"),
    ],
)
def test_owning_changes_nothing_else(before: str, after: str) -> None:
    assert problem(trace(before), trace(after), TraceRelation.OWNED) is not None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("COPY . /a\nRUN b", "RUN b\nCOPY . /a"),
        ("COPY . /a\nWORKDIR /c\nRUN b", "WORKDIR /c\nRUN b\nCOPY . /a"),
        ("COPY . /a\nRUN b", "COPY x y /a/\nRUN b\nCOPY . /a"),
        ("COPY s /a\nRUN b", "COPY s/d/x /a/d/\nCOPY s/e /a/e/\nRUN b\nCOPY s /a"),
        ("WORKDIR /w\nCOPY . .\nRUN b", "WORKDIR /w\nCOPY x ./\nRUN b\nCOPY . ."),
        ("COPY p /p\nCOPY q /q\nRUN b", "RUN b\nCOPY p /p\nCOPY q /q"),
        ("ENV A=/a\nCOPY . $A\nWORKDIR /c\nRUN b", "ENV A=/a\nWORKDIR /c\nCOPY x $A/\nRUN b\nCOPY . $A"),
    ],
)
def test_reordering_moves_transfers_down(before: str, after: str) -> None:
    assert problem(trace(before), trace(after), TraceRelation.REORDERED) is None
    assert problem(trace(before), trace(after), TraceRelation.EQUAL) is not None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RUN b\nCOPY . /a", "COPY . /a\nRUN b"),
        ("RUN b\nRUN c", "RUN c\nRUN b"),
        ("COPY . /a\nRUN b", "RUN b"),
        ("COPY . /a\nRUN b", "COPY x /a/\nRUN b"),
        ("COPY . /a\nRUN b", "COPY x /b/\nRUN b\nCOPY . /a"),
        ("COPY s /a\nRUN b", "COPY x /a/\nRUN b\nCOPY s /a"),
        ("COPY s /a\nRUN b", "COPY s/../x /a/\nRUN b\nCOPY s /a"),
        ("COPY s /a\nRUN b", "COPY s/* /a/\nRUN b\nCOPY s /a"),
        ("COPY --chown=1 . /a\nRUN b", "COPY x /a/\nRUN b\nCOPY --chown=1 . /a"),
        ("COPY --from=i . /a\nRUN b", "COPY --from=i x /a/\nRUN b\nCOPY --from=i . /a"),
        ("COPY p /p\nCOPY q /q\nRUN b", "COPY q /q\nRUN b\nCOPY p /p"),
        ("COPY . a\nWORKDIR /c\nRUN b", "WORKDIR /c\nRUN b\nCOPY . a"),
        ("COPY . /a\nENV X=1\nRUN b", "COPY . /a\nRUN b\nENV X=1"),
        ("COPY . /a\nRUN b", "RUN b\nCOPY . /a\nCOPY x /a/"),
    ],
)
def test_reordering_does_nothing_else(before: str, after: str) -> None:
    assert problem(trace(before), trace(after), TraceRelation.REORDERED) is not None
