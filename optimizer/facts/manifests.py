"""What the manifests of a project bring along besides themselves, by the name of the manifest.

Only formats that can be read with certainty are; everything else is an `Obstacle`. Sources: Composer documentation,
"The composer.json schema"; Bundler, "Gemfile"; Go modules reference, "replace directive" and "Workspaces".
"""

from __future__ import annotations

import posixpath
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping

from optimizer.facts.manifest import NO_SCRIPTS, Brought, Manifest, Obstacle, read_json
from optimizer.facts.node_packages import package_json, pnpm_workspace

_NO_PROJECT = frozenset({"--no-root", "--no-install-project"})
_NO_AUTOLOADER = frozenset({"--no-autoloader"})
_SCANS = frozenset({"-o", "-a", "--optimize-autoloader", "--classmap-authoritative"})


def brought(name: str, manifest: Manifest) -> Brought | Obstacle:
    """What one manifest of this file name brings along."""
    reader = _READERS.get(name)
    return Obstacle.UNREADABLE if reader is None else reader(manifest)


def _composer_json(manifest: Manifest) -> Brought | Obstacle:
    data = read_json(manifest.text)
    if data is None:
        return Obstacle.UNREADABLE
    if data.get("scripts") and not manifest.call.has(NO_SCRIPTS):
        return Obstacle.PROJECT_CODE
    loads = [data.get("autoload"), data.get("autoload-dev")]
    scanned = any(isinstance(load, Mapping) and {"classmap", "files"} & load.keys() for load in loads)
    if (scanned or manifest.call.has(_SCANS)) and not manifest.call.has(_NO_AUTOLOADER):
        return Obstacle.PROJECT_CODE
    return Obstacle.LOCAL if '"path"' in manifest.text or '"artifact"' in manifest.text else Brought()


def _go_mod(manifest: Manifest) -> Brought | Obstacle:
    """The manifests of modules that stand in for others, from directories."""
    targets = (line.partition("//")[0].partition("=>")[2].split() for line in manifest.text.splitlines())
    return _go_modules((target[0] for target in targets if target), manifest)


def _go_work(manifest: Manifest) -> Brought | Obstacle:
    """The manifests of the modules that a workspace uses, and of those that stand in for others."""
    used: list[str] = []
    block = ""
    for line in manifest.text.splitlines():
        found = line.partition("//")[0].split()
        if block and found == [")"]:
            block = ""
        elif len(found) == 2 and found[1] == "(":
            block = found[0]
        elif found and (block == "use" or found[0] == "use"):
            used.append(found[-1])
        elif "=>" in found:
            used.append(found[found.index("=>") + 1])
    return _go_modules(used, manifest)


def _go_modules(names: Iterable[str], manifest: Manifest) -> Brought | Obstacle:
    found = set[str]()
    for name in names:
        if not name.startswith((".", "/")):
            continue
        path = manifest.path(name)
        if path is None or manifest.context.get(posixpath.join(path, "go.mod")) is None:
            return Obstacle.LOCAL
        inside = (posixpath.normpath(posixpath.join(path, each)) for each in ("go.mod", "go.sum"))
        found.update(each for each in inside if manifest.context.get(each) is not None)
    return Brought(frozenset(found))


def _gemfile(manifest: Manifest) -> Brought | Obstacle:
    code = "\n".join(line.split("#")[0] for line in manifest.text.splitlines())
    reads = ("path", "gemspec", "eval", "File", "Dir", "require", "load", "IO", "`", "%x", "system", "__dir__", "YAML")
    return Obstacle.LOCAL if any(word in code for word in reads) else Brought()


def _toml(manifest: Manifest) -> Brought | Obstacle:
    try:
        data = tomllib.loads(manifest.text)
    except tomllib.TOMLDecodeError:
        return Obstacle.UNREADABLE
    if {"path", "editable", "file", "workspace", "develop"} & set(_keys(data)):
        return Obstacle.LOCAL
    is_project = bool({"project", "build-system"} & data.keys()) or "poetry" in (data.get("tool") or {})
    return Obstacle.PROJECT_CODE if is_project and not manifest.call.has(_NO_PROJECT) else Brought()


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield str(key)
            yield from _keys(each)
    elif isinstance(value, list):
        for each in value:
            yield from _keys(each)


_READERS: Mapping[str, Callable[[Manifest], Brought | Obstacle]] = {
    "package.json": package_json,
    "pnpm-workspace.yaml": pnpm_workspace,
    "composer.json": _composer_json,
    "go.mod": _go_mod,
    "go.work": _go_work,
    "Gemfile": _gemfile,
    "Pipfile": _toml,
    "pyproject.toml": _toml,
}
