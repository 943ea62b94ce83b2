"""An image that could be the base of a runtime stage: what is in it, of which release it is, who installs packages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from optimizer.containers.model import Image
from optimizer.ecosystems.installing import Installer, installer
from optimizer.evidence.databases import read_packages
from optimizer.evidence.packages import Packages
from optimizer.evidence.stage import BuiltStage
from optimizer.evidence.tree import Kind, Node, Root, under

_USERADD = "/usr/sbin/useradd"


@dataclass(frozen=True)
class Runtime:
    """An image that could be the base of the runtime stage. `name` is what FROM would say."""

    name: str
    image: Image
    root: Root
    packages: Packages
    _known: dict[Root, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    def differing(self, base: Root) -> frozenset[str]:
        """Paths that it has in another form than `base`; read once for all candidates on it."""
        if base not in self._known:
            self._known[base] = frozenset(differing(base, self.root))
        return self._known[base]


def of_image(name: str, image: Image, root: Root) -> Runtime:
    """Look at one image."""
    return Runtime(name, image, root, read_packages(root))


def same_release(one: Root, other: Root) -> bool:
    """Whether two root file systems are of one distribution and release (os-release(5)). Not all name it by code name
    and by number."""
    mine, theirs = release(one), release(other)
    return mine[0] == theirs[0] != "" and any(one == two != "" for one, two in zip(mine[1:], theirs[1:], strict=True))


def has_shell(runtime: Runtime) -> bool:
    """Whether a RUN is possible on it."""
    return runtime.root.is_program("/bin/sh")


def release(root: Root) -> tuple[str, str, str]:
    """ID, VERSION_CODENAME (VERSION_ID where there is none) and VERSION_ID."""
    lines = (line.partition("=") for line in root.text("/etc/os-release").splitlines())
    fields = {name: value.strip("\"'") for name, _, value in lines}
    number = fields.get("VERSION_ID", "")
    return fields.get("ID", ""), fields.get("VERSION_CODENAME") or number, number


def can_install(stage: BuiltStage, runtime: Runtime) -> bool:
    """Whether packages of the original can be installed on it."""
    manager = runtime.packages.manager
    return manager is stage.owners.packages.manager and installer_of(runtime) is not None


def installer_of(runtime: Runtime) -> Installer | None:
    """Who installs packages on it; None if nobody is there who could."""
    records = runtime.packages.manager.records
    return None if records is None else installer(records, runtime.root.is_program)


def account_tools(stage: BuiltStage, runtime: Runtime) -> frozenset[str]:
    """The package that makes users, where minimal images have left it out."""
    accounts, groups = stage.accounts
    tool = stage.owners.root.real(_USERADD)
    if not (accounts or groups) or tool is None or not has_shell(runtime) or runtime.root.is_program(_USERADD):
        return frozenset()
    owner = stage.owners.packages.owner.get(tool)
    return frozenset() if owner is None else frozenset({owner})


def differing(base: Root, other: Root) -> Iterator[str]:
    """Paths that the two base images have in different forms."""
    if base is other:
        return
    for path, node in other.nodes.items():
        mine = base.nodes.get(path)
        if mine is None:
            continue
        read = node.kind is Kind.FILE and under(path, ("/etc", "/var", "/usr/share"))
        if _form(mine) != _form(node) or (read and base.read(path) != other.read(path)):
            yield path


def _form(node: Node) -> tuple[object, ...]:
    return node.kind, node.mode, node.uid, node.gid, node.target, node.size
