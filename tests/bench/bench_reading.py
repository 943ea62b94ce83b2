"""How many files per second are read: `python tests/bench/bench_reading.py [DIRECTORY] [--judge]`.

Without a directory, over a made-up corpus of ordinary files. `--judge` also counts the files on which BuildKit's parser
or the second reader disagrees.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "containerfile")]

from buildkit_oracle import Reading, buildkit, disagreement, ours  # noqa: E402

from optimizer.containerfile import second_reader  # noqa: E402
from optimizer.containerfile.parser import parse  # noqa: E402
from optimizer.text import decode  # noqa: E402

ROUNDS = 5

SINGLE = """\
# An ordinary web application
FROM python:{n}-slim
LABEL org.opencontainers.image.title="app {n}" maintainer="someone"
ENV PYTHONUNBUFFERED=1 \\
    PIP_NO_CACHE_DIR=1
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends \\
        gcc \\
        # for the database
        libpq-dev \\
    && rm -rf /var/lib/apt/lists/*
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
EXPOSE 8000
HEALTHCHECK --interval=30s CMD curl -f http://localhost:8000/ || exit 1
USER nobody
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "app:app"]
"""
MULTI = """\
# syntax=docker/dockerfile:1
ARG VERSION={n}
FROM golang:$VERSION AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN CGO_ENABLED=0 go build -ldflags="-s -w" -o /app ./cmd/app

FROM alpine:3
RUN <<EOF
apk add --no-cache ca-certificates
adduser -D app
EOF
COPY --from=build --chown=app /app /usr/local/bin/app
USER app
ENTRYPOINT ["app"]
"""
SMALL = "FROM node:{n}\nWORKDIR /a\nCOPY . .\nRUN npm install\nEXPOSE 3000\nCMD npm start\n"


def made_up() -> list[str]:
    """Ordinary files, all different."""
    return [form.replace("{n}", str(number)) for number in range(400) for form in (SINGLE, MULTI, SMALL)]


def read_all(directory: Path) -> list[str]:
    """Every file below a directory, as text."""
    return [decode(path.read_bytes()) for path in sorted(directory.rglob("*")) if path.is_file()]


def rate(texts: list[str]) -> float:
    """Files per second of processor time, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for text in texts:
            parse(text)
        best = min(best, time.process_time() - start)
    return len(texts) / best


def cut(reading: Reading) -> tuple[str, int, int]:
    """Which instruction, from which line to which."""
    return reading.keyword, reading.start, reading.end


def judge(texts: list[str]) -> str:
    """How many files BuildKit refuses, and on how many it or the second reader disagrees."""
    refused = boundaries = details = second = 0
    for text in texts:
        file = parse(text)
        second += second_reader.disagreement(file) is not None
        try:
            theirs = buildkit(text)
        except UnicodeEncodeError:  # bytes that are not UTF-8: the package takes text only
            theirs = None
        if theirs is None:
            refused += 1
            continue
        boundaries += [cut(item) for item in ours(file)] != [cut(item) for item in theirs]
        details += disagreement(text, file) is not None
    return (
        f"BuildKit refuses {refused}; boundaries differ in {boundaries}, anything in {details}; "
        f"the second reader disagrees on {second}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", nargs="?", type=Path)
    parser.add_argument("--judge", action="store_true")
    options = parser.parse_args()
    texts = made_up() if options.directory is None else read_all(options.directory)
    size = sum(map(len, texts))
    print(f"{len(texts)} files, {size / len(texts):.0f} characters each")
    speed = rate(texts)
    print(f"{speed:.0f} files/s, {speed * size / len(texts) / 1e6:.1f} million characters/s")
    if options.judge:
        print(judge(texts))


if __name__ == "__main__":
    main()
