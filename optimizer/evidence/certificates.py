"""Whether what runs reads the system's certificate authorities, which are opened by name."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable

from optimizer.containers.model import ImageConfig
from optimizer.ecosystems.verbs import words
from optimizer.evidence.elf import Loader
from optimizer.evidence.entrypoint import Entry
from optimizer.evidence.owners import Owner, Owners
from optimizer.evidence.tree import Kind, under

AUTHORITIES = "ca-certificates"
"""The package."""

OWN_AUTHORITIES = "/usr/local/share/ca-certificates"
"""What lies here is trusted as soon as update-ca-certificates(8) has run."""

_TLS = ("libssl.so", "libgnutls.so", "libcurl.so", "libcurl-gnutls.so", "libnss3.so")
_OPENSSL = ("libssl.so", "libcrypto.so")
_OPENS = (b"set_default_verify", b"X509_STORE_set_default_paths", b"X509_get_default_cert")
"""Functions of OpenSSL that open the system's authorities (SSL_CTX_load_verify_locations(3)); any other file of
authorities has a name that somebody gives."""

_NAMES = (b"/etc/ssl/certs", b"/usr/lib/ssl", b"ca-certificates", b"ca-bundle")
_NAME_IN_SETTINGS = b"ca-certificates.crt"
"""In the settings that a package brings; these directories also hold a server's own certificate."""

_SERVERS = words("nginx lighttpd")
"""Servers that open no authorities but those that their settings name (nginx, "proxy_ssl_trusted_certificate")."""

_LARGEST = 1 << 26
"""Bytes of a file that are looked through; what is larger may hold anything."""


class Authorities:
    """Answers for one image. `kept` are the paths of the application that ship, `wanted` the packages that steps asked
    for by name."""

    def __init__(
        self, owners: Owners, loader: Loader, config: ImageConfig, kept: Iterable[str], wanted: Collection[str]
    ) -> None:
        self._owners = owners
        self._root = owners.root
        self._loader = loader
        self._config = config
        self._kept = kept
        self._wanted = wanted

    def asked_for_by(self, seen: Iterable[str], entry: Entry) -> str | None:
        """The first of the files `seen` for which they are needed, None if they are not. A program that speaks TLS may
        open them at any time; a server of files that is alone, and that nothing tells of them, does not."""
        every = sorted(seen)
        ignores = self._ignores_them(every, entry)
        for path in every:
            name = posixpath.basename(path)
            if under(path, (OWN_AUTHORITIES,)) or (
                name.startswith(_TLS) and not (ignores and name.startswith(_OPENSSL))
            ):
                return path
            own = self._owners.of(path) is Owner.OWN and self._loader.elf(path) is not None
            if own and self._holds(path, (*_OPENS, _NAMES[0])):
                return path
        return None

    def _ignores_them(self, seen: Iterable[str], entry: Entry) -> bool:
        if not self._is_alone(entry) or self._is_told(entry):
            return False
        return not any(self._opens(path) for path in seen) and not any(self._leads_there(path) for path in self._kept)

    def _is_alone(self, entry: Entry) -> bool:
        """Whether nothing but a server of files is started, and no package but its own was asked for."""
        packages = self._owners.packages
        servers = {packages.owner[path] for path in entry.programs if path in packages.owner}
        known = all(posixpath.basename(path) in _SERVERS for path in entry.programs) and bool(servers)
        return known and not (entry.computed or entry.unknown) and packages.closure(servers).issuperset(self._wanted)

    def _is_told(self, entry: Entry) -> bool:
        """Whether the configuration, a step or settings of the server name them, or settings come from outside."""
        said = (*self._config.env, *entry.words, *(step.text for step in self._owners.steps))
        if any(name.decode() in each for each in said for name in _NAMES):
            return True
        if any(under(place, ("/etc",)) or place == "/etc" for place in self._config.volumes):
            return True
        packages = self._owners.packages
        installed = packages.closure(packages.owner[path] for path in entry.programs if path in packages.owner)
        settings = (path for path, name in packages.owner.items() if name in installed and under(path, ("/etc",)))
        return any(self._holds(path, (_NAME_IN_SETTINGS,)) for path in settings)

    def _opens(self, path: str) -> bool:
        """Whether a program or library may open them by itself, or they are seen already."""
        if under(path, ("/etc/ssl/certs",)):
            return True
        library = posixpath.basename(path).startswith(_OPENSSL)
        return not library and self._loader.elf(path) is not None and self._holds(path, (*_OPENS, *_NAMES))

    def _leads_there(self, path: str) -> bool:
        """Whether a file names them, or a link leads to them."""
        steps = self._root.chain(path)
        return under(steps[-1], ("/etc/ssl", "/usr/share/ca-certificates")) if steps[1:] else self._holds(path, _NAMES)

    def _holds(self, path: str, texts: Iterable[bytes]) -> bool:
        node = self._root.nodes[path]
        if node.kind is not Kind.FILE or not node.size:
            return False
        data = self._root.read(path, _LARGEST)
        return node.size > _LARGEST or any(text in data for text in texts)
