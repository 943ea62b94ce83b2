"""Trust stores of Java: when a certificate was added makes no difference, anything else does."""

from __future__ import annotations

import struct
from hashlib import sha1
from pathlib import Path

import pytest

from optimizer.proof.compare import compare
from optimizer.proof.noise import Noise
from optimizer.proof.truststore import without_times

from .trees import tree

CERTIFICATES = {"debian:one.pem": b"\x30\x82one", "debian:two.pem": b"\x30\x82two"}


def store(certificates: dict[str, bytes], time: int, *, tag: int = 2, password: str = "changeit") -> bytes:
    body = struct.pack(">III", 0xFEEDFEED, 2, len(certificates))
    for name, certificate in certificates.items():
        body += struct.pack(">IH", tag, len(name)) + name.encode() + struct.pack(">Q", time)
        body += struct.pack(">H", 5) + b"X.509" + struct.pack(">I", len(certificate)) + certificate
    return sealed(body, password)


def sealed(body: bytes, password: str = "changeit") -> bytes:
    return body + sha1(password.encode("utf-16-be") + b"Mighty Aphrodite" + body).digest()


def joined(stores: tuple[dict[str, bytes], ...]) -> bytes:
    entries = b"".join(store(each, 1)[12:-20] for each in stores)
    return sealed(struct.pack(">III", 0xFEEDFEED, 2, len(stores)) + entries)


def test_times_and_order_are_left_out() -> None:
    turned = dict(reversed(CERTIFICATES.items()))
    one, other = without_times(store(CERTIFICATES, 1)), without_times(store(turned, 2))
    assert one == other
    assert all(each in one for each in CERTIFICATES.values())


def test_an_empty_store_is_no_empty_file() -> None:
    assert without_times(store({}, 1)) == store({}, 1) != b""


def test_of_two_certificates_with_one_name_the_order_counts() -> None:
    one, other = ({"same": b"one"}, {"same": b"two"}), ({"same": b"two"}, {"same": b"one"})
    for pair in (one, other):
        assert without_times(joined(pair)) == joined(pair)


def test_what_is_left_is_such_a_store_again() -> None:
    made = without_times(store(CERTIFICATES, 1))
    assert made == without_times(made) == store(dict(sorted(CERTIFICATES.items())), 0)


@pytest.mark.parametrize(
    "other",
    [
        store({**CERTIFICATES, "debian:two.pem": b"\x30\x82tw0"}, 1),
        store({"debian:one.pem": b"\x30\x82one"}, 1),
        store({"debian:one.pem": b"\x30\x82one", "renamed": b"\x30\x82two"}, 1),
        store(CERTIFICATES, 1, password="secret"),
        store(CERTIFICATES, 1, tag=1),
    ],
)
def test_all_else_makes_a_difference(other: bytes) -> None:
    assert without_times(other) != without_times(store(CERTIFICATES, 1))


@pytest.mark.parametrize(
    "data",
    [b"", b"\xfe\xed\xfe\xed", store(CERTIFICATES, 1)[:-1], b"PK\x03\x04" * 99, store(CERTIFICATES, 1, tag=1)],
)
def test_what_is_no_sound_store_of_certificates_stays_as_it_is(data: bytes) -> None:
    assert without_times(data) == data


@pytest.mark.parametrize(
    "body", [store(CERTIFICATES, 1)[:-20] + b"more", struct.pack(">III", 0xFEEDFEED, 2, 9), store(CERTIFICATES, 1)[:99]]
)
def test_a_store_of_another_length_than_its_entries_stays_as_it_is(body: bytes) -> None:
    data = sealed(body)
    assert without_times(data) == data


@pytest.mark.parametrize(("after", "noise"), [(CERTIFICATES, True), ({"debian:one.pem": b"\x30\x82one"}, False)])
def test_the_store_of_a_distribution_is_compared_so(tmp_path: Path, after: dict[str, bytes], noise: bool) -> None:
    path = "/etc/ssl/certs/java/cacerts"
    before = tree(tmp_path / "one", {path: store(CERTIFICATES, 1)})
    later = tree(tmp_path / "other", {path: store(after, 2)})
    assert (Noise().without(compare(before, later), before, later) == ()) is noise
