"""What lies in a build context although the image does not need it, as data: names, and what tells a true find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from posixpath import basename, dirname

from optimizer.context import Context, Entry, Kind

_READ = 4096


class Group(Enum):
    """One comment in the ignore file. The value is the comment."""

    CACHES = "caches that tools make again"
    DESKTOP = "files of editors and desktops"
    HISTORY = "version history"
    AUTOMATION = "instructions for continuous integration"
    SECRETS = "secrets and local settings"
    PACKAGES = "packages that the image installs for itself"
    OUTPUT = "build output that the image makes for itself"
    LOCAL = "files that version control leaves out too"
    BUILD_FILES = "read by the builder, not by the image"


@dataclass(frozen=True, slots=True)
class Leftover:
    """One line of an ignore file and the context paths (topmost ones) that it leaves out."""

    group: Group
    pattern: str
    paths: tuple[str, ...]
    remade: bool = False
    """Whether the build is seen to make it anew at the same place of the image."""


Check = Callable[[Context, Entry], bool]


_MATERIAL = frozenset(
    {"template", "templates", "skeleton", "skeletons", "scaffold", "scaffolds", "scaffolding", "boilerplate"}
    | {"boilerplates", "archetype-resources", "stubs", "testdata", "fixtures", "__fixtures__"}
)
"""Directories whose files a program copies or reads as they are, an editor's settings for a new project too."""


def _is_material(entry: Entry) -> bool:
    above = entry.path.split("/")[:-1]
    return not _MATERIAL.isdisjoint(above) or any("{{" in name for name in above)


def _any(_: Context, __: Entry) -> bool:
    return True


def _directory(_: Context, entry: Entry) -> bool:
    return entry.kind is Kind.DIRECTORY


def _tools_own(_: Context, entry: Entry) -> bool:
    """A directory that a tool made for itself, and no material of a program."""
    return entry.kind is Kind.DIRECTORY and not _is_material(entry)


def _desktops_own(_: Context, entry: Entry) -> bool:
    return entry.kind is Kind.FILE and not _is_material(entry)


def _swap(context: Context, entry: Entry) -> bool:
    """A swap file of Vim, which begins with its mark (vim, `memline.c`); others give their files this ending too."""
    return _desktops_own(context, entry) and (context.read(entry.path) or b"").startswith(b"b0VIM")


def _file(_: Context, entry: Entry) -> bool:
    return entry.kind is Kind.FILE


def _has_source(context: Context, entry: Entry) -> bool:
    """A compiled module beside its source is never wanted for itself; one without is a module that ships compiled."""
    return _file(context, entry) and context.get(entry.path[: entry.path.rindex(".")] + ".py") is not None


_PROGRAM = frozenset({"src", "lib", "resources", "test", "tests", "testdata", "fixtures"})
"""Directories whose files belong to the program: a key in them is there to be used."""


def _private_key(context: Context, entry: Entry) -> bool:
    if _PROGRAM.intersection(entry.path.split("/")[:-1]):
        return False
    return _file(context, entry) and b"PRIVATE KEY-----" in (context.read(entry.path) or b"")[:_READ]


def _own_settings(context: Context, entry: Entry) -> bool:
    """`.env` and its kin, but no template of one."""
    name = basename(entry.path)
    templates = ("example", "sample", "template", "dist", "defaults", "default", "schema", "vault", "test", "ci")
    plain = name == ".env" or name.startswith(".env.")
    return plain and _file(context, entry) and not any(part in templates for part in name.split(".")[2:])


def _environment(context: Context, entry: Entry) -> bool:
    """A virtual environment (PEP 405): its files hold absolute paths of the machine that made it."""
    return context.get(f"{entry.path}/pyvenv.cfg") is not None


def _tagged(context: Context, entry: Entry) -> bool:
    """A directory that says of itself that it is a cache (bford.info/cachedir)."""
    data = context.read(f"{entry.path}/CACHEDIR.TAG") or b""
    return data.startswith(b"Signature: 8a477f597d28d172789f06886806bc55")


@dataclass(frozen=True, slots=True)
class Kindred:
    """Leftovers known by name (`*.ext` for an ending). At any depth they make one pattern `**/name`, else one each."""

    group: Group
    names: tuple[str, ...]
    is_one: Check = _any
    anywhere: bool = True


CATALOGUE = (
    Kindred(
        Group.CACHES,
        (
            *("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox"),
            *(".ipynb_checkpoints", ".nyc_output", ".sass-cache", ".parcel-cache", ".pytype", ".pyre"),
        ),
        _tools_own,
    ),
    Kindred(Group.CACHES, ("*.pyc", "*.pyo"), _has_source),
    Kindred(Group.CACHES, (".coverage", ".eslintcache", ".stylelintcache"), _file),
    Kindred(Group.DESKTOP, (".idea", ".vscode", ".vs", ".fleet", ".zed"), _tools_own),
    Kindred(Group.DESKTOP, (".DS_Store", "Thumbs.db", "desktop.ini", "*~"), _desktops_own),
    Kindred(Group.DESKTOP, ("*.swp", "*.swo"), _swap),
    Kindred(Group.HISTORY, (".git", ".hg", ".svn"), anywhere=False),
    Kindred(Group.AUTOMATION, (".github", ".gitlab-ci.yml", ".circleci", ".travis.yml"), anywhere=False),
    Kindred(Group.SECRETS, (".env*",), _own_settings, anywhere=False),
    Kindred(Group.SECRETS, ("*.pem", "*.key"), _private_key, anywhere=False),
    Kindred(Group.SECRETS, ("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"), _private_key, anywhere=False),
    Kindred(Group.SECRETS, (".netrc", ".pypirc", ".git-credentials", "*.p12", "*.pfx"), _file, anywhere=False),
    Kindred(Group.SECRETS, (".aws", ".ssh", ".gnupg"), _directory, anywhere=False),
    Kindred(Group.OUTPUT, ("target",), _tagged, anywhere=False),
)


def leftovers(context: Context, paths: frozenset[str]) -> Iterator[Leftover]:
    """What `CATALOGUE` knows among these context paths, without what lies inside another find. Patterns leave out
    nothing else: a name that also stands for something else at another place is left alone."""
    found: dict[str, tuple[Kindred, str]] = {}
    spoiled: set[str] = set()
    for entry in context.entries():
        if entry.path not in paths or any(parent in found for parent in _parents(entry.path)):
            continue
        for kindred in CATALOGUE:
            name = _known_as(basename(entry.path), kindred)
            if name is None:
                continue
            if kindred.is_one(context, entry):
                found[entry.path] = kindred, name
            elif kindred.anywhere:
                spoiled.add(name)
            break
    everywhere: dict[str, list[str]] = {}
    for path, (kindred, name) in found.items():
        if kindred.anywhere and name not in spoiled:
            everywhere.setdefault(name, []).append(path)
        else:
            yield Leftover(kindred.group, path, (path,))
    for name, places in everywhere.items():
        yield Leftover(found[places[0]][0].group, f"**/{name}", tuple(places))


def environments(context: Context, paths: frozenset[str]) -> Iterator[Leftover]:
    """Virtual environments among these paths."""
    for entry in context.entries():
        if entry.path in paths and entry.kind is Kind.DIRECTORY and _environment(context, entry):
            yield Leftover(Group.PACKAGES, entry.path, (entry.path,))


_PRODUCTS = frozenset(
    {"dist", "build", "out", "target", "bin", "lib", "obj", "public", "static", "vendor", "generated", "gen", ".next"}
    | {"assets", "wheels", "wheelhouse", "artifacts", "publish", "release", "node_modules", "www", "_site", ".output"}
)
"""Directories in which a pipeline may put what it built before the image."""

_KEPT_ENDINGS = (".jar", ".war", ".whl", ".so", ".tgz", ".tar.gz", ".zip", ".exe", ".js", ".css", ".json", ".pb.go")


def unversioned(paths: tuple[str, ...], sent: frozenset[str]) -> Iterator[Leftover]:
    """Those of the paths without version control that no pipeline is likely to have built for the image."""
    for path in paths:
        if path in sent and not _PRODUCTS.intersection(path.split("/")) and not path.endswith(_KEPT_ENDINGS):
            yield Leftover(Group.LOCAL, path, (path,))


def _known_as(name: str, kindred: Kindred) -> str | None:
    for known in kindred.names:
        if known.startswith("*"):
            if name.endswith(known[1:]) and name != known[1:]:
                return known
        elif known.endswith("*"):
            if name.startswith(known[:-1]):
                return known
        elif name == known:
            return known
    return None


def _parents(path: str) -> Iterator[str]:
    parent = dirname(path)
    while parent:
        yield parent
        parent = dirname(parent)
