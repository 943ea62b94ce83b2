"""On which smaller images a stage would build and run as before, and what the new image may differ in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from optimizer.containerfile.nodes import Cmd, Entrypoint
from optimizer.containerfile.stages import Stage
from optimizer.containers.model import Image, ImageConfig
from optimizer.ecosystems.catalogue import expected_directories, speaks_of_tools
from optimizer.evidence.bases import Smaller, Unfit
from optimizer.evidence.build_needs import BuildNeeds, common_tools
from optimizer.evidence.candidates import DOCUMENTATION, needed_packages, tops
from optimizer.evidence.databases import ACCOUNTS, RECORDS
from optimizer.evidence.owners import Owner, Owners
from optimizer.evidence.runtime import Runtime, differing
from optimizer.evidence.stage import BuiltStage
from optimizer.evidence.tree import Kind, parents

_VERSION = "_VERSION"


@dataclass(frozen=True)
class Rebase:
    """One built stage on its base image: what has to be there on any other. `built` leaves no source behind."""

    built: BuiltStage
    base: Runtime
    stage: Stage
    image: Image
    build: BuildNeeds

    def on(self, other: Runtime) -> tuple[tuple[Smaller, ...], Unfit | None]:
        """The ways to stand on another image, smallest first; or why there is none."""
        if lacks := self._configured(other.image.config) or self._lacking(other):
            return (), Unfit(other.name, lacks)
        found = [self._smaller(other, self._packages(other, {}))]
        if self.build.builds is not None:
            tools = dict.fromkeys(common_tools(self.base.packages), self.build.builds)
            careful = self._smaller(other, self._packages(other, tools))
            found += [careful] if careful.packages != found[0].packages else []
        return tuple(found), None

    def _configured(self, other: ImageConfig) -> str:
        """In what the other image is configured so that the stage would be, too; empty if in nothing."""
        mine = self.base.image.config
        entry = any(isinstance(each, Entrypoint) for each in self.stage.instructions)
        command = entry or any(isinstance(each, Cmd) for each in self.stage.instructions)
        pairs = (
            ("USER", mine.user in ("", "root", "0"), other.user in ("", "root", "0")),
            ("WORKDIR", mine.workdir or "/", other.workdir or "/"),
            ("ENTRYPOINT", entry or mine.entrypoint, entry or other.entrypoint),
            ("CMD", command or mine.cmd, command or other.cmd),
            ("STOPSIGNAL", mine.stop_signal, other.stop_signal),
            ("SHELL", mine.shell, other.shell),
            ("VOLUME", mine.volumes, other.volumes),
            ("the platform", (mine.os, mine.architecture), (other.os, other.architecture)),
        )
        for what, one, two in pairs:
            if one != two:
                return f"{what} is another"
        old, new = _environment(mine), _environment(other)
        for name in sorted(old.keys() | new.keys()):
            versions = name.endswith(_VERSION) and name in old and name in new
            if old.get(name) != new.get(name) and (versions or not speaks_of_tools(name)):
                return f"{name} is another"
        return ""

    def _lacking(self, other: Runtime) -> str:
        """A path that is needed, not there, and of no package; empty if there is none."""
        needed = {**self.build.paths, **dict.fromkeys(self.built.needs.base_files, 0)}
        nodes, owner = self.built.owners.base.nodes, self.base.packages.owner
        for path in sorted(needed):
            there = other.root.nodes.get(path)
            if path in owner or path not in nodes:
                continue
            if there is None or (there.kind, there.target) != (nodes[path].kind, nodes[path].target):
                return path
        return ""

    def _packages(self, other: Runtime, tools: Mapping[str, int]) -> dict[str, int]:
        """Packages of the base image that the other one lacks and something needs, with the first step that does;
        `tools` are needed in any case."""
        base, end = self.base.packages, len(self.built.owners.steps)
        found: dict[str, int] = {}

        def need(name: str, at: int) -> None:
            if name in base.by_name and name not in other.packages.by_name:
                found[name] = min(at, found.get(name, at))

        for path, at in self.build.paths.items():
            if path in base.owner and path not in other.root.nodes:
                need(base.owner[path], at)
        for name, at in (*self.build.packages.items(), *tools.items()):
            need(name, at)
        for name in needed_packages(self.built, self.built.needs, other):
            need(name, end)
        whole = self.built.owners.packages
        brought: dict[str, int] = {}
        for at, (named, new) in enumerate(zip(self.build.named, self.build.new, strict=True)):
            if at in self.build.loose:
                # What it found there and now brings along would bring what is recommended, which was not there before.
                for name in whole.closure(new) | base.closure(new):
                    need(name, at)
            else:
                for name in whole.closure(named) | base.closure(named):
                    brought.setdefault(name, at)
        return {name: at for name, at in found.items() if at < brought.get(name, end + 1)}

    def _smaller(self, other: Runtime, lacking: Mapping[str, int]) -> Smaller:
        owners, base = self.built.owners, self.base.packages
        packages = owners.packages
        install = base.fewest(lacking)
        new = packages.by_name.keys() - base.by_name.keys()
        named = [name for names in self.build.named for name in names]
        known = {*packages.closure(new), *install, *named}
        brought = base.closure(known) - other.packages.by_name.keys()
        stays = other.packages.by_name.keys() | new | brought
        gone = self._gone(other, stays)
        changed = {*self._differing(other), *ACCOUNTS, *RECORDS, *_written_by_scripts(owners)}
        environment, unset = self._variables(other.image.config)
        return Smaller(
            image=other.name,
            manager=other.packages.manager,
            packages=install,
            first=min(lacking.values(), default=len(owners.steps)),
            before_install=expected_directories(brought, other.root.nodes),
            size=other.image.size
            + (self.image.size - self.base.image.size)
            + sum(base.by_name[name].size for name in brought),
            removed=frozenset([*tops(gone), *DOCUMENTATION, *RECORDS, *_written_by_scripts(owners)]),
            changed=frozenset(changed),
            added=frozenset(tops(other.root.nodes.keys() - owners.root.nodes.keys())),
            packages_removed=frozenset(packages.by_name.keys() - stays),
            environment=environment,
            unset=unset,
        )

    def _gone(self, other: Runtime, stays: AbstractSet[str]) -> AbstractSet[str]:
        """What only the larger image brought. A directory that still holds something is not gone."""
        owners = self.built.owners
        nodes = owners.root.nodes
        gone = {
            path
            for path in nodes.keys() - other.root.nodes.keys() - owners.step_of.keys()
            if owners.packages.owner.get(path) not in stays
        }
        held = {above for path in nodes.keys() - gone for above in parents(path)}
        return gone - held

    def _differing(self, other: Runtime) -> Iterator[str]:
        """Files that the two images have in different forms; those of packages are looked at no closer."""
        mine = self.built.owners.base
        yield from differing(mine, other.root)
        for path, node in other.root.nodes.items():
            own = node.kind is Kind.FILE and path in mine.nodes and path not in self.base.packages.owner
            if own and mine.read(path) != other.root.read(path):
                yield path

    def _variables(self, other: ImageConfig) -> tuple[frozenset[str], frozenset[str]]:
        old, new = _environment(self.base.image.config), _environment(other)
        differ = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        return frozenset(differ & new.keys()), frozenset(differ - new.keys())


def _environment(config: ImageConfig) -> dict[str, str]:
    return dict(entry.partition("=")[::2] for entry in config.env)


def _written_by_scripts(owners: Owners) -> Iterator[str]:
    """What scripts of packages wrote while steps ran: with other packages they write something else."""
    root = owners.root
    for path in owners.step_of:
        if root.nodes[path].kind is not Kind.DIRECTORY and owners.of(path) is Owner.STATE:
            yield path
