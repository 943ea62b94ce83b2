"""What package.json and pnpm-workspace.yaml bring along: workspaces, directories, archives, patches.

Sources: npm documentation, "package.json" (`workspaces`, local paths), "scripts" (life cycle) and "workspaces"; Yarn,
"Protocols"; pnpm, "pnpm-workspace.yaml" and "package.json"; patch-package's own page.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from optimizer.context import Context, Kind
from optimizer.ecosystems.verbs import words
from optimizer.facts.manifest import NO_SCRIPTS, Brought, Manifest, Obstacle, read_json

_PATCHING = (("patch-package",), ("npx", "patch-package"), ("patch-package", "--error-on-fail"))
"""Life cycle scripts that only apply the patches in `patches/`."""

_PNPM = words(
    "overrides patchedDependencies peerDependencyRules packageExtensions onlyBuiltDependencies neverBuiltDependencies "
    "ignoredBuiltDependencies allowedDeprecatedVersions allowNonAppliedPatches ignoredOptionalDependencies"
)
"""Settings of pnpm in package.json that name no file but patches."""

_PROTOCOLS = ("file:", "link:", "portal:")


def package_json(manifest: Manifest) -> Brought | Obstacle:
    """What a package.json brings along, with the manifests of the workspaces that it names."""
    data = read_json(manifest.text)
    if data is None:
        return Obstacle.UNREADABLE
    found = _node_package(data, manifest)
    if isinstance(found, Obstacle) or "workspaces" not in data:
        return found
    given = data["workspaces"]
    patterns = given.get("packages") if isinstance(given, Mapping) else given
    members = _members(patterns, manifest)
    return members if isinstance(members, Obstacle) else found | members


def pnpm_workspace(manifest: Manifest) -> Brought | Obstacle:
    """What the members that a pnpm-workspace.yaml names bring along."""
    import yaml

    try:
        data: object = yaml.safe_load(manifest.text)
    except (yaml.YAMLError, RecursionError):
        return Obstacle.UNREADABLE
    if not isinstance(data, Mapping) or not {str(key) for key in data} <= {"packages", "catalog", "catalogs"} | _PNPM:
        return Obstacle.UNREADABLE
    patches = _patches(data.get("patchedDependencies"), manifest)
    members = _members(data.get("packages", []), manifest)
    if isinstance(members, Obstacle):
        return members
    return patches if isinstance(patches, Obstacle) else members | patches


def _members(patterns: object, manifest: Manifest) -> Brought | Obstacle:
    """The manifests of a workspace's members."""
    if not isinstance(patterns, list):
        return Obstacle.UNREADABLE
    found = Brought()
    for pattern in patterns:
        if not isinstance(pattern, str) or pattern.startswith("!") or "**" in pattern:
            return Obstacle.UNREADABLE
        wanted = manifest.path(f"{pattern}/package.json")
        if wanted is None:
            return Obstacle.LOCAL
        for path in _matching(wanted, manifest.context):
            member = _member(path, manifest)
            if isinstance(member, Obstacle):
                return member
            found |= Brought(frozenset({path})) | member
    return found


def _member(path: str, root: Manifest) -> Brought | Obstacle:
    """What a directory that an install links to brings along: its own packages come to lie in it."""
    manifest = root.other(path)
    data = None if manifest is None else read_json(manifest.text)
    if manifest is None or data is None or "workspaces" in data:
        return Obstacle.UNREADABLE
    if "bin" in data or "directories" in data:
        return Obstacle.LOCAL  # its programs are linked and made executable, so they must be there
    found = _node_package(data, manifest)
    writes = frozenset({posixpath.join(manifest.directory, "node_modules")})
    return found if isinstance(found, Obstacle) else found | Brought(writes=writes)


def _node_package(data: Mapping[str, object], manifest: Manifest) -> Brought | Obstacle:
    found = Brought()
    scripts = data.get("scripts")
    hooks = set(manifest.call.ecosystem.hooks) & scripts.keys() if isinstance(scripts, Mapping) else set()
    if hooks and not manifest.call.has(NO_SCRIPTS):
        assert isinstance(scripts, Mapping)
        if any(tuple(str(scripts[hook]).split()) not in _PATCHING for hook in hooks):
            return Obstacle.PROJECT_CODE
        patches = manifest.path("patches")
        if patches is not None and manifest.context.get(patches) is not None:
            found |= Brought(frozenset({patches}))
    own = data.get("pnpm", {})
    if not isinstance(own, Mapping) or not own.keys() <= _PNPM:
        return Obstacle.UNREADABLE
    applied = _patches(own.get("patchedDependencies"), manifest)
    if isinstance(applied, Obstacle):
        return applied
    found |= applied
    for key, value in data.items():
        if key.lower().endswith("dependencies") or key in ("resolutions", "overrides"):
            for version in _strings(value):
                local = _local(version, manifest)
                if isinstance(local, Obstacle):
                    return local
                found |= local
    return found


def _patches(table: object, manifest: Manifest) -> Brought | Obstacle:
    """The files that `patchedDependencies` names."""
    if table is None:
        return Brought()
    paths = [manifest.path(value) for value in _strings(table)]
    if any(path is None or manifest.context.get(path) is None for path in paths):
        return Obstacle.MISSING
    return Brought(frozenset(path for path in paths if path is not None))


def _local(version: str, manifest: Manifest) -> Brought | Obstacle:
    """The directory or archive that a version names; nothing for what comes from a registry or is a workspace."""
    if version.startswith("patch:"):
        return Obstacle.LOCAL
    name = next((version.removeprefix(each) for each in _PROTOCOLS if version.startswith(each)), None)
    if name is None:
        if not version.startswith(("./", "../", "/", "~/")):
            return Brought()
        name = version
    path = manifest.path(name)
    entry = None if path is None else manifest.context.get(path)
    if path is None or entry is None or path == (manifest.directory or "."):
        return Obstacle.LOCAL
    if entry.kind is not Kind.DIRECTORY:
        return Brought(frozenset({path}))
    member = _member(posixpath.join(path, "package.json"), manifest)
    return member if isinstance(member, Obstacle) else Brought(frozenset({path})) | member


def _matching(pattern: str, context: Context) -> Iterator[str]:
    """Context paths that a glob names; `*` stops at `/`."""
    if not set(pattern) & set("*?["):
        if context.get(pattern) is not None:
            yield pattern
        return
    parts = pattern.split("/")
    for entry in context.entries():
        own = entry.path.split("/")
        if len(own) == len(parts) and all(map(fnmatchcase, own, parts)):
            yield entry.path


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
