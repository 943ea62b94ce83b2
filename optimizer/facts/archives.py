"""Which sources ADD would unpack.

Builders decide by content: a regular file that reads as a tar archive, plain or compressed, is unpacked; a directory
and a file of any other kind (zip among them) are copied, and archives inside a directory are left alone
(Dockerfile reference, "ADD", "Adding local tar archives"; buildah, `copier.go`, `isArchivePath`). Only where a file
cannot be looked at do names have to do.
"""

from __future__ import annotations

import lzma
import posixpath
import tarfile
import zlib
from enum import Enum
from io import BytesIO

from optimizer.context import Context, Kind
from optimizer.ecosystems.verbs import words


class Unpacking(Enum):
    """What ADD does with a local source."""

    NEVER = "it is copied"
    MAYBE = "it is an archive, or is named like one"
    UNKNOWN = "neither its content nor its name tells"


_COMPRESSED = (
    b"\x28\xb5\x2f\xfd",  # zstd
    b"\x1f\x9d",  # compress
    b"\x04\x22\x4d\x18",  # lz4
    b"\x5d\x00\x00",  # lzma without container
)
"""Beginnings of formats that some builder may open and the standard library does not."""

_ARCHIVES = words("tar tgz taz tbz tbz2 tb2 txz tlz tzst tz gz bz2 xz zst lz lz4 lzma z") | words(
    # Formats of other names that are tar inside.
    "apk box conda crate gem ova phar"
)

_FILES = words(
    "asc bash bat c cc cer cert cf cfg cgi cmake cmd cnf conf config cpp crt cs csproj css csv deb dll ear el env erb "
    "ex exe exs go gpg gradle groovy h hbs hpp htm html ico inc ini ipynb j2 jar java jinja jinja2 jpeg jpg js json "
    "jsx key kt kts list lock log lua m3u m4 mako md mjs mk mod mustache patch pem php phtml pl pm png po properties "
    "proto ps1 psgi pub py pyi pyx r rb rc repo rpm rs rst ru rules sass sbt scala scss sed service sh sln so spec sql "
    "sqlite sum svg swift tcl template tf timer tmpl toml tpl ts tsv tsx ttf txt vb vcl vim vue war whl wsgi xml xsd "
    "xsl xslt yaml yml zip zsh"
)
"""Endings of files that are no tar archives, compressed or not: text, programs, zip and ar archives."""

_NAMES = words(
    "authorized_keys bashrc changelog copying crontab dockerfile gemfile id_rsa jenkinsfile known_hosts licence "
    "license makefile notice pipfile procfile rakefile readme ssh_config sshd_config sudoers vagrantfile"
)
"""Names without an ending that mean text."""


def of_context(context: Context | None, path: str) -> Unpacking:
    """What ADD does with a context path (as COPY resolves it, without wildcards; empty for the whole context)."""
    entry = context.get(path) if context is not None and path else None
    if not path or (entry is not None and entry.kind is Kind.DIRECTORY):
        return Unpacking.NEVER
    data = context.read(path) if context is not None and entry is not None else None
    return of_name(path) if data is None else of_content(data)


def of_content(data: bytes) -> Unpacking:
    """What ADD does with a file of this content. A damaged archive counts as one."""
    if data.startswith(_COMPRESSED):
        return Unpacking.MAYBE
    try:
        with tarfile.open(fileobj=BytesIO(data), mode="r:*"):
            return Unpacking.MAYBE
    except tarfile.ReadError:
        return Unpacking.NEVER
    except (EOFError, OSError, ValueError, zlib.error, lzma.LZMAError):
        return Unpacking.MAYBE


def of_name(path: str) -> Unpacking:
    """What a name tells when the file cannot be looked at: a `/` at its end means a directory, a dot at its beginning
    settings."""
    name = posixpath.basename(path.rstrip("/")).lower()
    if name in ("", ".", ".."):
        return Unpacking.NEVER
    stem, dot, ending = name.rpartition(".")
    if dot and ending in _ARCHIVES:
        return Unpacking.MAYBE
    harmless = name in _NAMES or (dot and (not stem or ending in _FILES)) or path.endswith("/")
    return Unpacking.NEVER if harmless else Unpacking.UNKNOWN
