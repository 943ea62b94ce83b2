"""Yarn 1 (classic): Node.js packages. Yarn 2 and later keep their cache in the project and run from it."""

from __future__ import annotations

from optimizer.ecosystems.caches import Cache, CacheMount, Means, Purge, Sharing, Whose
from optimizer.ecosystems.model import Action, Ecosystem, Operands, Program
from optimizer.ecosystems.pruning import Pruning, Read
from optimizer.ecosystems.trimming import Brings, Manifest, Records, Trim
from optimizer.ecosystems.verbs import ADDING, Verb, words
from optimizer.ecosystems.yarn_lock import only_for_development

_VALUED = words(
    "--cwd --modules-folder --cache-folder --preferred-cache-folder --registry --network-timeout --network-concurrency "
    "--mutex --proxy --https-proxy --use-yarnrc --global-folder --link-folder --otp --prefix"
)

_PRODUCTION = Trim(
    Brings.DEVELOPMENT,
    "--production",
    programs=frozenset({"yarn", "yarnpkg"}),
    verbs=frozenset({"install"}),
    avoided_by=words("--production --prod --production=true --prod=true"),
    wanted_by=words("--production=false --prod=false"),
    variables=(("NODE_ENV", "production"), ("YARN_PRODUCTION", "true"), ("NPM_CONFIG_PRODUCTION", "true")),
    idle_with=words("-h --help --cwd"),
    records=Records.NODE,
    manifest=Manifest(
        "package.json",
        production=("dependencies", "optionalDependencies", "peerDependencies"),
        development=("devDependencies",),
        scripts="scripts",
        hooks=words("preinstall install postinstall prepublish prepare"),
        unhooked_with=frozenset({"--ignore-scripts"}),
        run=words("run"),
        run_own=words("start test"),
    ),
    changes=("node_modules/.yarn-integrity", "node_modules/.bin"),
    unlike=(".yarnrc.yml", ".pnp.cjs"),
    source='Yarn 1 documentation, "yarn install", --production',
)


def _development(read: Read) -> frozenset[str]:
    names = only_for_development(read("package.json"), read("yarn.lock").decode("utf-8", "replace"))
    return frozenset(f"node_modules/{name}" for name in names)


_PRUNING = Pruning(
    "yarn",
    "yarn install --production --frozen-lockfile --ignore-scripts --prefer-offline",
    "node_modules/.yarn-integrity",
    _development,
    ("node_modules/.yarn-integrity", "node_modules/.bin"),
    'Yarn 1 documentation, "yarn install", --production; "yarn prune" (it is done by an install)',
)

YARN = Ecosystem(
    name="yarn",
    programs=(
        Program(
            frozenset({"yarn", "yarnpkg"}),
            (
                Action(("install", "workspaces focus"), Verb.INSTALL),
                Action(("add", "global add"), Verb.INSTALL, operands=Operands.PACKAGES),
                Action(("upgrade", "up", "global upgrade"), Verb.UPGRADE, operands=Operands.PACKAGES),
                Action(("remove", "global remove"), Verb.REMOVE, operands=Operands.PACKAGES),
                Action(("cache clean",), Verb.CLEAN, cleans=frozenset({"yarn cache"})),
                Action(
                    ("run", "build", "test", "start", "create", "exec", "workspace", "workspaces", "dlx", "node"),
                    Verb.BUILD,
                ),
                Action(("list", "info", "outdated", "why", "audit", "licenses"), Verb.QUERY),
                Action(
                    (
                        "config",
                        "cache",
                        "set",
                        "set version",
                        "plugin import",
                        "cache dir",
                        "cache list",
                        "global bin",
                        "global dir",
                        "link",
                        "unlink",
                        "version",
                    ),
                    Verb.OTHER,
                ),
            ),
            _VALUED,
            bare=Action((), Verb.INSTALL),
        ),
    ),
    caches=(
        Cache(
            "yarn cache",
            ("~/.cache/yarn", "/usr/local/share/.cache/yarn"),
            filled_by=ADDING,
            mounts=(
                CacheMount("/usr/local/share/.cache/yarn", Sharing.LOCKED, whose=Whose.ROOT),
                CacheMount("~/.cache/yarn", Sharing.LOCKED, whose=Whose.OTHERS),
            ),
            # In a project of a later Yarn the same command empties what the application runs from.
            purge=Purge("{program} cache clean", Means.TOOL, certain=False),
            needed_with=words("--offline --prefer-offline"),
            unfilled_with=words("--offline --help -h --version -v"),
            moved_by=("YARN_CACHE_FOLDER", "XDG_CACHE_HOME"),
            moved_with=words("--cache-folder --preferred-cache-folder"),
            only_one=True,
            unlike=("corepack", ".yarnrc.yml", ".yarn/", "yarn set version", "--immutable", ".pnp."),
        ),
    ),
    sources=('Yarn 1 documentation, "yarn cache"', 'Yarn 1 documentation, "yarn install"', "yarn's constants.js"),
    trims=(_PRODUCTION,),
    pruning=_PRUNING,
    manifests=("package.json",),
    locks=("yarn.lock",),
    settings=(".yarnrc", ".yarnrc.yml", ".npmrc", ".yarn", ".pnp.*"),
    writes=("node_modules", "yarn.lock"),
    hooks=("preinstall", "install", "postinstall", "prepublish", "prepare"),
    environment=words("YARN_* npm_config_* NODE_ENV XDG_CACHE_HOME"),
)
