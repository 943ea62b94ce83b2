"""Until when versions and releases are supported."""

from __future__ import annotations

from datetime import date

import pytest

from optimizer.ecosystems.catalogue import Reference
from optimizer.ecosystems.end_of_life import Ended, ended
from optimizer.ecosystems.official_images import CODE_NAMES, LINES

DAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("image", "what", "on"),
    [
        ("python:3.8", "Python 3.8", "2024-10-07"),
        ("python:3.8.10-slim-buster", "Python 3.8", "2024-10-07"),
        ("python:3.12-slim-buster", "Debian 10 (buster)", "2024-06-30"),
        ("docker.io/library/node:18-alpine", "Node.js 18", "2025-04-30"),
        ("node:22-alpine3.18", "Alpine 3.18", "2025-05-09"),
        ("ruby:2.7", "Ruby 2.7", "2023-03-31"),
        ("php:8.1-fpm", "PHP 8.1", "2025-12-31"),
        ("golang:1.19", "Go 1.19", "2023-08-08"),
        ("debian:10", "Debian 10", "2024-06-30"),
        ("debian:buster-slim", "Debian 10 (buster)", "2024-06-30"),
        ("ubuntu:20.04", "Ubuntu 20.04", "2025-05-31"),
        ("ubuntu:focal", "Ubuntu 20.04 (focal)", "2025-05-31"),
        ("alpine:3.18.4", "Alpine 3.18", "2025-05-09"),
        ("eclipse-temurin:17-jdk-focal", "Ubuntu 20.04 (focal)", "2025-05-31"),
    ],
)
def test_what_has_ended_is_named(image: str, what: str, on: str) -> None:
    assert ended(Reference.of(image), DAY) == Ended(what, date.fromisoformat(on))


@pytest.mark.parametrize(
    "image",
    [
        *("python:3.12", "python:3", "python", "python:latest", "python:3.99", "debian:bookworm", "debian", "node:lts"),
        *("somebody/python:3.8", "mirror.example/library/python:3.8", "scratch", "postgres:9", "alpine:edge"),
    ],
)
def test_nothing_is_said_of_what_is_supported_or_not_known(image: str) -> None:
    assert ended(Reference.of(image), DAY) is None


def test_it_is_the_day_that_decides() -> None:
    image = Reference.of("python:3.8")
    assert ended(image, date(2024, 10, 7)) is None
    assert ended(image, date(2024, 10, 8)) is not None


def test_every_code_name_has_a_date() -> None:
    for name in CODE_NAMES:
        assert ended(Reference.of(f"{LINES[0].names[0]}:{name}"), date(2100, 1, 1)) is not None, name
