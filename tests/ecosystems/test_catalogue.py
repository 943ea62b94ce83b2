"""What the catalogue says of an image by its name."""

from __future__ import annotations

import pytest

from optimizer.ecosystems.catalogue import Reference, Tag, runtimes, slimmer, variant_of, version_of
from optimizer.ecosystems.official_images import CODE_NAMES, LINES, Contents


@pytest.mark.parametrize(
    ("image", "names"),
    [
        ("python:3.11", ("python:3.11-slim", "python:3.11-slim-bookworm")),
        ("python:3.11-bullseye", ("python:3.11-slim-bullseye",)),
        ("python", ("python:slim", "python:slim-bookworm")),
        ("python:latest", ("python:slim", "python:slim-bookworm")),
        ("docker.io/library/node:20-bookworm", ("node:20-bookworm-slim",)),
        ("node:lts", ("node:lts-slim", "node:lts-bookworm-slim")),
        ("debian:12", ("debian:12-slim", "debian:bookworm-slim")),
        ("debian", ("debian:bookworm-slim",)),
        ("eclipse-temurin:17-jdk-jammy", ("eclipse-temurin:17-jre-jammy",)),
        ("buildpack-deps:bookworm", ("buildpack-deps:bookworm-scm", "buildpack-deps:bookworm-curl")),
    ],
)
def test_smaller_variants_keep_version_and_release(image: str, names: tuple[str, ...]) -> None:
    assert slimmer(Reference.of(image), "bookworm") == names


@pytest.mark.parametrize(
    "image",
    [
        *("python:3.11-slim", "python:3.11-alpine3.20", "python:3.11-windowsservercore-1809", "golang:1.22"),
        *("quay.io/somebody/python:3.11", "somebody/python:3.11", "postgres:16", "debian:bookworm-slim"),
        "python:3.11@sha256:" + "0" * 64,
    ],
)
def test_no_smaller_variant_is_made_up(image: str) -> None:
    assert slimmer(Reference.of(image), "bookworm") == ()


def test_a_tag_is_read_in_parts() -> None:
    assert Tag.of("3.11-slim-bookworm") == Tag("3.11", "bookworm", frozenset({"slim"}))
    assert Tag.of("20-alpine3.20") == Tag("20", "3.20", frozenset({"alpine"}))
    assert Tag.of("latest") == Tag("", "", frozenset())
    assert version_of("3.9-eclipse-temurin-17") == "3.9-17"


def test_every_variant_is_found_again_by_its_own_tag() -> None:
    for line in LINES:
        for variant in line.variants:
            for pattern in filter(None, (variant.plain, variant.pinned)):
                tag = pattern.format(version="1.2", release="bookworm")
                assert variant_of(Reference.of(f"{line.names[0]}:{tag}")) == variant, tag


def test_a_smaller_variant_is_one_of_the_runtimes() -> None:
    for line in LINES:
        if line.interpreter is not None and any(each.contents is Contents.TOOLS for each in line.variants):
            reference = Reference.of(f"{line.names[0]}:3.1")
            assert set(slimmer(reference)) & set(runtimes(reference, "bookworm")), line.names


def test_code_names_are_no_words_of_variants() -> None:
    assert not {word for line in LINES for each in line.variants for word in each.words} & CODE_NAMES.keys()
