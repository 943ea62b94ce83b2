"""Which runtime stages would do, smallest first, and what each may differ in from the original."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace

from optimizer.containers.model import Image, ImageConfig, ImageId
from optimizer.ecosystems.catalogue import expected_directories
from optimizer.ecosystems.verbs import words
from optimizer.evidence import accounts
from optimizer.evidence.artefacts import own_files
from optimizer.evidence.certificates import OWN_AUTHORITIES
from optimizer.evidence.closure import Needs
from optimizer.evidence.databases import ACCOUNTS, RECORDS
from optimizer.evidence.elf import Loader, read_elf
from optimizer.evidence.entrypoint import DEFAULT_PATH, INTERPRETERS
from optimizer.evidence.given import given
from optimizer.evidence.owners import Owner
from optimizer.evidence.packages import Manager, Packages
from optimizer.evidence.removals import removals
from optimizer.evidence.runtime import Runtime, account_tools, can_install, has_shell, installer_of
from optimizer.evidence.shipment import Copied, Shipment, shipment
from optimizer.evidence.split import Candidate, Care, GoBuild, Prune, PythonWay
from optimizer.evidence.stage import BuiltStage
from optimizer.evidence.tree import Kind, Root, empty, under

DOCUMENTATION = ("/usr/share/doc", "/usr/share/info", "/usr/share/linda", "/usr/share/lintian", "/usr/share/locale",
                  "/usr/share/man")  # fmt: skip
"""What slim images leave out of every package (their dpkg.cfg.d/docker)."""

_CERTIFICATES, _ZONES = "/etc/ssl/certs/ca-certificates.crt", "/usr/share/zoneinfo"
_DATA = words("ca-certificates tzdata")
_FETCHING = words("git git-lfs curl wget unzip tar xz xz-utils zip bzip2 openssh openssh-client bash file upx")
_COMPILED = (".go", ".rs", ".c", ".cc", ".cpp", ".zig", ".nim", ".hs", ".swift")
_FETCHERS = ("curl", "wget", "git", "libcurl4", "libcurl3-gnutls")


def on(stage: BuiltStage, runtime: Runtime, way: PythonWay) -> Candidate | None:
    """The stage on this base; None if the base lacks what no package can bring."""
    missing = lacking(stage, runtime)
    if missing is None:
        return None
    install = stage.owners.packages.to_install(missing, stage.asked, runtime.packages.by_name)
    scripts = _entry_scripts(stage, runtime)
    kept = (*stage.kept, *scripts, *(stage.distributions if way is PythonWay.IN_PLACE else ()))
    packed = shipment(stage.owners, kept, runtime.root, stage.sources_left.trees, stage.begun)
    if way is PythonWay.IN_PLACE:
        packed = _whole_sites(stage, packed)
    prunes = tuple(stage.prunes())
    if not has_shell(runtime):
        packed = replace(packed, copies=(*_account_files(stage), *packed.copies))
    found = _candidate(stage, runtime, install, packed, way, prunes, None)
    return found if found.shell or not _runs_something(found) else None


def lacking(stage: BuiltStage, runtime: Runtime) -> frozenset[str] | None:
    """The packages that have to be added to this base; None if it lacks what no package can bring."""
    closure = stage.needs
    scripts = _entry_scripts(stage, runtime)
    if not all(_has(runtime.root, path, stage.owners.root) for path in closure.base_files - scripts):
        return None
    wanted = needed_packages(stage, closure, runtime) | account_tools(stage, runtime)
    missing = wanted - runtime.packages.by_name.keys()
    return None if runtime.packages.unreadable or (missing and not can_install(stage, runtime)) else missing


def _runs_something(candidate: Candidate) -> bool:
    """Whether making the stage takes a RUN in it, besides those that make accounts."""
    packed = candidate.shipment
    made = packed.directories or packed.links or candidate.given or candidate.refreshes
    return bool(candidate.packages or made or candidate.removals)


def _account_files(stage: BuiltStage) -> Iterator[Copied]:
    """The files of accounts, for a stage in which no command can make any; nothing if root is enough."""
    user = stage.config.user.partition(":")[0]
    if stage.accounts[0] or not (user.isdecimal() or user in ("", "root")):
        yield Copied(("/etc/passwd", "/etc/group"), "/etc/", None)


def _entry_scripts(stage: BuiltStage, runtime: Runtime) -> frozenset[str]:
    """Scripts by which the old base starts every command, and which are as good on another."""
    root = stage.owners.root
    return frozenset(
        path
        for path in stage.needs.base_files & set(stage.needs.entry.programs)
        if path not in runtime.root.nodes and root.nodes[path].kind is Kind.FILE and root.read(path, 2) == b"#!"
    )


def on_nothing(stage: BuiltStage) -> Candidate | None:
    """The stage on scratch; None if something needs more than the kernel."""
    closure = stage.needs_static
    if closure.packages - {"ca-certificates"} or closure.base_files or closure.wanted - _only_fetch(stage):
        return None
    if closure.entry.unknown or not closure.entry.programs or stage.distributions or not stage.kept:
        return None
    if any(stage.owners.of(path) is not Owner.OWN for path in closure.entry.programs):
        return None
    packed = shipment(stage.owners, stage.kept, None, stage.sources_left.trees)
    if packed.directories or packed.links:
        return None
    extra = [Copied((path,), path if directory else posixpath.dirname(path) + "/", None)
             for path, directory in _data(stage)]  # fmt: skip
    packed = replace(packed, copies=(*extra, *_account_files(stage), *packed.copies))
    image = Image(ImageId(""), _nothing(stage.config), (), (), 0)
    nothing = Runtime("scratch", image, empty(), Packages(Manager.NONE, {}, {}))
    return _candidate(stage, nothing, (), packed, PythonWay.NONE, (), stage.go)


def _only_fetch(stage: BuiltStage) -> frozenset[str]:
    """What a static program can do without: copied data, and tools that fetch sources where these start none."""
    return _DATA | (_FETCHING if _has_sources(stage) else frozenset())


def _has_sources(stage: BuiltStage) -> bool:
    return any(path.endswith(_COMPILED) for path in own_files(stage.owners))


def _nothing(config: ImageConfig) -> ImageConfig:
    """The configuration that builders start FROM scratch with."""
    return ImageConfig(
        env=(f"PATH={DEFAULT_PATH}",),
        user="",
        workdir="/",
        entrypoint=(),
        cmd=(),
        ports=(),
        volumes=(),
        labels=(),
        stop_signal="",
        shell=(),
        onbuild=(),
        health=None,
        architecture=config.architecture,
        os=config.os,
    )


def _data(stage: BuiltStage) -> Iterator[tuple[str, bool]]:
    """Certificates and time zones that static programs read by name, and whether each is a directory."""
    root = stage.owners.root
    programs = [path for path in stage.needs_static.entry.programs if root.nodes[path].kind is Kind.FILE]
    if any(b"/etc/ssl/certs" in root.read(path) for path in programs) and root.is_file(_CERTIFICATES):
        yield _CERTIFICATES, False
    zones = any(entry.startswith("TZ=") for entry in stage.config.env)
    sources = (path for path in stage.owners.step_of if path.endswith((".go", ".rs")))
    zones = zones or any(b"LoadLocation" in root.read(path) for path in sources)
    for path in programs:  # every Go program names the directory, others only if they read it
        zones = zones or (_ZONES.encode() in root.read(path) and not ((elf := read_elf(root, path)) and elf.go))
    if zones and _ZONES in root.nodes:
        yield _ZONES, True


def needed_packages(stage: BuiltStage, closure: Needs, runtime: Runtime) -> frozenset[str]:
    """The packages of the original that have to be on another base, whether it has them or not."""
    return _linked(stage, _packages(stage, closure), runtime)


def _packages(stage: BuiltStage, closure: Needs) -> frozenset[str]:
    packages = stage.owners.packages
    compiled = _has_sources(stage) and not closure.entry.runs(*INTERPRETERS) and stage.care is Care.KNOWN
    # What a compiled program or a script starts was found by its name: the rest fetched sources.
    found = closure.packages | (closure.wanted - _FETCHING if compiled else closure.wanted)
    if "ca-certificates" in packages.by_name and not packages.closure(found).isdisjoint(_FETCHERS):
        found |= {"ca-certificates"}  # only recommended by what fetches, but nothing can be fetched without
    return found


def _linked(stage: BuiltStage, names: frozenset[str], runtime: Runtime) -> frozenset[str]:
    """With the packages of libraries that programs and libraries of these packages link but their packages only
    recommend. Plug-ins do without: what loads them goes on."""
    packages, root = stage.owners.packages, stage.owners.root
    loader = Loader(root)
    seen: set[str] = set()
    while new := packages.closure(names) - runtime.packages.by_name.keys() - seen:
        seen |= new
        for path in (path for name in new for path in packages.files.get(name, ())):
            if root.nodes[path].kind is Kind.FILE and not loader.is_plugin(path):
                opened, _ = loader.needs(path)
                names |= {packages.owner[each] for each in opened if each in packages.owner}
    return names


def _has(there: Root, path: str, root: Root) -> bool:
    """Whether another image has the same file: by name and size."""
    mine, other = root.nodes[path], there.nodes.get(path)
    return other is not None and other.kind is mine.kind and other.size == mine.size and other.target == mine.target


def _whole_sites(stage: BuiltStage, packed: Shipment) -> Shipment:
    """Copy the directories in which distributions lie as a whole: file by file nobody could read it."""
    sites = sorted({each.site for each in stage.owners.distributions})
    lying = [Copied((site,), site, None) for site in sites]
    others = (
        replace(copy, sources=tuple(each for each in copy.sources if not under(each, sites))) for copy in packed.copies
    )
    return replace(packed, copies=(*lying, *(each for each in others if each.sources)))


def _candidate(
    stage: BuiltStage,
    runtime: Runtime,
    install: tuple[str, ...],
    packed: Shipment,
    way: PythonWay,
    prunes: tuple[Prune, ...],
    go: GoBuild | None,
) -> Candidate:
    owners = stage.owners
    root, packages = owners.root, owners.packages
    brought = packages.closure(install) - runtime.packages.by_name.keys()
    pruned = [*(each.path for each in packed.shed), *(top for prune in prunes for top in prune.gone)]
    copied = {path for path in packed.kept if not under(path, pruned)}
    for copy in packed.copies:
        copied.update(
            path for source in copy.sources for path in (source, *root.below(source)) if not under(path, pruned)
        )
    stays = {path for path in root.nodes if path in runtime.root.nodes or packages.owner.get(path) in brought}
    stays |= {path for path in copied if path in root.nodes}
    stays |= {made.path for made in packed.directories}
    moved = stage.distributions if way is PythonWay.VENV else ()
    gone = root.nodes.keys() - stays
    changed = {
        *runtime.differing(owners.base),
        *ACCOUNTS,
        *RECORDS,
        *(path for path in moved if path in runtime.root.nodes),
    }
    changed |= set(stage.written_by_scripts)
    for prune in prunes:
        changed |= prune.changes
    if go is not None:
        changed |= set(go.programs)
    added = runtime.root.nodes.keys() - root.nodes.keys()
    users, groups = accounts.numbers(runtime.root)
    sizes = sum(packages.by_name[name].size for name in brought) + sum(root.nodes[path].size for path in copied
                                                                        if path in root.nodes)  # fmt: skip
    return Candidate(
        image=runtime.name,
        manager=runtime.packages.manager,
        config=runtime.image.config,
        shell=has_shell(runtime),
        packages=install,
        installer=installer_of(runtime) if install else None,
        size=runtime.image.size + sizes + sum(root.nodes[path].size for path in moved),
        shipment=packed,
        python=way,
        go=go,
        prunes=prunes,
        removals=tuple(dict.fromkeys(removals(stage, runtime, install))),
        given=tuple(given(owners, brought | runtime.packages.by_name.keys(), runtime.root)),
        refreshes=tuple(_refreshes(stage, packed)),
        care=stage.care,
        users=frozenset(users),
        groups=frozenset(groups),
        before_install=expected_directories(brought, runtime.root.nodes),
        removed=frozenset([*tops(gone), *moved, *DOCUMENTATION, *RECORDS]),
        changed=frozenset(changed),
        added=frozenset([*tops(added), *(["/venv"] if way is PythonWay.VENV else [])]),
        packages_removed=frozenset(packages.by_name.keys() - runtime.packages.by_name.keys() - brought),
    )


def tops(paths: Iterable[str]) -> Iterator[str]:
    """The paths that have no parent among them. A pattern with a star would mean something else: those stay out."""
    known = set(paths)
    return (path for path in known if "*" not in path and posixpath.dirname(path) not in known)


def _refreshes(stage: BuiltStage, packed: Shipment) -> Iterator[str]:
    """Where the loader finds a kept library through its cache only, and for authorities of one's own."""
    loader = Loader(stage.owners.root)
    names = {posixpath.basename(path) for path in packed.kept}
    if any(path in packed.kept for name in names for path in loader.cached(name)):
        yield "ldconfig"
    if any(under(path, (OWN_AUTHORITIES,)) for path in packed.kept) and "ca-certificates" in stage.needs.packages:
        yield "update-ca-certificates"
