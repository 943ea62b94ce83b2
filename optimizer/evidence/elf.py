"""What ELF files need, found as the dynamic loader finds it.

Search order and tokens: ld.so(8) of glibc — DT_RPATH (unless DT_RUNPATH is there), LD_LIBRARY_PATH, DT_RUNPATH,
/etc/ld.so.cache, the default directories; `$ORIGIN` is the file's directory, `$LIB` lib or its multiarch form.
musl (`ldso/dynlink.c`): the names of its own parts are the loader itself; else LD_LIBRARY_PATH, run paths of the file
and of those that loaded it, then `/etc/ld-musl-ARCH.path`, without that file /lib, /usr/local/lib, /usr/lib.
"""

from __future__ import annotations

import io
import posixpath
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from optimizer.containers.elf_segments import Dynamic, read_segments
from optimizer.evidence.tree import Kind, Root

_MAGIC = b"\x7fELF"
_BUILD_INFO = b"\xff Go buildinf:"
"""With this the section begins that the Go linker adds (Go, debug/buildinfo)."""
_CACHE_MAGIC = b"glibc-ld.so.cache1.1"
_DEFAULT = ("/lib", "/usr/lib", "/lib64", "/usr/lib64")
_MUSL_DEFAULT = ("/lib", "/usr/local/lib", "/usr/lib")
_MUSL_ITSELF = frozenset({"c", "pthread", "rt", "m", "dl", "util", "xnet"})
"""`libc.anything` and so on are never looked for: musl holds them all."""


@dataclass(frozen=True, slots=True)
class Elf:
    """The dynamic part of one file. `interpreter` is empty for libraries and static programs; `kind` names machine and
    word size, which a library must share."""

    kind: tuple[int, int]
    interpreter: str
    needed: tuple[str, ...]
    rpath: tuple[str, ...]
    runpath: tuple[str, ...]
    go: bool
    """Whether it is a program that the Go linker made."""

    @property
    def static(self) -> bool:
        """Whether it needs nothing but the kernel."""
        return not self.interpreter and not self.needed


Needed = tuple[tuple[str, ...], tuple[str, ...]]


def read_elf(root: Root, path: str) -> Elf | None:
    """Read a file; None if it is no ELF file or is damaged."""
    if root.read(path, 4) != _MAGIC:
        return None
    data = root.read(path, 1 << 30)
    found = read_segments(data)
    if found is None:
        return None
    dynamic = found.dynamic or Dynamic()
    library = not found.interpreter and bool(dynamic.needed)
    go = not library and _BUILD_INFO in data and _has_section(data, ".go.buildinfo")
    kind = (found.machine, found.bits)
    return Elf(kind, found.interpreter, dynamic.needed, _split(dynamic.rpath), _split(dynamic.runpath), go)


def _has_section(data: bytes, name: str) -> bool:
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        return ELFFile(io.BytesIO(data)).get_section_by_name(name) is not None
    except (ELFError, ValueError, KeyError, AttributeError, AssertionError, struct.error, UnicodeDecodeError):
        return False


def _split(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(part for value in values for part in value.split(":") if part)


_READ: WeakKeyDictionary[Root, dict[str, Elf | None]] = WeakKeyDictionary()
"""The files of each root that were read: several loaders look into the same one."""

_NEEDS: WeakKeyDictionary[Root, dict[tuple[str, ...], dict[str, Needed]]] = WeakKeyDictionary()
"""What their files need, by LD_LIBRARY_PATH."""


def take_over(known: Root, root: Root, same: Callable[[str], bool]) -> None:
    """What was read of files in another root that are the `same` in this one need not be read again."""
    mine = _READ.setdefault(root, {})
    # A list first: another thread may read more files meanwhile.
    mine.update((path, each) for path, each in list(_READ.get(known, {}).items()) if path not in mine and same(path))


class Loader:
    """Finds libraries in one root file system. `environment` is LD_LIBRARY_PATH, if the image sets it."""

    def __init__(self, root: Root, environment: str = "") -> None:
        self._root = root
        self._environment = tuple(part for part in environment.replace(";", ":").split(":") if part)
        self._cache = dict(_read_cache(root.read("/etc/ld.so.cache")))
        self._default = _default_directories(root)
        self._own_musl = "" if self._holds_glibc() else _musl_loader(root)
        self._read = _READ.setdefault(root, {})
        self._needs = _NEEDS.setdefault(root, {}).setdefault(self._environment, {})

    def elf(self, path: str) -> Elf | None:
        """The file at a path, read once."""
        if path not in self._read:
            self._read[path] = read_elf(self._root, path)
        return self._read[path]

    def is_plugin(self, path: str) -> bool:
        """Whether a file is opened by name only: no program, and not where loaders look."""
        elf = self.elf(path)
        real = {self._root.real(each) for each in self._default}
        return elf is not None and not elf.interpreter and self._root.real(posixpath.dirname(path)) not in real

    def needs(self, path: str) -> Needed:
        """Every path that loading a file opens (links and what they lead to), and the names that are not found."""
        if path not in self._needs:
            self._needs[path] = self._search(path)
        return self._needs[path]

    def _search(self, path: str) -> Needed:
        found: dict[str, None] = {}
        missing: dict[str, None] = {}
        top = self.elf(path)
        if top is None:
            return (), ()
        if top.interpreter:
            self._add(top.interpreter, found, missing)
        loader = top.interpreter or self._own_musl
        musl = loader if "musl" in posixpath.basename(loader) else ""
        todo: list[tuple[str, Elf, tuple[str, ...]]] = [(path, top, ())]
        seen = {path}
        while todo:
            at, elf, inherited = todo.pop(0)
            origin = posixpath.dirname(self._root.real(at) or at)
            if musl:
                rpath = (*_expand_musl(elf.runpath or elf.rpath, origin), *inherited)
            else:
                rpath = () if elf.runpath else (*_expand(elf.rpath, origin), *inherited)
            for name in elf.needed:
                place = self._find_musl(name, elf, rpath, musl) if musl else self._find(name, elf, rpath, origin)
                if place is None:
                    missing[name] = None
                    continue
                self._add(place, found, missing)
                library = self.elf(place)
                if place not in seen and library is not None:
                    seen.add(place)
                    todo.append((place, library, rpath))
        return tuple(found), tuple(missing)

    def _find(self, name: str, elf: Elf, rpath: Iterable[str], origin: str) -> str | None:
        """Where glibc finds a library of that name for a file; None if it does not."""
        if "/" in name:
            return name if self._fits(name, elf) else None
        run = _expand(elf.runpath, origin)
        for each in _joined((*rpath, *self._environment, *run), name):
            if self._fits(each, elf):
                return each
        cached = [value for value in self._cache.get(name, ()) if self._fits(value, elf)]
        if cached:
            return cached[0]
        return next((each for each in _joined(self._default, name) if self._fits(each, elf)), None)

    def _find_musl(self, name: str, elf: Elf, rpath: Iterable[str], loader: str) -> str | None:
        """Where musl, which is `loader`, finds it."""
        if "/" in name:
            return name if self._fits(name, elf) else None
        if name.startswith("lib") and name[3:].partition(".")[0] in _MUSL_ITSELF and "." in name:
            return loader
        places = (*self._environment, *rpath, *self._configured(loader))
        return next((each for each in _joined(places, name) if self._fits(each, elf)), None)

    def _configured(self, loader: str) -> tuple[str, ...]:
        """The directories of the whole system; one that is configured stands in place of the default."""
        place = f"/etc/{posixpath.basename(loader).removesuffix('.so.1')}.path"
        if not self._root.is_file(place):
            return _MUSL_DEFAULT
        return tuple(part for part in self._root.text(place).replace("\n", ":").split(":") if part)

    def by_name(self, stem: str) -> tuple[str, ...]:
        """Libraries that `find_library(stem)` could mean: `libSTEM.so*` in the cache and the default directories."""
        names = (name for name in self._cache if name.startswith(f"lib{stem}.so"))
        cached = [value for name in names for value in self._cache[name]]
        default = self._configured(self._own_musl) if self._own_musl else self._default
        places = (child for directory in default for child in self._root.children(directory))
        listed = [path for path in places if posixpath.basename(path).startswith(f"lib{stem}.so")]
        return tuple(dict.fromkeys(path for path in (*cached, *listed) if self._root.is_file(path)))

    def cached(self, name: str) -> tuple[str, ...]:
        """Where /etc/ld.so.cache says that a library lies."""
        return tuple(place for path in self._cache.get(name, ()) if (place := self._root.place(path)) is not None)

    def _holds_glibc(self) -> bool:
        return any(self._root.is_file(path) for path in _joined(self._default, "libc.so.6"))

    def _fits(self, path: str, elf: Elf) -> bool:
        library = self.elf(path) if self._root.is_file(path) else None
        return library is not None and library.kind == elf.kind

    def _add(self, path: str, found: dict[str, None], missing: dict[str, None]) -> None:
        steps = self._root.chain(path)
        if not steps:
            missing[path] = None
        found.update(dict.fromkeys(steps))


def _joined(directories: Iterable[str], name: str) -> Iterator[str]:
    return (posixpath.join(directory, name) for directory in directories)


def _expand(paths: Iterable[str], origin: str) -> tuple[str, ...]:
    return tuple(
        posixpath.normpath(path.replace("${ORIGIN}", origin).replace("$ORIGIN", origin).replace("$LIB", "lib"))
        for path in paths
    )


def _expand_musl(paths: Iterable[str], origin: str) -> tuple[str, ...]:
    """musl knows `$ORIGIN` only, and takes nothing of a run path with any other token."""
    expanded = tuple(path.replace("${ORIGIN}", origin).replace("$ORIGIN", origin) for path in paths)
    return () if any("$" in path for path in expanded) else tuple(map(posixpath.normpath, expanded))


def _musl_loader(root: Root) -> str:
    """The path of musl's loader, which is the whole C library; empty where there is none."""
    found = (each for each in root.children(root.real("/lib") or "/lib") if "/ld-musl-" in each)
    return next((f"/lib/{posixpath.basename(each)}" for each in found), "")


def _default_directories(root: Root) -> tuple[str, ...]:
    """The trusted directories; Debian's loader also trusts those of its multiarch triplets."""
    multiarch = [
        child
        for top in ("/usr/lib", "/lib")
        for child in root.children(root.real(top) or top)
        if child.endswith("-linux-gnu") and root.nodes[child].kind is Kind.DIRECTORY
    ]
    return (*dict.fromkeys(multiarch), *_DEFAULT)


def _read_cache(data: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The names in /etc/ld.so.cache and the libraries they lead to (glibc, elf/dl-cache.h, `struct cache_file_new`)."""
    start = data.find(_CACHE_MAGIC)
    if start < 0:
        return
    count = struct.unpack_from("=I", data, start + 20)[0]
    found: dict[str, list[str]] = {}
    for index in range(count):
        offset = start + 48 + 24 * index
        if offset + 24 > len(data):
            break
        _, key, value = struct.unpack_from("=iII", data, offset)
        found.setdefault(_string(data, start + key), []).append(_string(data, start + value))
    yield from ((name, tuple(paths)) for name, paths in found.items())


def _string(data: bytes, offset: int) -> str:
    return data[offset : data.find(b"\0", offset)].decode("utf-8", "replace")
