"""Packages of the operating system as their own databases list them, and which path belongs to which.

dpkg: `/var/lib/dpkg/status` (deb822(5), deb-control(5)) and `info/*.list`; apt's `extended_states` says what was only
installed as a dependency. apk: `/lib/apk/db/installed` (Alpine wiki, "Apk spec") and `/etc/apk/world`. A database of
rpm cannot be read with the standard library and is only recognised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from optimizer.ecosystems.model import words
from optimizer.evidence.tree import Root


class Manager(Enum):
    """Who installs packages in an image."""

    DPKG = "dpkg"
    APK = "apk"
    RPM = "rpm"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Package:
    """One installed package. `depends` are groups of alternatives; `automatic`: only installed as a dependency.
    `size` in bytes as the database says."""

    name: str
    version: str
    section: str = ""
    depends: tuple[tuple[str, ...], ...] = ()
    provides: tuple[str, ...] = ()
    automatic: bool = False
    size: int = 0


@dataclass(frozen=True, slots=True)
class Packages:
    """All packages of one root file system, and the owner of every path in it that has one."""

    manager: Manager
    by_name: Mapping[str, Package]
    owner: Mapping[str, str]

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """The packages named and all that they depend on, as installed here."""
        providers = self._providers()
        todo, done = [name for name in names if name in self.by_name], set[str]()
        while todo:
            name = todo.pop()
            if name in done:
                continue
            done.add(name)
            for group in self.by_name[name].depends:
                todo.extend(found for wanted in group for found in providers.get(wanted, ()))
        return frozenset(done)

    def fewest(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of `names` that no other of them brings along, sorted; of two that need each other, the first."""
        wanted = sorted(set(names))
        kept: list[str] = []
        for name in wanted:
            others = [other for other in wanted if other != name]
            own = self.closure([name])
            if not any(name in self.closure([other]) and (other not in own or other < name) for other in others):
                kept.append(name)
        return tuple(kept)

    def _providers(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for package in self.by_name.values():
            for name in (package.name, *package.provides):
                found.setdefault(name, []).append(package.name)
        return found


_BUILD_SECTIONS = words("devel libdevel debug editors doc introspection introspect")
"""Sections of Debian's archive for what only people and compilers use (https://packages.debian.org/stable/)."""

_BUILD_NAMES = words(
    "build-base build-essential gcc g++ gfortran make cmake musl-dev linux-headers clang autoconf automake libtool"
    " pkgconf pkg-config patch ninja meson vim nano gdb strace valgrind"
)


def build_only(package: Package) -> bool:
    """Whether a package is one of compilers, headers, debuggers or editors, which no running program asks for."""
    name = package.name
    return (
        package.section.rpartition("/")[2] in _BUILD_SECTIONS
        or name in _BUILD_NAMES
        or name.endswith(("-dev", "-dbg", "-dbgsym", "-doc"))
        or name.startswith(".")  # apk's virtual packages, by convention
        or "-jdk" in name
    )


STATE = (
    "/var/lib/dpkg",
    "/var/lib/apt",
    "/var/cache",
    "/var/log",
    "/lib/apk",
    "/usr/lib/apk",
    "/etc/apk",
    "/var/lib/rpm",
    "/usr/lib/sysimage",
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/.pwd.lock",
    *(
        f"/etc/{name}{backup}"
        for name in ("passwd", "group", "shadow", "gshadow", "subuid", "subgid")
        for backup in ("", "-")
    ),
)
"""What package managers write about themselves, and the files of accounts: a stage that installs the same packages and
makes the same accounts writes them anew."""


def read_packages(root: Root) -> Packages:
    """Read whichever database the root file system has."""
    if "/var/lib/dpkg/status" in root.nodes or root.children("/var/lib/dpkg/status.d"):
        return _dpkg(root)
    for place in ("/lib/apk/db/installed", "/usr/lib/apk/db/installed"):
        if root.is_file(place):
            return _apk(root, place)
    if "/var/lib/rpm" in root.nodes or "/usr/lib/sysimage/rpm" in root.nodes:
        return Packages(Manager.RPM, MappingProxyType({}), MappingProxyType({}))
    return Packages(Manager.NONE, MappingProxyType({}), MappingProxyType({}))


def _dpkg(root: Root) -> Packages:
    automatic = {
        fields["Package"]
        for fields in _paragraphs(root.text("/var/lib/apt/extended_states"))
        if fields.get("Auto-Installed") == "1" and "Package" in fields
    }
    texts = [root.text("/var/lib/dpkg/status"), *map(root.text, root.children("/var/lib/dpkg/status.d"))]
    found: dict[str, Package] = {}
    architectures: dict[str, str] = {}
    for fields in (fields for text in texts for fields in _paragraphs(text)):
        name = fields.get("Package", "")
        if not name or not fields.get("Status", "install ok installed").endswith(" installed"):
            continue
        architectures[name] = fields.get("Architecture", "")
        found[name] = Package(
            name,
            fields.get("Version", ""),
            fields.get("Section", ""),
            (*_relations(fields.get("Pre-Depends", "")), *_relations(fields.get("Depends", ""))),
            tuple(first for group in _relations(fields.get("Provides", "")) for first in group[:1]),
            name in automatic,
            int(size) * 1024 if (size := fields.get("Installed-Size", "")).isdecimal() else 0,
        )
    owner: dict[str, str] = {}
    for name, architecture in architectures.items():
        for listing in (f"/var/lib/dpkg/info/{name}:{architecture}.list", f"/var/lib/dpkg/info/{name}.list"):
            if listing in root.nodes:
                _own(root, name, root.text(listing).splitlines(), owner)
                break
    return Packages(Manager.DPKG, MappingProxyType(found), MappingProxyType(owner))


def _own(root: Root, name: str, paths: Iterable[str], owner: dict[str, str]) -> None:
    for path in paths:
        place = root.place(path)
        if place is not None and place != "/":
            owner.setdefault(place, name)


def _paragraphs(text: str) -> Iterator[dict[str, str]]:
    for paragraph in text.split("\n\n"):
        fields: dict[str, str] = {}
        for line in paragraph.splitlines():
            name, colon, value = line.partition(":")
            if colon and not line[0].isspace():
                fields[name] = value.strip()
        if fields:
            yield fields


def _relations(text: str) -> tuple[tuple[str, ...], ...]:
    """`a (>= 1) | b, c:any` as groups of names (deb-control(5), "Depends")."""
    groups = (group.split("|") for group in text.split(",") if group.strip())
    return tuple(tuple(each.strip().split(" ")[0].split(":")[0] for each in group) for group in groups)


def _apk(root: Root, place: str) -> Packages:
    world = {word.partition("=")[0].partition("<")[0].partition(">")[0].partition("~")[0]
             for word in root.text("/etc/apk/world").split()}  # fmt: skip
    found: dict[str, Package] = {}
    owner: dict[str, str] = {}
    for paragraph in root.text(place).split("\n\n"):
        lines = [(line[0], line[2:]) for line in paragraph.splitlines() if line[1:2] == ":"]
        fields = dict(lines)
        name = fields.get("P", "")
        if not name:
            continue
        depends = (_apk_name(word) for word in fields.get("D", "").split() if not word.startswith("!"))
        provides = tuple(_apk_name(word) for word in fields.get("p", "").split())
        found[name] = Package(
            name,
            fields.get("V", ""),
            depends=tuple((wanted,) for wanted in depends),
            provides=provides,
            automatic=name not in world,
            size=int(fields["I"]) if fields.get("I", "").isdecimal() else 0,
        )
        directory = ""
        paths: list[str] = []
        for letter, value in lines:
            if letter == "F":
                directory = value
                paths.append(f"/{value}")
            elif letter == "R":
                paths.append(f"/{directory}/{value}")
        _own(root, name, paths, owner)
    return Packages(Manager.APK, MappingProxyType(found), MappingProxyType(owner))


def _apk_name(word: str) -> str:
    """`so:libz.so.1=1.2` → `so:libz.so.1`."""
    for sign in "<>=~":
        word = word.partition(sign)[0]
    return word
