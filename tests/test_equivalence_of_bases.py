"""What may differ statically where a stage gets another base image: packages, and nothing else."""

from __future__ import annotations

import pytest

from optimizer.containerfile.parser import parse
from optimizer.equivalence import problem
from optimizer.facts import Facts
from optimizer.facts.trace import Trace
from optimizer.proposal import TraceRelation

BEFORE = """\
FROM python:3.11
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends less=1.2 && rm -rf /var/lib/apt/lists/*
COPY . .
RUN make && ./install.sh
CMD ["x"]
"""
OWN = "RUN apt-get update \\\n && apt-get install -y git \\\n && rm -rf /var/lib/apt/lists/*\n"


def judged(after: str, before: str = BEFORE) -> str | None:
    old, new = (Facts(parse(text))[Trace] for text in (before, after))
    return problem(old, new, TraceRelation.REBASED)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("python:3.11", "python:3.11-slim"),
        ("less=1.2", "less=1.2 git"),
        ("less=1.2", "less=1.2 \\\n  git make"),
        ("WORKDIR /app\n", f"WORKDIR /app\n{OWN}"),
        ("FROM python:3.11\n", f"FROM python:3.11-slim\n{OWN}"),
        ("COPY . .\n", f"{OWN}COPY . .\n"),
        ("COPY . .\n", "RUN apk add --no-cache git\nCOPY . .\n"),
        ("COPY . .\n", "RUN mkdir -p /usr/share/man/man1 && apt-get install -y default-jre-headless\nCOPY . .\n"),
    ],
)
def test_packages_may_be_named(old: str, new: str) -> None:
    assert judged(BEFORE.replace(old, new, 1)) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("less=1.2", "git"),
        ("less=1.2", "less"),
        ("install -y --no-install-recommends less", "install -y less"),
        ("RUN make", "RUN make -j4"),
        ("RUN make", "RUN make extra"),
        ("RUN make", "RUN apt-get install -y git && curl example && make"),
        ("RUN make && ./install.sh", "RUN make"),
        ("COPY . .\n", "COPY . .\nRUN pip install flask\n"),
        ("COPY . .\n", ""),
        ("COPY . .\n", "RUN apt-get purge -y git\nCOPY . .\n"),
        ('CMD ["x"]', 'CMD ["y"]'),
        ("WORKDIR /app\n", "WORKDIR /srv\n"),
        ("RUN apt-get update && apt-get install -y --no-install-recommends less=1.2", "RUN true"),
    ],
)
def test_nothing_else_may(old: str, new: str) -> None:
    assert judged(BEFORE.replace(old, new, 1)) is not None
