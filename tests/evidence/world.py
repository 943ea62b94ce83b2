"""Images as data: root file systems with package databases, and an engine that shows them as if they had been built.

A file is written as text: `x ` before it makes it executable, `-> x` a link, `elf a b` an ELF program that needs
libraries a and b, `so a b` a library, `made a b` one that the image's own compiler made, `static` a static program,
`debug go 900000 a` one that Go linked, with so many bytes for debuggers (`go+main`: its package main calls C; also rust
and c). A name that ends in `/` is a directory.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from optimizer.containers.model import Engine, Image, ImageConfig, ImageId, Layer, LayerChange
from tests.containers.rpm_databases import package, write_sqlite
from tests.evidence.elves import elf, linked

PATH = "PATH=/usr/local/bin:/usr/bin:/bin"
LOADER = "/lib64/ld-linux-x86-64.so.2"
MUSL = "/lib/ld-musl-x86_64.so.1"
_DATABASES = (
    *("/var/lib/dpkg/status", "/var/lib/apt/extended_states", "/lib/apk/db/installed", "/etc/apk/world"),
    *("/usr/lib/sysimage/rpm/rpmdb.sqlite", "/usr/lib/sysimage/libdnf5/packages.toml"),
)
CONFIG = ImageConfig((PATH,), "", "", (), (), (), (), (), "", (), (), None, "amd64", "linux")


@dataclass(frozen=True)
class Pack:
    """A package of the operating system with its files."""

    name: str
    files: Mapping[str, str] = field(default_factory=dict)
    depends: str = ""
    section: str = "libs"
    automatic: bool = False
    provides: str = ""


@dataclass(frozen=True)
class Layered:
    """What one layer adds and takes away. `owner` is whose the files are that no package brings."""

    files: Mapping[str, str] = field(default_factory=dict)
    packages: Sequence[Pack] = ()
    removed: Sequence[str] = ()
    owner: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Picture:
    """An image: its layers, oldest first, and its configuration. `apk`: packages are Alpine's; `rpm`: of
    Fedora's kin."""

    layers: Sequence[Layered]
    config: ImageConfig = CONFIG
    apk: bool = False
    rpm: bool = False

    def then(self, *layers: Layered, config: ImageConfig | None = None) -> Picture:
        """An image built on this one."""
        return replace(self, layers=(*self.layers, *layers), config=config or self.config)

    @property
    def packages(self) -> list[Pack]:
        return [pack for layer in self.layers for pack in layer.packages]


def write(top: Path, picture: Picture) -> Path:
    """Lay a root file system out on disk."""
    for layer in picture.layers:
        for path in sorted(layer.removed, reverse=True):  # what lies in a directory before it
            place = top / path.lstrip("/")
            (place.rmdir if place.is_dir() and not place.is_symlink() else place.unlink)()
        for pack in layer.packages:
            for path, text in pack.files.items():
                _put(top, path, text, picture.apk)
        for path, text in layer.files.items():
            _put(top, path, text, picture.apk)
            if layer.owner != (0, 0):
                os.chown(top / path.strip("/"), *layer.owner, follow_symlinks=False)
    if picture.packages:
        _writer(picture)(top, picture.packages)
    return top


def _writer(picture: Picture) -> Callable[[Path, Sequence[Pack]], None]:
    if picture.rpm:
        return _write_rpm
    return _write_apk if picture.apk else _write_dpkg


def _put(top: Path, path: str, text: str, musl: bool) -> None:
    place = top / path.lstrip("/")
    if path.endswith("/"):
        place.mkdir(parents=True, exist_ok=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if text.startswith("-> "):
        place.unlink(missing_ok=True)
        place.symlink_to(text[3:])
        return
    kind = text.partition(" ")[0]
    place.write_bytes(_content(text, musl))
    place.chmod(0o755 if kind in ("elf", "so", "made", "debug", "static", "x") else 0o644)


def _content(text: str, musl: bool) -> bytes:
    kind, _, rest = text.partition(" ")
    match kind:
        case "elf":
            data = elf(rest.split(), interpreter=MUSL if musl else LOADER)
        case "so":
            data = elf(rest.split() or ["libc.musl-x86_64.so.1" if musl else "libc.so.6"])
        case "made":
            data = elf(rest.split(), text=b"GCC: (Debian 1.0) 1.0")
        case "debug":
            language, size, *needed = rest.split()
            language, _, calls = language.partition("+")
            data = linked(language, int(size), needed, interpreter=MUSL if musl else LOADER, calls=calls)
        case "static":
            data = elf(text=rest.encode())
        case "x":
            data = rest.encode()
        case _:
            data = text.encode()
    return data


def _write_dpkg(top: Path, packages: Sequence[Pack]) -> None:
    info = top / "var/lib/dpkg/info"
    info.mkdir(parents=True, exist_ok=True)
    status, automatic = [], []
    for pack in packages:
        files = {
            path: text for path, text in pack.files.items() if not path.endswith("/") and not text.startswith("-> ")
        }
        digests = {path: hashlib.md5(_content(text, musl=False)).hexdigest() for path, text in files.items()}
        settings = "".join(f" {path} {digest}\n" for path, digest in digests.items() if path.startswith("/etc/"))
        status.append(
            f"Package: {pack.name}\nStatus: install ok installed\nSection: {pack.section}\nArchitecture: amd64\n"
            f"Conffiles:\n{settings}"
            f"Version: 1.0\nInstalled-Size: {1000 * len(pack.files)}\nDepends: {pack.depends}\n"
            f"Provides: {pack.provides}\nDescription: x\n more\n"
        )
        automatic += [f"Package: {pack.name}\nAuto-Installed: 1\n"] if pack.automatic else []
        (info / f"{pack.name}.list").write_text("/.\n" + "".join(path.rstrip("/") + "\n" for path in pack.files))
        packed = (f"{digest}  {path[1:]}\n" for path, digest in digests.items() if not path.startswith("/etc/"))
        (info / f"{pack.name}.md5sums").write_text("".join(packed))
    (top / "var/lib/dpkg/status").write_text("\n".join(status))
    states = top / "var/lib/apt/extended_states"
    states.parent.mkdir(parents=True, exist_ok=True)
    states.write_text("\n".join(automatic))


def _write_apk(top: Path, packages: Sequence[Pack]) -> None:
    entries = []
    for pack in packages:
        lines = [f"P:{pack.name}", "V:1.0-r0", "I:100000", f"D:{pack.depends}", f"p:{pack.provides}"]
        for path in pack.files:
            directory, _, name = path.strip("/").rpartition("/")
            lines += [f"F:{directory}", f"R:{name}"]
        entries.append("\n".join(lines))
    database = top / "lib/apk/db/installed"
    database.parent.mkdir(parents=True, exist_ok=True)
    database.write_text("\n\n".join(entries) + "\n\n")
    world = top / "etc/apk/world"
    world.parent.mkdir(parents=True, exist_ok=True)
    world.write_text("".join(pack.name + "\n" for pack in packages if not pack.automatic))


def _write_rpm(top: Path, packages: Sequence[Pack]) -> None:
    headers = [
        package(pack.name, list(pack.files), requires=pack.depends.split(), size=100_000 * len(pack.files))
        for pack in packages
    ]
    write_sqlite(top / "usr/lib/sysimage/rpm/rpmdb.sqlite", headers)
    reasons = [
        f'"{pack.name}.x86_64" = {{reason = "{reason}"}}\n'
        for pack in packages
        for reason in ["Dependency" if pack.automatic else "User"]
    ]
    state = top / "usr/lib/sysimage/libdnf5/packages.toml"
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_text('version = "1.0"\n[packages]\n' + "".join(reasons))


class World:
    """The part of an engine that evidence asks. `sizes` are in bytes, for layers by what they hold."""

    def __init__(self, top: Path, images: Mapping[str, Picture], bytes_per_file: int = 1_000_000) -> None:
        self._top = top
        self._images = images
        self._bytes = bytes_per_file

    def engine(self) -> Engine:
        """Itself, as what it stands in for."""
        return cast(Engine, self)

    def find(self, name: str) -> ImageId | None:
        return ImageId(name) if name in self._images else None

    def image(self, image: ImageId) -> Image:
        changes = self.layer_changes(image)
        layers = tuple(change.layer for change in changes)
        config = self._images[image.value].config
        return Image(image, config, layers, (), sum(layer.size for layer in layers))

    def layer_changes(self, image: ImageId) -> tuple[LayerChange, ...]:
        return tuple(self._change(index, layer) for index, layer in enumerate(self._images[image.value].layers))

    def _change(self, index: int, layer: Layered) -> LayerChange:
        files = [*layer.files, *(path for pack in layer.packages for path in pack.files)]
        kinds = ("list", "md5sums")
        lists = (f"/var/lib/dpkg/info/{pack.name}.{kind}" for pack in layer.packages for kind in kinds)
        databases = (*_DATABASES, *lists) if layer.packages else ()
        written: dict[str, int] = dict.fromkeys(databases, 0)
        for path in files:
            written[path.rstrip("/")] = 0 if path.endswith("/") else self._bytes
            while path := path.rstrip("/").rpartition("/")[0]:
                written.setdefault(path, 0)
        size = sum(written.values())
        held = zlib.crc32(repr(layer).encode())
        return LayerChange(Layer(f"sha256:{index}-{held:08x}", size), written, frozenset(layer.removed))

    @contextlib.contextmanager
    def rootfs(self, image: ImageId) -> Iterator[Path]:
        top = self._top / image.value.replace("/", "_").replace(":", "_")
        if not top.exists():
            top.mkdir(parents=True)
            write(top, self._images[image.value])
        yield top


def debian(*packages: Pack, slim: bool = False) -> Picture:
    """A Debian image with a shell, a C library, and what is given."""
    system = (
        Pack("libc6", {"/lib64/ld-linux-x86-64.so.2": "so", "/usr/lib/x86_64-linux-gnu/libc.so.6": "so"}),
        Pack("dash", {"/bin/sh": "elf libc.so.6"}, "libc6", "shells"),
        Pack("apt", {"/usr/bin/apt-get": "elf libc.so.6"}, "libc6", "admin"),
        *([] if slim else [Pack("perl", {"/usr/bin/perl": "elf libc.so.6"}, "libc6", "perl")]),
    )
    files = {
        "/etc/os-release": 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
        "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
        "/etc/group": "root:x:0:\n",
    }
    return Picture([Layered(files, (*system, *packages))])


def alpine(*packages: Pack) -> Picture:
    """An Alpine image with busybox, musl, and what is given."""
    system = (
        Pack("musl", {MUSL: "so", "/lib/libc.musl-x86_64.so.1": f"-> {MUSL}"}),
        Pack("busybox", {"/bin/busybox": "elf libc.musl-x86_64.so.1", "/bin/sh": "-> /bin/busybox"}, "so:libc.musl"),
        Pack("apk-tools", {"/sbin/apk": "elf libc.musl-x86_64.so.1"}, "so:libc.musl"),
    )
    files = {
        "/etc/os-release": "ID=alpine\nVERSION_ID=3.20.1\n",
        "/etc/passwd": "root:x:0:0:root:/root:/bin/ash\n",
        "/etc/group": "root:x:0:\n",
    }
    return Picture([Layered(files, (*system, *packages))], apk=True)


def fedora(*packages: Pack, slim: bool = False) -> Picture:
    """A Fedora image with bash, a C library, its installer, and what is given; the minimal one lacks shadow-utils."""
    installer = "microdnf" if slim else "dnf"
    system = (
        Pack("glibc", {"/lib64/ld-linux-x86-64.so.2": "so", "/usr/lib64/libc.so.6": "so"}),
        Pack("bash", {"/usr/bin/bash": "elf libc.so.6", "/usr/bin/sh": "-> bash"}, "glibc"),
        Pack(installer, {f"/usr/bin/{installer}": "elf libc.so.6"}, "glibc"),
        *([] if slim else [Pack("shadow-utils", {"/usr/sbin/useradd": "elf libc.so.6"}, "glibc")]),
        *([] if slim else [Pack("python3", {"/usr/bin/python3": "elf libc.so.6"}, "glibc")]),
    )
    files = {
        "/etc/os-release": 'ID=fedora\nVERSION_ID=40\nVERSION_CODENAME=""\n',
        "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
        "/etc/group": "root:x:0:\n",
        "/bin": "-> usr/bin",
    }
    return Picture([Layered(files, (*system, *packages))], rpm=True)
