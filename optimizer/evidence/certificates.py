"""Whether what runs reads the system's certificate authorities, which are opened by name."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable

from optimizer.evidence.elf import Loader
from optimizer.evidence.entrypoint import Entry
from optimizer.evidence.owners import Owner, Owners
from optimizer.evidence.projects import only_serves
from optimizer.evidence.tree import under

OWN_AUTHORITIES = "/usr/local/share/ca-certificates"
"""What lies here is trusted as soon as update-ca-certificates(8) has run."""

_TLS = ("libssl.so", "libgnutls.so", "libcurl.so", "libcurl-gnutls.so", "libnss3.so")
_OPENSSL = ("libssl.so", "libcrypto.so")
_STORE = (b"set_default_verify", b"X509_STORE_set_default_paths", b"X509_get_default_cert")
"""Functions of OpenSSL that open the system's authorities (SSL_CTX_load_verify_locations(3)); any other file of
authorities has a name that somebody gives."""

_NAMES = (b"/etc/ssl/certs", b"/usr/lib/ssl", b"ca-certificates", b"ca-bundle")
_SETTINGS_NAME = b"ca-certificates.crt"
"""In the settings that a package brings; these directories also hold a server's own certificate."""


def asks_for_authorities(
    owners: Owners, loader: Loader, seen: Iterable[str], kept: Iterable[str], packages: Collection[str], entry: Entry
) -> str | None:
    """The first of the files `seen` for which the authorities are needed, None if they are not. A program that speaks
    TLS may open them at any time; one that only hands out files, and `kept` nothing that names them, does not."""
    every = sorted(seen)
    quiet = only_serves(owners, entry) and not _are_named(owners, loader, every, kept, packages)
    for path in every:
        name = posixpath.basename(path)
        if under(path, (OWN_AUTHORITIES,)) or (name.startswith(_TLS) and not (quiet and name.startswith(_OPENSSL))):
            return path
        own = owners.of(path) is Owner.OWN and owners.root.read(path, 4) == b"\x7fELF"
        if own and any(each in owners.root.read(path) for each in (*_STORE, _NAMES[0])):
            return path
    return None


def _are_named(
    owners: Owners, loader: Loader, seen: Iterable[str], kept: Iterable[str], packages: Collection[str]
) -> bool:
    """Whether something opens the authorities by itself, or settings name them."""
    root = owners.root
    for path in seen:
        elf = loader.elf(path)
        if elf is None or posixpath.basename(path).startswith(_OPENSSL):
            continue
        speaks = any(name.startswith(_OPENSSL) for name in elf.needed)
        if speaks and any(each in root.read(path) for each in _STORE):
            return True
    if any(name in root.read(path) for path in kept if root.is_file(path) for name in _NAMES):
        return True
    installed = owners.packages.closure(packages)
    settings = (path for path, name in owners.packages.owner.items() if name in installed and under(path, ("/etc",)))
    return any(_SETTINGS_NAME in root.read(path) for path in settings if root.is_file(path))
