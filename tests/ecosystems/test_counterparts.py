"""Which runtime counterparts are looked for."""

from __future__ import annotations

import pytest

from optimizer.ecosystems.catalogue import Reference, runtimes


@pytest.mark.parametrize(
    ("image", "names"),
    [
        ("fedora:40", ("fedora-minimal:40",)),
        ("registry.example/fedora", ("registry.example/fedora-minimal:latest",)),
        ("registry.example/ubi9/ubi:9.4", ("registry.example/ubi9/ubi-minimal:9.4",)),
        ("registry.example/ubi9", ("registry.example/ubi9-minimal:latest",)),
        ("rockylinux:9", ("rockylinux:9-minimal",)),
        ("oraclelinux:9", ("oraclelinux:9-slim",)),
        ("almalinux:latest", ()),
        ("registry.example/almalinux:9", ()),
    ],
)
def test_rpm_distributions_have_minimal_images(image: str, names: tuple[str, ...]) -> None:
    assert runtimes(Reference.of(image), "") == names
