"""Programs and libraries that a build made and that ship with what only debuggers read."""

from __future__ import annotations

import io
import posixpath
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from optimizer.containerfile.nodes import Add, Containerfile, Copy, Instruction, Run
from optimizer.evidence.layers import Layers
from optimizer.evidence.packages import Packages
from optimizer.evidence.tree import Kind, Root, under

if TYPE_CHECKING:
    from optimizer.containers.model import ImageConfig

_MAGIC = b"\x7fELF"
_LOADED = ("ET_EXEC", "ET_DYN")
_ALLOCATED = 2
"""SHF_ALLOC (System V ABI, chapter 4): what is loaded when the program runs."""

_DEBUG = (".debug_", ".zdebug_", ".stab", ".gdb_index", ".symtab", ".strtab", ".gnu.debugaltlink")
"""Sections that no program reads when it runs (DWARF 5, appendix B; System V ABI, "Special Sections")."""

_STANDARD = frozenset({"net", "os/user", "runtime/cgo"})
"""Packages of Go's standard library that call C only where cgo is there (cmd/cgo; net, "Name Resolution")."""

_OTHERS = ("/node_modules/", "/site-packages/", "/dist-packages/", "/gems/", "/.git/", "/usr/lib/debug/")
"""Where the files of language packages lie, whose records know their sums, and debug files that were split off."""

_PASSING = (
    *("/tmp", "/var/tmp", "/var/cache", "/root/.cache"),
    *("/go/pkg", "/usr/local/go", "/usr/local/cargo/registry", "/usr/local/rustup"),
)
"""Caches, temporary files and the tools themselves."""


class Language(Enum):
    """Whose linker made a program, where it says so. The value is the ecosystem's name."""

    GO = "go"
    RUST = "cargo"
    OTHER = ""


@dataclass(frozen=True, slots=True)
class Program:
    """One file. `debug` are the bytes of its sections that only debuggers read; `made_by` is the whole command line of
    the RUN that wrote it, empty if it was copied."""

    path: str
    debug: int
    language: Language
    static: bool
    calls_c: bool
    made_by: str


@dataclass(frozen=True, slots=True)
class Programs:
    """What was found. It is true of every text that makes the same programs; `Program.made_by` finds the RUN again as
    long as it holds that command line. `environment` is that of the image, `has_strip` whether strip(1) is in it."""

    found: tuple[Program, ...]
    environment: Mapping[str, str]
    has_strip: bool


def programs(
    root: Root,
    packages: Packages,
    file: Containerfile,
    layers: Layers,
    config: ImageConfig,
    kept: frozenset[str] | None = None,
) -> Programs:
    """Look at every file that a layer of the file's own wrote. `kept`, where it is known, is all of it that a runtime
    stage would keep: the rest lies in the way of a build, often under a name that the next one does not give again."""
    environment = dict(entry.partition("=")[::2] for entry in config.env)
    found = () if packages.unreadable else tuple(_found(root, packages, file, layers))
    if kept is not None:
        found = tuple(each for each in found if each.path in kept)
    paths = environment.get("PATH", "/usr/local/bin:/usr/bin:/bin").split(":")
    return Programs(found, environment, any(root.is_program(posixpath.join(path, "strip")) for path in paths))


def _found(root: Root, packages: Packages, file: Containerfile, layers: Layers) -> Iterator[Program]:
    last: dict[str, Instruction] = {}
    for instruction in file.instructions:
        change = layers.of(file, instruction) if isinstance(instruction, Run | Copy | Add) else None
        last.update(dict.fromkeys(change.written if change is not None else (), instruction))
    for path, instruction in sorted(last.items()):
        node = root.nodes.get(path)
        if node is None or node.kind is not Kind.FILE or not node.size or path in packages.owner:
            continue
        if under(path, _PASSING) or any(place in path for place in _OTHERS) or path.endswith(".debug"):
            continue
        loads = bool(node.mode & 0o111) or path.endswith(".so") or ".so." in path
        program = read_program(root, path, _made_by(instruction)) if loads else None
        if program is not None and program.debug:
            yield program


def _made_by(instruction: Instruction) -> str:
    return instruction.logical.text.strip() if isinstance(instruction, Run) else ""


def read_program(root: Root, path: str, made_by: str = "") -> Program | None:
    """What a program or library says of itself; None if it is neither, or damaged."""
    if root.read(path, len(_MAGIC)) != _MAGIC:
        return None
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        file = ELFFile(io.BytesIO(root.read(path)))
        if file.header.e_type not in _LOADED:
            return None
        sections = [(str(each.name), each) for each in file.iter_sections()]
        idle = [
            (name, each)
            for name, each in sections
            if name.startswith(_DEBUG) and not int(each["sh_flags"]) & _ALLOCATED
        ]
        strings = b"".join(each.data() for name, each in idle if name == ".strtab")
        comment = b"".join(each.data() for name, each in sections if name == ".comment")
        names = {name for name, _ in sections}
        size = sum(int(each["sh_size"]) for _, each in idle if each["sh_type"] != "SHT_NOBITS")
    except (ELFError, ValueError, KeyError, AttributeError, struct.error, UnicodeDecodeError):
        return None
    language = Language.OTHER
    if ".go.buildinfo" in names:
        language = Language.GO
    elif b"rustc version" in comment:
        language = Language.RUST
    static = ".interp" not in names and ".dynamic" not in names
    return Program(path, size, language, static, bool(_callers(strings) - _STANDARD), made_by)


def _callers(strings: bytes) -> set[str]:
    """The Go packages that call C, by the names that cgo gives to such calls (cmd/cgo, "Implementation details")."""
    found: set[str] = set()
    for mark in (b"._Cfunc_", b"._C2func_"):
        if mark in strings:
            calls = (name for name in strings.split(b"\0") if mark in name)
            found.update(name.partition(mark)[0].decode("utf-8", "replace") for name in calls)
    return found


def total(found: Sequence[Program]) -> int:
    """Bytes that only debuggers read."""
    return sum(each.debug for each in found)
