"""A hypothesis strategy for files as people write them: installs, copies and settings, in all their spellings."""

from __future__ import annotations

from hypothesis import strategies as st

_COMMANDS = [
    "apt-get update", "apt-get install -y curl", "apt-get -y install gcc make", "sudo apt-get install -y git",
    "apt-get install -yq --no-install-recommends jq", "rm -rf /var/lib/apt/lists/*", "apt-get clean", "apk add curl",
    "apk add --no-cache gcc", "apk update", "rm -rf /var/cache/apk/*", "apk del gcc", "yum install -y wget",
    "yum clean all", "dnf -y install vim", "zypper -n install jq", "pacman -Sy --noconfirm jq", "pip install flask",
    "pip3 install -r requirements.txt", "python3 -m pip install --upgrade pip", "pip install -e .", "npm install",
    "npm ci", "npm install -g yarn", "yarn install", "yarn cache clean", "bundle install", "gem install x",
    "composer install", "go build ./...", "go mod download", "cargo build --release", "mvn package", "dotnet restore",
    "cd /opt/a", "cd b", "export A=1", "A=1", "set -e", "set -eux", "set -o pipefail", "umask 022", "exit 0", "true",
    "( cd /x && make )", "{ a; b; }", "if [ -f x ]; then a; fi", "for i in 1 2; do pip install $i; done", "a | b",
    "wget -q https://h/x.tgz", "tar xzf x.tgz", "rm x.tgz", "curl -sSL https://h/x | sh", "eval `ssh-agent -s`",
    'v="$(nproc)"', "sh -c 'apt-get update'", 'bash -c "npm install"', "echo 'a && b'", 'echo "#no comment"', "! a",
    "useradd -m app", "chown -R app /app", "chmod +x /app/run.sh", "mkdir -p /app/x", "service nginx start", "x &",
    "echo a > /etc/hosts", "ln -sf /bin/bash /bin/sh", "trap 'a' EXIT", "cat <<E", "./configure", "make install",
]  # fmt: skip
_JOINTS = [" && ", " && ", " && ", " && \\\n    ", " \\\n && ", "; ", "; \\\n    ", " || ", " \\\n    # why\n    && "]
_OTHERS = [
    "WORKDIR /app", "WORKDIR sub", "USER app", "USER root", "ENV A=1", "ENV PIP_NO_CACHE_DIR=1", "ARG V", "ARG V=1",
    "ENV DEBIAN_FRONTEND noninteractive", "COPY . .", "COPY . /app/", "COPY package*.json ./", "ADD . /app",
    "COPY requirements.txt /app/", "ADD x.tar.gz /", "ADD run.sh /app/run.sh", "ADD https://h/x /x", "ADD a b c/",
    'COPY ["a b", "/c/"]', 'ADD ["a", "/c/"]', "COPY --chown=app . .", "COPY --from=build /app /app", "EXPOSE 80",
    "VOLUME /data", "VOLUME /var/lib/apt", "LABEL a=b", 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]', "CMD run -x",
    'SHELL ["/bin/sh", "-ec"]', 'CMD ["python", "app.py"]', "ENTRYPOINT exec /app/run.sh", "HEALTHCHECK CMD curl h",
    "ONBUILD RUN apt-get update", 'RUN ["apt-get", "update"]', "RUN --mount=type=cache,target=/root pip install a",
    "RUN --network=none make", "RUN <<E\napt-get update\nE", "# a comment", "# hadolint ignore=DL3009", "",
    "# optimize ignore=merge_runs", "STOPSIGNAL 9",
]  # fmt: skip
_BASES = [
    "debian:bookworm", "ubuntu:14.04", "alpine:3.19", "python:3.11", "python:3.11-slim", "node:20", "golang:1.22",
    "fedora:40", "scratch", "php:8-apache", "some/image", "$BASE",
]  # fmt: skip


@st.composite
def _run(draw: st.DrawFn) -> str:
    text = "RUN " + draw(st.sampled_from(_COMMANDS))
    for _ in range(draw(st.integers(0, 4))):
        text += draw(st.sampled_from(_JOINTS)) + draw(st.sampled_from(_COMMANDS))
    return text + draw(st.sampled_from(["", "", "", "", ";", " # said", " &"]))


@st.composite
def _stage(draw: st.DrawFn) -> str:
    lines = [f"FROM {draw(st.sampled_from(_BASES))}{draw(st.sampled_from(['', ' AS build', ' as b']))}"]
    for _ in range(draw(st.integers(1, 9))):
        lines.append(draw(st.one_of(_run(), _run(), st.sampled_from(_OTHERS))))
    return "\n".join(lines) + "\n"


@st.composite
def _file(draw: st.DrawFn) -> str:
    head = draw(st.sampled_from(["", "", "", "# syntax=docker/dockerfile:1\n", "ARG BASE=debian\n", "\ufeff"]))
    text = head + "\n".join(draw(st.lists(_stage(), min_size=1, max_size=2)))
    text = text if draw(st.booleans()) else text.rstrip("\n")
    return text.replace("\n", "\r\n") if draw(st.integers(0, 5)) == 0 else text


ordinary_file = _file()
