"""What a version of buildah understands. Source: buildah's CHANGELOG and release notes; 1.28, 1.39 tried."""

from __future__ import annotations

from enum import Enum

from optimizer.containers.model import Version


class Feature(Enum):
    """Parts of the Containerfile language, and options, that not every builder has."""

    CHMOD = "COPY --chmod"
    RUN_MOUNTS = "RUN --mount"
    RUN_NETWORK = "RUN --network"
    HEREDOC = "heredocs"
    COPY_EXCLUDE = "COPY --exclude"
    COPY_PARENTS = "COPY --parents"
    COPY_LINK = "COPY --link"
    SOURCE_DATE_EPOCH = "--source-date-epoch"


_SINCE = {
    Feature.RUN_MOUNTS: (1, 24),
    Feature.CHMOD: (1, 25),
    Feature.HEREDOC: (1, 33),
    Feature.RUN_NETWORK: (1, 33),
    Feature.COPY_EXCLUDE: (1, 38),
    Feature.COPY_PARENTS: (1, 40),
    Feature.COPY_LINK: (1, 41),
    Feature.SOURCE_DATE_EPOCH: (1, 41),
}


def supports(version: Version) -> frozenset[Feature]:
    """The features that a version of buildah has."""
    return frozenset(feature for feature, since in _SINCE.items() if (version.major, version.minor) >= since)


def parse_version(tool: str, shown: str) -> Version:
    """Read what `buildah --version` and its like print: `buildah version 1.28.2 (image-spec …)`. An unreadable
    version counts as 0.0, which supports nothing."""
    for word in shown.split():
        major, _, rest = word.strip("(),").removeprefix("v").partition(".")
        minor = rest.partition(".")[0]
        if major.isdecimal() and minor.isdecimal():
            return Version(tool, int(major), int(minor), word.strip("(),").removeprefix("v"))
    return Version(tool, 0, 0, shown.strip() or "unknown")
