"""Versions and what they can do."""

from __future__ import annotations

import pytest

from optimizer.containers.capabilities import Feature, parse_version, supports
from optimizer.containers.model import Version


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("buildah version 1.28.2 (image-spec 1.1.0-rc2, runtime-spec 1.0.2-dev)", (1, 28, "1.28.2")),
        ("podman version 4.3.1", (4, 3, "4.3.1")),
        ("podman version 5.4.2-dev", (5, 4, "5.4.2-dev")),
        ("skopeo version 1.9.3 commit: 1a2b", (1, 9, "1.9.3")),
        ("nothing of the kind", (0, 0, "nothing of the kind")),
    ],
    ids=["buildah", "podman", "development", "commit", "unreadable"],
)
def test_a_version_is_read(shown: str, expected: tuple[int, int, str]) -> None:
    version = parse_version("tool", shown)
    assert (version.major, version.minor, version.text) == expected


@pytest.mark.parametrize(
    ("major", "minor", "feature", "has"),
    [
        (1, 28, Feature.HEREDOC, False),
        (1, 33, Feature.HEREDOC, True),
        (1, 28, Feature.CHMOD, True),
        (1, 28, Feature.RUN_MOUNTS, True),
        (1, 37, Feature.COPY_EXCLUDE, False),
        (1, 38, Feature.COPY_EXCLUDE, True),
        (1, 39, Feature.COPY_PARENTS, False),
        (1, 41, Feature.COPY_LINK, True),
        (2, 0, Feature.SOURCE_DATE_EPOCH, True),
        (0, 0, Feature.CHMOD, False),
    ],
)
def test_a_feature_is_there_from_its_version_on(major: int, minor: int, feature: Feature, has: bool) -> None:
    assert (feature in supports(Version("buildah", major, minor, ""))) is has


def test_the_newest_version_has_every_feature() -> None:
    assert supports(Version("buildah", 1, 99, "")) == frozenset(Feature)
