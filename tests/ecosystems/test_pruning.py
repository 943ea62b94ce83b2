"""Which packages are for development only, by the records of their tools."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from optimizer.ecosystems import named
from optimizer.ecosystems.yarn_lock import only_for_development, packages

HIDDEN = "node_modules/.package-lock.json"
LOCK = """\
# yarn lockfile v1


"@babel/core@^7.0.0", "@babel/core@^7.1.0":
  version "7.2.0"
  resolved "https://registry.example/x.tgz#1"
  dependencies:
    semver "^6.0.0"
    "@babel/types" "^7.0.0"
  optionalDependencies:
    fsevents "2"

"@babel/types@^7.0.0":
  version "7.0.0"

fsevents@2:
  version "2.0.0"

semver@^6.0.0:
  version "6.0.0"

semver@^7.0.0:
  version "7.0.0"

app@^1:
  version "1.0.0"
  dependencies:
    semver "^7.0.0"
"""

MODULES, STORE = "node_modules/.modules.yaml", "node_modules/.pnpm/lock.yaml"
LAID = """{"nodeLinker": "isolated", "virtualStoreDir": ".pnpm", "hoistedDependencies": {
    "pino@8.1.0": {"pino": "private"}, "@types/b@1.0.0": {"@types/b": "private"},
    "plugin@1.0.0(@x/core@2.0.0)(b@1.0.0)": {"eslint": "public"}}}"""
OLD = LAID.replace("{", '{"packageManager": "pnpm@9.15.9", "virtualStoreDirMaxLength": 120, ', 1)
NEW = OLD.replace("9.15.9", "10.34.9")
AS_YAML = """\
hoistedDependencies:
  '@types/b@1.0.0':
    '@types/b': private
  plugin@1.0.0(@x/core@2.0.0)(b@1.0.0):
    eslint: public
nodeLinker: isolated
packageManager: pnpm@9.15.9
virtualStoreDir: .pnpm
"""
SNAPSHOTS = """\
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      fastify: {specifier: ^4.0.0, version: 4.1.0}
      another: {specifier: 'npm:pino@8', version: pino@8.1.0}
    devDependencies:
      typescript: {specifier: ^5.0.0, version: 5.1.0}
packages:
  fastify@4.1.0: {}
snapshots:
  fastify@4.1.0:
    dependencies: {core: '@x/core@2.0.0', slow: 1.0.0(pino@8.1.0)}
  pino@8.1.0: {}
  '@x/core@2.0.0': {}
  slow@1.0.0(pino@8.1.0):
    optionalDependencies: {pino: 8.1.0}
  typescript@5.1.0:
    dependencies: {plugin: 1.0.0(@x/core@2.0.0)(b@1.0.0)}
  plugin@1.0.0(@x/core@2.0.0)(b@1.0.0):
    dependencies: {'@types/b': 1.0.0}
  '@types/b@1.0.0': {}
"""
PEERS = "(class-transformer@0.5.1)(class-validator@0.14.4)(reflect-metadata@0.2.2)"
MAPPED = f"@nestjs/mapped-types@2.0.5(@nestjs/common@10.4.22{PEERS}(rxjs@7.8.2)){PEERS}"
LONG = SNAPSHOTS.replace("  typescript@5.1.0:", f"  '{MAPPED}': {{}}\n  typescript@5.1.0:")
BEGINS = "node_modules/.pnpm/@nestjs+mapped-types@2.0.5_@nestjs+common@10.4.22_class-transformer@0.5.1_class-validat"
"""How pnpm 9.15.9 and 10.34.9 called the directory: what follows is of their making."""

PRUNED = {
    *("node_modules/typescript", "node_modules/.pnpm/typescript@5.1.0", "node_modules/.pnpm/@types+b@1.0.0"),
    *("node_modules/.pnpm/node_modules/@types/b", "node_modules/.pnpm/plugin@1.0.0_@x+core@2.0.0_b@1.0.0"),
    "node_modules/eslint",
}
TYPES = "node_modules/.pnpm/@types+b@1.0.0/node_modules/@types/b"
FLAGGED = """\
lockfileVersion: '6.0'
dependencies:
  fastify: {specifier: ^4.0.0, version: 4.1.0}
devDependencies:
  typescript: {specifier: ^5.0.0, version: 5.1.0}
packages:
  /fastify@4.1.0: {dev: false}
  /typescript@5.1.0: {dev: true}
"""


def test_reads_what_packages_bring() -> None:
    found = packages(LOCK)
    core = frozenset({"semver@^6.0.0", "@babel/types@^7.0.0", "fsevents@2"})
    assert found["@babel/core@^7.0.0"] == found["@babel/core@^7.1.0"] == core
    assert found["app@^1"] == {"semver@^7.0.0"}
    assert found["fsevents@2"] == frozenset()


@pytest.mark.parametrize(
    ("manifest", "names"),
    [
        ('{"dependencies": {"app": "^1"}}', {"@babel/core", "@babel/types", "fsevents"}),
        ('{"dependencies": {"@babel/core": "^7.1.0"}}', {"app"}),
        ('{"dependencies": {"app": "^1", "unlocked": "1"}}', set()),
        ("not json", set()),
        ("[]", {"@babel/core", "@babel/types", "fsevents", "semver", "app"}),
    ],
    ids=["another version of a name stays", "the other way round", "not in the lock", "damaged", "nothing"],
)
def test_what_only_development_needs(manifest: str, names: set[str]) -> None:
    assert only_for_development(manifest.encode(), LOCK) == names


@pytest.mark.parametrize(
    ("ecosystem", "files", "gone"),
    [
        (
            "npm",
            {HIDDEN: '{"packages": {"node_modules/a": {}, "node_modules/b": {"dev": true}}}'},
            {"node_modules/b"},
        ),
        ("npm", {"node_modules/.package-lock.json": "{"}, set()),
        ("npm", {"node_modules/.package-lock.json": '{"packages": []}'}, set()),
        (
            "composer",
            {
                "vendor/composer/installed.json": '{"packages": [{"name": "a/b", "install-path": "../a/b", "bin": '
                '["bin/t"]}, {"name": "c/d"}, {"name": "e/f"}], "dev-package-names": ["a/b", "c/d"]}'
            },
            {"vendor/a/b", "vendor/bin/t", "vendor/c/d"},
        ),
        ("composer", {"vendor/composer/installed.json": '{"packages": [{"name": "a/b"}]}'}, set()),
        ("composer", {"vendor/composer/installed.json": "[]"}, set()),
        ("composer", {}, set()),
        ("yarn", {"package.json": '{"dependencies": {"@babel/core": "^7.0.0"}}', "yarn.lock": LOCK},
         {"node_modules/app"}),
        ("yarn", {}, set()),
        ("pnpm", {MODULES: LAID, STORE: SNAPSHOTS}, PRUNED),
        ("pnpm", {MODULES: AS_YAML, STORE: SNAPSHOTS}, PRUNED),
        ("pnpm", {
            MODULES: LAID, STORE: SNAPSHOTS,
            "node_modules/.pnpm/typescript@5.1.0/node_modules/typescript/package.json": '{"bin": {"tsc": "bin/tsc"}}',
            f"{TYPES}/package.json": '{"name": "@types/b", "bin": "b.js"}',
            "node_modules/.pnpm/fastify@4.1.0/node_modules/fastify/package.json": '{"name": "fastify", "bin": "f.js"}',
        }, {*PRUNED, *(f"{place}/.bin/{name}" for place in ("node_modules", "node_modules/.pnpm/node_modules")
                       for name in ("tsc", "b"))}),
        ("pnpm", {MODULES: OLD, STORE: LONG}, {*PRUNED, f"{BEGINS}or@0.1_emyi4n5ntieiyd2rins2vzdote"}),
        ("pnpm", {MODULES: NEW, STORE: LONG}, {*PRUNED, f"{BEGINS}_e07689ba9b8294aeb18030689c9110ad"}),
        ("pnpm", {MODULES: LAID, STORE: LONG}, set()),
        ("pnpm", {MODULES: OLD.replace("120", "60"), STORE: SNAPSHOTS}, set()),
        ("pnpm", {MODULES: LAID, STORE: FLAGGED}, {
            "node_modules/typescript", "node_modules/.pnpm/typescript@5.1.0"}),
        ("pnpm", {MODULES: LAID, STORE: SNAPSHOTS.replace("importers:", "importers:\n  lib: {}")}, set()),
        ("pnpm", {MODULES: LAID, STORE: SNAPSHOTS.replace("version: 4.1.0", "version: link:../lib")}, set()),
        ("pnpm", {MODULES: LAID, STORE: SNAPSHOTS.replace("typescript@5.1.0", "TypeScript@5.1.0")}, set()),
        ("pnpm", {MODULES: LAID.replace("isolated", "hoisted"), STORE: SNAPSHOTS}, set()),
        ("pnpm", {MODULES: LAID, STORE: "{"}, set()),
        ("pnpm", {STORE: SNAPSHOTS}, set()),
    ],
)  # fmt: skip
def test_records_say_what_goes(ecosystem: str, files: Mapping[str, str], gone: set[str]) -> None:
    pruning = named(ecosystem).pruning
    assert pruning is not None
    assert pruning.development(lambda path: files.get(path, "").encode()) == gone


def test_pnpm_writes_the_commands_of_what_stays_again() -> None:
    pruning = named("pnpm").pruning
    assert pruning is not None
    files = {MODULES: LAID, STORE: SNAPSHOTS}
    assert pruning.rewrites(lambda path: files.get(path, "").encode()) == {
        f"node_modules/.pnpm/{place}/node_modules/.bin"
        for place in (
            "fastify@4.1.0/node_modules/fastify",
            "pino@8.1.0/node_modules/pino",
            "@x+core@2.0.0/node_modules/@x/core",
            "slow@1.0.0_pino@8.1.0/node_modules/slow",
        )
    }
    assert pruning.rewrites(lambda path: b"") == frozenset()
